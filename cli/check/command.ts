/** `cordon check`: asks whether an organization is ready for Cordon, and changes nothing. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { check } from "./check";
import { readStack, UsageError } from "./configuration";
import { passes, summaryOf, tableOf } from "./print";

export interface CommandOptions {
  readonly stack: string;
  readonly account?: readonly string[];
  readonly json?: string;
  readonly allowUnknown: boolean;
  readonly all: boolean;
}

const root = path.join(__dirname, "..", "..");

/** Runs the check and prints it. Returns the exit code: 0, 1 for any failure, 2 for bad usage. */
export async function runCheck(options: CommandOptions): Promise<0 | 1 | 2> {
  try {
    const settings = readStack(root, options.stack);
    const { account: accounts } = options;
    const report = await check(settings, { ...(accounts && { accounts }) });
    const known = report.governed && [...report.governed, settings.managementAccount];
    const foreign = known && accounts?.find((account) => !known.includes(account));
    if (foreign !== undefined) {
      throw new UsageError(`${foreign} is no account of the stack ${options.stack}.`);
    }
    for (const line of tableOf(report, settings, options)) console.log(line);
    console.log(`\n${summaryOf(report).join("\n")}`);
    const passed = passes(report, options.allowUnknown);
    if (options.json !== undefined) {
      write(options.json, { stack: options.stack, passed, ...report });
    }
    return passed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

function write(file: string, content: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
}
