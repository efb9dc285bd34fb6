/**
 * Measures responses by replay: the function as deployed, in a process of its own, against answers
 * that come after a fixed time. Beside it the floor: the same calls by bare SDK clients.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { bundleOf } from "../../../components/blocks/inline-function";
import { Environment } from "../../services/lambda/environment";
import { type Measured, measure } from "../timeline";
import type { FloorRequest } from "./floor";
import { type FilesByClient, filesByClient } from "./loads";
import { type Asked, start } from "./process";
import { type MeasuredPlaybook, roundNames } from "./record";
import { movedTo, type Recording, type Round } from "./recording";
import { type Replayed, type Replays, sharedNow } from "./replay";
import type { ReplayerRequest } from "./replayer";

export const latencyMs = 40;
const rounds = 7;
/** Node compiles what runs often, and goes on doing so for the first dozen responses. */
const warmUps = 25;
const warmUpLatencyMs = 1;

export type RoundKind = (typeof roundNames)[MeasuredPlaybook][number];
export const moments = ["quarantined", "isolated", "contained"] as const;
export type Moment = (typeof moments)[number];

/** When a moment was reached, in the median of a run's rounds; null where it does not apply. */
interface Reached {
  readonly ms: number;
  readonly floorMs: number;
  /** Calls in the longest chain up to it. */
  readonly chain: number;
}
export interface RunFigures {
  readonly calls: number;
  readonly reached: Readonly<Partial<Record<Moment, Reached>>>;
}
export type Run = Readonly<Record<RoundKind, RunFigures>>;

export interface Responses {
  readonly runs: readonly Run[];
  /** The files of the deployed bundle that hold each SDK client and that the responses loaded. */
  readonly loaded: Readonly<Record<MeasuredPlaybook, FilesByClient>>;
}

const playbooks = Object.keys(roundNames) as MeasuredPlaybook[];

/** Measures so many runs, each in new processes. `file` holds the recording. */
export async function measureResponses(
  recording: Recording,
  file: string,
  runs: number,
): Promise<Responses> {
  const folder = mkdtempSync(path.join(tmpdir(), "cordon-bench-"));
  try {
    const { files, outputs } = bundleOf("functions/handlers/respond.ts");
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const clients = filesByClient(outputs);
    const found: Run[] = [];
    let loaded: Partial<Record<MeasuredPlaybook, FilesByClient>> = {};
    for (let run = 1; run <= runs; run++) {
      const of = await measureRun(recording, file, folder);
      found.push(of.run);
      loaded = Object.fromEntries(
        playbooks.map((playbook) => [playbook, onlyLoaded(clients, of.loaded[playbook] ?? [])]),
      );
    }
    return { runs: found, loaded: loaded as Record<MeasuredPlaybook, FilesByClient> };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onlyLoaded(clients: FilesByClient, files: readonly string[]): FilesByClient {
  if (!files.includes("index.mjs")) throw new Error("No responder can be looked at");
  return Object.fromEntries(
    Object.entries(clients)
      .map(([client, holding]) => [client, holding.filter((each) => files.includes(each))] as const)
      .filter(([, holding]) => holding.length > 0),
  );
}

interface Bench {
  readonly replayer: Asked<ReplayerRequest>;
  readonly floor: Asked<FloorRequest>;
}

async function measureRun(recorded: Recording, file: string, folder: string) {
  const bench: Bench = { replayer: start("replayer.ts"), floor: start("floor.ts") };
  const environments: Environment[] = [];
  try {
    const endpoint = await bench.replayer.ask<string>({ open: path.resolve(file) });
    const recording = movedTo(endpoint, recorded);
    const calls = Object.fromEntries(
      Object.values(recording).flatMap((responses) =>
        Object.entries(responses.rounds).map(([name, { exchanges }]) => [
          name,
          exchanges.map(({ sdk }) => sdk),
        ]),
      ),
    );
    await bench.floor.ask({ open: endpoint, calls });
    const figures: [RoundKind, RunFigures][] = [];
    const loaded: Partial<Record<MeasuredPlaybook, readonly string[]>> = {};
    for (const playbook of playbooks) {
      const responses = recording[playbook];
      if (responses === undefined) throw new Error(`The recording has no ${playbook}`);
      const fn = { ...responses.fn, zip: Buffer.alloc(0) };
      const credentials = { accessKeyId: "bench", secretAccessKey: "bench", sessionToken: "bench" };
      const environment = new Environment(fn, folder, credentials, { endpoint, slowdown: 1 }, 0);
      environments.push(environment);
      const respond = async (round: string, of: Round, latency = latencyMs) => {
        await bench.replayer.ask({ begin: { playbook, round }, latencyMs: latency });
        const started = sharedNow();
        const { ok, error } = await environment.invoke(of.payload);
        const replays = await bench.replayer.ask<Replays>({ end: true });
        return replayedOf(`${playbook} ${round}`, of, replays, started, ok ? undefined : error);
      };
      await respond("first", responses.first, warmUpLatencyMs);
      for (const round of roundNames[playbook]) {
        const of = responses.rounds[round];
        if (of === undefined) throw new Error(`The recording has no ${round} of ${playbook}`);
        for (let warmUp = 0; warmUp < warmUps; warmUp++) await respond(round, of, warmUpLatencyMs);
        const found: Timed[] = [];
        for (let each = 0; each < rounds; each++) found.push(await respond(round, of));
        const after = dependencies(of, found);
        const lowest: Timed[] = [];
        for (let each = -warmUps; each < rounds; each++) {
          const latency = each < 0 ? warmUpLatencyMs : latencyMs;
          await bench.replayer.ask({ begin: { playbook, round }, latencyMs: latency });
          const started = await bench.floor.ask<number>({ run: round, after });
          const replays = await bench.replayer.ask<Replays>({ end: true });
          if (each >= 0) lowest.push(replayedOf(`the floor of ${round}`, of, replays, started));
        }
        figures.push([round, figuresOf(of, found, lowest)]);
      }
      loaded[playbook] = await environment.loadedFiles();
    }
    return { run: Object.fromEntries(figures) as Run, loaded };
  } finally {
    for (const environment of environments) await environment.close();
    await bench.floor.close();
    await bench.replayer.close();
  }
}

/** A replayed response. */
interface Timed {
  readonly started: number;
  readonly replayed: readonly Replayed[];
}

/** Takes a replay, if it made each of the recorded calls once and no other. */
function replayedOf(
  what: string,
  { exchanges }: Round,
  { replayed, unknown }: Replays,
  started: number,
  error?: { readonly message: string },
): Timed {
  if (unknown.length > 0) {
    throw new Error(`The recording holds no answer for ${what}: ${unknown.join("\n")}`);
  }
  if (error !== undefined) throw new Error(`${what} failed: ${error.message}`);
  if (replayed.length !== exchanges.length) {
    const made = new Set(replayed.map(({ exchange }) => exchange));
    const left = exchanges.filter((_, place) => !made.has(place)).map(({ entry }) => entry.action);
    throw new Error(`${what} no longer makes these recorded calls: ${left.join(", ")}`);
  }
  return { started, replayed };
}

/**
 * Says for each call which others had ended before it began, in every round and when it was
 * recorded: what was so by chance once does not count.
 */
export function dependencies(
  { exchanges }: Pick<Round, "exchanges">,
  found: readonly Pick<Timed, "replayed">[],
): number[][] {
  const times = [
    exchanges.map(({ entry }) => entry),
    ...found.map(({ replayed }) => {
      const byPlace = new Map(replayed.map((each) => [each.exchange, each]));
      return exchanges.map((_, place) => byPlace.get(place) as Replayed);
    }),
  ];
  return exchanges.map((_, place) =>
    exchanges.flatMap((__, other) =>
      times.every((of) => (of[other]?.endMs ?? 0) <= (of[place]?.ms ?? 0)) && other !== place
        ? [other]
        : [],
    ),
  );
}

function figuresOf(of: Round, found: readonly Timed[], lowest: readonly Timed[]): RunFigures {
  const measured = found.map((each) => measuredOf(of, each));
  const floors = lowest.map((each) => measuredOf(of, each));
  const reached = moments.flatMap((moment) => {
    const ms = measured.flatMap((each) => each[`${moment}Ms`] ?? []);
    const floorMs = floors.flatMap((each) => each[`${moment}Ms`] ?? []);
    if (ms.length === 0) return [];
    const chain = median(measured.map((each) => each[`${moment}Chain`]));
    return [[moment, { ms: median(ms), floorMs: median(floorMs), chain }] as const];
  });
  return { calls: of.exchanges.length, reached: Object.fromEntries(reached) };
}

function measuredOf({ exchanges, interfaces }: Round, { started, replayed }: Timed): Measured {
  const calls = replayed.flatMap(({ exchange, ms, endMs }) => {
    const entry = exchanges[exchange]?.entry;
    return entry === undefined ? [] : [{ ...entry, ms, endMs }];
  });
  return measure(calls, started, interfaces);
}

export function median(of: readonly number[]): number {
  const sorted = [...of].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
