/**
 * The journal of a responder who works without Cordon's: one file for each incident. It is written, and
 * forced to the disk, before anything is changed, and never overwritten by another incident.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  type IncidentRecord,
  incidentId,
  type Journal,
  LeaseHeld,
  parseIncidentId,
  revisionOf,
} from "../../functions/record/journal";
import { localEpoch } from "../../functions/record/local-epoch";
import { allSteps } from "../../functions/remediate/plan";
import { kinds } from "../../functions/remediate/steps";

/** The first line of defence against files that are something else. */
const format = "cordon-local-journal/1";

interface LocalFile {
  readonly format: typeof format;
  readonly record: IncidentRecord;
}

/** One clear sentence about a file that cannot be used. */
export class JournalFileError extends Error {}

/** Names the file of an incident. */
export function fileOf(folder: string, id: string): string {
  return join(folder, `cordon-${id}.json`);
}

/**
 * Finds the newest local record of an incident that began today or later, and the first free epoch.
 *
 * @throws JournalFileError where a file of that name is no local journal
 */
export function latest(
  folder: string,
  key: string,
  today: Date,
): { readonly record: IncidentRecord | undefined; readonly epoch: number } {
  let record: IncidentRecord | undefined;
  let epoch = localEpoch(today);
  for (; existsSync(fileOf(folder, incidentId(key, epoch))); epoch += 1) {
    record = readRecord(fileOf(folder, incidentId(key, epoch)));
  }
  return { record, epoch };
}

/** Reads a record from its file. @throws JournalFileError saying what is wrong with the file */
export function readRecord(file: string): IncidentRecord {
  let content: Partial<LocalFile>;
  try {
    content = JSON.parse(readFileSync(file, "utf8")) as Partial<LocalFile>;
  } catch (error) {
    throw new JournalFileError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { record } = content ?? {};
  if (content?.format !== format || record === undefined) {
    throw new JournalFileError(`${file} is no local journal of Cordon (${format})`);
  }
  const id = parseIncidentId(record.id);
  if (id?.key !== record.incident.key || id.epoch !== record.epoch) {
    throw new JournalFileError(`${file} was changed: its incident has another id`);
  }
  if (revisionOf(record.plan) !== record.revision) {
    throw new JournalFileError(`${file} was changed: its plan is not the one that was recorded`);
  }
  const unknown = allSteps(record.plan).find((step) => !(step.kind in kinds));
  if (unknown !== undefined) {
    throw new JournalFileError(
      `${file} has a step ${unknown.kind} that this version of Cordon does not know: use the version that wrote it`,
    );
  }
  return record;
}

type LocalJournal = Pick<Journal, "begin" | "take" | "handBack" | "finish" | "isExposed">;

/** Opens the journal of a folder. */
export function localJournal(folder: string, now: () => Date): LocalJournal {
  const change = (record: IncidentRecord, changes: Partial<IncidentRecord>): void => {
    const file = fileOf(folder, record.id);
    const written = readRecord(file);
    const replaced = `${file}.new`;
    write(replaced, "w", { ...written, ...changes });
    renameSync(replaced, file);
  };
  return {
    async begin(proposal) {
      const record: IncidentRecord = {
        ...proposal,
        revision: revisionOf(proposal.plan),
        status: "containing",
        marks: {},
      };
      write(fileOf(folder, record.id), "wx", record);
      return record;
    },
    async take(record, _runner, move, more) {
      const { status, revision } = readRecord(fileOf(folder, record.id));
      // Another run, or a person, has gone on with the file.
      if (status === "released" || revision !== record.revision) {
        throw new LeaseHeld(`Incident ${record.id} has changed since it was read`);
      }
      const next = more && "plan" in more ? { ...more, revision: revisionOf(more.plan) } : {};
      const order = more && "order" in more ? { release: more.order } : {};
      change(record, { status: move, ...next, ...order });
    },
    async handBack(record, _runner, marks) {
      change(record, { marks });
    },
    async finish(record, _runner, status, marks) {
      const at = now().toISOString();
      change(record, {
        status,
        marks,
        ...(status === "contained" ? { containedAt: at } : { releasedAt: at }),
      });
    },
    // What the journal knows of public keys cannot be asked: each may be one, and is disabled.
    isExposed: async () => true,
  };
}

/** @param flag "wx" where the file must not exist */
function write(file: string, flag: "w" | "wx", record: IncidentRecord): void {
  const content: LocalFile = { format, record };
  const handle = openSync(file, flag, 0o600);
  try {
    writeSync(handle, `${JSON.stringify(content, undefined, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
