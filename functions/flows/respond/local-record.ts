/** Reads the record of a local journal, which a person's disk held: nothing in it is believed unchecked. */
import * as z from "zod/mini";
import { catalogue, type PlaybookId, playbookIds } from "../../catalogue/playbooks";
import { accountId, incidentKey, regionName, timestamp, titleLimit } from "../../detect/detected";
import { requestedIncident } from "../../detect/request";
import type { Incident } from "../../model/incident";
import { oneLine, plain } from "../../model/plain-text";
import { type Resource, resourceArn } from "../../model/resource";
import { type IncidentRecord, incidentId, type Marks } from "../../record/journal";
import { isLocalEpoch } from "../../record/local-epoch";
import type { FactsOf } from "../../remediate/facts";
import { sourceInstanceArn } from "../../remediate/facts/role";
import { foreignNames } from "../../remediate/foreign-names";
import { allSteps, type Plan } from "../../remediate/plan";

const name = z.string().check(z.minLength(1), z.maxLength(128));
const line = z.string().check(z.maxLength(1_000));
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
/** What is kept of a record. Texts that would be read as Cordon's own are not among it. */
const record = z.object({
  id: name,
  epoch: z.int(),
  status: z.enum(["containing", "contained"]),
  plannedAt: timestamp,
  marks: z.record(z.string().check(z.regex(/^\d{1,3}$/)), z.enum(["done", "gone", "by-hand"])),
  incident: z.object({
    key: name,
    playbook: z.enum(playbookIds),
    place: z.object({ account: accountId, region: regionName }),
    resource,
    finding: z.object({ title: line, lastSeen: timestamp }),
  }),
  plan: z.object({
    stages: z.array(stage),
    suffix: z.optional(z.string().check(z.regex(/^[0-9a-f]{8}$/))),
  }),
});
type Local = z.infer<typeof record>;

/** Who has a record adopted, and why, in place of the names and reasons of the file. */
interface Adopter {
  readonly by: string;
  readonly reason: string;
}

/** Reads a record from its JSON; the problem says what it is not. */
export function readLocal(
  text: string,
  adopter: Adopter,
): { readonly record: IncidentRecord } | { readonly problem: string } {
  const parsed = record.safeParse(parse(text));
  if (parsed.success) return { record: recordOf(parsed.data, adopter) };
  const [issue] = parsed.error.issues;
  return {
    problem: `This is no open record of a local journal: ${plain(issue?.path.join(".") || "the file", 80)}: ${issue?.message}`,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const residual = [
  "The containment was adopted from a local journal: its residual risk is in the output of npx cordon contain.",
];
const nextSteps = [
  "Keep the local journal until the release: the original values are as good as that file.",
];

/** Makes the record anew, of what a local journal may say. */
function recordOf({ incident, plan, ...local }: Local, { by, reason }: Adopter): IncidentRecord {
  const { place, playbook } = incident;
  const { title, lastSeen } = incident.finding;
  const about = incident.resource as Resource;
  const at = new Date(lastSeen);
  const made = requestedIncident({ playbook, resource: about }, place, { by, reason: "", at });
  const finding = { ...made.finding, title: oneLine(title).slice(0, titleLimit) };
  const kept: Plan = {
    stages: plan.stages as unknown as Plan["stages"],
    ...(plan.suffix !== undefined && { suffix: plan.suffix }),
    residual,
    nextSteps,
  };
  return {
    ...local,
    incident: { ...made, key: incident.key, finding },
    accountName: place.account,
    reasons: [`${plain(by, 200)} had it adopted from a local journal: ${oneLine(reason)}`],
    plan: kept,
    revision: "",
    marks: local.marks as Marks,
  };
}

/** Explains why a record cannot be one of this playbook's; undefined if nothing speaks against it. */
export function whyForeign(
  local: IncidentRecord,
  playbook: PlaybookId,
  now: Date,
): string | undefined {
  const { id, epoch, incident, plan, marks } = local;
  const { key, place } = incident;
  const own = catalogue[playbook];
  if (incident.playbook !== playbook || incident.resource.kind !== own.resource) {
    return `The record is of playbook ${incident.playbook}, not ${playbook}`;
  }
  const wanted = incidentKey(place, incident.resource, playbook);
  if (key !== wanted || id !== incidentId(key, epoch)) {
    return `The id ${plain(id, 60)} is not the one of ${incident.resource.id} in ${place.account}`;
  }
  if (!isLocalEpoch(epoch, now)) return `No local journal has epoch ${epoch} by now`;
  const steps = allSteps(plan);
  const kinds: readonly string[] = own.steps;
  const stranger = steps.find((each) => !kinds.includes(each.kind));
  if (stranger !== undefined) {
    return `The plan has a step ${plain(stranger.kind, 60)}, which ${playbook} does not take`;
  }
  const foreign = foreignNames(local);
  if (foreign.length > 0) {
    return `The plan names ${plain(foreign.join(", "), 200)}, which cannot be of this incident`;
  }
  return Object.keys(marks).some((number) => Number(number) >= steps.length)
    ? "The record marks steps that its plan does not have"
    : undefined;
}

/** Explains which step is about something else than the target; undefined if none is. */
export function strangerIn({ incident, plan }: IncidentRecord, facts: unknown): string | undefined {
  const isOwn = ownership(incident, facts);
  const stranger = allSteps(plan).find((each) => !isOwn(each as unknown as Fields));
  return stranger === undefined
    ? undefined
    : `The plan has a step about another target than ${incident.resource.id}: ${stranger.kind}`;
}

/** The fields by which steps name what they are about. */
interface Fields {
  readonly instance?: unknown;
  readonly networkInterface?: unknown;
  readonly vpc?: unknown;
  readonly volumes?: readonly unknown[];
  readonly role?: { readonly arn?: unknown };
  readonly user?: { readonly uniqueId?: unknown };
  readonly principal?: { readonly arn?: unknown };
  readonly accessKey?: unknown;
  readonly instanceArn?: unknown;
  readonly session?: unknown;
  readonly only?: { readonly session?: unknown };
}

/** Tells of a target, as it was read, whether a step is about it and nothing else. */
function ownership(incident: Incident, facts: unknown): (fields: Fields) => boolean {
  const { place, resource } = incident;
  const fits = (value: unknown, own: readonly unknown[]) =>
    value === undefined || own.includes(value);
  switch (resource.kind) {
    case "instance": {
      const { interfaces, instance, role } = facts as FactsOf<"instance">;
      const ids = interfaces.map(({ id }) => id);
      const vpcs = interfaces.map(({ vpc }) => vpc);
      const volumes = instance?.volumes.map(({ id }) => id) ?? [];
      return (each) =>
        fits(each.instance, [resource.id]) &&
        fits(each.networkInterface, ids) &&
        fits(each.vpc, vpcs) &&
        (each.volumes ?? []).every((volume) => fits(volume, volumes)) &&
        fits(each.role?.arn, [role?.arn]) &&
        fits(each.instanceArn, [resourceArn(place, resource)]);
    }
    case "user": {
      const { user, keys } = facts as FactsOf<"user">;
      return (each) =>
        fits(each.user?.uniqueId, [user?.uniqueId]) &&
        fits(each.principal?.arn, [user?.arn]) &&
        fits(
          each.accessKey,
          keys.map(({ id }) => id),
        );
    }
    case "role": {
      const { role } = facts as FactsOf<"role">;
      return (each) =>
        fits(each.role?.arn, [role?.arn]) &&
        fits(each.principal?.arn, [role?.arn]) &&
        fits(each.session, [resource.session]) &&
        fits(each.only?.session, [resource.session]) &&
        fits(each.instanceArn, [sourceInstanceArn(place, resource)]);
    }
    // Nobody fixes posture, blocks addresses, contains a resource or a whole sequence from a local journal.
    case "address":
    case "posture":
    case "resource":
    case "sequence":
      return () => false;
  }
}
