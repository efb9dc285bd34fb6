/** Runs `npx cordon contain` and `npx cordon release --journal`, and prints what became of them. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import colors from "picocolors";
import { homeRegion } from "../../functions/catalogue/names";
import { readTarget, type Target } from "../../functions/detect/request";
import { command } from "../../functions/model/command";
import { oneLine } from "../../functions/model/plain-text";
import { isRegional, type Resource } from "../../functions/model/resource";
import { type Section, section, sectionsText } from "../../functions/notify/message";
import { containmentNotice } from "../../functions/notify/notice";
import { releaseNotice } from "../../functions/notify/release-notice";
import { reasonProblem } from "../../functions/record/release-order";
import type { Contained } from "../../functions/remediate/contain";
import { allSteps, type Plan } from "../../functions/remediate/plan";
import { kindOf } from "../../functions/remediate/steps";
import { UserError } from "../caller";
import { readStack, UsageError } from "../check/configuration";
import { ask, notAnswered } from "../request";
import { containByHand } from "./contain";
import { fileOf, JournalFileError, readRecord } from "./local-journal";
import { signIn } from "./operator";
import { policyOf } from "./policy";
import { releaseByHand } from "./release";

export interface ContainOptions {
  readonly reason: string;
  readonly account?: string;
  readonly region?: string;
  readonly dryRun: boolean;
  readonly ownCredentials: boolean;
  readonly stack?: string;
  readonly journal: string;
  readonly yes: boolean;
}

const root = resolve(__dirname, "..", "..");
const nothing = "Nothing was changed.";

/** Has Cordon contain a target, or contains it with the caller's own credentials. Returns the exit code. */
export function contain(text: string, options: ContainOptions): Promise<0 | 1> {
  return explained(async () => {
    const target = readTarget(text);
    if ("problem" in target) throw new UsageError(target.problem);
    const problem = reasonProblem(options.reason, "for the containment");
    if (problem !== undefined) throw new UsageError(`${problem}: pass --reason "..."`);
    const region = regionOf(target.resource, options.region);
    if (options.ownCredentials && target.resource.kind === "address") {
      throw new UsageError(
        "Only Cordon blocks addresses: it knows when to end it, and who else wants it",
      );
    }
    return options.ownCredentials
      ? containOneself(target, region, options)
      : request(text, region, options);
  });
}

/** Asks Cordon, with credentials of the security account. */
async function request(
  text: string,
  region: string,
  { account = "", reason, dryRun }: ContainOptions,
): Promise<0 | 1> {
  if (!/^\d{12}$/.test(account)) {
    throw new UsageError("Pass --account with the 12 digits of the target's account");
  }
  const answer = await ask({ contain: text, account, region, reason, dryRun }, nothing);
  if (answer === undefined) {
    console.log(colors.yellow(notAnswered));
    return 1;
  }
  const done = answer.outcome === "contained" || answer.outcome === "dry-run";
  const paint = done ? colors.green : colors.yellow;
  console.log(`${paint(answer.outcome)}: ${oneLine(answer.reason)}`);
  if (answer.incident !== undefined) {
    console.log(`See it with ${command`npx cordon show ${answer.incident}`}`);
  }
  if (answer.outcome === "awaiting-approval") {
    console.log("The plan was announced, and waits for somebody who may approve it.");
  }
  return done || answer.outcome === "duplicate" ? 0 : 1;
}

async function containOneself(
  target: Target,
  region: string,
  { reason, stack, journal, yes }: ContainOptions,
): Promise<0 | 1> {
  if (target.resource.kind === "resource") {
    throw new UsageError(
      "Its policy would keep out whoever contains it and is no break-glass principal: have Cordon contain it, without --own-credentials",
    );
  }
  if (stack === undefined) {
    throw new UsageError("Pass --stack with the name of the stack whose settings bind");
  }
  const settings = readStack(root, stack);
  const folder = resolve(journal);
  mkdirSync(folder, { recursive: true });
  const operator = await signIn(region);
  const order = { target, region, reason, folder, yes };
  const release = yes ? heldUp() : () => undefined;
  try {
    const report = await containByHand(order, operator, policyOf(settings, region));
    switch (report.outcome) {
      case "refused":
        console.log(`${colors.yellow(nothing)} ${oneLine(report.reason)}`);
        print(section("Do this", report.manualSteps));
        return 1;
      case "planned":
        print(section("Why", report.reasons), ...planned(report.plan));
        console.log(`\n${nothing} To carry this out, add --yes.`);
        return 0;
      case "carried-out":
        return carriedOut(report.contained, folder);
    }
  } finally {
    release();
  }
}

/** Releases an incident from its local journal. Returns the exit code. */
export function releaseLocal(
  incident: string,
  options: { readonly journal: string; readonly reason: string; readonly close: boolean },
): Promise<0 | 1> {
  return explained(async () => {
    const file = fileOf(resolve(options.journal), incident);
    const { region } = readRecord(file).incident.place;
    const operator = await signIn(region);
    const release = heldUp();
    try {
      const released = await releaseByHand({ ...options, file }, operator);
      const { text, subject } = releaseNotice(released, []);
      console.log(`${subject}\n\n${text}`);
      const left = [...released.problems, ...released.drifted, ...released.byHand];
      return left.length === 0 && released.keptInPlace.length === 0 ? 0 : 1;
    } finally {
      release();
    }
  });
}

/** Has Cordon adopt an incident, with credentials of the security account. Returns the exit code. */
export function adopt(file: string, reason: string, yes: boolean): Promise<0 | 1> {
  return explained(async () => {
    const problem = reasonProblem(reason, "for the adoption");
    if (problem !== undefined) throw new UsageError(`${problem}: pass --reason "..."`);
    const record = readRecord(resolve(file));
    const { place, resource } = record.incident;
    if (!yes) {
      // The file may come from somebody else: who adopts it must see what it is about.
      console.log(
        oneLine(
          `${record.id}: ${resource.kind} ${resource.id} in ${place.account}, ${place.region}`,
        ),
      );
      print(...planned(record.plan));
      console.log(`\n${nothing} To have Cordon adopt this, add --yes.`);
      return 0;
    }
    const answer = await ask({ adopt: JSON.stringify(record), reason }, nothing);
    if (answer?.outcome !== "adopted") {
      const why = answer === undefined ? notAnswered : `${nothing} ${oneLine(answer.reason)}`;
      console.log(colors.yellow(why));
      return 1;
    }
    console.log(
      `${colors.green(`Cordon has adopted incident ${record.id}`)}, and keeps it contained.`,
    );
    console.log(`Release it with ${command`npx cordon release ${record.id} --reason "WHY"`}`);
    return 0;
  });
}

function carriedOut(contained: Contained, folder: string): 0 | 1 {
  const { record, extent, problems } = contained;
  const again = problems.some(({ final }) => !final);
  const undo = command`npx cordon release ${record.id} --journal=${folder} --reason "WHY"`;
  const { subject, text } = containmentNotice(contained, false, [], undo);
  console.log(`${subject}\n\n${text}`);
  console.log(`The original state is in ${fileOf(folder, record.id)}: keep it until the release.`);
  console.log("Cordon does not know of this incident, and nobody was notified: tell the others.");
  if (again) console.log("Some steps failed and may succeed later: run the same command again.");
  return extent === "whole" && problems.length === 0 ? 0 : 1;
}

function planned(plan: Plan): readonly Section[] {
  return [
    section(
      "Planned steps",
      allSteps(plan).map((step) => kindOf(step.kind).describe(step)),
    ),
    section("Residual risk", plan.residual),
  ];
}

function print(...sections: readonly Section[]): void {
  const text = sectionsText(sections);
  if (text !== "") console.log(`\n${text}`);
}

/** Users and roles are global: their calls need no region of the target's. */
function regionOf(resource: Resource, region = process.env.AWS_REGION): string {
  if (region === undefined && isRegional(resource)) {
    const words = { instance: "An instance is", address: "An address is blocked" } as const;
    const what =
      resource.kind === "instance" || resource.kind === "address" ? words[resource.kind] : "It is";
    throw new UsageError(`${what} in one region: pass --region, or set AWS_REGION`);
  }
  const chosen = region ?? homeRegion;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(chosen)) {
    throw new UsageError(`"${oneLine(chosen)}" is no region, such as eu-central-1`);
  }
  return chosen;
}

/** Keeps an interrupt from leaving a step half done: what it opens, it closes. */
function heldUp(): () => void {
  const say = () => console.error("One moment: a step that is half done would be worse.");
  process.on("SIGINT", say);
  return () => void process.off("SIGINT", say);
}

async function explained(run: () => Promise<0 | 1>): Promise<0 | 1> {
  try {
    return await run();
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof UserError) {
      console.error(message);
    } else if (error instanceof UsageError || error instanceof JournalFileError) {
      console.error(`${message.replace(/\.$/, "")}. ${nothing}`);
    } else if (name === "CredentialsProviderError") {
      console.error(
        `There are no credentials: use those of a break-glass principal in the target's account, for example by AWS_PROFILE. ${nothing}`,
      );
    } else if ((error as { readonly $metadata?: object }).$metadata !== undefined) {
      // What a step is refused is in its report: this came before the first of them.
      console.error(`AWS refused (${name}): ${oneLine(message)}. ${nothing}`);
    } else {
      throw error;
    }
    return 1;
  }
}
