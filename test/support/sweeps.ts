import type { Sweeper } from "../../functions/flows/sweep/context";
import type { OwnTask } from "../../functions/flows/sweep/tasks";
import type { Statement } from "../../functions/model/statement";
import type { Notice } from "../../functions/notify/notice";
import { type AccountState, AwsError, type Gate, MemoryAccount } from "./memory-account";

export const shop = "222233334444";
export const vpc = "vpc-0a1b2c3d4e5f60718";
const names: Readonly<Record<string, string>> = {
  "111122223333": "Management",
  "123456789012": "Security",
  [shop]: "Web shop",
  "333344445555": "Data",
};

export type Group = AccountState["groups"][string];

export const open: Group = {
  name: "cordon-quarantine",
  vpc,
  description: "",
  tags: { cordon: "quarantine" },
  ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, peer: { cidr: "0.0.0.0/0" } }],
  egress: [{ protocol: "-1", peer: { cidr: "0.0.0.0/0" } }],
};
export const closed: Group = { ...open, ingress: [], egress: [] };
export const untrack: Group = {
  ...open,
  name: "cordon-untrack-0f3a9c1d2b4e5f60-1",
  tags: { cordon: "untrack" },
};

export function state(changes: Partial<AccountState> = {}): AccountState {
  return {
    instances: {},
    interfaces: {},
    groups: {},
    vpcs: { [vpc]: { ipv6: false } },
    endpoints: [],
    snapshots: [],
    profiles: {},
    roles: {},
    users: {},
    scalingGroups: {},
    targetGroups: {},
    loadBalancers: {},
    ...changes,
  };
}

/** An organization of two governed regions whose accounts are held in memory. */
export function world(
  states: Readonly<Record<string, AccountState>> = { [`${shop} eu-central-1`]: state() },
  changes: Partial<Sweeper> & {
    readonly queues?: Readonly<Record<string, number>>;
    /** Accounts in which no session opens, and the error. */
    readonly unreachable?: Readonly<Record<string, Error>>;
    readonly gate?: Gate;
  } = {},
) {
  const { queues = {}, unreachable = {}, gate, ...ports } = changes;
  const notices: Notice[] = [];
  const enqueued: { task: OwnTask; seconds: number }[] = [];
  const sessions: { place: string; statements: readonly Statement[] }[] = [];
  const logs: Record<string, MemoryAccount["log"]> = {};
  const memory = (key: string) => {
    logs[key] ??= [];
    return new MemoryAccount(states[key] ?? state({ vpcs: {} }), logs[key], gate);
  };
  const sweeper: Sweeper = {
    governedRegions: ["us-east-1", "eu-central-1"],
    homeRegion: "us-east-1",
    securityAccount: "123456789012",
    excludedAccounts: ["111122223333"],
    hours: 6,
    now: () => new Date("2026-06-05T08:01:00Z"),
    sleep: async () => undefined,
    suffix: () => "5eed0001",
    account: async (id) => (names[id] === undefined ? undefined : { id, name: names[id] }),
    accounts: async () => Object.entries(names).map(([id, name]) => ({ id, name })),
    openSession: async (account) => {
      if (unreachable[account] !== undefined) throw unreachable[account];
      return {
        network: (region) => memory(`${account} ${region}`).network,
        waiting: async (region, queue) => queues[`${account} ${region} ${queue}`] ?? 0,
      };
    },
    assume: async (place, statements) => {
      const where = `${place.account} ${place.region}`;
      sessions.push({ place: where, statements });
      return memory(where);
    },
    enqueue: async (tasks) => void enqueued.push(...tasks),
    publish: async (notice) => void notices.push(notice),
    isRefusal: (error) => (error as Error).name === "AccessDenied",
    isGone: (error) => (error as Error).name === "InvalidVpcID.NotFound",
    ...ports,
  };
  const changesIn = (where: string) =>
    (logs[where] ?? []).filter(({ mutating }) => mutating).map(({ method }) => method);
  return { sweeper, notices, enqueued, sessions, changesIn };
}

export const denied = new AwsError(
  "AccessDenied",
  "User is not authorized to perform sts:AssumeRole",
);
