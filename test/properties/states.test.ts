/**
 * Explores what can become of one incident: three deliveries of its finding, a look of the watch, a
 * release and a thief's change come in every order, and runs die at any of their changes, before or
 * after it takes effect; where AWS lags, every read shows the account as it was three calls ago. States
 * that were met before are not followed again. Runs do not overlap here: concurrency.test.ts and
 * between-two-looks.test.ts have two at once. With CORDON_STATES=all two runs die, in a lagging account,
 * too, which takes most of an hour; crash.test.ts has two deaths.
 */
import { createHash } from "node:crypto";
import { expect } from "chai";
import { incidentId } from "../../functions/record/journal";
import * as builders from "../support/builders";
import type { AccountState } from "../support/memory-account";
import {
  deathsThatMatter,
  type Faults,
  type RunResult,
  SimulatedWorld,
} from "../support/simulated-world";

/** What is left to happen. */
interface Left {
  readonly deliveries: number;
  readonly watches: number;
  readonly releases: number;
  readonly thefts: number;
  readonly deaths: number;
}
type Move = "deliver" | "watch" | "release" | "theft";

interface Target {
  readonly name: string;
  readonly incident: ReturnType<typeof builders.incident>;
  make(): AccountState;
  /** The thief opens what the containment closed. */
  theft(state: AccountState): void;
  /** Ways of the target that are open. */
  open(state: AccountState): readonly string[];
}

const targets: readonly Target[] = [
  {
    name: "an instance with one interface",
    incident: builders.incident(),
    make() {
      const state = builders.standardAccount();
      delete state.interfaces["eni-02"];
      return { ...state, scalingGroups: {}, targetGroups: {}, loadBalancers: {} };
    },
    theft: ({ interfaces }) => {
      interfaces["eni-01"]!.groups = ["sg-admin"];
    },
    open: ({ interfaces, roles }) => [
      ...(interfaces["eni-01"]!.groups.join() === "sg-quarantine" ? [] : ["eni-01"]),
      ...(Object.keys(roles.web?.policies ?? {}).some((name) => name.startsWith("Cordon-"))
        ? []
        : ["credentials"]),
    ],
  },
  {
    name: "a user",
    incident: builders.userIncident(),
    make: () => builders.identityAccount(),
    theft: ({ users }) => {
      users.deploy!.attached = users.deploy!.attached.filter((arn) => arn !== builders.denyAllArn);
    },
    open: ({ users }) => (users.deploy!.attached.includes(builders.denyAllArn) ? [] : ["deny"]),
  },
  {
    name: "a role with no room for an inline policy",
    incident: builders.roleIncident(),
    make: () => builders.withFullRole(builders.identityAccount(), "analyst"),
    theft: (state) => {
      state.roles.analyst!.attached = state.roles.analyst!.attached!.slice(0, 9);
      state.managed = {};
    },
    open: ({ roles, managed = {} }) => {
      const [own = "", ...more] = roles.analyst!.attached!.slice(9);
      const denies = JSON.stringify(managed[own]?.at(-1) ?? {}).includes('"Effect":"Deny"');
      return denies && more.length === 0 ? [] : ["deny"];
    },
  },
];

const all = process.env.CORDON_STATES === "all";
const explorations = targets.flatMap((target) =>
  all
    ? [{ target, deaths: 2, lag: 3 }]
    : [
        { target, deaths: 1 },
        { target, deaths: 0, lag: 3 },
      ],
);

for (const { target, lag, ...left } of explorations) {
  const where = `${target.name}, ${left.deaths} deaths${lag === undefined ? "" : ", in an account that lags"}`;
  it(`no order of events ends with "contained" said of a target that is open: ${where} [R15]`, async () => {
    const seen = new Set<string>();
    let runs = 0;

    const explore = async (world: SimulatedWorld, path: readonly Step[], left: Left) => {
      expectTruth(world, target, path);
      const state = shapeOf([world.state, world.items, left]);
      if (seen.has(state)) return;
      seen.add(state);
      const go = async (step: Step, rest: Left) => {
        const next = world.copy();
        const ending = await move(next, target, step, lag);
        runs += 1;
        await explore(next, [...path, step], rest);
        return ending?.calls ?? [];
      };
      for (const next of moves(left)) {
        const after = spend(left, next);
        const calls = await go({ move: next }, after);
        if (left.deaths === 0) continue;
        for (const death of deathsThatMatter(calls)) {
          await go({ move: next, death }, { ...after, deaths: left.deaths - 1 });
        }
      }
    };
    const world = new SimulatedWorld(target.make());
    await explore(world, [], { deliveries: 3, watches: 1, releases: 1, thefts: 1, ...left });
    console.log(`      ${seen.size} states, ${runs} runs`);
    expect(seen.size).to.be.greaterThan(100);
  });
}

interface Step {
  readonly move: Move;
  readonly death?: Faults["death"];
}

function moves(left: Left): readonly Move[] {
  return [
    ...(left.deliveries > 0 ? (["deliver"] as const) : []),
    ...(left.watches > 0 ? (["watch"] as const) : []),
    ...(left.releases > 0 ? (["release"] as const) : []),
    ...(left.thefts > 0 ? (["theft"] as const) : []),
  ];
}

function spend(left: Left, move: Move): Left {
  return {
    ...left,
    ...(move === "deliver" && { deliveries: left.deliveries - 1 }),
    ...(move === "watch" && { watches: left.watches - 1 }),
    ...(move === "release" && { releases: left.releases - 1 }),
    ...(move === "theft" && { thefts: left.thefts - 1 }),
  };
}

/** Makes one move; a lease of a run that died is over before the next. */
async function move(
  world: SimulatedWorld,
  { incident, theft }: Target,
  { move, death }: Step,
  lag: number | undefined,
): Promise<RunResult<unknown> | undefined> {
  const faults = { ...(death && { death }), ...(lag !== undefined && { lag }) };
  world.outlastLease();
  switch (move) {
    case "deliver":
      return world.answer(incident, faults);
    case "watch":
      return world.watch(incident.key, faults);
    case "release":
      return world.release(incidentId(incident.key, 1), faults);
    case "theft":
      theft(world.state);
      return undefined;
  }
}

/**
 * Hashes a state without what tells its history alone: who ran, and when. Two deaths of an instance's
 * incident have hundreds of thousands of states, which as text would fill the memory.
 */
function shapeOf(state: unknown): string {
  const text = JSON.stringify(state)
    .replaceAll(/"run-\d+"/g, '"run"')
    .replaceAll(/"leaseUntil":\d+/g, '"leaseUntil":0')
    .replaceAll(/2026-11-20T[\d:.]+Z/g, "then");
  return createHash("sha256").update(text).digest("base64");
}

/** What must hold whenever no run is at work. */
function expectTruth(world: SimulatedWorld, target: Target, path: readonly Step[]): void {
  const where = JSON.stringify(path);
  const item = world.items[incidentId(target.incident.key, 1)];
  const last = path.at(-1);
  if (item?.status !== "contained" || last?.death !== undefined) return;
  const untracked = Object.entries(world.state.interfaces)
    .filter(([, { groups }]) =>
      groups.some((group) => world.state.groups[group]?.name.startsWith("cordon-untrack")),
    )
    .map(([name]) => name);
  expect(untracked, where).to.deep.equal([]);
  // Whoever looked after the thief has closed what the thief opened.
  if (last?.move === "deliver" || last?.move === "watch") {
    expect(target.open(world.state), where).to.deep.equal([]);
    expect(
      world.notices.some(({ subject }) =>
        /^\[Cordon\] (URGENT )?(Isolated|Contained)( again)?:/.test(subject),
      ),
      where,
    ).to.equal(true);
  }
}
