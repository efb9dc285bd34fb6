/** Reads and updates findings of all accounts in Security Hub, whose administrator the security account is. */
import {
  BatchUpdateFindingsCommand,
  GetFindingsCommand,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import type { SecurityHubName } from "../model/finding";
import { type Detectors, type HubFinding, noteAuthor } from "../record/finding-updates";
import { clientConfig } from "./client";

/** Values that Security Hub takes of a filter's field at most (API reference, "GetFindings"). */
const mostValues = 20;

export function securityHub(): Pick<Detectors, "read" | "update"> {
  const clients = new Map<string, SecurityHubClient>();
  const clientOf = (region: string): SecurityHubClient => {
    const client = clients.get(region) ?? new SecurityHubClient(clientConfig(region));
    clients.set(region, client);
    return client;
  };
  return {
    async read(region, names) {
      const found: HubFinding[] = [];
      for (let next = 0; next < names.length; next += mostValues) {
        found.push(...(await readFindings(clientOf(region), names.slice(next, next + mostValues))));
      }
      return found;
    },
    async update(region, { id, product }, { status, note }) {
      // Security Hub says 200 also where it updated nothing.
      const { UnprocessedFindings = [] } = await clientOf(region).send(
        new BatchUpdateFindingsCommand({
          FindingIdentifiers: [{ Id: id, ProductArn: product }],
          Workflow: { Status: status },
          ...(note !== undefined && { Note: { Text: note, UpdatedBy: noteAuthor } }),
        }),
      );
      return UnprocessedFindings[0]?.ErrorCode;
    },
  };
}

async function readFindings(
  client: SecurityHubClient,
  names: readonly SecurityHubName[],
): Promise<readonly HubFinding[]> {
  const { Findings = [] } = await client.send(
    new GetFindingsCommand({
      // Ids are one product's own: another may have the same.
      Filters: { Id: names.map(({ id }) => ({ Value: id, Comparison: "EQUALS" })) },
      MaxResults: 100,
    }),
  );
  return Findings.map(({ Id: id = "", ProductArn: product = "", Workflow, Note }) => ({
    id,
    product,
    status: Workflow?.Status ?? "NEW",
    ...(Note !== undefined && { noteBy: Note.UpdatedBy ?? "" }),
  }));
}
