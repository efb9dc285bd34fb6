/**
 * Contains a target with a responder's own credentials and a local journal, where Cordon itself cannot:
 * the same guards, plan, engine and verification, without queue, journal and member roles.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { isFinal, isRefusal } from "../../functions/aws/errors";
import type { ResponsePolicy } from "../../functions/decide/circumstances";
import { decide } from "../../functions/decide/decide";
import { requestedIncident, type Target } from "../../functions/detect/request";
import type { Place } from "../../functions/model/resource";
import { type IncidentRecord, incidentId, type Seal } from "../../functions/record/journal";
import { type Contained, contain, readDrift, resume } from "../../functions/remediate/contain";
import type { Engine } from "../../functions/remediate/engine";
import { readerOf } from "../../functions/remediate/facts";
import { identified } from "../../functions/remediate/facts/user";
import { type Plan, unextended } from "../../functions/remediate/plan";
import { planOf } from "../../functions/remediate/playbooks";
import { latest, localJournal } from "./local-journal";
import type { Operator } from "./operator";

export interface ContainOrder {
  readonly target: Target;
  readonly region: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
  /** Folder of the local journal. */
  readonly folder: string;
  /** Carry the plan out. Without it, nothing is changed. */
  readonly yes: boolean;
}

export type ContainReport =
  /** Nothing was changed. */
  | {
      readonly outcome: "refused";
      readonly reason: string;
      readonly manualSteps: readonly string[];
    }
  | { readonly outcome: "planned"; readonly plan: Plan; readonly reasons: readonly string[] }
  | { readonly outcome: "carried-out"; readonly contained: Contained };

/**
 * Contains the target, or goes on with what an earlier call has begun today.
 *
 * @throws JournalFileError where the local journal cannot be used; nothing was changed
 */
export async function containByHand(
  order: ContainOrder,
  operator: Operator,
  policy: ResponsePolicy,
): Promise<ContainReport> {
  const { region, folder, reason } = order;
  const place = { account: operator.account, region };
  const own = ownResource(order.target, operator);
  if (own !== undefined) return refused(own);
  const at = operator.now();
  const resource = await identified(order.target.resource, operator.member.identity);
  const incident = requestedIncident({ ...order.target, resource }, place, {
    by: operator.by,
    reason,
    at,
  });
  const engine = engineOf(order.folder, operator);
  const { record, epoch } = latest(folder, incident.key, at);
  if (record !== undefined && record.status !== "released") {
    return goOn(order, engine, record);
  }

  const reader = readerOf(incident.resource.kind);
  const knowledge = { ...operator, policy, isRefusal, journal: engine.journal };
  const facts = await reader.read(incident, operator.member, knowledge);
  const target = reader.circumstances(facts, incident);
  const verdict = decide(incident, policy, {
    account: { known: true, value: { id: place.account, name: place.account } },
    units: { known: true, value: [] },
    target: { known: true, value: target },
    releasedAt: { known: true, value: undefined },
    exceptions: { known: true, value: { entries: [], units: [] } },
    ageMs: 0,
    stillCurrent: { known: true, value: "not-asked" },
    falsePositives: { known: true, value: { marked: 0, of: 0, since: at.toISOString() } },
    brakes: { known: true, value: [] },
  });
  // What waits for a responder's approval has it: a responder asks.
  if (verdict.decision !== "auto" && verdict.decision !== "approve") {
    return refused(verdict.reasons.join(". "), verdict.manualSteps);
  }
  const id = incidentId(incident.key, epoch);
  const suffix = randomBytes(4).toString("hex");
  const plan = planOf(incident, facts, id, at, policy, suffix);
  const reasons = [
    `${operator.by} contained it with own credentials: ${reason}`,
    ...verdict.reasons.slice(verdict.decision === "auto" ? 1 : 0),
  ];
  if (!order.yes) return { outcome: "planned", plan, reasons };
  const proposal = {
    id,
    epoch,
    incident,
    accountName: place.account,
    reasons,
    ...(verdict.checked && { checked: verdict.checked }),
    plannedAt: at.toISOString(),
    plan,
  };
  const contained = await contain(engine, proposal, (sealed) =>
    engine.journal.begin(sealed, engine.runner),
  );
  if (contained === undefined) throw new Error("A containment that nothing forbids was not begun");
  return close(engine, contained);
}

/** Applies what is not in effect of a plan that was begun. */
async function goOn(
  { yes }: ContainOrder,
  engine: LocalEngine,
  record: IncidentRecord,
): Promise<ContainReport> {
  const { plan, reasons } = record;
  if (!yes) return { outcome: "planned", plan, reasons };
  const extension = unextended(plan);
  const { pending } = await readDrift(engine, record, extension);
  const contained = await resume(engine, record, extension, { pending, isLimited: false });
  return close(engine, contained);
}

async function close(engine: LocalEngine, contained: Contained): Promise<ContainReport> {
  const { record, marks } = contained;
  if (contained.problems.some(({ final }) => !final)) {
    await engine.journal.handBack(record, engine.runner, marks);
  } else {
    await engine.journal.finish(record, engine.runner, "contained", marks);
  }
  return { outcome: "carried-out", contained };
}

export interface LocalEngine extends Engine {
  readonly journal: ReturnType<typeof localJournal>;
}

/** Opens the engine over the responder's own credentials. */
export function engineOf(folder: string, operator: Operator): LocalEngine {
  const { account, member, now, sleep } = operator;
  return {
    journal: localJournal(folder, now),
    runner: randomUUID(),
    now,
    sleep,
    isFinal,
    // The process has no time limit, and the responder stays with it.
    mayOpen: () => true,
    lookAgain: () => Promise.resolve(),
    seal: () => Promise.resolve(unsealed),
    assume(_family, place: Place) {
      if (place.account !== account) {
        throw new Error(
          `These credentials are of account ${account}, but the target is in ${place.account}`,
        );
      }
      return Promise.resolve(member);
    },
  };
}

/** Only responders of Cordon seal plans: what adopts a local journal seals it. */
const unsealed: Seal = { publicKey: "", mac: "", signature: "" };

/** Says why a responder must not contain what the credentials in use come from. */
function ownResource({ resource }: Target, { by }: Operator): string | undefined {
  const user = /:user\/(?:.*\/)?([^/]+)$/.exec(by)?.[1];
  const role = /:assumed-role\/([^/]+)\//.exec(by)?.[1];
  const isOwn =
    (resource.kind === "user" && resource.id === user) ||
    (resource.kind === "role" && resource.id === role);
  return isOwn
    ? `${resource.id} is the ${resource.kind} whose credentials this command uses: it would cut itself off`
    : undefined;
}

function refused(reason: string, manualSteps: readonly string[] = []): ContainReport {
  return { outcome: "refused", reason, manualSteps };
}
