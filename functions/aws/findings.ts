/** Asks GuardDuty's administrator, which the security account is, about findings of all accounts. */
import {
  ArchiveFindingsCommand,
  GetFindingsCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  UpdateFindingsFeedbackCommand,
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
  const detectorIn = async (region: string): Promise<string> => {
    const { DetectorIds: [id] = [] } = await clientOf(region).send(new ListDetectorsCommand({}));
    if (id === undefined) {
      throw new Error(`The security account has no GuardDuty detector in ${region}`);
    }
    return id;
  };
  return {
    /** Archives a finding as one that was not useful. It comes back with activity that is newer. */
    async archive(region: string, finding: string): Promise<void> {
      const client = clientOf(region);
      const given = { DetectorId: await detectorIn(region), FindingIds: [finding] };
      await client.send(new UpdateFindingsFeedbackCommand({ ...given, Feedback: "NOT_USEFUL" }));
      await client.send(new ArchiveFindingsCommand(given));
    },
    /**
     * Compares a finding with what GuardDuty has of it. The event names the detector of the account in
     * which the finding arose; the administrator reads it by a detector of its own, of which there is
     * one in a region.
     */
    async currency({ id, report }: Finding): Promise<Currency> {
      if (report === undefined) throw new Error("The finding does not say where it was reported");
      const asked = { DetectorId: await detectorIn(report.region), FindingIds: [id] };
      const { Findings = [] } = await clientOf(report.region).send(new GetFindingsCommand(asked));
      const found = Findings.find(({ Id }) => Id === id);
      if (found === undefined) return "missing";
      if (found.Service?.Archived === true) return "archived";
      // NaN compares false: without both times nothing shows that the finding is as it was.
      const isSame = Date.parse(found.UpdatedAt ?? "") <= Date.parse(report.updatedAt ?? "");
      return isSame ? "current" : "updated";
    },
  };
}
