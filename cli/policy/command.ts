/** Runs `npx cordon policy`, and says in one sentence what keeps it from it. */
import { readFileSync } from "node:fs";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { journalTable } from "../../functions/aws/journal-table";
import { organization } from "../../functions/aws/organization";
import { homeRegion, journalName } from "../../functions/catalogue/names";
import { asksForUnits } from "../../functions/decide/stage-policy";
import { errorText, oneLine } from "../../functions/model/plain-text";
import type { Known } from "../../functions/model/verdict";
import type { Decided, JournalReader } from "../../functions/record/journal";
import { policyOf } from "../../settings/policy";
import type { Result } from "../incidents/command";
import { type Effective, effective, linesOf, Problem, type ReadVariables } from "./effective";
import * as other from "./replay";

export interface Options {
  readonly json: boolean;
  /** Path of a stage's file, or of a file with a policy alone. */
  readonly with?: string;
}

/** What the command reads, all of it with the caller's own credentials. */
export interface Sources {
  readonly variablesOf: ReadVariables;
  readonly journal: Pick<JournalReader, "decidedSince">;
  unitsOf(account: string): Promise<readonly string[]>;
  now(): Date;
}

const days = 30;

function openSources(): Sources {
  const lambda = new LambdaClient({ region: homeRegion });
  const now = () => new Date();
  return {
    variablesOf: async (FunctionName) => {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return found.Environment?.Variables ?? {};
    },
    journal: journalTable(homeRegion, journalName, now),
    unitsOf: organization(homeRegion).unitsOf,
    now,
  };
}

export async function policy(options: Options, sources = openSources()): Promise<Result> {
  try {
    return options.with === undefined
      ? await deployed(options, sources)
      : await compared(options.with, options, sources);
  } catch (error) {
    return { problem: problemOf(error as Error) };
  }
}

async function deployed({ json }: Options, { variablesOf }: Sources): Promise<Result> {
  const found = await effective(variablesOf);
  return { lines: json ? [JSON.stringify(found, undefined, 2)] : linesOf(found) };
}

async function compared(file: string, { json }: Options, sources: Sources): Promise<Result> {
  const proposed = proposal(file);
  const since = new Date(sources.now().getTime() - days * 86_400_000).toISOString();
  const records = await sources.journal.decidedSince(since);
  const units = await unitsFor(records, proposed, sources);
  const known = (account: string) => units.get(account) ?? { known: true as const, value: [] };
  const found = other.replay(records, proposed, known, since);
  const clean = (_key: string, each: unknown) => (typeof each === "string" ? oneLine(each) : each);
  return { lines: json ? [JSON.stringify(found, clean, 2)] : other.linesOf(found) };
}

/** Looks up the units of the accounts for which the policy names any. */
async function unitsFor(
  records: readonly Decided[],
  { policy: stage }: Effective,
  { unitsOf }: Sources,
): Promise<ReadonlyMap<string, Known<readonly string[]>>> {
  const asked = records.filter(({ incident }) => asksForUnits(stage, incident.playbook));
  const units = new Map<string, Known<readonly string[]>>();
  for (const account of new Set(asked.map(({ incident }) => incident.place.account))) {
    units.set(
      account,
      await unitsOf(account).then(
        (value): Known<readonly string[]> => ({ known: true, value }),
        (error: unknown) => ({ known: false, why: errorText(error) }),
      ),
    );
  }
  return units;
}

/** Reads a stage's file, whose mode counts, or a policy alone, in mode enforce. */
function proposal(file: string): Effective {
  const content = contentOf(file);
  const config = memberOf(content, "config");
  const given = config === undefined ? content : memberOf(config, "cordon:policy");
  if (given === undefined) {
    throw new Problem(`${file} has no cordon:policy, and so no policy to compare with.`);
  }
  const mode = config === undefined ? "enforce" : (memberOf(config, "cordon:mode") ?? "dry-run");
  if (mode !== "enforce" && mode !== "dry-run") {
    throw new Problem(`cordon:mode in ${file} must be one of dry-run, enforce.`);
  }
  try {
    return { mode, policy: policyOf(given) };
  } catch (error) {
    // A wrong value; anything else is a defect of ours.
    if (!RunError.isInstance(error)) throw error;
    throw new Problem(error.message);
  }
}

function contentOf(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${errorText(error)}`);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function problemOf(error: Error): string {
  const { name } = error;
  const message = oneLine(error.message);
  switch (name) {
    case "CredentialsProviderError":
      return `There are no credentials: use those of the security account, for example by AWS_PROFILE. ${message}.`;
    case "ResourceNotFoundException":
      return `Cordon is not deployed in ${homeRegion} of the account of these credentials: are they those of the security account? ${message}`;
    case "AccessDeniedException":
      return `These credentials need lambda:GetFunctionConfiguration on cordon-respond-*, or with a file dynamodb:Scan on ${journalName} and kms:Decrypt on its key: ${message}`;
    case "ExpiredTokenException":
    case "UnrecognizedClientException":
      return `AWS does not accept these credentials: ${message}`;
    default:
      if (error instanceof Problem) return message;
      throw error;
  }
}
