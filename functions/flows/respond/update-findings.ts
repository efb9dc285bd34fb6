/** Updates findings in Security Hub and GuardDuty with what became of them: once a round, and never before a response. */
import { createHash } from "node:crypto";
import type { SecurityHubName } from "../../model/finding";
import { inParallel } from "../../model/in-parallel";
import { errorText } from "../../model/plain-text";
import type { Clock } from "../../model/ports";
import { type TimeLimit, timeLimit, type Waiting } from "../../model/time-limit";
import { type FindingStatus, findingStatus } from "../../notify/finding-status";
import type { Approval, Approvals } from "../../record/approvals";
import {
  type BrokenEntry,
  type Exception,
  type ExceptionRegister,
  isInEffect,
} from "../../record/exceptions";
import {
  type Detectors,
  type FindingUpdates,
  type HubFinding,
  type HubUpdate,
  type LastUpdate,
  nameOf,
  noteAuthor,
} from "../../record/finding-updates";
import type { IncidentRecord, Journal, JournalReader } from "../../record/journal";
import { digestOf } from "../../record/seal";

export interface FindingUpdater extends Clock, Waiting {
  readonly journal: Pick<Journal & JournalReader, "epoch" | "find">;
  readonly updates: FindingUpdates;
  readonly approvals: Pick<Approvals, "of">;
  readonly exceptions: ExceptionRegister;
  readonly detectors: Detectors;
}

/** What a round came to. */
export interface UpdateReport {
  /** Findings that were updated. */
  readonly updated: number;
  /** Incidents whose findings are left to a later round. */
  readonly left: number;
  /** What failed, by region: Security Hub may be off there. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Incidents of one round, and findings: Security Hub takes ten updates a second. */
const mostIncidents = 100;
const mostFindings = 200;
/** Seconds that a round waits for the detectors: the function has two minutes, and more to do. */
const secondsToUpdate = 45;
/** Failures after which a round leaves a region to the next one. */
const mostFailures = 3;
/** Incidents that are read side by side. */
const readTogether = 10;
/**
 * Days in which an update is tried: Security Hub gets GuardDuty's findings some minutes late, and may be
 * off. What changes afterwards is tried for as long again.
 */
const daysToTry = 7;
const dayMs = 86_400_000;

/**
 * Updates the findings of each incident that changed since the last round. One that cannot be updated yet is
 * tried again in the next round, for some days.
 *
 * @throws what keeps it from reading or writing the journal
 */
export async function updateFindings(updater: FindingUpdater): Promise<UpdateReport> {
  const epochs = await updater.updates.outdated(mostIncidents);
  if (epochs.length === 0) return { updated: 0, left: 0, failed: {} };
  const marks = await updater.exceptions.entries();
  const read = await inParallel(readTogether, epochs, async ({ incident, epoch }) => {
    const record = await updater.journal.epoch(incident.key, epoch);
    return record && newsOf(record, marks, updater);
  });
  const all = read.filter((each) => each !== undefined);
  const limit = timeLimit(updater, secondsToUpdate);
  const round: Round = { detectors: updater.detectors, limit, failed: new Map(), count: 0 };
  const pieces = all.flatMap(({ findings }) => findings).slice(0, mostFindings);
  // Side by side: rates are a region's, and one that does not answer keeps nothing from another.
  await Promise.all([...byRegion(pieces)].map((of) => updateRegion(round, ...of)));
  limit.end();
  let left = 0;
  for (const news of all) if (!(await note(news, updater))) left += 1;
  const failed = [...round.failed].map(([region, why]) => [region, [...new Set(why)].join("; ")]);
  return { updated: round.count, left, failed: Object.fromEntries(failed) };
}

/** What is new of an incident. */
interface News {
  readonly record: IncidentRecord;
  /** Goes on by itself, to an end or an answer, and is news again then. */
  readonly isUnderWay: boolean;
  /** Tried for too long. */
  readonly isOld: boolean;
  readonly findings: readonly Piece[];
}

/** One finding of an incident. */
interface Piece {
  readonly name: SecurityHubName;
  readonly wanted: FindingStatus;
  readonly says: string;
  last: LastUpdate;
  readonly before: LastUpdate;
}

async function newsOf(
  record: IncidentRecord,
  entries: readonly (Exception | BrokenEntry)[],
  updater: FindingUpdater,
): Promise<News> {
  const { approvals, now } = updater;
  const at = now();
  if (await isSuperseded(record, updater)) {
    return { record, isUnderWay: false, isOld: false, findings: [] };
  }
  const asked =
    record.status === "planned" && record.dryRun === undefined
      ? (await approvals.of(record.id)).find(({ digest }) => digest === digestOf(record))
      : undefined;
  const { finding } = record.incident;
  const mark = markOf(record, entries, at);
  const wanted = findingStatus(record, { mark, ...(asked && { approval: asked }) });
  // The mark is about the finding that people looked at: it names its type.
  const others = findingStatus(record, { ...(asked && { approval: asked }) });
  const pieces = [
    ...(finding.inSecurityHub && wanted ? [pieceOf(record, finding.inSecurityHub, wanted)] : []),
    ...(record.alsoFound ?? []).flatMap((name) => (others ? [pieceOf(record, name, others)] : [])),
  ];
  return {
    record,
    isUnderWay:
      record.status === "containing" ||
      record.status === "releasing" ||
      (wanted !== undefined && record.status === "planned" && isAwaited(asked, at)),
    isOld: Date.parse(record.changedAt ?? "") + daysToTry * dayMs < at.getTime(),
    findings: [...new Map(pieces.map((piece) => [nameOf(piece.name), piece])).values()],
  };
}

/** Checks whether a newer epoch has more to say of the same findings: what was released is contained again. */
async function isSuperseded(
  { incident: { key }, epoch, status }: IncidentRecord,
  { journal }: FindingUpdater,
): Promise<boolean> {
  const newest = status === "released" ? await journal.find(key) : undefined;
  return newest !== undefined && newest.epoch > epoch && findingStatus(newest, {}) !== undefined;
}

function isAwaited(asked: Approval | undefined, at: Date): boolean {
  // The workflow that asks may not have begun.
  if (asked === undefined) return true;
  return asked.answer === undefined && at.getTime() < Date.parse(asked.expiresAt);
}

function pieceOf(record: IncidentRecord, name: SecurityHubName, wanted: FindingStatus): Piece {
  const before = record.updates?.[nameOf(name)] ?? {};
  const says = createHash("sha256").update(`${wanted.status}\n${wanted.note}`).digest("hex");
  return { name, wanted, says: says.slice(0, 16), last: before, before };
}

/** Finds the responder's newest word that the finding of this epoch is a false positive. */
function markOf(
  { incident, epoch }: IncidentRecord,
  entries: readonly (Exception | BrokenEntry)[],
  at: Date,
): Exception | undefined {
  return entries
    .filter((entry): entry is Exception => !("problem" in entry) && isInEffect(entry, at))
    .filter((entry) => entry.kind === "false-positive" && entry.epoch === epoch)
    .filter(({ covers }) => covers.incident === incident.key)
    .filter(({ covers: { type = incident.finding.type } }) => type === incident.finding.type)
    .reduce<Exception | undefined>(
      (newest, each) => (newest && newest.addedAt > each.addedAt ? newest : each),
      undefined,
    );
}

function byRegion(pieces: readonly Piece[]): ReadonlyMap<string, readonly Piece[]> {
  const regions = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const region = piece.name.product.split(":")[3] ?? "";
    regions.set(region, [...(regions.get(region) ?? []), piece]);
  }
  return regions;
}

interface Round {
  readonly detectors: Detectors;
  readonly limit: TimeLimit;
  /** What failed, by region. */
  readonly failed: Map<string, string[]>;
  count: number;
}

/** Updates a region's findings. What GuardDuty cannot do keeps nothing from Security Hub. */
async function updateRegion(round: Round, region: string, pieces: readonly Piece[]): Promise<void> {
  const { detectors } = round;
  const unarchived = pieces.filter((piece) => !isArchived(piece));
  await each(round, region, unarchived, async (piece) => {
    await detectors.archive(region, guardDutyId(piece.name) ?? "");
    const { falseBy: archivedBy } = piece.wanted;
    piece.last = { ...piece.last, ...(archivedBy !== undefined && { archivedBy }) };
  });
  const outdated = pieces.filter(({ last, says }) => last.says !== says);
  let known: ReadonlyMap<string, HubFinding> = new Map();
  await each(round, region, outdated.length > 0 ? [outdated] : [], async () => {
    const names = outdated.map(({ name }) => name);
    const found = await detectors.read(region, names);
    known = new Map(found.map((finding) => [nameOf(finding), finding]));
  });
  await each(round, region, outdated, async (piece) => {
    const finding = known.get(nameOf(piece.name));
    // GuardDuty sends to Security Hub within minutes.
    if (finding === undefined) return;
    const update = updateOf(piece, finding);
    const failure = update && (await detectors.update(region, piece.name, update));
    if (failure !== undefined) return;
    piece.last = { ...piece.last, says: piece.says, ...(update && { status: update.status }) };
    if (update !== undefined) round.count += 1;
  });
}

/** Does something with each, until it has failed too often: no other finding waits for one that cannot be updated. */
async function each<T>(
  { failed, limit }: Round,
  region: string,
  all: readonly T[],
  act: (one: T) => Promise<void>,
): Promise<void> {
  let failures = 0;
  for (const one of all) {
    if (limit.isOver) return;
    const outcome = await limit.within(act(one));
    if (!("error" in outcome)) continue;
    failures += 1;
    failed.set(region, [...(failed.get(region) ?? []), errorText(outcome.error, 200)]);
    if (failures === mostFailures) return;
  }
}

/**
 * Decides what is written of a finding. Whoever closed it has the last word, unless that was Cordon; and a
 * note that somebody else wrote stays: Security Hub keeps one.
 */
function updateOf({ wanted, last }: Piece, { status, noteBy }: HubFinding): HubUpdate | undefined {
  const isOpen = status === "NEW" || status === "NOTIFIED";
  if (!isOpen && status !== last.status) return undefined;
  const keepsNote = noteBy !== undefined && noteBy !== noteAuthor;
  if (keepsNote && status === wanted.status) return undefined;
  return { status: wanted.status, ...(!keepsNote && { note: wanted.note }) };
}

/** Checks whether GuardDuty has nothing to archive, because of this mark. */
function isArchived({ name, wanted: { falseBy }, last }: Piece): boolean {
  return falseBy === undefined || last.archivedBy === falseBy || guardDutyId(name) === undefined;
}

/** The id that GuardDuty itself gives a finding; undefined for another product's. */
function guardDutyId({ id, product }: SecurityHubName): string | undefined {
  return product.endsWith("::product/aws/guardduty") ? id.split("/finding/")[1] : undefined;
}

/** Remembers what was written; returns whether nothing of the incident is left to be. */
async function note(
  { record, findings, isUnderWay, isOld }: News,
  { updates }: FindingUpdater,
): Promise<boolean> {
  if (findings.some((piece) => piece.last !== piece.before)) {
    const now = findings.map((piece) => [nameOf(piece.name), piece.last] as const);
    await updates.noteUpdates(record, { ...record.updates, ...Object.fromEntries(now) });
  }
  const isUpToDate = findings.every((piece) => piece.last.says === piece.says && isArchived(piece));
  if (!isOld && (isUnderWay || !isUpToDate)) return false;
  await updates.settle(record);
  return true;
}
