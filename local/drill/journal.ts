/** Reads the journal's table as the drill's observer. */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Incident } from "../../functions/model/incident";
import type { Plan } from "../../functions/remediate/plan";
import { allSteps } from "../../functions/remediate/plan";
import type { Step } from "../../functions/remediate/steps";

/** An incident's record in the journal. */
export interface JournalRecord {
  readonly id: string;
  readonly status: string;
  readonly playbook: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly finding: string;
  readonly steps: readonly (Step & { readonly mark?: string })[];
  readonly residual: readonly string[];
}

/** An item of the journal's table, as far as the drill reads it. */
interface JournalItem {
  readonly status: string;
  readonly marks: Readonly<Record<string, string>>;
  readonly record: { readonly incident: Incident; readonly plan: Plan };
}

/** Reads an incident; throws when the journal has none of this id. */
export async function readJournal(
  journal: DynamoDBClient,
  table: string,
  id: string,
): Promise<JournalRecord> {
  const [key = "", epoch = "1"] = id.split("-");
  const { Item } = await journal.send(
    new GetItemCommand({
      TableName: table,
      Key: { incident: { S: key }, item: { S: epoch.padStart(4, "0") } },
    }),
  );
  if (Item === undefined) throw new Error(`The journal has no incident ${id}`);
  const { record, status, marks } = unmarshall(Item) as JournalItem;
  const { incident, plan } = record;
  return {
    id,
    status,
    playbook: incident.playbook,
    account: incident.place.account,
    region: incident.place.region,
    resource: incident.resource.id,
    finding: incident.finding.id,
    steps: allSteps(plan).map((step, index) => ({
      ...step,
      ...(marks[index] && { mark: marks[index] }),
    })),
    residual: plan.residual,
  };
}
