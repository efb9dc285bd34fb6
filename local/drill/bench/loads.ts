/** Reads which files of a function's bundle hold which SDK clients, and what importing them costs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { type Bundle, bundle } from "../../../components/blocks/inline-function";
import type { Environment } from "../../../functions/handlers/respond";
import { homeRegion } from "../../gateway/accounts";

/** An SDK client that a response loads. */
export interface ClientLoad {
  /** Its package, "@aws-sdk/client-iam". */
  readonly client: string;
  /**
   * Milliseconds to import what holds it, in a process that has loaded the handler alone: what
   * several clients share counts for each of them.
   */
  readonly importMs: number;
}

export type FilesByClient = Readonly<Record<string, readonly string[]>>;

/** Names the files that hold code of each SDK client; one that fell away whole is not among them. */
export function filesByClient(outputs: Bundle["outputs"]): FilesByClient {
  const found: Record<string, string[]> = {};
  for (const [file, { inputs }] of Object.entries(outputs)) {
    const clients = new Set<string>();
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const client = /node_modules\/(@aws-sdk\/client-[^/]+)\//.exec(input)?.[1];
      if (client !== undefined && bytesInOutput > 0) clients.add(client);
    }
    for (const client of clients) found[client] = [...(found[client] ?? []), file];
  }
  return found;
}

/** Imports the handler in fresh processes; the best of them is what the code itself costs. */
export function coldImport(times: number): number {
  const script =
    'const t=performance.now();await import("./index.mjs");console.log(performance.now()-t);';
  return inFreshProcesses((measure) => measure(script, times));
}

/** Imports the files of each client in fresh processes, after the handler; the best counts. */
export function clientLoads(clients: FilesByClient, times: number): ClientLoad[] {
  return inFreshProcesses((measure) =>
    Object.entries(clients).map(([client, files]) => {
      const script = `await import("./index.mjs");const t=performance.now();await Promise.all([${imports(files)}]);console.log(performance.now()-t);`;
      return { client, importMs: measure(script, times) };
    }),
  );
}

/** Imports the handler and then the files of all these clients in fresh processes; the best counts. */
export function coldLoad(clients: FilesByClient, times: number): number {
  const files = [...new Set(Object.values(clients).flat())];
  const script = `const t=performance.now();await import("./index.mjs");await Promise.all([${imports(files)}]);console.log(performance.now()-t);`;
  return inFreshProcesses((measure) => measure(script, times));
}

function imports(files: readonly string[]): string {
  return files.map((file) => `import("./${file}")`).join(",");
}

/** Lets `act` run a script beside the deployed files: it prints milliseconds, the least returns. */
function inFreshProcesses<T>(act: (measure: (script: string, times: number) => number) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), "cordon-bench-"));
  try {
    for (const [file, text] of Object.entries(bundle("functions/handlers/respond.ts"))) {
      writeFileSync(path.join(folder, file), text);
    }
    const variables: Environment = {
      EXTERNAL_ID: "cordon-bench",
      ROLE_PATH: "/",
      MODE: "dry-run",
      POLICY: '{"notifyFrom":4,"automaticFrom":7,"playbooks":{},"rules":[]}',
      SAMPLE_FINDINGS: "log",
      JOURNAL_TABLE: "cordon-journal",
      SEAL_KEY: `arn:aws:kms:${homeRegion}:444455556666:key/11111111-2222-3333-4444-555555555555`,
      NOTICES_ALONE: "4",
      NOTICE_TOPIC_ARN: `arn:aws:sns:${homeRegion}:444455556666:cordon-notices`,
      DEAD_LETTER_QUEUE_URL: `https://sqs.${homeRegion}.amazonaws.com/444455556666/dead-letters`,
      GOVERNED_REGIONS: homeRegion,
      PROTECTED_RESOURCES: "",
      BRAKES:
        '{"brakes":{"perPlaybookAndAccount":10,"organization":50,"groupPercent":30},"criticalResources":[],"forwarders":[]}',
      BREAK_GLASS: '{"roles":[],"users":[]}',
      DISABLE_KEYS: "all",
      QUEUE_URL: `https://sqs.${homeRegion}.amazonaws.com/444455556666/work`,
      GUARDRAILS: "none",
      SECURITY_ACCOUNT: "444455556666",
      DEPLOYMENT_ROLE: "cordon-deploy",
      QUEUE_ARN: `arn:aws:sqs:${homeRegion}:444455556666:work`,
      PLAYBOOK: "contain-instance",
      MAX_RECEIVE_COUNT: "5",
    };
    const env = { ...process.env, ...variables };
    return act((script, times) => {
      const file = path.join(folder, "measure.mjs");
      writeFileSync(file, script);
      const found = Array.from({ length: times }, () =>
        Number(execFileSync(process.execPath, [file], { env, encoding: "utf8" })),
      );
      return Math.round(Math.min(...found) * 10) / 10;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
