/** `npx cordon show INCIDENT`: everything that the journal has of an incident. */

import { catalogue } from "../../functions/catalogue/playbooks";
import { command } from "../../functions/model/command";
import { oneLine, plain } from "../../functions/model/plain-text";
import { resourceName } from "../../functions/model/resource";
import type { Approval } from "../../functions/record/approvals";
import { excerptView } from "../../functions/record/excerpt";
import type { IncidentRecord } from "../../functions/record/journal";
import { digestOf } from "../../functions/record/seal";
import { columns, section } from "./columns";
import { notInEffect, sinceOf, stepsOf, waitsFor } from "./state";

const valueLimit = 300;

/** Gives what `--json` prints. */
export function shown(record: IncidentRecord, approvals: readonly Approval[]): object {
  const { seal: _, marks: __, plan, incident, ...rest } = record;
  return {
    ...rest,
    ...incident,
    since: sinceOf(record),
    waitsFor: waitsFor(record),
    plan,
    steps: stepsOf(record),
    approvals,
    commands: commandsOf(record),
  };
}

export function linesOf(
  record: IncidentRecord,
  approvals: readonly Approval[],
  now: Date,
): readonly string[] {
  const { id, status, incident, accountName, plan, release } = record;
  const { finding, place, playbook, resource } = incident;
  const waits = waitsFor(record);
  const left = notInEffect(record).length;
  const field = (name: string, value: string) =>
    `${columns([[name, 12]]).padEnd(12)}${oneLine(value)}`;
  const steps = stepsOf(record);
  return [
    field("Incident", id),
    field("Status", waits === undefined ? status : `${status}, waits for a person: ${waits}`),
    field("Since", sinceOf(record)),
    field("Account", `${accountName} (${place.account}), ${place.region}`),
    field("Resource", resourceName(resource)),
    field("Playbook", catalogue[playbook].title),
    ...section("Finding", [
      oneLine(finding.title),
      field("Type", `${finding.type}, severity ${finding.severity}`),
      field("Id", finding.id),
      field("Last seen", finding.lastSeen),
      ...(finding.report === undefined ? [] : [field("Sent", finding.report.sentAt)]),
      ...(finding.requestedAt === undefined ? [] : [field("Requested", finding.requestedAt)]),
      ...(finding.link === undefined ? [] : [field("Link", finding.link)]),
    ]),
    ...section("Decision", [record.dryRun ?? [], record.reasons].flat().map(oneLine)),
    ...section(
      "Guards passed",
      record.checked === undefined ? ["not recorded"] : [record.checked.join(", ")],
    ),
    ...section("Guard that objected", record.objectedBy === undefined ? [] : [record.objectedBy]),
    ...plan.stages.flatMap(({ name, part }) =>
      section(
        part === undefined ? `Stage ${name}` : `${part}, stage ${name}`,
        steps
          .filter((step) => step.stage === name && step.part === part)
          .flatMap(({ number, state, kind, what, before }) => [
            `${String(number).padStart(2)}  ${state.padEnd(8)}  ${kind}: ${oneLine(what)}`,
            ...(before === undefined
              ? []
              : [`    before: ${plain(JSON.stringify(before), valueLimit)}`]),
          ]),
      ),
    ),
    ...section("Not in effect", left === 0 ? [] : [`${left} of ${steps.length} steps`]),
    ...section("Ways that the plan cannot close", (plan.open ?? []).map(oneLine)),
    ...section("Residual risk", plan.residual.map(oneLine)),
    ...section("Next steps", plan.nextSteps.map(oneLine)),
    ...approvals.flatMap((approval) =>
      section("Approval", [
        field("State", stateOf(approval, record, now)),
        field("Plan", `${approval.revision}, asked at ${approval.askedAt}`),
        field("Until", approval.expiresAt),
        field("By whom", approval.approvers.join(", ")),
        ...approval.blastRadius.map((each) => field("Stops", each)),
        field("Undo", approval.undo),
      ]).concat(excerptLines(approval)),
    ),
    ...section(
      "Release",
      release === undefined
        ? []
        : [
            field("By", release.by),
            field("Reason", release.reason),
            field("At", record.releasedAt ?? release.at),
          ],
    ),
    ...section("Commands", commandsOf(record)),
  ];
}

/** Lists what the principal did before people were asked. */
function excerptLines(approval: Approval): readonly string[] {
  const view = excerptView(approval);
  if (view === undefined) return [];
  return section(view.title, [
    ...view.rows.map(({ at, region, call, from, outcome, times }) =>
      columns([
        [at, 24],
        [region, 14],
        [call, 48],
        [from, 28],
        [times > 1 ? `${outcome}, ${times} times` : outcome, 40],
      ]),
    ),
    ...view.notes,
  ]);
}

/** Says what became of an approval. */
function stateOf(
  { digest, answer, expiresAt }: Approval,
  record: IncidentRecord,
  now: Date,
): string {
  if (answer !== undefined) {
    const { decision, by, at, reason, only, onPage } = answer;
    const did = decision === "approve" ? "approved" : "rejected";
    const part = only === undefined ? "" : `, steps ${only.join(", ")} alone`;
    const where = onPage ? ", on the page" : "";
    return `${did} by ${by} at ${at}${where}${part}: ${reason}`;
  }
  if (record.status !== "planned") return "over: the incident was begun without it";
  if (digestOf(record) !== digest) return "over: the plan is another one now";
  return now.toISOString() < expiresAt ? "waits" : "expired: nobody answered";
}

/** Writes what may be done next, to be copied. */
function commandsOf(record: IncidentRecord): readonly string[] {
  const { id, status, incident, revision } = record;
  const { finding, place } = incident;
  const { region } = finding.report ?? place;
  const detector = command`$(aws guardduty list-detectors --region ${region} --query 'DetectorIds[0]' --output text)`;
  const isGuardDuty = finding.link === undefined && /^[0-9a-zA-Z-]+$/.test(finding.id);
  return [
    ...(isGuardDuty
      ? [
          `${command`aws guardduty get-findings --region ${region} --finding-ids=${finding.id}`} --detector-id "${detector}"`,
        ]
      : []),
    command`npx cordon why ${id}`,
    command`npx cordon mark ${id} false-positive --type=${finding.type} --days=14 --reason="WHY"`,
    ...(waitsFor(record) === "approval"
      ? [
          command`npx cordon approve ${id} --plan ${revision} --reason "WHY"`,
          command`npx cordon reject ${id} --plan ${revision} --reason "WHY"`,
        ]
      : []),
    ...(status === "planned" || status === "released"
      ? // Of a sequence Security Hub's action contains a resource, and not the sequence.
        incident.resource.kind === "sequence"
        ? []
        : [
            `In Security Hub in ${region}, choose the action "Cordon: contain" for this finding to contain the ${incident.resource.kind}`,
          ]
      : [command`npx cordon release ${id} --reason "WHY"`]),
  ];
}
