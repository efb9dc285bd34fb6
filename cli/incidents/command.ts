/** Runs `npx cordon list`, `show` and `why`, and says in one sentence what keeps them from it. */
import { approvalTable } from "../../functions/aws/approval-table";
import { journalTable } from "../../functions/aws/journal-table";
import { homeRegion, journalName } from "../../functions/catalogue/names";
import { oneLine, plain } from "../../functions/model/plain-text";
import type { Approvals } from "../../functions/record/approvals";
import {
  type IncidentRecord,
  type JournalReader,
  parseIncidentId,
} from "../../functions/record/journal";
import { listed, tableOf } from "./list";
import * as show from "./show";
import * as why from "./why";

export interface Options {
  readonly json: boolean;
}

/** What the command prints, or the one sentence that says why it cannot. */
export type Result = { readonly lines: readonly string[] } | { readonly problem: string };

/** Opens the journal with the operator's own credentials. */
function openJournal(): JournalReader {
  return journalTable(homeRegion, journalName, () => new Date());
}

export function list({ json }: Options, journal = openJournal()): Promise<Result> {
  return explainingErrors(async () => {
    const found = await listed(journal);
    return { lines: json ? printed(found) : tableOf(found) };
  });
}

export function showIncident(
  id: string,
  { json }: Options,
  journal = openJournal(),
  approvals: Pick<Approvals, "of"> = approvalTable(homeRegion, journalName),
  now = new Date(),
) {
  return withIncident(journal, id, async (record) => {
    const asked = await approvals.of(id);
    return json ? printed(show.shown(record, asked)) : show.linesOf(record, asked, now);
  });
}

export function whyIncident(id: string, { json }: Options, journal = openJournal()) {
  return withIncident(journal, id, (record) => {
    const explained = why.explained(record);
    return json ? printed(explained) : why.linesOf(explained);
  });
}

function withIncident(
  journal: JournalReader,
  id: string,
  write: (record: IncidentRecord) => readonly string[] | Promise<readonly string[]>,
): Promise<Result> {
  return explainingErrors(async () => {
    const parsed = parseIncidentId(id);
    if (parsed === undefined) {
      return {
        problem: `"${plain(id, 60)}" is not an incident id: every notice has one, such as 0f3a9c1d2b4e5f60-1.`,
      };
    }
    const record = await journal.epoch(parsed.key, parsed.epoch);
    return record === undefined
      ? {
          problem: `The journal has no incident ${id}: it has what was planned or begun, and findings that only notified, were logged or refused are in the logs of the functions, entries finding.answered.`,
        }
      : { lines: await write(record) };
  });
}

/** JSON escapes controls; characters that turn the direction of text it leaves as they are. */
function printed(value: object): readonly string[] {
  const clean = (_key: string, each: unknown) => (typeof each === "string" ? oneLine(each) : each);
  return [JSON.stringify(value, clean, 2)];
}

async function explainingErrors(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const { name = "", message = "" } = error as Error;
    const problem = problemOf(name, oneLine(message));
    if (problem === undefined) throw error;
    return { problem };
  }
}

function problemOf(name: string, message: string): string | undefined {
  switch (name) {
    case "CredentialsProviderError":
      return `There are no credentials: use those of the security account, for example by AWS_PROFILE. ${message}.`;
    case "ResourceNotFoundException":
      return `There is no journal ${journalName} in ${homeRegion}: are these credentials of the security account, and is Cordon deployed there?`;
    case "AccessDeniedException":
      return `These credentials need dynamodb:Query on the table ${journalName} in ${homeRegion} and its index, and kms:Decrypt on its key: ${message}`;
    case "ExpiredTokenException":
    case "UnrecognizedClientException":
      return `AWS does not accept these credentials: ${message}`;
    default:
      return undefined;
  }
}
