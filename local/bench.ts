/**
 * `npm run bench`: how long a response takes when every call takes 40 ms, against the longest chain
 * of calls that wait for each other. Ratios within one run, because machines differ.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import colors from "picocolors";
import { bundle } from "../components/inline-function";
import { DrillSession } from "./drill-session";
import { type InstanceShape, seedInstance, seedService, seedVpc, seedWorkloadRole } from "./estate";
import { instanceFinding } from "./findings";
import { openLocalOrganization } from "./local-organization";
import { type Measured, measure } from "./measure";
import { homeRegion, members } from "./organization";

const latencyMs = 40;
const rounds = 5;
const coldStarts = 10;
const shapes = {
  small: { interfaces: [["web", "app"]], volumes: 2 },
  large: { interfaces: [["web", "app"], ["admin"], ["web"], ["app"]], volumes: 8 },
} as const satisfies Record<string, InstanceShape>;
type Size = keyof typeof shapes;
type Figures = Omit<Measured, "timeline" | "containedChain"> & { readonly containedChain: number };

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
  const coldImportMs = coldImport();
  console.log(`Containing ${rounds} instances of each size, ${latencyMs} ms a call …`);
  const containInstance = await measureContainment();
  print({ bundleKB, coldImportMs, containInstance });
  if (json !== undefined) {
    const figures = { latencyMs, containInstance, bundleKB, coldImportMs };
    writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
}

/** Contains instances one after the other in one warm function; keeps the median round of each. */
async function measureContainment(): Promise<Record<Size, Figures>> {
  const organization = await openLocalOrganization({ concurrency: 1 });
  try {
    const session = new DrillSession(organization);
    const { gateway } = organization;
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    const vpc = await seedVpc(gateway, site, {
      groups: ["web", "app", "admin"],
      ssmEndpoints: true,
    });
    await seedWorkloadRole(gateway, site, "bench");
    await organization.up();

    const contain = async (size: Size, label: string): Promise<Measured> => {
      const shape = { ...shapes[size], profile: "bench" };
      const instance = await seedInstance(gateway, vpc, shape);
      await seedService(gateway, vpc, instance, `${size}-${label}`);
      gateway.latencyMs = latencyMs;
      const event = instanceFinding({ ...instance, instance: instance.id });
      const { invocations, calls } = await session.inject(event, `bench ${size} ${label}`);
      gateway.latencyMs = 0;
      const responder = invocations.find((each) => each.functionName.includes("contain-instance"));
      const { startedMs = 0, endedMs = 0 } = responder ?? {};
      const own = calls.filter((call) => call.ms >= startedMs && call.ms <= endedMs);
      const measured = measure(own, startedMs, instance.interfaces);
      if (measured.containedMs === null) throw new Error(`${instance.id} was not contained`);
      return measured;
    };
    await contain("small", "warm-up");
    const found: Record<Size, Measured[]> = { small: [], large: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const size of ["small", "large"] as const) {
        found[size].push(await contain(size, String(round)));
      }
    }
    return { small: median(found.small), large: median(found.large) };
  } finally {
    await organization.close();
  }
}

function median(found: readonly Measured[]): Figures {
  const sorted = [...found].sort((a, b) => (a.containedMs ?? 0) - (b.containedMs ?? 0));
  const { timeline: _timeline, ...figures } = sorted[Math.floor(sorted.length / 2)] as Measured;
  return figures;
}

/** Imports the deployed files in fresh processes; the best of them is what the code itself costs. */
function coldImport(): number {
  const folder = mkdtempSync(path.join(tmpdir(), "cordon-bench-"));
  try {
    for (const [file, text] of Object.entries(bundle("functions/handlers/respond.ts"))) {
      writeFileSync(path.join(folder, file), text);
    }
    const measureFile = path.join(folder, "measure.mjs");
    writeFileSync(
      measureFile,
      'const t=performance.now();await import("./index.mjs");console.log(performance.now()-t);',
    );
    const env = {
      ...process.env,
      PLAYBOOK: "contain-instance",
      GOVERNED_REGIONS: homeRegion,
      PROTECTED_RESOURCES: "",
      MAX_RECEIVE_COUNT: "5",
    };
    const times = Array.from({ length: coldStarts }, () =>
      Number(execFileSync(process.execPath, [measureFile], { env, encoding: "utf8" })),
    );
    return Math.round(Math.min(...times) * 10) / 10;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(figures: {
  bundleKB: number;
  coldImportMs: number;
  containInstance: Record<Size, Figures>;
}): void {
  const { small, large } = figures.containInstance;
  const row = (name: string, ms: number | null, chain: number) => {
    const ratio = ms === null ? Number.NaN : ms / (chain * latencyMs);
    console.log(
      `    ${name.padEnd(13)} ${String(ms).padStart(7)} ms  ${String(chain).padStart(3)} calls deep  ${ratio.toFixed(2)} × the chain`,
    );
  };
  for (const [title, found] of [
    ["1 interface, 2 volumes", small],
    ["4 interfaces, 8 volumes", large],
  ] as const) {
    console.log(`\n  ${colors.bold(title)}, ${found.calls} calls`);
    row("quarantined", found.quarantinedMs, found.quarantinedChain);
    row("isolated", found.isolatedMs, found.isolatedChain);
    row("contained", found.containedMs, found.containedChain);
  }
  const growth = (large.containedMs ?? 0) / (small.containedMs ?? 1);
  console.log(`\n  The large instance costs ${growth.toFixed(2)} × the small one`);
  console.log(
    `  The responder is ${figures.bundleKB} KB and imports in ${figures.coldImportMs} ms`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
