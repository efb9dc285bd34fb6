/**
 * Runs the real Pulumi engine over an inline program, against the local organization: Automation
 * API, state in a file, and the local provider in the place of pulumi-resource-aws.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import * as path from "node:path";
import { performance } from "node:perf_hooks";
import {
  type EngineEvent,
  LocalWorkspace,
  type OutputMap,
  PulumiCommand,
} from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import type { Credentials } from "../gateway/iam/caller";
import { buildProvider } from "../provider/bundle";

const repository = path.resolve(__dirname, "../..");
const stackName = "local";

/** What one run of the engine did. */
export interface Deployment {
  readonly outputs: Record<string, unknown>;
  /** Resources of the stack as Pulumi counts them: with the stack itself, components, providers. */
  readonly resources: number;
  readonly seconds: number;
  /** Resources by what happened to them: create, same, update, delete. */
  readonly changes: Record<string, number>;
  /** Resources that exist only in the state, as `type name`; the emulator has none of them. */
  readonly recordedNotEmulated: readonly string[];
}

export interface EngineOptions {
  readonly gatewayUrl: string;
  /** Opens the deployer's session of each operation; providers assume their roles from it. */
  readonly signIn: () => Credentials | Promise<Credentials>;
  /** Holds project, state and record of this run; made when absent. */
  readonly workDir: string;
  /** Declares the resources and returns the stack's outputs. Called once for each run. */
  readonly program: () => Promise<Record<string, unknown>>;
  /** Set on top of Pulumi.local.yaml; a key without a namespace is the project's. */
  readonly config?: Record<string, string>;
  /** Directory of the policy pack that every run is under. */
  readonly policyPack?: string;
  /** Receives one readable line for each resource that changes. */
  readonly onEvent?: (line: string) => void;
  /** Directory of Pulumi.yaml and Pulumi.local.yaml. @default this repository */
  readonly project?: string;
  /**
   * Directory of the state. Stacks that share one refer to each other by the names of a backend in
   * files: `organization/PROJECT/local`. @default state, in workDir
   */
  readonly state?: string;
}

export interface Engine {
  up(): Promise<Deployment>;
  preview(): Promise<Deployment>;
  destroy(): Promise<void>;
}

/**
 * Prepares a stack. Its operations throw one Error whose message is what the program, a policy or
 * the provider said, one line for each problem.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const workDir = path.resolve(options.workDir);
  const recordFile = path.join(workDir, "recorded.jsonl");
  const home = path.join(workDir, "home");
  const state = path.resolve(options.state ?? path.join(workDir, "state"));
  await mkdir(state, { recursive: true });
  await mkdir(home, { recursive: true });
  // The CLI logs, compressed, every property it passes on; with the code of functions among them
  // that is most of its time. It has no switch, but goes without where it cannot make `logs`.
  await rm(path.join(home, "logs"), { recursive: true, force: true });
  await writeFile(path.join(home, "logs"), "");
  const provider = await buildProvider();
  const project = await writeProject(options, workDir, provider);
  const root = await cliRoot();
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName, projectName: project, program: options.program },
    {
      workDir,
      pulumiCommand: await PulumiCommand.get({ root }),
      // A home of its own keeps logins, plugins and settings of this machine out.
      pulumiHome: home,
      envVars: {
        PATH: await searchPath(path.join(root, "bin")),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // State is written once, at the end, and policy packs are not type-checked again.
        PULUMI_SKIP_CHECKPOINTS: "true",
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        AWS_ENDPOINT_URL: options.gatewayUrl,
        CORDON_RECORDED_FILE: recordFile,
      },
    },
  );
  const policyPacks = options.policyPack ? [path.resolve(options.policyPack)] : [];

  /** Runs one operation, listening to the engine. */
  async function run(
    operation: (settings: {
      onEvent: (event: EngineEvent) => void;
      color: "never";
      suppressProgress: boolean;
    }) => Promise<unknown>,
  ): Promise<Pick<Deployment, "changes" | "resources" | "seconds">> {
    const began = performance.now();
    const session = await options.signIn();
    Object.assign(stack.workspace.envVars, {
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken ?? "",
    });
    const problems = new Set<string>();
    let changes: Record<string, number> = {};
    const onEvent = (event: EngineEvent) => {
      for (const problem of problemsIn(event)) problems.add(problem);
      const line = progressLine(event);
      if (line) options.onEvent?.(line);
      if (event.summaryEvent) changes = { ...event.summaryEvent.resourceChanges } as typeof changes;
    };
    try {
      await operation({ onEvent, color: "never", suppressProgress: true });
    } catch (cause) {
      const said = problems.size > 0 ? [...problems] : errorLines((cause as Error).message);
      throw new Error(said.join("\n"), { cause });
    }
    const seconds = (performance.now() - began) / 1000;
    const { delete: gone = 0, ...standing } = changes;
    const resources = Object.values(standing).reduce((sum, count) => sum + count, 0);
    return { changes: gone ? { ...standing, delete: gone } : standing, resources, seconds };
  }

  return {
    async up() {
      let outputs: OutputMap = {};
      const done = await run(async (settings) => {
        ({ outputs } = await stack.up({ ...settings, policyPacks, parallel: 16 }));
      });
      return {
        ...done,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, { value }]) => [name, value]),
        ),
        recordedNotEmulated: await recordedIn(recordFile),
      };
    },
    async preview() {
      const done = await run((settings) => stack.preview({ ...settings, policyPacks }));
      return { ...done, outputs: {}, recordedNotEmulated: await recordedIn(recordFile) };
    },
    async destroy() {
      await run((settings) => stack.destroy({ ...settings, parallel: 16 }));
    },
  };
}

/** Writes the project and stack files of the run: the real ones, and the place of the provider. */
async function writeProject(
  options: EngineOptions,
  workDir: string,
  provider: string,
): Promise<string> {
  const source = options.project ?? repository;
  const read = async (file: string) => {
    const found = path.join(source, file);
    return existsSync(found) ? (parse(await readFile(found, "utf8")) ?? {}) : {};
  };
  // `main` names the program's file; here the program is a function of this process.
  const { main: _, ...project } = await read("Pulumi.yaml");
  if (typeof project.name !== "string") throw new Error(`${source}/Pulumi.yaml must have a name`);
  const plugins = { providers: [{ name: "aws", path: provider }] };
  await writeFile(path.join(workDir, "Pulumi.yaml"), stringify({ ...project, plugins }));

  const stackFile = `Pulumi.${stackName}.yaml`;
  const settings = await read(stackFile);
  const overrides = Object.entries(options.config ?? {}).map(([key, value]) => {
    const full = key.includes(":") ? key : `${project.name}:${key}`;
    const type = project.config?.[key]?.type ?? project.config?.[full]?.type;
    // The engine holds a declared type against the value in the file, not against its text.
    return [full, type === undefined || type === "string" ? value : JSON.parse(value)];
  });
  const config = { ...settings.config, ...Object.fromEntries(overrides) };
  await writeFile(path.join(workDir, stackFile), stringify({ ...settings, config }));
  return project.name;
}

/** Finds where local/setup/index.mjs and npm's launcher put the CLI. */
async function cliRoot(): Promise<string> {
  const { version } = createRequire(__filename)("pulumi/package.json");
  const home = process.env.PULUMI_HOME || path.join(homedir(), ".pulumi");
  const root = path.join(home, "versions", version);
  if (!existsSync(path.join(root, "bin", "pulumi")))
    throw new Error(`There is no Pulumi CLI ${version}: run node local/setup/index.mjs`);
  return root;
}

/**
 * Gives the PATH of the engine. A CLI that was built here brings no language host, and an older one
 * found elsewhere cannot run policy packs: such places are left out and our own host is put in.
 */
async function searchPath(cliDirectory: string): Promise<string> {
  const host = "pulumi-language-nodejs";
  const others = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((place) => place === cliDirectory || !existsSync(path.join(place, host)));
  const hosts = existsSync(path.join(cliDirectory, host))
    ? []
    : [path.join(repository, ".cordon", "bin")];
  return [cliDirectory, ...hosts, ...others].join(path.delimiter);
}

/** Lists each resource that the provider recorded instead of making. */
async function recordedIn(file: string): Promise<string[]> {
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, "utf8")).trim().split("\n").filter(Boolean);
  const named = lines.map((line) => JSON.parse(line)).map(({ type, name }) => `${type} ${name}`);
  return [...new Set(named)].sort();
}

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const participles: Record<string, string> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
};

/** Says what happened to one resource; nothing for one that is as it was, or for the stack. */
function progressLine({ resOutputsEvent }: EngineEvent): string | undefined {
  const { op, type = "", urn = "" } = resOutputsEvent?.metadata ?? {};
  const done = participles[op ?? ""];
  if (!done || type === "pulumi:pulumi:Stack") return undefined;
  return `${resOutputsEvent?.planning ? `would be ${done}` : done}: ${type} ${nameOf(urn)}`;
}

/** Sentences that only say that another sentence was said. */
const echoes = [
  /^update failed$/,
  /^preview failed$/,
  /^resource monitor shut down/,
  /^One or more errors occurred/,
  /^an unhandled error occurred/i,
];

/** Takes from an event what a person must read about a failure. */
function problemsIn({ diagnosticEvent, policyEvent }: EngineEvent): string[] {
  if (policyEvent?.enforcementLevel === "mandatory") {
    const on = policyEvent.resourceUrn ? ` (${nameOf(policyEvent.resourceUrn)})` : "";
    return [`${policyEvent.policyName}: ${plain(policyEvent.message)}${on}`];
  }
  if (diagnosticEvent?.severity !== "error") return [];
  const message = plain(diagnosticEvent.message);
  if (echoes.some((echo) => echo.test(message))) return [];
  const urn = diagnosticEvent.urn;
  const about = urn && !typeOf(urn).startsWith("pulumi:pulumi:") ? `${nameOf(urn)}: ` : "";
  return [`${about}${message}`];
}

/** Takes the engine's own sentences from the report of a command that failed before it began. */
function errorLines(report: string): string[] {
  const lines = report.split("\n").filter((line) => line.startsWith("error: "));
  return lines.length > 0 ? [...new Set(lines.map((line) => line.slice(7)))] : [report];
}

/** Removes the engine's colour marks, and the stack of an error that the program threw. */
const plain = (message: string): string =>
  message
    .replace(/<\{%[^%]*%\}>/g, "")
    .replace(/^Unhandled exception: (?:\w*Error: )?/, "")
    .replace(/\n {4}at [\s\S]*$/, "")
    .trim();
