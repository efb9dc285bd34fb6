/**
 * `npm start -- --scenario thief`: the race between a thief who strips every deny and who contains
 * the user, while IAM's changes take 0, 4 and 10 seconds to be in effect. It is a simulation over a
 * virtual clock: the policies, the plan, the steps and the authorization are real, IAM's state, its
 * delay and the loop that looks again are not.
 */
import { memberRoleStatements, memberRoles } from "../../../functions/iam/member-roles";
import { serviceControlPolicies } from "../../../functions/iam/service-control-policies";
import { policyDocument } from "../../../functions/model/policy-document";
import { security } from "../../gateway/accounts";
import { account, adminArn, RacingAccount } from "./account";
import { pollMs, Thief } from "./adversary";
import { random, VirtualClock } from "./clock";
import type { IamState } from "./effects";
import { cordon, type Responder, runbook } from "./responders";

export const thief = {
  name: "thief",
  title: "A thief strips every deny while IAM's changes take time to be in effect (simulated)",
} as const;

const delaysMs = [0, 4_000, 10_000] as const;
/** The second look comes after a minute; a deny of then has its delay and some seconds to be in effect. */
const raceMs = 65_000;
const roundTripMs = [30, 90] as const;

export interface Side {
  readonly name: string;
  readonly responder: Responder;
  readonly policies: readonly object[];
}

const guarded = {
  securityAccount: security.id,
  deploymentRole: "cordon-deploy",
  breakGlassRoles: ["BreakGlass"],
  breakGlassUsers: [],
  deployers: ["role/cordon-deploy"],
};
const attached = (usersManageIam: boolean) =>
  serviceControlPolicies({ ...guarded, usersManageIam }).map(({ document }) => document);

export const sides = {
  runbook: { name: "AWS's runbook", responder: runbook, policies: [] },
  alone: { name: "Cordon, no policy", responder: cordon, policies: [] },
  guarded: { name: "Cordon, policies", responder: cordon, policies: attached(true) },
  strict: { name: "  users manage no IAM", responder: cordon, policies: attached(false) },
} satisfies Record<string, Side>;

/** How one race ended: milliseconds from the first change until access ended, null where it did not. */
export interface Race {
  /** Of the stolen user: its keys, those it got since, its console session. */
  readonly user: number | null;
  /** Of everything that the thief holds or made. */
  readonly everything: number | null;
}

/** Plays one race; the same seed is the same race. */
export async function race(side: Side, delayMs: number, seed: number): Promise<Race> {
  const chance = random(seed);
  const clock = new VirtualClock();
  const latency = () => roundTripMs[0] + chance() * (roundTripMs[1] - roundTripMs[0]);
  const iam = new RacingAccount(clock, delayMs, side.policies, latency, seeded(seed));
  const user = { id: "AIDAMALLORY", name: "mallory", key: "AKIASTOLEN" };
  const thief = new Thief(clock, iam, user);
  const failures: unknown[] = [];
  const play = (work: Promise<void>) => work.catch((error: unknown) => failures.push(error));
  play(thief.play(chance() * pollMs));
  // The thief has looked around before anything changes.
  const startMs = 2 * pollMs + chance() * pollMs;
  play(clock.wait(startMs).then(() => side.responder(clock, iam, user)));
  const quietMs = delayMs + 12_000;
  await clock.run(
    () =>
      failures.length > 0 ||
      clock.now > startMs + raceMs + delayMs ||
      (clock.now > startMs + quietMs && clock.now - thief.lastAny > quietMs),
  );
  if (failures.length > 0) throw failures[0];
  const ended = (last: number) =>
    clock.now - last < Math.min(quietMs, 10_000) ? null : Math.max(0, last - startMs);
  return { user: ended(thief.lastOwn), everything: ended(thief.lastAny) };
}

/** The account before the race. Every other stolen user has ten policies: no deny can be attached. */
function seeded(seed: number): IamState {
  const spare = (count: number) =>
    Array.from({ length: count }, (_, index) => `arn:aws:iam::${account}:policy/spare-${index}`);
  const contain = memberRoles.find(({ name }) => name === "cordon-contain-identity");
  if (contain === undefined) throw new Error("No member role contains identities");
  const trust = policyDocument([]);
  const nobody = { tags: {}, password: false, inline: {} };
  return {
    users: [
      {
        ...nobody,
        id: "AIDAMALLORY",
        name: "mallory",
        keys: [
          { id: "AKIASTOLEN", active: true },
          { id: "AKIASECOND", active: true },
        ],
        attached: [`arn:aws:iam::${account}:policy/team`, ...spare(seed % 4 === 0 ? 9 : 1)],
        password: true,
      },
      { ...nobody, id: "AIDACOLLEAGUE", name: "colleague", keys: [], attached: [adminArn] },
    ],
    roles: [
      {
        name: contain.name,
        trust,
        attached: [],
        inline: {
          cordon: policyDocument(
            memberRoleStatements(contain, account, { ...guarded, rolePath: "/" }),
          ),
        },
      },
      { name: "application", trust, attached: [adminArn], inline: {} },
      { name: "runbook", trust, attached: [adminArn], inline: {} },
    ],
  };
}

/** One cell of the table. */
export interface Result {
  readonly side: Side;
  readonly delayMs: number;
  readonly races: readonly Race[];
}

/** Plays every side at every delay, and prints the table as it goes. Returns whether the goal is met. */
export async function playThief(runs: number, say: (line: string) => void): Promise<boolean> {
  say(`  ${"".padEnd(23)} delay   the stolen user kept out     all that the thief holds or made`);
  const results: Result[] = [];
  for (const side of Object.values(sides)) {
    for (const delayMs of delaysMs) {
      const races: Race[] = [];
      for (let seed = 1; seed <= runs; seed++) races.push(await race(side, delayMs, seed));
      results.push({ side, delayMs, races });
      const [user, everything] = (["user", "everything"] as const).map((what) => cell(races, what));
      say(
        `  ${side.name.padEnd(23)} ${String(delayMs / 1_000).padStart(3)} s   ${user?.padEnd(28)} ${everything}`,
      );
    }
  }
  return isWon(results);
}

function cell(races: readonly Race[], what: keyof Race): string {
  const ends = races
    .map((each) => each[what])
    .filter((each) => each !== null)
    .sort((a, b) => a - b);
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1_000).toFixed(1)} s`;
  const share = `${ends.length} of ${races.length}`;
  return ends.length === 0
    ? share
    : `${share}, ${seconds(ends[ends.length >> 1])}, at most ${seconds(ends.at(-1))}`;
}

/** The goal: with the policies the user is out in time, with the strict one all it made; AWS's runbook loses. */
export function isWon(results: readonly Result[]): boolean {
  const inTime = ({ delayMs, races }: Result, what: keyof Race) =>
    races.every(({ [what]: ms }) => ms !== null && ms <= delayMs + 10_000);
  const of = (side: Side) => results.filter((each) => each.side === side);
  return (
    of(sides.guarded).every((each) => inTime(each, "user")) &&
    of(sides.strict).every((each) => inTime(each, "everything")) &&
    of(sides.runbook)
      .filter(({ delayMs }) => delayMs > 0)
      .every(({ races }) => races.every(({ user }) => user === null))
  );
}
