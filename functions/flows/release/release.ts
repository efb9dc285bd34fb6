/** Releases one incident, from its name to the notice: look up, restore, notify, record. */
import { errorText, oneLine, plain } from "../../model/plain-text";
import type { Notices } from "../../model/ports";
import { releaseNotice } from "../../notify/release-notice";
import {
  type IncidentRecord,
  type Journal,
  LeaseHeld,
  parseIncidentId,
} from "../../record/journal";
import { type ReleaseOrder, reasonProblem } from "../../record/release-order";
import { allSteps } from "../../remediate/plan";
import { type Released, release, type Undoing, type UndoProblem } from "../../remediate/release";
import { kindOf, kinds, type Step, type StepOf } from "../../remediate/steps";
import { activeExposedKeys, exposedKeys } from "./exposed-keys";
import { blocksOfOthers, otherIncidents } from "./other-incidents";
import { type SealChecker, whyNotUndone } from "./trust";

export interface Releaser extends Undoing, Notices, SealChecker {
  readonly journal: Journal;
}

/** The result that the command prints. "refused": nothing was changed, and `reason` says why. */
export type ReleaseReport =
  | {
      readonly outcome: "refused";
      readonly incident: string;
      readonly reason: string;
      /** The same release may succeed later: another run works on the incident, or a read failed. */
      readonly busy?: true;
    }
  | {
      /** Only after "unfinished" can the release be run again. */
      readonly outcome: "released" | "released-in-part" | "unfinished";
      readonly incident: string;
      readonly order: ReleaseOrder;
      /** Access keys that were active although exposed. */
      readonly disabled: readonly string[];
      readonly restored: readonly string[];
      readonly kept: readonly string[];
      readonly gone: readonly string[];
      /** Changed since the containment. */
      readonly drifted: readonly UndoProblem[];
      /** Failed for good. */
      readonly byHand: readonly UndoProblem[];
      /** Not tried, because what must come first is not undone. */
      readonly keptInPlace: readonly UndoProblem[];
      /** Failed: run the release again. */
      readonly problems: readonly UndoProblem[];
      /** Other open incidents of the target, its role or its user. */
      readonly others: readonly string[];
    };

export interface ReleaseOptions {
  /** Who requests the release. */
  readonly by: string;
  /** Explains in one sentence why this person may not release an incident. @default any may */
  readonly objection?: (record: IncidentRecord) => string | undefined;
  /** One line of at most 1,000 characters. */
  readonly reason: string;
  /** Make the access keys that the incident disabled active again. @default false */
  readonly reactivateKeys?: boolean;
  /** End the release, although something fails: it is left to be done manually. @default false */
  readonly close?: boolean;
}

const requesterLimit = 700;

/** Releases the incident of this name, as notices write it. */
export async function releaseIncident(
  incident: string,
  releaser: Releaser,
  { by, reason, objection, reactivateKeys = false, close = false }: ReleaseOptions,
): Promise<ReleaseReport> {
  const { journal, runner } = releaser;
  const refused = (why: string, more: { readonly busy?: true } = {}): ReleaseReport => ({
    outcome: "refused",
    incident,
    reason: why,
    ...more,
  });
  const id = parseIncidentId(incident);
  if (id === undefined) {
    return refused(
      `"${plain(incident, 60)}" is not an incident id; the notice names it, such as 0f3a9c1d2b4e5f60-1`,
    );
  }
  const problem = reasonProblem(reason);
  if (problem !== undefined) return refused(problem);
  const record = await journal.find(id.key);
  if (record === undefined) return refused(`The journal has no incident ${incident}`);
  const why = whyNot(record, incident) ?? objection?.(record);
  if (why !== undefined) return refused(why);
  const distrusted = await whyNotUndone(record, releaser);
  if (distrusted !== undefined) return refused(distrusted);
  if (reactivateKeys) {
    const exposed = await exposedKeys(record, journal);
    if (exposed.length > 0) {
      return refused(
        `${exposed.join(", ")} is exposed and must never be active again; release without --reactivate-keys, and give the user a new key`,
      );
    }
  }
  let active: readonly StepOf<"disable-access-key">[];
  try {
    active = await activeExposedKeys(record, releaser);
  } catch (error) {
    const text = `The user's access keys could not be read, and one may be exposed; try again: ${errorText(error)}`;
    return refused(text, { busy: true });
  }
  const order = {
    by: plain(by, requesterLimit),
    reason: oneLine(reason),
    at: releaser.now().toISOString(),
  };
  let released: Released;
  try {
    released = await release(releaser, record, order, {
      onRequest: reactivateKeys,
      close,
      exposedKeys: active,
      wantedByOthers: () => blocksOfOthers(record, journal),
    });
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    return refused(`Another run works on ${incident}; try again in three minutes`, { busy: true });
  }
  const others = await otherIncidents(record, journal);
  // Notify first: a run that dies between the two is repeated, and notifies twice.
  await releaser.publish(releaseNotice(released, others));
  const { marks, drifted, byHand, keptInPlace, problems } = released;
  if (problems.length > 0) await journal.handBack(record, runner, marks);
  else await journal.finish(record, runner, "released", marks);
  const whole = [drifted, byHand, keptInPlace].every((each) => each.length === 0);
  return {
    outcome: problems.length > 0 ? "unfinished" : whole ? "released" : "released-in-part",
    incident,
    order,
    disabled: released.disabled.map((step) => kindOf(step.kind).describe(step)),
    restored: released.restored.map(describeUndo),
    kept: released.kept.map((step) => kindOf(step.kind).manual(step)),
    gone: released.gone.map(describeUndo),
    drifted,
    byHand,
    keptInPlace,
    problems,
    others,
  };
}

/** Explains why the journal's record cannot be released under this name. */
function whyNot(record: IncidentRecord, incident: string): string | undefined {
  const { id, status, releasedAt, release: order, plan } = record;
  if (id !== incident) return `Incident ${incident} was already released; the newest is ${id}`;
  if (status === "released") {
    const by = order === undefined ? "" : ` by ${order.by}: ${order.reason}`;
    return `Incident ${incident} was released at ${releasedAt}${by}`;
  }
  if (status === "planned") {
    return `Incident ${incident} was only planned: there is no change to undo`;
  }
  const unknown = allSteps(plan).find((step) => !(step.kind in kinds));
  return unknown === undefined
    ? undefined
    : `This version of Cordon does not know the step ${unknown.kind} of incident ${incident}: deploy the version that contained it, and release with that`;
}

function describeUndo(step: Step): string {
  return kindOf(step.kind).describeUndo(step);
}
