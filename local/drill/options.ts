/** Reads what `npm start` was asked to do. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { Command, Option } from "commander";
import { type Scenario, scenarios, scenariosAlone, scenariosOfTeams } from "./scenarios";

export interface Options {
  readonly scenario: readonly string[];
  readonly event: readonly string[];
  readonly lookAlike: boolean;
  /** Whether events keep their times: what is old only notifies. */
  readonly asDated: boolean;
  readonly mode: "dry-run" | "enforce";
  readonly latency: number;
  readonly runs: number;
  readonly pageSize?: number;
  readonly json?: string;
  readonly keep: boolean;
  readonly list: boolean;
}

/** Scenarios of a plain run: each flow from end to end, a second region, resources that came later. */
const plainRun = [
  "compromised-instance",
  "stolen-key",
  "exposed-key",
  "other-region",
  "late-vpc",
  "key-rotation",
  "new-account",
  "consumer",
];

export function readOptions(): Options {
  const collect = (value: string, all: readonly string[]) => [...all, value];
  const command = new Command("npm start --")
    .description("Runs scenarios in the local organization")
    .option("--scenario <name>", "run this scenario; can be repeated", collect, [])
    .option("--event <file>", "inject this EventBridge event or GuardDuty finding", collect, [])
    .option("--look-alike", "first create every resource that the event names", false)
    .option("--as-dated", "leave the event's times as they are: else its newest is now", false)
    .addOption(
      new Option("--mode <mode>", "mode of the responders")
        .choices(["dry-run", "enforce"])
        .default("enforce"),
    )
    .option("--latency <ms>", "minimum latency of every call in milliseconds", milliseconds, 0)
    .option("--runs <number>", "races that scenario thief plays of each kind", runs, 10)
    .option("--page-size <members>", "members of a page of every list", members)
    .option("--json <file>", "write the full record as JSON")
    .option("--keep", "keep the organization running afterwards", false)
    .option("--list", "list the scenarios", false)
    .allowExcessArguments(false)
    .parse();
  return command.opts<Options>();
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 10_000) {
    throw new UserError(
      `--latency must be whole milliseconds from 0 to 10000, but "${text}" was provided`,
    );
  }
  return value;
}

function runs(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000) {
    throw new UserError(`--runs must be a whole number from 1 to 1000, but "${text}" was provided`);
  }
  return value;
}

function members(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000) {
    throw new UserError(
      `--page-size must be a whole number from 1 to 1000, but "${text}" was provided`,
    );
  }
  return value;
}

export function chosenScenarios(options: Options): readonly Scenario[] {
  const names =
    options.scenario.length > 0 ? options.scenario : options.event.length > 0 ? [] : plainRun;
  const all = [...scenarios, ...scenariosAlone, ...scenariosOfTeams];
  return names.map((name) => {
    const found = all.find((scenario) => scenario.name === name);
    if (found?.config !== undefined && names.length + options.event.length > 1) {
      throw new UserError(`Scenario ${name} has settings of its own: run it alone`);
    }
    if (found === undefined) {
      const known = all.map((scenario) => scenario.name).join(", ");
      throw new UserError(`Scenario "${name}" does not exist; the scenarios are ${known}`);
    }
    return found;
  });
}

export function readFile(file: string): string {
  try {
    return readFileSync(path.resolve(file), "utf8");
  } catch (error) {
    throw new UserError(`--event ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Carries a sentence for the user; every other error is printed with its stack. */
export class UserError extends Error {}
