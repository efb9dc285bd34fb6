/** Reads what an answer depends on: the journal, and the target where it may be read. */
import { typeScope, weekBegan } from "../../catalogue/brake-scopes";
import { ageOf, ages, askedAfterMs } from "../../decide/age";
import type { Circumstances, Currency } from "../../decide/circumstances";
import { canLeadToAction, decide, decideOnAccount, isReadable } from "../../decide/decide";
import type { Exceptions } from "../../decide/exceptions";
import { falsePositivesAmong, markedOf } from "../../decide/false-positives";
import { asksForUnits } from "../../decide/stage-policy";
import type { Incident } from "../../model/incident";
import { errorText } from "../../model/plain-text";
import type { Known, Verdict } from "../../model/verdict";
import { type Exception, isInEffect } from "../../record/exceptions";
import { type IncidentRecord, isOpen, LeaseHeld } from "../../record/journal";
import { readerOf } from "../../remediate/facts";
import {
  type AboutSequence,
  isSequence,
  judgeParts,
  playbooksOf,
  type ReadPart,
  readParts,
} from "./parts";
import type { Responder } from "./responder";

/** What Organizations says of the finding's account. */
export type Membership = Pick<Circumstances, "account" | "units">;

/** Everything an answer depends on, as it was read. */
export interface Seen extends Membership {
  /** The account's name in the organization, or its id. */
  readonly accountName: string;
  readonly journal: Known<IncidentRecord | undefined>;
  /** The journal's record, where it could be read and has one. */
  readonly record: IncidentRecord | undefined;
  readonly facts: Known<unknown>;
  /** Of an attack sequence, as they were read. */
  readonly parts?: readonly ReadPart[];
  readonly target: Circumstances["target"];
  readonly exceptions: Circumstances["exceptions"];
  readonly falsePositives: Circumstances["falsePositives"];
  readonly ageMs: number;
  readonly stillCurrent: Circumstances["stillCurrent"];
}

/**
 * Begins to read the target while its account is looked up, where the finding may lead to a response. For
 * an account outside of the organization IAM opens no session, and where the policy names units for the
 * playbook, only the session is opened before they are known.
 *
 * @returns the target's facts, which are not to be used where the account rules them out; undefined where
 *   nothing is read yet
 */
export function readAhead(
  incident: Incident,
  responder: Responder,
): Promise<Known<unknown>> | undefined {
  const { policy } = responder;
  const { account: id } = incident.place;
  const account = { known: true as const, value: { id, name: id } };
  const read = { account, units: noUnits, ageMs: ageOf(incident.finding, responder.now()) };
  if (decideOnAccount(incident, policy, read) !== undefined) return undefined;
  if (!canLeadToAction(incident, policy, read) || !isReadable(incident, policy, account)) {
    return undefined;
  }
  // Who awaits the facts, or opens the session again, meets the same failure.
  if (asks(incident, responder)) {
    // Of an attack sequence each part has a session of its own.
    if (isSequence(incident)) return undefined;
    responder.reader(incident).catch(() => undefined);
    return undefined;
  }
  const facts = readFacts(incident, responder);
  facts.catch(() => undefined);
  return facts;
}

/** Checks whether the policy names units for a playbook of the incident. */
function asks(incident: Incident, { policy }: Responder): boolean {
  return playbooksOf(incident).some((playbook) => asksForUnits(policy.stage, playbook));
}

/** Reads the account and then, where the policy names any for the playbook, the units above it. */
export async function readMembership(
  incident: Incident,
  responder: Responder,
): Promise<Membership> {
  const { place } = incident;
  const account = await known(() => responder.account(place.account), responder);
  if (!asks(incident, responder)) return { account, units: noUnits };
  const isMember = account.known && account.value !== undefined;
  return {
    account,
    units: isMember ? await known(() => responder.unitsOf(place.account), responder) : unread,
  };
}

/**
 * Reads the journal and, side by side, the target where it may be read, and the exceptions.
 *
 * @param more the target's facts, where reading them has begun; and the finding's age, where it is not
 *   to be judged by it
 */
export async function look(
  incident: Incident,
  responder: Responder,
  { account, units }: Membership,
  more: { readonly facts?: Promise<Known<unknown>> | undefined; readonly ageMs?: number } = {},
): Promise<Seen> {
  const { ageMs = ageOf(incident.finding, responder.now()) } = more;
  const { policy } = responder;
  const worthReading =
    canLeadToAction(incident, policy, { ageMs, units }) && isReadable(incident, policy, account);
  const isAsked = worthReading && ages(incident.finding) && ageMs > askedAfterMs;
  const [journal, facts, stillCurrent, register] = await Promise.all([
    known(() => responder.journal.find(incident.key), responder),
    worthReading
      ? (more.facts ?? readFacts(incident, responder))
      : Promise.allSettled([more.facts]).then(() => unread),
    isAsked ? known(() => responder.currency(incident.finding), responder) : notAsked,
    worthReading ? readRegister(incident, responder) : registerOf(unread),
    // Also during a containment: its release must not make the key active.
    known(() => noteExposure(incident, responder), responder),
  ]);
  const record = journal.known ? journal.value : undefined;
  const around = { account, units, ...register, ageMs, stillCurrent };
  const sequence = isSequence(incident) && facts.known ? incident : undefined;
  const parts = sequence && facts.known ? (facts.value as readonly ReadPart[]) : undefined;
  const found =
    sequence && parts
      ? judged(sequence, parts, responder, record, {
          ...around,
          releasedAt: releasedIn(journal, record),
        })
      : facts;
  return {
    ...around,
    accountName: (account.known && account.value?.name) || incident.place.account,
    journal,
    record,
    facts: found,
    ...(parts && { parts }),
    target: targetOf(incident, found),
  };
}

/**
 * Judges the parts of an attack sequence, which were read. Those of an open incident are judged by what it
 * contains (functions/flows/respond/keep.ts).
 *
 * @throws where no part can be contained, and some could not be read, until the last delivery
 */
function judged(
  incident: AboutSequence,
  parts: readonly ReadPart[],
  responder: Responder,
  record: IncidentRecord | undefined,
  circumstances: Omit<Circumstances, "target" | "brakes">,
): Known<unknown> {
  if (record !== undefined && isOpen(record)) return unread;
  const value = judgeParts(incident, parts, responder, circumstances);
  const stances = value.parts.map(({ stance }) => stance);
  const missing = stances.find((stance) => stance.is === "unread");
  if (missing !== undefined && !stances.some(({ is }) => is === "in" || is === "asks")) {
    if (responder.delivery < responder.lastDelivery) throw new Error(missing.why);
    return { known: false, why: missing.why };
  }
  return { known: true, value };
}

function releasedIn(
  journal: Known<IncidentRecord | undefined>,
  record: IncidentRecord | undefined,
): Circumstances["releasedAt"] {
  return journal.known ? { known: true, value: record?.releasedAt } : journal;
}

/** What is begun is counted: no storm that a thief makes keeps it from being repaired. */
const noBrakes: Circumstances["brakes"] = { known: true, value: [] };

const noUnits: Known<readonly string[]> = { known: true, value: [] };

const notAsked: Known<Currency> = { known: true, value: "not-asked" };

export const unread: Known<never> = { known: false, why: "it was not read" };

/** Reads the target; of an attack sequence its parts, which are yet to be judged. */
export function readFacts(incident: Incident, responder: Responder): Promise<Known<unknown>> {
  if (isSequence(incident)) return known(() => readParts(incident, responder), responder);
  const reader = readerOf(incident.resource.kind);
  return known(
    async () => reader.read(incident, await responder.reader(incident), responder),
    responder,
  );
}

export function targetOf(incident: Incident, facts: Known<unknown>): Circumstances["target"] {
  return facts.known
    ? {
        known: true,
        value: readerOf(incident.resource.kind).circumstances(facts.value, incident),
      }
    : facts;
}

/** Judges an incident that is not open. */
export function judge(
  incident: Incident,
  { policy }: Responder,
  seen: Seen,
  brakes: Circumstances["brakes"],
): Verdict {
  return decide(incident, policy, { ...circumstancesOf(seen), brakes });
}

/**
 * Judges an incident that is open.
 *
 * @param target the target's state, as the decision is to take it
 */
export function judgeOpen(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  target: Circumstances["target"],
): Verdict {
  return decide(incident, responder.policy, { ...circumstancesOfOpen(seen, responder), target });
}

/** What an incident that is open is judged by, beside its target. */
export function circumstancesOfOpen(
  seen: Seen,
  { now }: Pick<Responder, "now">,
): Omit<Circumstances, "target"> {
  const { target: _, ...circumstances } = circumstancesOf(seen);
  // What responders have not released is kept, however old the finding that began it is.
  const open = { ageMs: 0, stillCurrent: notAsked, brakes: noBrakes };
  return { ...circumstances, ...open, falsePositives: noneMarked(now()) };
}

function circumstancesOf({ journal, record, ...seen }: Seen): Omit<Circumstances, "brakes"> {
  const releasedAt = releasedIn(journal, record);
  const { account, units, target, exceptions, falsePositives, ageMs, stillCurrent } = seen;
  return { account, units, target, releasedAt, exceptions, falsePositives, ageMs, stillCurrent };
}

type Register = Pick<Circumstances, "exceptions" | "falsePositives">;

function registerOf(unknown: Known<never>): Register {
  return { exceptions: unknown, falsePositives: unknown };
}

/**
 * Reads the register: what is excepted, and what is marked as a false positive. An entry that cannot be
 * read may cover anything: with it nothing is known.
 */
async function readRegister(incident: Incident, responder: Responder): Promise<Register> {
  const read = await known(() => responder.exceptions.entries(), responder);
  if (!read.known) return registerOf(read);
  const entries: Exception[] = [];
  for (const entry of read.value) {
    if ("problem" in entry) {
      const why = `entry ${entry.id} cannot be read: ${entry.problem}`;
      return registerOf({ known: false, why });
    }
    entries.push(entry);
  }
  const [exceptions, falsePositives] = await Promise.all([
    exceptionsAmong(entries, incident.place.account, responder),
    countFalsePositives(entries, incident, responder),
  ]);
  return { exceptions, falsePositives };
}

function noneMarked(now: Date): Circumstances["falsePositives"] {
  return { known: true, value: { marked: 0, of: 0, since: weekBegan(now).toISOString() } };
}

/** Counts the false positives of the finding type. Containments are only read where one is marked. */
async function countFalsePositives(
  entries: readonly Exception[],
  { finding }: Incident,
  responder: Responder,
): Promise<Circumstances["falsePositives"]> {
  const { type } = finding;
  const now = responder.now();
  if (markedOf(entries, type, now).length === 0) return noneMarked(now);
  const counted = await knownUnasked(
    finding,
    () => responder.brakes.lately(typeScope(type)),
    responder,
  );
  return counted.known
    ? { known: true, value: falsePositivesAmong(counted.value, entries, type, now) }
    : counted;
}

/** Picks the exceptions in effect, and reads the account's units where one names a unit. */
async function exceptionsAmong(
  all: readonly Exception[],
  account: string,
  responder: Responder,
): Promise<Known<Exceptions>> {
  const entries = all.filter((entry) => isInEffect(entry, responder.now()));
  const namesUnit = entries.some(({ covers }) => covers.unit !== undefined);
  const units = namesUnit
    ? await known(() => responder.unitsOf(account), responder)
    : { known: true as const, value: [] };
  return units.known
    ? { known: true, value: { entries, units: units.value } }
    : { known: false, why: `the units of account ${account} could not be looked up: ${units.why}` };
}

async function noteExposure({ finding, resource }: Incident, { journal }: Responder) {
  if (finding.exposed && "accessKey" in resource && resource.accessKey !== undefined) {
    await journal.noteExposed(resource.accessKey, finding.id);
  }
}

/**
 * Reads a circumstance. What AWS refuses is unknown at once. Other errors may be temporary: the next
 * delivery tries again, and at the last one the circumstance is unknown, so that responders are
 * notified in either case.
 */
export async function known<T>(read: () => Promise<T>, responder: Responder): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    const final = responder.isRefusal(error) || responder.delivery >= responder.lastDelivery;
    if (!final || error instanceof LeaseHeld) throw error;
    return {
      known: false,
      why: errorText(error),
    };
  }
}

/** Reads what binds automatic responses alone: a responder's request does not wait for it either. */
export async function knownUnasked<T>(
  { requestedAt }: Incident["finding"],
  read: () => Promise<T>,
  responder: Responder,
): Promise<Known<T>> {
  if (requestedAt === undefined) return known(read, responder);
  return read().then(
    (value) => ({ known: true, value }),
    (error: unknown) => ({ known: false, why: errorText(error) }),
  );
}
