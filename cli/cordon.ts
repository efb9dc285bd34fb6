/**
 * `npx cordon`: releases incidents, resets brakes, answers approvals and sends dead letters again, which
 * needs lambda:InvokeFunction, shows incidents and keeps the register of exceptions, which needs the
 * journal's table, shows the policy, and runs the preflight check.
 */

import { Command } from "commander";
import colors from "picocolors";
import { scopeProblem } from "../functions/catalogue/brake-scopes";
import type { BrakeReport, PersonsOrder, ReleaseReport } from "../functions/handlers/release";
import type { HeldBrake } from "../functions/record/brakes";
import { reasonProblem } from "../functions/record/release-order";
import type { AnswerOptions } from "./approve";
import { brakeLines } from "./brakes";
import type * as breakGlass from "./break-glass/command";
import { readIncidentId, UserError, withCredentials } from "./caller";
import type { CommandOptions } from "./check/command";
import type { AddOptions, MarkOptions } from "./except";
import type * as incidents from "./incidents/command";
import { invoke } from "./invoke";
import type { NotifyOptions } from "./notify";
import type { Options as PolicyOptions } from "./policy/command";
import type { RedriveOptions } from "./redrive";
import { undo } from "./request";

const releaseFunction = "cordon-release";
const nothingReleased = "Nothing was released.";
const nothingReset = "No brake was reset.";

interface ReleaseCommand {
  readonly reason?: string;
  readonly reactivateKeys: boolean;
  readonly close: boolean;
  readonly falsePositive?: string;
  readonly journal?: string;
  readonly json: boolean;
}

type ReadOptions = incidents.Options;

const program = new Command("cordon")
  .description("Works with the credentials of the security account")
  .showHelpAfterError();

program
  .command("release")
  .description("release an incident: revert every change that is still in effect")
  .argument("<incident>", "the incident's id, as in its notices")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required")
  .option("--reactivate-keys", "reactivate the access keys that the incident disabled", false)
  .option("--close", "end the release even if a step fails: it is left to be done manually", false)
  .option("--false-positive <days>", "mark it as a false positive, too: for 1 to 90 days")
  .option("--journal <folder>", "release what `contain` contained, from its local journal")
  .option("--json", "print the report as JSON", false)
  .action(async (incident: string, options: ReleaseCommand) => {
    readIncidentId(incident, nothingReleased);
    const { json, reason = "", reactivateKeys, close, falsePositive } = options;
    const problem = reasonProblem(reason);
    if (problem !== undefined) {
      throw new UserError(`${problem}: pass --reason "...". Nothing was released.`);
    }
    if (falsePositive !== undefined) {
      const { readDays } = require("./except") as typeof import("./except");
      readDays(falsePositive, nothingReleased);
    }
    if (options.journal !== undefined) {
      const { journal } = options;
      process.exitCode = await byHand(({ releaseLocal }) =>
        releaseLocal(incident, { journal, reason, close }),
      );
      return;
    }
    const wanted = { release: incident, reason, reactivateKeys, close };
    const report = await undo<ReleaseReport>(wanted, nothingReleased);
    if (json) console.log(JSON.stringify(report, undefined, 2));
    else print(report);
    if (falsePositive !== undefined && report.outcome !== "refused") {
      const { mark } = require("./except") as typeof import("./except");
      await mark(incident, { days: falsePositive, reason, type: undefined, json });
    }
    process.exitCode = report.outcome === "released" ? 0 : 1;
  });

for (const decision of ["approve", "reject"] as const) {
  const command = program
    .command(decision)
    .description(
      decision === "approve"
        ? "approve the plan of an incident: Cordon reads everything again, then carries it out"
        : "reject the plan of an incident: nothing is changed",
    )
    .argument("<incident>", "the incident's id, as in its notices")
    .option("--reason <text>", "why, in one line of at most 1,000 characters; required")
    .option("--plan <revision>", "answer only if the plan is still this one, as its notice says");
  if (decision === "approve") {
    command.option("--only <steps>", "carry out these steps alone: numbers by commas, as in show");
  }
  command
    .option("--json", "print the report as JSON", false)
    .action(async (incident: string, options: AnswerOptions) => {
      const { answer } = require("./approve") as typeof import("./approve");
      process.exitCode = await answer(decision, incident, options);
    });
}

program
  .command("page")
  .description("get a link of your own, by which you answer an approval on its page for 15 minutes")
  .argument("<incident>", "the incident's id, as in its notices")
  .option("--plan <revision>", "only if the plan is still this one, as its notice says")
  .option("--json", "print the report as JSON", false)
  .action(async (incident: string, options: Pick<AnswerOptions, "plan" | "json">) => {
    const { openPage } = require("./approve") as typeof import("./approve");
    process.exitCode = await openPage(incident, options);
  });

program
  .command("contain")
  .description("have Cordon contain a target that you name, or contain it where Cordon cannot")
  .argument("<target>", "i-0123456789abcdef0, user/NAME or session/ROLE/SESSION")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required", "")
  .option("--account <id>", "the target's account, where Cordon contains it")
  .option("--region <name>", "the target's region")
  .option("--dry-run", "have Cordon make the plan and notify, and stop there", false)
  .option("--own-credentials", "contain it with your own credentials in its account", false)
  .option("-s, --stack <name>", "with them: the stack whose settings bind, as in Pulumi.NAME.yaml")
  .option("--journal <folder>", "with them: where to keep the original state", ".")
  .option("--yes", "with them: carry the plan out; without it, it is only printed", false)
  .action(async (target: string, options: breakGlass.ContainOptions) => {
    process.exitCode = await byHand(({ contain }) => contain(target, options));
  });

program
  .command("adopt")
  .description("have Cordon take over what `contain` contained, with its local journal")
  .argument("<file>", "the file that `contain` wrote")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required", "")
  .option("--yes", "have it adopted; without it, it is only printed what would be", false)
  .action(async (file: string, { reason, yes }: { reason: string; yes: boolean }) => {
    process.exitCode = await byHand(({ adopt }) => adopt(file, reason, yes));
  });

const except = program
  .command("except")
  .description("exceptions: what Cordon leaves to responders, until a date");

except
  .command("add")
  .description("add an exception; everything that it names must match")
  .option("--resource <arn>", "the ARN of what a playbook changes")
  .option("--account <id>", "an account")
  .option("--unit <id>", "an organizational unit, with all accounts below it")
  .option("--tag <key=value>", "a tag of the resource")
  .option("--playbook <name>", "a playbook, such as contain-instance")
  .option("--type <type>", "a finding type, or its beginning and *")
  .option("--reason <text>", "why, in one line; required")
  .option("--owner <text>", "who answers for it, in one line; required")
  .option("--expires <date>", "its last day in UTC, such as 2027-03-31; required")
  .option("--json", "print the entry as JSON", false)
  .action(async (options: AddOptions) => {
    const { add } = require("./except") as typeof import("./except");
    return add(options);
  });

except
  .command("list")
  .description("list the exceptions, with their owners and ends")
  .option("--json", "print the entries as JSON", false)
  .action(async ({ json }: { readonly json: boolean }) => {
    const { list } = require("./except") as typeof import("./except");
    return list(json);
  });

except
  .command("remove")
  .description("end an exception at once")
  .argument("<id>", "the exception's id, as in the list")
  .option("--json", "print the id as JSON", false)
  .action(async (id: string, { json }: { readonly json: boolean }) => {
    const { remove } = require("./except") as typeof import("./except");
    return remove(id, json);
  });

program
  .command("mark")
  .description(
    "mark an incident as a false positive: Cordon then only notifies of its target and finding type",
  )
  .argument("<incident>", "the incident's id, as in its notices")
  .argument("<what>", "false-positive")
  .option("--type <type>", "the finding's type, as in the notice that you looked at; required", "")
  .option("--days <number>", "for how many days, from 1 to 90", "")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required", "")
  .option("--json", "print the entry as JSON", false)
  .action(async (incident: string, what: string, options: MarkOptions) => {
    if (what !== "false-positive") {
      throw new UserError(
        `An incident can be marked as false-positive, but "${what}" was given. Nothing was written.`,
      );
    }
    const { mark } = require("./except") as typeof import("./except");
    await mark(incident, options);
  });

const readOptions = ["--json", "print JSON", false] as const;

program
  .command("list")
  .description("list open incidents, and plans that wait for a person")
  .option(...readOptions)
  .action((options: ReadOptions) => read(({ list }) => list(options)));

program
  .command("show")
  .description("show everything that the journal has of an incident")
  .argument("<incident>", "the incident's id, as in its notices")
  .option(...readOptions)
  .action((id: string, options: ReadOptions) =>
    read(({ showIncident }) => showIncident(id, options)),
  );

program
  .command("why")
  .description("explain how an incident was decided")
  .argument("<incident>", "the incident's id, as in its notices")
  .option(...readOptions)
  .action((id: string, options: ReadOptions) =>
    read(({ whyIncident }) => whyIncident(id, options)),
  );

program
  .command("policy")
  .description("show how far responses go by themselves, as it is deployed; changes nothing")
  .option(
    "--with <file>",
    "instead, list the incidents of the last 30 days that this Pulumi.STAGE.yaml would have decided differently",
  )
  .option(...readOptions)
  .action(async (options: PolicyOptions) => {
    const { policy } = require("./policy/command") as typeof import("./policy/command");
    printResult(await policy(options));
  });

const brake = program
  .command("brake")
  .description("list the tripped brakes of automatic containment, or reset one");

brake
  .command("list")
  .description("list the tripped brakes and the incidents whose plans they hold back")
  .option("--json", "print the list as JSON", false)
  .action(async ({ json }: Pick<ReleaseCommand, "json">) => {
    const request: PersonsOrder = { brakes: "list" };
    const report = await withCredentials(
      () => invoke<BrakeReport>(releaseFunction, request),
      nothingReset,
    );
    if (report.outcome !== "listed") throw new UserError(`Unexpected answer: ${report.outcome}`);
    if (json) console.log(JSON.stringify(report.brakes, undefined, 2));
    else for (const line of brakeLines(report.brakes)) console.log(line);
  });

brake
  .command("reset")
  .description("let Cordon contain automatically again, with a new count")
  .argument("<scope>", "the brake, as its alert and the list name it")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required")
  .option("--json", "print the report as JSON", false)
  .action(async (scope: string, { reason = "", json }: Pick<ReleaseCommand, "reason" | "json">) => {
    const problem = scopeProblem(scope) ?? reasonProblem(reason, "for the reset");
    if (problem !== undefined) throw new UserError(`${problem}. ${nothingReset}`);
    const report = await undo<BrakeReport>({ resetBrake: scope, reason }, nothingReset);
    if (json) console.log(JSON.stringify(report, undefined, 2));
    else if (report.outcome === "reset") printReset(report.brake);
    else if (report.outcome === "refused") console.log(`${report.reason}. ${nothingReset}`);
    process.exitCode = report.outcome === "reset" ? 0 : 1;
  });

program
  .command("redrive")
  .description("list dead letters, or send some again to the queues they were for, each once")
  .argument("[letters...]", "the letters' ids, as in their notices and the list")
  .option("--reason <text>", "why, in one line of at most 1,000 characters; required to send")
  .option("--json", "print the list, or the reports, as JSON", false)
  .action(async (letters: string[], options: RedriveOptions) => {
    const { redrive } = require("./redrive") as typeof import("./redrive");
    process.exitCode = await redrive(letters, options);
  });

program
  .command("notify")
  .description("test the channels: a message of each kind is sent to all of them")
  .option("--test", "send them; required", false)
  .option("--json", "print what became of each as JSON", false)
  .action(async (options: NotifyOptions) => {
    const { notify } = require("./notify") as typeof import("./notify");
    process.exitCode = await notify(options);
  });

program
  .command("check")
  .description("check whether the organization is ready for Cordon; changes nothing")
  .requiredOption("-s, --stack <name>", "the stack whose settings to check, as in Pulumi.NAME.yaml")
  .option("--account <id...>", "check these accounts only")
  .option("--all", "print results that are ok, too", false)
  .option("--json <file>", "write the findings to a file as JSON, too")
  .option("--allow-unknown", "exit 0 although some results are unknown", false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (options: CommandOptions) => {
    // A release needs one client and must start at once; a check loads a dozen, and Pulumi.
    const { runCheck } = require("./check/command") as typeof import("./check/command");
    process.exitCode = await runCheck(options);
  });

/** Loads what contains without Cordon only when it is used: it holds every step of every playbook. */
async function byHand(run: (commands: typeof breakGlass) => Promise<0 | 1>): Promise<0 | 1> {
  return run(require("./break-glass/command") as typeof breakGlass);
}

/** Loads the reading commands alone when they are used, and prints what they find. */
async function read(run: (commands: typeof incidents) => Promise<incidents.Result>): Promise<void> {
  printResult(await run(require("./incidents/command") as typeof incidents));
}

function printResult(result: incidents.Result): void {
  if ("problem" in result) throw new UserError(result.problem);
  for (const line of result.lines) console.log(line);
}

function print(report: ReleaseReport): void {
  if (report.outcome === "refused") {
    console.log(`${colors.yellow("Nothing was changed.")} ${report.reason}`);
    return;
  }
  const title = {
    released: colors.green(`Incident ${report.incident} is released.`),
    "released-in-part": colors.yellow(
      `Incident ${report.incident} is released in part: do the rest manually.`,
    ),
    unfinished: colors.red(
      `Incident ${report.incident} is not fully released: run this command again. If it never ends, add --close.`,
    ),
  }[report.outcome];
  console.log(title);
  console.log(`Requested by ${report.order.by}: ${report.order.reason}`);
  list("Exposed access keys, disabled before the release", report.disabled);
  list("Reverted", report.restored);
  list("Left in place by design", report.kept);
  list("No longer exists, nothing to revert", report.gone);
  const byHand = ({ what, why, manual }: (typeof report.drifted)[number]) =>
    `${what}: ${why}.\n    Manual step: ${manual}`;
  list("Changed since containment, not reverted", report.drifted.map(byHand));
  list("Failed permanently: do it manually", report.byHand.map(byHand));
  list("Failed: retry, or do it manually", report.problems.map(byHand));
  list("Kept in place", report.keptInPlace.map(byHand));
  list("Other open incidents here", report.others);
}

function printReset({ scope, waiting }: HeldBrake): void {
  console.log(colors.green(`Brake ${scope} is reset.`));
  list("Not contained: answered again with their next finding, or by CordonContain", waiting);
}

function list(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(`\n${title}`);
  for (const line of lines) console.log(`  - ${line}`);
}

// The SDK would warn about Node 20 above every answer.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
