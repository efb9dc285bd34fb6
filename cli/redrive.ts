/** `npx cordon redrive`: lists dead letters, and has them sent again to the queues they were for. */
import colors from "picocolors";
import { functionRoleNames } from "../functions/catalogue/own-roles";
import type { RedriveOrder, RedriveReport } from "../functions/handlers/redrive";
import { oneLine, plain } from "../functions/model/plain-text";
import type { DeadLetter } from "../functions/record/dead-letters";
import { reasonProblem } from "../functions/record/release-order";
import { UserError, withCredentials } from "./caller";
import { invoke } from "./invoke";
import { order } from "./request";

export interface RedriveOptions {
  readonly reason?: string;
  readonly json: boolean;
}

const functionName = functionRoleNames.redrive;
const nothing = "Nothing was sent.";

/** What is asked of the function. Tests give others. */
export interface Ports {
  list(): Promise<RedriveReport>;
  redrive(id: string, reason: string): Promise<RedriveReport>;
  print(line: string): void;
}

const ports: Ports = {
  list() {
    const request: RedriveOrder = { letters: "list" };
    return withCredentials(() => invoke<RedriveReport>(functionName, request), nothing);
  },
  redrive: (id, reason) => order<RedriveReport>(functionName, { redrive: id, reason }, nothing),
  print: (line) => console.log(line),
};

/** @returns the command's exit code: 0 where each letter was sent, or the list printed */
export async function redrive(
  ids: readonly string[],
  { reason = "", json }: RedriveOptions,
  { list, redrive: send, print }: Ports = ports,
): Promise<0 | 1> {
  if (ids.length === 0) {
    const report = await list();
    if (report.outcome === "refused") throw new UserError(`${report.reason}. ${nothing}`);
    if (report.outcome !== "listed") throw new UserError(`Unexpected answer: ${report.outcome}`);
    if (json) print(printed(report));
    else for (const line of linesOf(report)) print(line);
    return 0;
  }
  const wrong = ids.find((id) => !/^[0-9a-f-]{36}$/.test(id));
  if (wrong !== undefined) {
    throw new UserError(
      `"${plain(wrong, 60)}" is not a dead letter's id: every notice of dead letters has some, such as 3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d. ${nothing}`,
    );
  }
  const problem = reasonProblem(reason, "for the redrive");
  if (problem !== undefined) throw new UserError(`${problem}: pass --reason "...". ${nothing}`);
  const reports: RedriveReport[] = [];
  for (const id of ids) {
    const report = await send(id, reason);
    reports.push(report);
    if (!json) print(lineOf(report));
  }
  if (json) print(printed(reports));
  return reports.every(({ outcome }) => outcome === "redriven") ? 0 : 1;
}

function lineOf(report: RedriveReport): string {
  switch (report.outcome) {
    case "redriven":
      return `${colors.green(`Dead letter ${report.letter.id} was sent again`)} to ${report.letter.queue}: ${oneLine(report.letter.about)}`;
    case "refused":
      return `${colors.yellow(nothing)} ${oneLine(report.reason)}.`;
    case "listed":
      return `Unexpected answer: ${report.outcome}`;
  }
}

type List = Extract<RedriveReport, { readonly outcome: "listed" }>;

function linesOf({ letters, more }: List): readonly string[] {
  const waiting = letters.filter(({ redriven }) => redriven === undefined);
  const sent = letters.length - waiting.length;
  const rest = [
    ...(sent > 0 ? [`${sent} more were sent again: --json lists them, too.`] : []),
    ...more.map((queue) => `${queue} has older ones, which are not listed.`),
  ];
  if (waiting.length === 0) return ["No dead letter waits.", ...rest];
  const newestFirst = waiting.toSorted((one, other) => other.at.localeCompare(one.at));
  return [
    ...newestFirst.flatMap(entryOf),
    "",
    'To send one again to its queue, once: npx cordon redrive ID --reason "WHY"',
    ...rest,
  ];
}

function entryOf({ id, queue, at, about, reason }: DeadLetter): readonly string[] {
  return [
    `${colors.red(id)} ${queue}, kept at ${at}`,
    `  ${oneLine(about)}`,
    `  ${oneLine(reason)}`,
  ];
}

/** JSON escapes controls; characters that turn the direction of text it leaves as they are. */
function printed(value: object): string {
  const clean = (_key: string, each: unknown) => (typeof each === "string" ? oneLine(each) : each);
  return JSON.stringify(value, clean, 2);
}
