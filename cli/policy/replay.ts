/** `npx cordon policy --with FILE`: which incidents of the journal another policy would have decided differently. */

import type { ResponsePolicy } from "../../functions/decide/circumstances";
import { decide } from "../../functions/decide/decide";
import type { Incident } from "../../functions/model/incident";
import { oneLine } from "../../functions/model/plain-text";
import { resourceName } from "../../functions/model/resource";
import type { Known } from "../../functions/model/verdict";
import type { Decided } from "../../functions/record/journal";
import { columns, minute, section } from "../incidents/columns";
import type { Effective } from "./effective";

/** How an incident's plan was, or would be, begun; or why there would be none. */
type Outcome = "automatic" | "requested" | "approval" | "dry run" | "notified" | "logged";

/** An incident that the other policy decides differently. */
interface Difference {
  readonly incident: string;
  readonly plannedAt: string;
  readonly account: string;
  readonly playbook: string;
  readonly resource: string;
  readonly findingType: string;
  readonly severity: number;
  readonly was: Outcome;
  readonly would: Outcome;
  readonly because: string;
}

/** What `--json` prints. */
export interface Replay {
  readonly since: string;
  readonly mode: Effective["mode"];
  /** How many incidents were judged again. */
  readonly incidents: number;
  readonly differences: readonly Difference[];
  readonly notTold: readonly string[];
}

type UnitsOf = (account: string) => Known<readonly string[]>;

/** Judges incidents once more by another policy: everything else is as the journal has it. */
export function replay(
  records: readonly Decided[],
  proposed: Effective,
  unitsOf: UnitsOf,
  since: string,
): Replay {
  const differences = records
    .flatMap((record) => differenceOf(record, proposed, unitsOf) ?? [])
    .toSorted((one, other) => one.plannedAt.localeCompare(other.plannedAt));
  return { since, mode: proposed.mode, incidents: records.length, differences, notTold };
}

const notTold = [
  "Findings that only notified, were logged or refused are not in the journal: a policy that asks or acts from a lower severity would have begun more than this.",
  "Of an incident the journal has the newest plan alone, and of units those of today.",
  "What becomes automatic counts with the brakes, which may hold it back.",
];

/** Writes it for people, in lines of at most 100 characters and the reason. */
export function linesOf({ since, mode, incidents, differences }: Replay): readonly string[] {
  const { length } = differences;
  return [
    `${incidents} incidents since ${minute(since)}, by this policy in mode ${mode}: ${length} decided differently.`,
    ...differences.flatMap((each) => [
      "",
      columns([
        [each.incident, 20],
        [minute(each.plannedAt), 16],
        [String(each.severity), 4],
        [`${each.was} → ${each.would}`, 24],
        [`${each.playbook} in ${each.account}`, 34],
      ]),
      `  ${oneLine(`${each.findingType} about ${each.resource}`)}`,
      `  ${oneLine(each.because)}`,
    ]),
    ...section("What the journal cannot tell", notTold),
  ];
}

function differenceOf(
  record: Decided,
  proposed: Effective,
  unitsOf: UnitsOf,
): Difference | undefined {
  const { id, plannedAt, incident } = record;
  const { playbook, place, resource, finding } = incident;
  const was = outcomeOf(record);
  const { would, because } = judged(record, proposed, unitsOf);
  if (was === would) return undefined;
  return {
    incident: id,
    plannedAt,
    account: place.account,
    playbook,
    resource: resourceName(resource),
    findingType: finding.type,
    severity: finding.severity,
    was,
    would,
    because,
  };
}

function outcomeOf({ status, dryRun, objectedBy, incident }: Decided): Outcome {
  if (dryRun !== undefined) return "dry run";
  if (objectedBy !== undefined) return "approval";
  // Before the journal had the reason of a dry run, no guard objected to one.
  if (status === "planned") return "dry run";
  return begun(incident);
}

function begun({ finding }: Incident): Outcome {
  return finding.requestedAt === undefined ? "automatic" : "requested";
}

/** Guards that judge by the policy: what another one objected to stays so. */
const byPolicy: readonly string[] = ["severityAutomatic", "automaticByPolicy"];

function judged(
  { incident, objectedBy }: Decided,
  { mode, policy }: Effective,
  unitsOf: UnitsOf,
): { readonly would: Outcome; readonly because: string } {
  const verdict = decide(incident, policyWith(incident, mode, policy), {
    account: { known: true, value: { id: incident.place.account, name: "" } },
    units: unitsOf(incident.place.account),
    target: { known: true, value: { state: "present", quarantined: false, optedOut: false } },
    releasedAt: { known: true, value: undefined },
    exceptions: { known: true, value: { entries: [], units: [] } },
    ageMs: 0,
    stillCurrent: { known: true, value: "not-asked" },
    falsePositives: { known: true, value: { marked: 0, of: 0, since: "" } },
    brakes: { known: true, value: [] },
  });
  const { decision, dryRun, reasons } = verdict;
  const [because] = reasons;
  if (decision === "log") return { would: "logged", because };
  if (decision === "notify" || decision === "refuse") return { would: "notified", because };
  if (dryRun !== undefined) return { would: "dry run", because: dryRun };
  if (decision === "approve") return { would: "approval", because };
  return objectedBy === undefined || byPolicy.includes(objectedBy)
    ? { would: begun(incident), because }
    : { would: "approval", because: `The guard ${objectedBy} objected, whatever the policy says` };
}

/** Takes from the deployment what an incident of the journal has passed already. */
function policyWith(
  { place }: Incident,
  mode: Effective["mode"],
  stage: Effective["policy"],
): ResponsePolicy {
  return {
    mode,
    stage,
    sampleFindings: "act",
    governedRegions: [place.region],
    protectedResources: [],
    brakes: { perPlaybookAndAccount: 1, organization: 1, groupPercent: 1 },
    criticalResources: [],
    forwarders: [],
    breakGlass: { roles: [], users: [] },
    ownRoles: { securityAccount: "", rolePath: "/", deploymentRole: "" },
    disableKeys: "all",
    guardrails: "none",
  };
}
