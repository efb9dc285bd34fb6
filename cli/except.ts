/**
 * `npx cordon except` and `npx cordon mark`: keep the register of exceptions, with the caller's own
 * credentials of the security account. No function may write it.
 */
import { randomBytes } from "node:crypto";
import {
  DescribeOrganizationalUnitCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import colors from "picocolors";
import { exceptionsTable } from "../functions/aws/exceptions-table";
import { journalTable } from "../functions/aws/journal-table";
import { fewestTargets, mostPercent, weekBegan } from "../functions/catalogue/brake-scopes";
import { homeRegion, journalName } from "../functions/catalogue/names";
import { playbookIds } from "../functions/catalogue/playbooks";
import { command } from "../functions/model/command";
import { oneLine } from "../functions/model/plain-text";
import {
  additionProblem,
  type BrokenEntry,
  type Covered,
  dayOf,
  type Exception,
  isInEffect,
  mostDays,
  mostEntries,
} from "../functions/record/exceptions";
import type { IncidentRecord } from "../functions/record/journal";
import { callerArn, readIncidentId, UserError, withCredentials } from "./caller";

export interface AddOptions extends Omit<Covered, "incident"> {
  readonly reason?: string;
  readonly owner?: string;
  readonly expires?: string;
  readonly json: boolean;
}

const nothing = "Nothing was written.";
const dayMs = 86_400_000;

/** Adds an exception, once everything it names is found to exist. */
export async function add(options: AddOptions): Promise<void> {
  const { reason = "", owner = "", expires = "", json, ...named } = options;
  const entry = { kind: "exception", covers: named, reason, owner, expires } as const;
  const problem = additionProblem(entry, playbookIds, new Date());
  if (problem !== undefined) throw new UserError(`${problem}. ${nothing}`);
  if (named.unit !== undefined) await requireUnit(named.unit);
  const added = await write(entry);
  if (json) console.log(JSON.stringify(added, undefined, 2));
  else console.log(`${colors.green("Added.")} ${lineOf(added, new Date())}`);
}

/** Lists the entries, ended and unreadable ones included. */
export async function list(json: boolean): Promise<void> {
  const entries = await call(() => register().entries(), "Nothing was read.");
  if (json) console.log(JSON.stringify(entries, undefined, 2));
  else if (entries.length === 0) console.log("The register has no exceptions.");
  else for (const entry of entries) console.log(lineOf(entry, new Date()));
}

/** Removes an entry: it ends at once. */
export async function remove(id: string, json: boolean): Promise<void> {
  const unchanged = "Nothing was removed.";
  if (!(await call(() => register().remove(id), unchanged))) {
    throw new UserError(
      `The register has no entry "${id}": npx cordon except list shows them. ${unchanged}`,
    );
  }
  console.log(json ? JSON.stringify({ removed: id }, undefined, 2) : `Removed ${id}.`);
}

export interface MarkOptions {
  readonly days: string;
  readonly reason: string;
  /**
   * The finding type that the responder looked at: whoever can cause findings chooses when the journal
   * replaces the one of a plan that waits. Undefined for a release, whose finding nothing replaces.
   */
  readonly type: string | undefined;
  readonly json: boolean;
}

/** Marks an incident as a false positive: its target and finding type only notify for some days. */
export async function mark(
  incident: string,
  { days, reason, type: looked, json }: MarkOptions,
): Promise<void> {
  const id = readIncidentId(incident, nothing);
  if (looked === "") {
    throw new UserError(
      `Give the finding's type, as the notice that you looked at has it: --type TYPE. ${nothing}`,
    );
  }
  const now = new Date();
  const expires = dayOf(new Date(now.getTime() + readDays(days, nothing) * dayMs));
  const entry = { kind: "false-positive", reason, expires } as const;
  // Before credentials are asked for: only the finding type and the owner are unknown yet.
  const known = { ...entry, covers: { incident: id.key }, owner: "the caller" };
  const problem = additionProblem(known, playbookIds, now);
  if (problem !== undefined) throw new UserError(`${problem}. ${nothing}`);
  const journal = journalTable(homeRegion, journalName, () => now);
  const record = await call(() => journal.epoch(id.key, id.epoch), nothing);
  if (record === undefined) {
    throw new UserError(`The journal has no incident ${incident}. ${nothing}`);
  }
  const { type } = record.incident.finding;
  if (looked !== undefined && looked !== type) {
    throw new UserError(
      `The finding of incident ${incident} is of type ${oneLine(type)}, not ${oneLine(looked)}: look at it again, ${command`npx cordon show ${incident}`}. ${nothing}`,
    );
  }
  const owner = await withCredentials(callerArn, nothing);
  const { epoch } = id;
  const added = await write({ ...entry, covers: { incident: id.key, type }, epoch, owner });
  const entries = await call(() => register().entries(), "It was marked all the same.");
  const marked = new Set(
    entries.flatMap((each) => (isRecentlyMarked(each, type, now) ? each.covers.incident : [])),
  ).size;
  const filter = suppressionFilterFor(record);
  if (json) {
    console.log(JSON.stringify({ ...added, markedIn7Days: marked, filter }, undefined, 2));
    return;
  }
  console.log(`${colors.green("Marked.")} ${lineOf(added, now)}`);
  console.log(`Targets marked as false positives of ${type} in 7 days: ${marked}`);
  console.log(
    `Above ${mostPercent} % of its targets, of at least ${fewestTargets}, Cordon asks before it responds to this type.`,
  );
  console.log("To have GuardDuty archive such findings, add this to cordon:suppressionFilters:");
  console.log(JSON.stringify(filter, undefined, 2));
}

/** Reads for how many days a false positive is remembered. */
export function readDays(days: string, unchanged: string): number {
  const most = mostDays["false-positive"];
  const number = /^\d{1,4}$/.test(days) ? Number(days) : 0;
  if (number >= 1 && number <= most) return number;
  const given = days === "" ? "none were given" : `"${days}" was given`;
  throw new UserError(
    `A false positive is remembered for 1 to ${most} days, but ${given}. ${unchanged}`,
  );
}

/** Proposes what of `cordon:suppressionFilters` would archive findings like this incident's. */
export function suppressionFilterFor({ id, incident }: IncidentRecord) {
  const { place, resource, finding } = incident;
  const field =
    resource.kind === "instance"
      ? "resource.instanceDetails.instanceId"
      : "resource.accessKeyDetails.userName";
  // No filter of GuardDuty's is about the resources of an attack sequence.
  const about = resource.kind === "sequence" ? {} : { [field]: { equals: [resource.id] } };
  return {
    name: `false-positive-${incident.key}`,
    description: `False positive of Cordon incident ${id}`,
    criteria: {
      type: { equals: [finding.type] },
      accountId: { equals: [place.account] },
      ...about,
    },
  };
}

function isRecentlyMarked(
  entry: Exception | BrokenEntry,
  type: string,
  now: Date,
): entry is Exception {
  return (
    !("problem" in entry) &&
    entry.kind === "false-positive" &&
    entry.covers.type === type &&
    Date.parse(entry.addedAt) >= weekBegan(now).getTime()
  );
}

async function write(entry: Omit<Exception, "id" | "addedBy" | "addedAt">): Promise<Exception> {
  const addedBy = await withCredentials(callerArn, nothing);
  const { length } = await call(() => register().entries(), nothing);
  if (length >= mostEntries) {
    throw new UserError(
      `The register takes ${mostEntries} entries and has ${length}: remove ended ones first. ${nothing}`,
    );
  }
  const now = new Date();
  const problem = additionProblem(entry, playbookIds, now);
  if (problem !== undefined) throw new UserError(`${problem}. ${nothing}`);
  const id = randomBytes(4).toString("hex");
  const added = { ...entry, id, addedBy, addedAt: now.toISOString() };
  await call(() => register().add(added), nothing);
  return added;
}

async function requireUnit(unit: string): Promise<void> {
  const organizations = new OrganizationsClient({ region: homeRegion });
  const command = new DescribeOrganizationalUnitCommand({ OrganizationalUnitId: unit });
  try {
    await withCredentials(() => organizations.send(command), nothing);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { name, message } = error as Error;
    throw new UserError(
      name === "OrganizationalUnitNotFoundException"
        ? `The organization has no unit ${unit}. ${nothing}`
        : `The unit ${unit} could not be looked up: ${message} ${nothing}`,
    );
  }
}

function register() {
  return exceptionsTable(homeRegion, journalName);
}

/** Calls the journal's table, and explains a refusal in one sentence. */
async function call<T>(work: () => Promise<T>, unchanged: string): Promise<T> {
  try {
    return await withCredentials(work, unchanged);
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ResourceNotFoundException") {
      throw new UserError(
        `There is no table ${journalName} in ${homeRegion}: are these the credentials of the security account, and is Cordon deployed there? ${unchanged}`,
      );
    }
    if (name === "AccessDeniedException") {
      throw new UserError(
        `The table ${journalName} in ${homeRegion} may not be used with these credentials: ${message} ${unchanged}`,
      );
    }
    throw error;
  }
}

function lineOf(entry: Exception | BrokenEntry, now: Date): string {
  if ("problem" in entry) {
    return `${entry.id}  ${colors.red("cannot be read, so nothing is automatic")}: ${entry.problem}`;
  }
  const { id, kind, covers, owner, expires, reason, addedBy, addedAt } = entry;
  const what = Object.entries(covers).map(([field, value]) => `${field} ${value}`);
  const state = isInEffect(entry, now) ? `until ${expires}` : `ended after ${expires}`;
  return `${id}  ${kind}, ${state}: ${what.join(", ")}. Owner: ${owner}. Reason: ${reason}. Added by ${addedBy} at ${addedAt}.`;
}
