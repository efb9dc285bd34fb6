/**
 * `npm run bench`: how long a response takes when every call takes 40 ms, against the longest chain
 * of calls that wait for each other and against the same calls by bare SDK clients; what a function
 * loads; and what a deployment costs by the number of accounts. Ratios, because machines differ. By name
 * alone: forty instances at once at AWS's request rates, and a thousand findings, where no ratio counts
 * but what became of each.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import colors from "picocolors";
import { bundle } from "../../../components/blocks/inline-function";
import { UserError } from "../options";
import { type DeploymentsFigures, measureDeployments } from "./deployments";
import { clientLoads, coldImport, coldLoad } from "./loads";
import { record } from "./record";
import { readRecording } from "./recording";
import { latencyMs, measureResponses, type Responses } from "./responses";
import { findingsInAll, measureStorm, type StormFigures, targetsInAll } from "./storm";
import { limits, type Summary, summaryOf } from "./summary";
import { measureThrottling, type ThrottlingFigures } from "./throttling";

// The SDK warns about Node 20 on every start of every process; functions run on Node 22.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const coldStarts = 10;
const clientStarts = 5;
/** Without any name, all but those of many findings at once. */
const usual = ["responses", "loads", "deployments"] as const;
const benches = [...usual, "throttling", "storm"] as const;
type Bench = (typeof benches)[number];

interface Options {
  readonly recording?: string;
  readonly record?: string;
  readonly runs: number;
  readonly seed?: number;
  readonly json?: string;
}

async function main(): Promise<void> {
  const command = new Command("npm run bench --")
    .argument("[benches...]", `of ${benches.join(", ")}`, [...usual])
    .option("--record <file>", "keep the recorded responses in this file")
    .option("--recording <file>", "replay these responses instead of recording new ones")
    .option("--runs <count>", "runs of the responses, each in new processes", count, 5)
    .option("--seed <number>", "the order of the storm's findings. Default: a new one", seedOf)
    .option("--json <file>", "write the figures as JSON")
    .parse();
  const chosen = command.processedArgs[0] as readonly string[];
  const options = command.opts<Options>();
  const { json } = options;
  const unknown = chosen.find((each) => !benches.includes(each as Bench));
  if (unknown !== undefined) {
    throw new UserError(`Bench "${unknown}" does not exist; the benches are ${benches.join(", ")}`);
  }
  const figures: Record<string, unknown> = {};
  if (chosen.includes("responses") || chosen.includes("loads")) {
    const responses = await respond(options);
    if (chosen.includes("responses")) {
      const summary = summaryOf(responses.runs);
      figures.responses = { latencyMs, runs: responses.runs, summary };
      printResponses(summary);
    }
    if (chosen.includes("loads")) figures.loads = loads(responses.loaded);
  }
  if (chosen.includes("deployments")) {
    console.log("\nDeploying for organizations of 1, 50 and 500 member accounts …");
    const deployments = measureDeployments();
    figures.deployments = deployments;
    printDeployments(deployments);
  }
  if (chosen.includes("throttling")) {
    console.log("\nForty instances of one Auto Scaling group are found at once …");
    const throttling = await measureThrottling();
    figures.throttling = throttling;
    printThrottling(throttling);
  }
  if (chosen.includes("storm")) {
    const seed = options.seed ?? randomInt(2 ** 31);
    console.log(
      `\n${findingsInAll} findings for ${targetsInAll} targets at once, the order by --seed ${seed} …`,
    );
    const storm = await measureStorm(seed);
    figures.storm = storm;
    printStorm(storm);
    if (storm.problems.length > 0) process.exitCode = 1;
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 100) {
    throw new UserError(`--runs must be a whole number from 1 to 100, but "${text}" was provided`);
  }
  return value;
}

function seedOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 31) return value;
  throw new UserError(`--seed must be a whole number below 2^31, but "${text}" was provided`);
}

async function respond({ recording, record: kept, runs }: Options): Promise<Responses> {
  const file = recording ?? kept ?? path.resolve(".cordon/local/bench.json");
  // A recording that is missing is refused before anything is started.
  if (recording !== undefined) return measureResponses(readRecording(file), file, runs);
  console.log("Deploying, and recording a response of each kind …");
  mkdirSync(path.dirname(file), { recursive: true });
  const recorded = await record();
  writeFileSync(file, JSON.stringify(recorded));
  return measureResponses(recorded, file, runs);
}

function printResponses(summary: Summary): void {
  const [load] = loadavg();
  console.log(
    `\n${colors.bold("Responses")}, replayed at ${latencyMs} ms a call, load ${load?.toFixed(2)}`,
  );
  const ratio = (value: number, limit: number) =>
    (value <= limit ? colors.green : colors.red)(value.toFixed(3));
  for (const { kind, calls, moments } of summary.kinds) {
    console.log(`\n  ${colors.bold(kind)}, ${calls} calls`);
    for (const { moment, ms, floorMs, chain, toChain, toFloor } of moments) {
      console.log(
        `    ${moment.padEnd(11)} ${ms.toFixed(0).padStart(5)} ms  ${String(chain).padStart(2)} calls deep  floor ${floorMs.toFixed(0).padStart(5)} ms  ${ratio(toChain.median, limits.chain)} × the chain ± ${ratio(toChain.spread, limits.spread)}  ${ratio(toFloor.median, limits.floor)} × the floor ± ${ratio(toFloor.spread, limits.spread)}`,
      );
    }
  }
  const { median, spread } = summary.growth;
  console.log(
    `\n  The large instance costs ${ratio(median, limits.growth)} × the small one ± ${ratio(spread, limits.spread)}`,
  );
}

function printThrottling({
  free,
  throttled,
}: Record<"free" | "throttled", ThrottlingFigures>): void {
  for (const [title, found] of [
    ["without throttling", free],
    ["at AWS's request rates", throttled],
  ] as const) {
    console.log(
      `  ${title.padEnd(23)} isolated after ${found.isolatedSeconds} s, contained after ${found.containedSeconds} s; ${found.contained} contained, ${found.deliveries} deliveries at most, ${found.throttled} of ${found.calls} calls throttled`,
    );
  }
  const { name, taken, seconds } = throttled.tightest;
  const allowed = seconds + free.containedSeconds;
  console.log(
    `  The tightest bucket, ${name}, allows ${taken} calls in ${seconds.toFixed(1)} s; with what this machine takes ${allowed.toFixed(1)} s: ${(throttled.containedSeconds / allowed).toFixed(2)} × that`,
  );
}

function printStorm(found: StormFigures): void {
  const { acted, waiting, alerts, messages, untold, lost, twice, deadLetters } = found;
  for (const { scope, limit, targets, isTripped } of acted) {
    const tripped = isTripped ? `tripped, ${alerts[scope] ?? 0} alert` : "not tripped";
    console.log(
      `  ${scope.padEnd(48)} acted on ${String(targets).padStart(3)} of at most ${limit}, ${tripped}`,
    );
  }
  console.log(
    `  ${waiting} targets wait for people; ${messages} messages sent in all, ${untold} containments in none; ${lost} findings lost, ${twice} targets acted on twice, ${deadLetters} dead letters`,
  );
  console.log(
    `  ${found.deliveries} deliveries, ${found.failed} of them to be repeated; ${found.calls} calls; ${found.sendSeconds} s to send all, ${found.seconds} s until all was quiet`,
  );
  for (const problem of found.problems) console.log(colors.red(`  ✗ ${problem}`));
  if (found.problems.length === 0) console.log(colors.green("  ✓ within every limit"));
}

function loads(loaded: Responses["loaded"]) {
  const files = Object.values(bundle("functions/handlers/respond.ts"));
  const bundleKB = Math.round(
    files.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1_024,
  );
  console.log(`\nImporting the responder in ${coldStarts} fresh processes …`);
  const coldImportMs = coldImport(coldStarts);
  console.log(`  The responder is ${bundleKB} KB and imports in ${coldImportMs} ms`);
  const playbooks = Object.entries(loaded).map(([playbook, clients]) => {
    const coldMs = coldLoad(clients, clientStarts);
    console.log(`\n  ${colors.bold(playbook)} loads in ${coldMs} ms, cold`);
    const each = clientLoads(clients, clientStarts);
    for (const { client, importMs } of each) {
      console.log(`    ${client.padEnd(44)} ${String(importMs).padStart(6)} ms, loaded alone`);
    }
    return { playbook, coldMs, clients: each };
  });
  return { bundleKB, coldImportMs, playbooks };
}

function printDeployments({
  stackSets,
  stackSetsRatio,
  direct,
  directPerAccount,
}: DeploymentsFigures): void {
  console.log(
    `\n  ${colors.bold("Deployment")}, processor time of the program alone, AWS answered by mocks`,
  );
  for (const [mode, found] of [
    ["StackSets", stackSets],
    ["direct", direct],
  ] as const) {
    for (const { accounts, resources, ms } of found) {
      console.log(
        `    ${mode.padEnd(9)} ${String(accounts).padStart(4)} members ${String(resources).padStart(6)} resources ${String(ms).padStart(7)} ms`,
      );
    }
  }
  const [least, most] = [stackSets[0]?.accounts, stackSets.at(-1)?.accounts];
  console.log(`    By StackSets ${most} members take ${stackSetsRatio} × the time of ${least}`);
  console.log(
    `    Directly each takes ${directPerAccount.resources} resources and ${directPerAccount.ms} ms more, with a VPC in each of 2 regions`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
