/** Releases one incident, from its name to the notice: look up, restore, notify, record. */
import { catalogue, type Family } from "../../catalogue/playbooks";
import type { Notices } from "../../model/ports";
import { releaseNotice } from "../../notify/notice";
import {
  type IncidentRecord,
  type Journal,
  LeaseHeld,
  parseIncidentId,
} from "../../record/journal";
import type { Engine, UndoProblem } from "../../remediate/engine";
import { allSteps } from "../../remediate/plan";
import { type Released, release } from "../../remediate/release";
import type { Step } from "../../remediate/steps";
import { kindOf } from "../../remediate/steps";
import { type SealChecker, whyNotUndone } from "./trust";

export interface Releaser extends Omit<Engine, "assume" | "seal">, Notices, SealChecker {
  /** Opens sessions of the release role of one family. */
  sessions(family: Family): Engine["assume"];
}

/** The result that the command prints. "refused": nothing was changed, and `reason` says why. */
export type ReleaseReport =
  | {
      readonly outcome: "refused";
      readonly incident: string;
      readonly reason: string;
      /** Another run works on it: the same release may succeed later. */
      readonly busy?: true;
    }
  | {
      readonly outcome: "released" | "released-in-part" | "unfinished";
      readonly incident: string;
      readonly restored: readonly string[];
      readonly kept: readonly string[];
      /** Changed since the containment; with the manual step for each. */
      readonly drifted: readonly { what: string; why: string; manual: string }[];
      /** Refused by AWS: run the release again. */
      readonly problems: readonly { what: string; why: string; manual: string }[];
    };

export interface ReleaseOptions {
  /** Make the access keys that the incident disabled active again. @default false */
  readonly reactivateKeys?: boolean;
}

/** Releases the incident of this name, as notices write it. */
export async function releaseIncident(
  incident: string,
  releaser: Releaser,
  { reactivateKeys = false }: ReleaseOptions = {},
): Promise<ReleaseReport> {
  const { journal, runner } = releaser;
  const refused = (reason: string, more: { readonly busy?: true } = {}): ReleaseReport => ({
    outcome: "refused",
    incident,
    reason,
    ...more,
  });
  const id = parseIncidentId(incident);
  if (id === undefined) {
    return refused(
      `"${incident}" is not an incident id; the notice names it, such as 0f3a9c1d2b4e5f60-1`,
    );
  }
  const record = await journal.find(id.key);
  if (record === undefined) return refused(`The journal has no incident ${incident}`);
  if (record.epoch !== id.epoch) {
    return refused(`Incident ${incident} was already released; the newest is ${record.id}`);
  }
  if (record.status === "released") {
    return refused(`Incident ${incident} was released at ${record.releasedAt}`);
  }
  if (record.status === "planned") {
    return refused(`Incident ${incident} was only planned: there is no change to undo`);
  }
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
  const assume = releaser.sessions(catalogue[record.incident.playbook].family);
  let released: Released;
  try {
    released = await release({ ...releaser, assume }, record, reactivateKeys);
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    return refused(`Another run works on ${incident}; try again in three minutes`, { busy: true });
  }
  // Notify first: a run that dies between the two is repeated, and notifies twice.
  await releaser.publish(releaseNotice(released));
  const { marks, problems, drifted } = released;
  if (problems.length > 0) await journal.handBack(record, runner, marks);
  else await journal.finish(record, runner, "released", marks);
  return {
    outcome:
      problems.length > 0 ? "unfinished" : drifted.length > 0 ? "released-in-part" : "released",
    incident,
    restored: released.restored.map(describe),
    kept: released.kept.map(describe),
    drifted: drifted.map(describeProblem),
    problems: problems.map(describeProblem),
  };
}

/** Lists the keys of an incident that any finding reported as exposed. */
async function exposedKeys(record: IncidentRecord, journal: Journal): Promise<readonly string[]> {
  const keys = allSteps(record.plan).flatMap((step) =>
    step.kind === "disable-access-key" ? [step.accessKey] : [],
  );
  const known = await Promise.all(keys.map((key) => journal.isExposed(key)));
  return keys.filter((_, index) => known[index]);
}

function describe(step: Step): string {
  return kindOf(step.kind).describe(step);
}

function describeProblem({ step, why, manual }: UndoProblem) {
  return { what: describe(step), why, manual };
}
