/** `npx cordon why INCIDENT`: how it was decided, in plain sentences. */

import { catalogue } from "../../functions/catalogue/playbooks";
import { guards } from "../../functions/decide/guards";
import { oneLine } from "../../functions/model/plain-text";
import { resourceName } from "../../functions/model/resource";
import type { IncidentRecord } from "../../functions/record/journal";
import { section } from "./columns";
import { waitsFor } from "./state";

interface GuardView {
  readonly name: string;
  readonly rule: string;
  readonly result: "passed" | "objected";
}

interface Why {
  readonly incident: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly guards: readonly GuardView[];
  readonly notKept: readonly string[];
}

/** Explains a decision, as far as the journal knows. */
export function explained(record: IncidentRecord): Why {
  const { id, incident, objectedBy, reasons, checked = [] } = record;
  return {
    incident: id,
    verdict: verdictOf(record),
    reasons,
    guards: [
      ...checked.map((name) => viewOf(name, "passed")),
      ...(objectedBy === undefined ? [] : [viewOf(objectedBy, "objected")]),
    ],
    notKept: [
      ...(record.checked === undefined
        ? ["Which guards were checked: an older version of Cordon wrote this record."]
        : []),
      "What was read of the account and the target, but for the values that a release restores.",
      "Later decisions about the same incident, and findings that only notified, were logged or refused.",
      `The log /aws/lambda/cordon-respond-${incident.playbook} has both: entries finding.answered.`,
    ],
  };
}

export function linesOf({ verdict, reasons, guards: seen, notKept }: Why): readonly string[] {
  return [
    oneLine(verdict),
    ...section("Reasons", reasons.map(oneLine)),
    ...section(
      "Guards, in order",
      seen.flatMap(({ name, result, rule }, index) => [
        `${String(index + 1).padStart(2)}. ${result === "passed" ? "passed  " : "OBJECTED"}  ${name}: ${rule}`,
      ]),
    ),
    ...(seen.at(-1)?.result === "objected" ? ["  Guards after it were not checked."] : []),
    ...section("Not kept", notKept),
  ];
}

function verdictOf(record: IncidentRecord): string {
  const { id, incident, plannedAt, status } = record;
  const { finding, playbook, resource } = incident;
  const target = resourceName(resource);
  const by = finding.requestedAt === undefined ? "automatically" : "at a responder's request";
  switch (waitsFor(record)) {
    case "approval":
      return `Incident ${id}: Cordon planned "${catalogue[playbook].title}" for ${target} at ${plannedAt} and changed nothing, because a guard asks for a person's approval.`;
    case "dry run":
      return `Incident ${id}: Cordon planned "${catalogue[playbook].title}" for ${target} at ${plannedAt} and changed nothing. ${record.dryRun ?? "The deployment ran in dry-run mode"}. ${record.objectedBy === undefined ? "No guard objected." : "Otherwise a guard would have asked for a person's approval."}`;
    default:
      return `Incident ${id} is ${status}: Cordon began "${catalogue[playbook].title}" for ${target} ${by} at ${plannedAt}, because no guard objected.`;
  }
}

function viewOf(name: string, result: GuardView["result"]): GuardView {
  const rule = guards.find((guard) => guard.name === name)?.rule;
  return { name, rule: rule ?? "This version of Cordon has no guard of this name.", result };
}
