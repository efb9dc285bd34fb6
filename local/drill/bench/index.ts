/**
 * `npm run bench`: how long a response takes when every call takes 40 ms, against the longest chain
 * of calls that wait for each other, at 40 ms each and at what they took here, where the emulator
 * shares the processors; and what a deployment costs by the number of accounts. Ratios within one
 * run, because machines differ.
 */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import colors from "picocolors";
import { bundle } from "../../../components/blocks/inline-function";
import { type DeploymentsFigures, measureDeployments } from "./deployments";
import { type ClientLoad, clientLoads, coldImport, coldLoad, type FilesByClient } from "./loads";
import {
  type ContainmentFigures,
  type CutFigures,
  latencyMs,
  measureResponses,
  type PlaybookKey,
  rounds,
} from "./responses";

const coldStarts = 10;
const clientStarts = 5;

interface Figures {
  readonly latencyMs: number;
  readonly containInstance: Record<"small" | "large", ContainmentFigures>;
  readonly containAccessKey: CutFigures;
  readonly revokeSessions: CutFigures;
  /** SDK clients that a response of each playbook loads, as deployed. */
  readonly loads: Record<PlaybookKey, readonly ClientLoad[]>;
  /** Milliseconds to import the handler and all of those in a fresh process. */
  readonly coldLoadMs: Record<PlaybookKey, number>;
  readonly bundleKB: number;
  readonly coldImportMs: number;
  readonly deployments: DeploymentsFigures;
}

async function main(): Promise<void> {
  const { json } = new Command("npm run bench --")
    .option("--json <file>", "write the figures as JSON")
    .parse()
    .opts<{ json?: string }>();
  const files = Object.values(bundle("functions/handlers/respond.ts"));
  const bundleKB = Math.round(
    files.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1_024,
  );
  console.log(`Importing the responder in ${coldStarts} fresh processes …`);
  const coldImportMs = coldImport(coldStarts);
  console.log("Deploying for organizations of 1, 50 and 500 member accounts …");
  const deployments = measureDeployments();
  console.log(`${rounds} responses of each playbook and size, ${latencyMs} ms a call …`);
  const { loaded, ...responses } = await measureResponses();
  console.log("Importing the clients they loaded in fresh processes …");
  const perPlaybook = <T>(of: (clients: FilesByClient) => T): Record<PlaybookKey, T> => ({
    containInstance: of(loaded.containInstance),
    containAccessKey: of(loaded.containAccessKey),
    revokeSessions: of(loaded.revokeSessions),
  });
  const loads = perPlaybook((clients) => clientLoads(clients, clientStarts));
  const coldLoadMs = perPlaybook((clients) => coldLoad(clients, clientStarts));
  const figures: Figures = {
    latencyMs,
    ...responses,
    loads,
    coldLoadMs,
    bundleKB,
    coldImportMs,
    deployments,
  };
  print(figures);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function print(figures: Figures): void {
  const row = (name: string, ms: number | null, chain: number, pathMs: number) => {
    const times = (of: number) => (ms === null ? "never" : (ms / of).toFixed(2));
    console.log(
      `    ${name.padEnd(13)} ${String(ms).padStart(7)} ms  ${String(chain).padStart(3)} calls deep  ${times(chain * latencyMs)} × the chain, ${times(pathMs)} × what its calls took`,
    );
  };
  const { small, large } = figures.containInstance;
  for (const [title, found] of [
    ["Instance of 1 interface, 2 volumes", small],
    ["Instance of 4 interfaces, 8 volumes", large],
  ] as const) {
    console.log(`\n  ${colors.bold(title)}, ${found.calls} calls`);
    row("quarantined", found.quarantinedMs, found.quarantinedChain, found.quarantinedPathMs);
    row("isolated", found.isolatedMs, found.isolatedChain, found.isolatedPathMs);
    row("contained", found.containedMs, found.containedChain, found.containedPathMs);
  }
  for (const [title, cut, found] of [
    ["Access keys of a user", "disabled", figures.containAccessKey],
    ["Sessions of a role", "denied", figures.revokeSessions],
  ] as const) {
    console.log(`\n  ${colors.bold(title)}, ${found.calls} calls`);
    row(cut, found.cutMs, found.cutChain, found.cutPathMs);
    row("contained", found.containedMs, found.containedChain, found.containedPathMs);
  }
  const growth = (large.containedMs ?? 0) / (small.containedMs ?? 1);
  console.log(`\n  The large instance costs ${growth.toFixed(2)} × the small one`);
  console.log(
    `  The responder is ${figures.bundleKB} KB and imports in ${figures.coldImportMs} ms`,
  );
  for (const playbook of Object.keys(figures.loads) as PlaybookKey[]) {
    console.log(`\n  ${colors.bold(playbook)} loads in ${figures.coldLoadMs[playbook]} ms, cold`);
    for (const { client, importMs } of figures.loads[playbook]) {
      console.log(`    ${client.padEnd(44)} ${String(importMs).padStart(6)} ms, loaded alone`);
    }
  }
  printDeployments(figures.deployments);
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
  console.error(error);
  process.exitCode = 1;
});
