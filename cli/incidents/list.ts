/** `npx cordon list`: open incidents, and plans that wait for a person. */
import type { IncidentRecord, JournalReader } from "../../functions/record/journal";
import { allSteps } from "../../functions/remediate/plan";
import { columns, minute } from "./columns";
import { notInEffect, sinceOf, waitsFor } from "./state";

/** One incident of the list, as `--json` prints it. */
interface Listed {
  readonly incident: string;
  readonly status: IncidentRecord["status"];
  readonly waitsFor?: string;
  readonly since: string;
  readonly account: { readonly id: string; readonly name: string };
  readonly region: string;
  readonly playbook: string;
  readonly resource: { readonly kind: string; readonly id: string };
  readonly findingType: string;
  readonly severity: number;
  readonly steps: number;
  readonly notInEffect: readonly string[];
}

/** Reads the list: what was begun first, the most severe and then the oldest at its top. */
export async function listed(journal: JournalReader): Promise<readonly Listed[]> {
  const [open, waiting] = await Promise.all([journal.openIncidents(), journal.waitingPlans()]);
  const ordered = (records: readonly IncidentRecord[]) =>
    records.toSorted(
      (one, other) =>
        other.incident.finding.severity - one.incident.finding.severity ||
        sinceOf(one).localeCompare(sinceOf(other)),
    );
  return [...ordered(open), ...ordered(waiting)].map(viewOf);
}

function viewOf(record: IncidentRecord): Listed {
  const { id, status, incident, accountName, plan } = record;
  const { place, playbook, resource, finding } = incident;
  const reason = waitsFor(record);
  return {
    incident: id,
    status,
    ...(reason !== undefined && { waitsFor: reason }),
    since: sinceOf(record),
    account: { id: place.account, name: accountName },
    region: place.region,
    playbook,
    resource: { kind: resource.kind, id: resource.id },
    findingType: finding.type,
    severity: finding.severity,
    steps: allSteps(plan).length,
    notInEffect: notInEffect(record).map(({ what }) => what),
  };
}

/** Writes the table: two lines an incident, of a hundred characters. */
export function tableOf(list: readonly Listed[]): readonly string[] {
  if (list.length === 0) return ["No incident is open, and no plan waits."];
  return [
    columns([
      ["incident", 20],
      ["status", 18],
      ["severity", 8],
      ["since (UTC)", 16],
      ["account", 30],
    ]),
    `  ${columns([
      ["region", 14],
      ["resource", 28],
      ["finding type", 37],
      ["not in effect", 13],
    ])}`,
    ...list.flatMap(linesOf),
    "",
    "Details: npx cordon show INCIDENT. Reasons: npx cordon why INCIDENT.",
  ];
}

function linesOf(each: Listed): readonly string[] {
  const { account, resource, status, waitsFor: reason } = each;
  return [
    "",
    columns([
      [each.incident, 20],
      [reason === undefined ? status : `${status}: ${reason}`, 18],
      [String(each.severity), 8],
      [minute(each.since), 16],
      [`${account.name} (${account.id})`, 30],
    ]),
    `  ${columns([
      [each.region, 14],
      [`${resource.kind} ${resource.id}`, 28],
      [each.findingType, 37],
      [`${each.notInEffect.length} of ${each.steps}`, 13],
    ])}`,
  ];
}
