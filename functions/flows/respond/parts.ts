/** Reads and judges the parts of an attack sequence, each as an incident of its own would be. */
import type { PlaybookId } from "../../catalogue/playbooks";
import type { Circumstances } from "../../decide/circumstances";
import { decide, isReadable } from "../../decide/decide";
import { dryRunReason } from "../../decide/stage-policy";
import { isOfHost } from "../../detect/host";
import type { Incident } from "../../model/incident";
import { errorText } from "../../model/plain-text";
import type { Part } from "../../model/resource";
import { incidentOfPart } from "../../model/sequence";
import type { Known } from "../../model/verdict";
import { type IncidentRecord, isOpen } from "../../record/journal";
import { readerOf } from "../../remediate/facts";
import type { JudgedPart, SequenceFacts, Stance } from "../../remediate/facts/sequence";
import { asOwn } from "../../remediate/plan";
import type { Responder } from "./responder";

export interface ReadPart {
  readonly part: Part;
  readonly facts: Known<unknown>;
  /** The record of the incident that is about the part alone. */
  readonly own: Known<IncidentRecord | undefined>;
}

export type AboutSequence = Incident & Pick<Incident<"sequence">, "resource">;

export function isSequence(incident: Incident): incident is AboutSequence {
  return incident.resource.kind === "sequence";
}

/**
 * Lists the incidents, or parts of an attack sequence, that are about credentials which one instance had.
 * An instance that is a part itself is contained, or left out, with the rest.
 */
export function hostsOf(record: IncidentRecord): readonly IncidentRecord[] {
  const instances = (record.plan.parts ?? []).map(({ resource }) => resource.id);
  return asOwn(record).filter(
    ({ incident }) =>
      isOfHost(incident) &&
      incident.resource.kind === "role" &&
      !instances.includes(incident.resource.session),
  );
}

/** Lists the playbooks by which an incident is judged: its own, and those of its parts. */
export function playbooksOf(incident: Incident): readonly PlaybookId[] {
  const parts = isSequence(incident) ? incident.resource.parts : [];
  return [incident.playbook, ...parts.map(({ playbook }) => playbook)];
}

/**
 * Reads the parts side by side. What cannot be read of one is unknown at once: the rest does not wait for
 * it, and the next delivery reads it again.
 */
export function readParts(
  incident: AboutSequence,
  responder: Responder,
): Promise<readonly ReadPart[]> {
  const { policy } = responder;
  const { account: id } = incident.place;
  return Promise.all(
    incident.resource.parts.map(async (part): Promise<ReadPart> => {
      const about = incidentOfPart(incident, part);
      const account = { known: true, value: { id, name: id } } as const;
      const reader = readerOf(part.resource.kind);
      const [facts, own] = await Promise.all([
        isReadable(about, policy, account)
          ? tried(async () => reader.read(about, await responder.reader(about), responder))
          : ({ known: false, why: "it was not read" } as const),
        tried(() => responder.journal.find(part.key)),
      ]);
      return { part, facts, own };
    }),
  );
}

/**
 * Judges each part by every guard, but for the brakes: those count the whole sequence, and its plan asks
 * once.
 */
export function judgeParts(
  incident: AboutSequence,
  read: readonly ReadPart[],
  responder: Pick<Responder, "policy" | "delivery" | "lastDelivery">,
  circumstances: Omit<Circumstances, "target" | "brakes">,
): SequenceFacts {
  const { policy } = responder;
  // A part that the policy has only planned is not changed with the rest.
  const isDry = dryRunReason(incident, policy, circumstances.units) !== undefined;
  return {
    parts: read.map(({ part, facts, own }): JudgedPart => {
      const about = incidentOfPart(incident, part);
      const target = targetOfPart(about, facts);
      const releasedAt = own.known
        ? later(circumstances.releasedAt, own.value?.releasedAt)
        : { known: false as const, why: own.why };
      const verdict = decide(about, policy, {
        ...circumstances,
        target,
        releasedAt,
        brakes: { known: true, value: [] },
      });
      const stance =
        own.known && own.value !== undefined && contains(own.value, part, target)
          ? ({
              is: "contained",
              why: `incident ${own.value.id} about it is ${own.value.status}`,
            } as const)
          : verdict.dryRun !== undefined && !isDry
            ? ({ is: "out", why: verdict.dryRun } as const)
            : verdict.objectedBy === "serviceRead" && mayBeRead(target, responder)
              ? ({ is: "unread", why: verdict.reasons[0] } as const)
              : stanceOf(verdict);
      return {
        part,
        facts: facts.known ? facts.value : undefined,
        target: target.known ? target.value : undefined,
        stance,
      };
    }),
  };
}

/** Checks whether an open incident has a part: sessions of one role with names of their own share one. */
function contains(
  own: IncidentRecord,
  { resource }: Part,
  target: Circumstances["target"],
): boolean {
  const { resource: contained } = own.incident;
  const isOther =
    resource.kind === "role" &&
    contained.kind === "role" &&
    contained.session !== resource.session &&
    !(target.known && target.value.quarantined);
  return isOpen(own) && !isOther;
}

export function targetOfPart(about: Incident, facts: Known<unknown>): Circumstances["target"] {
  return facts.known
    ? {
        known: true,
        value: readerOf(about.resource.kind).circumstances(facts.value, about),
      }
    : facts;
}

/**
 * Checks whether the next delivery, three minutes later, may read whom an instance serves: it tries once.
 * What is refused stays so, and a compromised instance must not wait for long until somebody is asked.
 */
export function mayBeRead(
  target: Circumstances["target"],
  { delivery, lastDelivery }: Pick<Responder, "delivery" | "lastDelivery">,
): boolean {
  const isRefused = target.known && target.value.service?.isRefused === true;
  return delivery === 1 && delivery < lastDelivery && !isRefused;
}

/** Says what a verdict about a part means for the sequence. */
function stanceOf({
  decision,
  reasons: [why],
  manualSteps,
  objectedBy,
}: ReturnType<typeof decide>): Stance {
  if (decision === "auto") return { is: "in" };
  if (decision === "approve") return { is: "asks", why, manualSteps };
  if (objectedBy === "targetRead" || objectedBy === "journalRead") return { is: "unread", why };
  return { is: objectedBy === "notYetContained" ? "contained" : "out", why, manualSteps };
}

/** Takes the later of two releases: of the sequence, and of an incident about the part. */
function later(
  releasedAt: Circumstances["releasedAt"],
  own: string | undefined,
): Circumstances["releasedAt"] {
  if (!releasedAt.known || own === undefined) return releasedAt;
  const { value } = releasedAt;
  return { known: true, value: value === undefined || value < own ? own : value };
}

async function tried<T>(read: () => Promise<T>): Promise<Known<T>> {
  return read().then(
    (value) => ({ known: true, value }),
    (error: unknown) => ({ known: false, why: errorText(error) }),
  );
}
