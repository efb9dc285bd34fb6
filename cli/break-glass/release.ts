/** Releases what a responder contained by hand, from its local journal. */
import { dirname } from "node:path";
import { type Released, release } from "../../functions/remediate/release";
import { engineOf } from "./contain";
import { fileOf, JournalFileError, readRecord } from "./local-journal";
import type { Operator } from "./operator";

export interface LocalRelease {
  /** The file that the containment wrote. */
  readonly file: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
  /** End the release, although something fails. */
  readonly close: boolean;
}

/**
 * Undoes what is still as the containment left it. Access keys stay inactive: whether one is public
 * cannot be asked.
 *
 * @throws JournalFileError where the file cannot be used; nothing was changed
 */
export async function releaseByHand(
  { file, reason, close }: LocalRelease,
  operator: Operator,
): Promise<Released> {
  const record = readRecord(file);
  const { id, incident, status } = record;
  const folder = dirname(file);
  if (fileOf(folder, id) !== file) {
    throw new JournalFileError(
      `${file} must have the name that it was given: ${fileOf(folder, id)}`,
    );
  }
  if (status === "released") throw new JournalFileError(`Incident ${id} was released already`);
  if (incident.place.account !== operator.account) {
    throw new JournalFileError(
      `These credentials are of account ${operator.account}, but incident ${id} is in ${incident.place.account}`,
    );
  }
  const engine = engineOf(folder, operator);
  const order = { by: operator.by, reason, at: operator.now().toISOString() };
  const released = await release(engine, record, order, { close });
  const { marks, problems } = released;
  if (problems.length > 0) await engine.journal.handBack(record, engine.runner, marks);
  else await engine.journal.finish(record, engine.runner, "released", marks);
  return released;
}
