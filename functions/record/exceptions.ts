/** The register of exceptions: what Cordon leaves to responders, for whom, why, and until when. */
import { lineProblem } from "./release-order";

/** What an exception is about; everything that is given must match. */
export interface Covered {
  /** ARN of an instance, user or role. */
  readonly resource?: string;
  readonly account?: string;
  /** An organizational unit; its accounts at whatever depth are meant. */
  readonly unit?: string;
  /** A tag of the resource, as key=value. */
  readonly tag?: string;
  readonly playbook?: string;
  /** A finding type, or the beginning of one with * at its end. */
  readonly type?: string;
  /** Key of an incident: one target and playbook. False positives name it. */
  readonly incident?: string;
}

/** An entry of the register. */
export interface Exception {
  readonly id: string;
  /** A false positive is one that `npx cordon mark` wrote about an incident. */
  readonly kind: "exception" | "false-positive";
  readonly covers: Covered;
  /** Of a false positive: which epoch of the incident people looked at. Older entries do not say. */
  readonly epoch?: number;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it counts, in UTC: "2027-03-31". */
  readonly expires: string;
  /** ARN of the principal that wrote it, as STS named the principal. */
  readonly addedBy: string;
  /** ISO 8601. */
  readonly addedAt: string;
}

/** An item of the register that cannot be read as an entry. */
export interface BrokenEntry {
  readonly id: string;
  readonly problem: string;
}

export interface ExceptionRegister {
  /** Reads all entries, ended ones included, as they are at this moment. */
  entries(): Promise<readonly (Exception | BrokenEntry)[]>;
}

/** Most entries that the register takes: every response reads all of them. */
export const mostEntries = 500;
/** Most days an exception lasts, and a false positive. */
export const mostDays = { exception: 366, "false-positive": 90 } as const;

const dayMs = 86_400_000;

interface Shape {
  readonly pattern: RegExp;
  readonly words: string;
}

const shapes: Readonly<Record<keyof Covered, Shape>> = {
  resource: {
    pattern:
      /^(arn:aws:(ec2:[a-z]{2}(-[a-z]+)+-\d:\d{12}:(instance\/i|security-group\/sg|subnet\/subnet)-[0-9a-f]{8,17}|iam::\d{12}:(user|role)\/[\w+=,.@/-]{1,576}|s3:::[a-z0-9.-]{3,63}|kms:[a-z0-9-]{5,30}:\d{12}:key\/[0-9a-z-]{36}|dynamodb:[a-z0-9-]{5,30}:\d{12}:table\/[\w.-]{3,255})|AWS::::Account:\d{12})$/,
    words:
      "the ARN of what a playbook changes, such as arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718",
  },
  account: { pattern: /^\d{12}$/, words: "an account's id of 12 digits" },
  unit: {
    pattern: /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
    words: "the id of an organizational unit, such as ou-ab12-11111111",
  },
  tag: { pattern: /^[^=]{1,128}=[^\p{Cc}]{0,256}$/u, words: "a tag as key=value" },
  playbook: { pattern: /^[a-z][a-z-]{1,63}$/, words: "a playbook" },
  type: {
    pattern: /^[A-Za-z][\w.:/!&-]{2,255}\*?$/,
    words: "a finding type, such as CryptoCurrency:EC2/BitcoinTool.B, or its beginning and *",
  },
  incident: { pattern: /^[0-9a-f]{16}$/, words: "the key of an incident" },
};
const coverable = Object.keys(shapes) as (keyof Covered)[];

/** Checks whether an entry counts at a time. */
export function isInEffect(entry: Pick<Exception, "expires">, now: Date): boolean {
  return now.getTime() < endOf(entry);
}

/** Gives the end of an entry's last day, in milliseconds since 1970. */
export function endOf({ expires }: Pick<Exception, "expires">): number {
  return Date.parse(`${expires}T00:00:00Z`) + dayMs;
}

/** Writes a day in UTC as an entry's last. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/**
 * Explains in one sentence what is wrong with an entry that is to be added; undefined if nothing is.
 *
 * @param playbooks the playbooks that exist
 */
export function additionProblem(
  entry: Pick<Exception, "kind" | "covers" | "reason" | "owner" | "expires">,
  playbooks: readonly string[],
  now: Date,
): string | undefined {
  const problem = entryProblem(entry, playbooks);
  if (problem !== undefined) return problem;
  const last = dayOf(new Date(now.getTime() + mostDays[entry.kind] * dayMs));
  return isInEffect(entry, now) && entry.expires <= last
    ? undefined
    : `The expiry must be a day from ${dayOf(now)} to ${last}, but it is ${entry.expires}`;
}

/** Reads an item as an entry, or explains in one sentence why it is none. */
export function readException(
  item: Readonly<Record<string, unknown>>,
  playbooks: readonly string[],
): Exception | BrokenEntry {
  const { id, kind, covers, epoch, reason, owner, expires, addedBy, addedAt } = item;
  const about = epoch === undefined ? {} : { epoch };
  const entry = {
    id,
    kind,
    covers,
    ...about,
    reason,
    owner,
    expires,
    addedBy,
    addedAt,
  } as Exception;
  const problem =
    [id, reason, owner, expires, addedBy, addedAt].some((text) => typeof text !== "string") ||
    (epoch !== undefined && !(Number.isSafeInteger(epoch) && Number(epoch) > 0)) ||
    (kind !== "exception" && kind !== "false-positive")
      ? "A field is missing or unknown"
      : entryProblem(entry, playbooks);
  return problem === undefined ? entry : { id: String(id), problem };
}

function entryProblem(
  { covers, reason, owner, expires }: Pick<Exception, "covers" | "reason" | "owner" | "expires">,
  playbooks: readonly string[],
): string | undefined {
  return (
    coveredProblem(covers, playbooks) ??
    lineProblem("The reason for the exception", reason) ??
    lineProblem("The owner", owner) ??
    (isDay(expires)
      ? undefined
      : `The expiry must be a day such as 2027-03-31, but ${expires === "" ? "none was given" : `it is "${expires}"`}`)
  );
}

function coveredProblem(covers: unknown, playbooks: readonly string[]): string | undefined {
  const given = typeof covers === "object" && covers !== null ? Object.entries(covers) : [];
  if (given.length === 0) {
    return "An exception must cover at least one of resource, account, unit, tag, playbook and type, but it names none";
  }
  for (const [name, value] of given) {
    const field = coverable.find((each) => each === name);
    if (field === undefined) return `An exception cannot cover "${name}"`;
    const { pattern, words } = shapes[field];
    if (typeof value !== "string" || !pattern.test(value)) {
      return `The ${field} must be ${words}, but it is "${value}"`;
    }
    if (field === "playbook" && !playbooks.includes(value)) {
      return `The playbook must be one of ${playbooks.join(", ")}, but it is "${value}"`;
    }
  }
  return undefined;
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 2027-02-30 is parsed as a day of March.
  return !Number.isNaN(time) && dayOf(new Date(time)) === text;
}
