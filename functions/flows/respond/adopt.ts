/**
 * Takes over what a responder contained by hand while Cordon could not: the incident is in the journal
 * then, kept and released like any other. Nothing is applied: what the local journal says must be so.
 */
import * as z from "zod/mini";
import { catalogue, type PlaybookId, playbookIds } from "../../catalogue/playbooks";
import { asksForUnits, dryRunReason } from "../../decide/stage-policy";
import { accountId, incidentKey, regionName, timestamp } from "../../detect/detected";
import type { Incident } from "../../model/incident";
import { oneLine, plain } from "../../model/plain-text";
import type { Resource } from "../../model/resource";
import {
  type IncidentRecord,
  incidentId,
  isOpen,
  LeaseHeld,
  type Marks,
} from "../../record/journal";
import { reasonProblem } from "../../record/release-order";
import { readDrift, resume } from "../../remediate/contain";
import { foreignNames } from "../../remediate/foreign-names";
import { allSteps, type Plan, unextended } from "../../remediate/plan";
import { kindOf } from "../../remediate/steps";
import { finishContainment } from "./finish";
import type { Responder } from "./responder";

/** What the command sends to the responder of the incident's playbook. */
export interface AdoptionRequest {
  /** The record of the local journal. */
  readonly adopt: unknown;
  /** Why: one line of 1 to 1,000 characters. */
  readonly reason: string;
  /** ARN of the caller, as the caller states it: only CloudTrail's data events show who invoked it. */
  readonly by: string;
}

/** "refused": nothing was written or changed. */
export interface AdoptionReport {
  readonly outcome: "adopted" | "refused";
  readonly reason: string;
  readonly incident?: string;
}

const name = z.string().check(z.minLength(1), z.maxLength(128));
const lines = z.array(z.string().check(z.maxLength(4_000))).check(z.maxLength(200));
const resource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("instance"), id: name }),
  z.object({
    kind: z.literal("user"),
    id: name,
    uniqueId: z.optional(name),
    accessKey: z.optional(name),
  }),
  z.object({
    kind: z.literal("role"),
    id: name,
    uniqueId: z.optional(name),
    accessKey: z.string(),
    session: name,
  }),
]);
const step = z.looseObject({ kind: z.string() });
const stage = z.object({
  name,
  onFailure: z.enum(["stop", "continue"]),
  limitSeconds: z.optional(z.number().check(z.positive(), z.maximum(120))),
  steps: z.array(step),
});
const record = z.object({
  id: name,
  epoch: z.int().check(z.positive(), z.maximum(9_999)),
  status: z.enum(["containing", "contained"]),
  plannedAt: timestamp,
  reasons: lines,
  checked: z.optional(lines),
  marks: z.record(z.string().check(z.regex(/^\d{1,3}$/)), z.enum(["done", "gone", "by-hand"])),
  incident: z.object({
    key: name,
    playbook: z.enum(playbookIds),
    place: z.object({ account: accountId, region: regionName }),
    resource,
    finding: z.looseObject({
      id: name,
      type: name,
      severity: z.number(),
      title: z.string().check(z.maxLength(2_500)),
      sample: z.literal(false),
      lastSeen: timestamp,
    }),
  }),
  plan: z.object({
    stages: z.array(stage),
    open: z.optional(lines),
    residual: lines,
    nextSteps: lines,
    suffix: z.optional(z.string().check(z.regex(/^[0-9a-f]{8}$/))),
  }),
});

/** Checks whether the input of a responder asks it to adopt an incident. */
export function isAdoption(input: unknown): input is AdoptionRequest {
  return typeof input === "object" && input !== null && "adopt" in input;
}

/** Adopts an incident of one playbook. */
export async function adopt(
  { adopt: given, by, reason }: AdoptionRequest,
  playbook: PlaybookId,
  responder: Responder,
): Promise<AdoptionReport> {
  const refused = (why: string): AdoptionReport => ({ outcome: "refused", reason: why });
  const problem = reasonProblem(String(reason ?? ""), "for the adoption");
  if (problem !== undefined) return refused(problem);
  const parsed = record.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(
      `This is no open record of a local journal: ${plain(issue?.path.join(".") || "the file", 80)}: ${issue?.message}`,
    );
  }
  const local = parsed.data as unknown as IncidentRecord;
  const { id, incident, plan } = local;
  const wrong = whyForeign(local, playbook);
  if (wrong !== undefined) return refused(wrong);
  const account = await responder.account(incident.place.account);
  if (account === undefined) {
    return refused(`Account ${incident.place.account} is not in the organization`);
  }
  const { policy } = responder;
  const units = asksForUnits(policy.stage, playbook) ? await responder.unitsOf(account.id) : [];
  const dryRun = dryRunReason(incident, policy, { known: true, value: units });
  if (dryRun !== undefined) {
    return refused(
      `${dryRun}: Cordon would not keep ${id} contained. Release it from the local journal`,
    );
  }
  const known = await responder.journal.find(incident.key);
  if (known !== undefined && isOpen(known)) {
    return refused(
      `Incident ${known.id} about the same target is open already: release one of the two, the newer one first`,
    );
  }
  if (known !== undefined && known.epoch >= local.epoch) {
    return refused(`The journal has a newer incident about the same target, ${known.id}`);
  }
  const extension = unextended(plan);
  const drift = await readDrift(responder, local, extension);
  const open = [
    ...drift.pending.map((each) => kindOf(each.kind).describe(each)),
    ...drift.unread.map(({ step: each, why }) => `${kindOf(each.kind).describe(each)}: ${why}`),
  ];
  if (open.length > 0) {
    return refused(
      `${open.length} ${open.length === 1 ? "step is" : "steps are"} not in effect, the first: ${oneLine(open[0] ?? "")}. Run npx cordon contain again, then adopt`,
    );
  }
  const who = plain(String(by ?? "a caller without a name"), 700);
  const proposal = {
    ...local,
    accountName: account.name,
    reasons: [`${who} had it adopted from a local journal: ${oneLine(reason)}`, ...local.reasons],
  };
  try {
    const seal = await responder.seal(proposal);
    const begun = await responder.journal.begin(
      proposalOf({ ...proposal, seal }),
      responder.runner,
    );
    const taken = { ...begun, marks: local.marks };
    const nothing = { pending: [], isLimited: true };
    const contained = await resume(responder, taken, extension, nothing);
    const answered = await finishContainment(responder, contained);
    return { outcome: "adopted", reason: answered.reason, incident: id };
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    return refused(`Another run works on ${id}; try again in three minutes`);
  }
}

/** Explains why a record cannot be one of this playbook's; undefined if nothing speaks against it. */
function whyForeign(local: IncidentRecord, playbook: PlaybookId): string | undefined {
  const { id, epoch, incident, plan, marks } = local;
  const { key, place } = incident;
  const own = catalogue[playbook];
  if (incident.playbook !== playbook || incident.resource.kind !== own.resource) {
    return `The record is of playbook ${incident.playbook}, not ${playbook}`;
  }
  if (key !== keyOf(incident) || id !== incidentId(key, epoch)) {
    return `The id ${plain(id, 60)} is not the one of ${incident.resource.id} in ${place.account}`;
  }
  const steps = allSteps(plan);
  const kinds: readonly string[] = own.steps;
  const stranger = steps.find((each) => !kinds.includes(each.kind));
  if (stranger !== undefined) {
    return `The plan has a step ${plain(stranger.kind, 60)}, which ${playbook} does not take`;
  }
  const elsewhere = steps.find(
    (each) => "instance" in each && each.instance !== incident.resource.id,
  );
  if (elsewhere !== undefined) {
    return `The plan has a step about another instance than ${incident.resource.id}: ${elsewhere.kind}`;
  }
  const foreign = foreignNames(local);
  if (foreign.length > 0) {
    return `The plan names ${plain(foreign.join(", "), 200)}, which cannot be of this incident`;
  }
  return Object.keys(marks as Marks).some((number) => Number(number) >= steps.length)
    ? "The record marks steps that its plan does not have"
    : undefined;
}

function keyOf({ place, resource: of, playbook }: Incident): string {
  return incidentKey(place, of as Resource, playbook);
}

/** Leaves out what the journal adds. */
function proposalOf(adopted: IncidentRecord) {
  const { id, epoch, incident, accountName, reasons, checked, plan, seal, plannedAt } = adopted;
  return {
    id,
    epoch,
    incident,
    accountName,
    reasons,
    ...(checked && { checked }),
    plan: plan as Plan,
    ...(seal && { seal }),
    plannedAt,
  };
}
