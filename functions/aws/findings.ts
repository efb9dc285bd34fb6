/** Asks GuardDuty's administrator, which the security account is, about findings of all accounts. */
import {
  GetFindingsCommand,
  GuardDutyClient,
  ListDetectorsCommand,
} from "@aws-sdk/client-guardduty";
import type { Currency } from "../decide/circumstances";
import type { Finding } from "../model/finding";
import { clientConfig } from "./client";

export function findings() {
  const clients = new Map<string, GuardDutyClient>();
  const clientOf = (region: string): GuardDutyClient => {
    const client = clients.get(region) ?? new GuardDutyClient(clientConfig(region));
    clients.set(region, client);
    return client;
  };
  return {
    /**
     * Compares a finding with what GuardDuty has of it. The event names the detector of the account in
     * which the finding arose; the administrator reads it by a detector of its own, of which there is
     * one in a region.
     */
    async currency({ id, report }: Finding): Promise<Currency> {
      if (report === undefined) throw new Error("The finding does not say where it was reported");
      const client = clientOf(report.region);
      const { DetectorIds: [DetectorId] = [] } = await client.send(new ListDetectorsCommand({}));
      if (DetectorId === undefined) {
        throw new Error(`The security account has no GuardDuty detector in ${report.region}`);
      }
      const asked = { DetectorId, FindingIds: [id] };
      const { Findings = [] } = await client.send(new GetFindingsCommand(asked));
      const found = Findings.find(({ Id }) => Id === id);
      if (found === undefined) return "missing";
      if (found.Service?.Archived === true) return "archived";
      // NaN compares false: without both times nothing shows that the finding is as it was.
      const isSame = Date.parse(found.UpdatedAt ?? "") <= Date.parse(report.updatedAt ?? "");
      return isSame ? "current" : "updated";
    },
  };
}
