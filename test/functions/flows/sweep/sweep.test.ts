import { expect } from "chai";
import type { Sweeper } from "../../../../functions/flows/sweep/context";
import { startRound, sweepAccount, work } from "../../../../functions/flows/sweep/sweep";
import { type Task, workOf } from "../../../../functions/flows/sweep/tasks";
import type { Statement } from "../../../../functions/model/statement";
import type { Notice } from "../../../../functions/notify/notice";
import { fixture } from "../../../support/cases";
import { spoiled } from "../../../support/events";
import {
  type AccountState,
  AwsError,
  type Gate,
  MemoryAccount,
} from "../../../support/memory-account";

const shop = "222233334444";
const vpc = "vpc-0a1b2c3d4e5f60718";
const names: Readonly<Record<string, string>> = {
  "111122223333": "Management",
  "123456789012": "Security",
  [shop]: "Web shop",
  "333344445555": "Data",
};

type Group = AccountState["groups"][string];

const open: Group = {
  name: "cordon-quarantine",
  vpc,
  description: "",
  tags: { cordon: "quarantine" },
  ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, peer: { cidr: "0.0.0.0/0" } }],
  egress: [{ protocol: "-1", peer: { cidr: "0.0.0.0/0" } }],
};
const closed: Group = { ...open, ingress: [], egress: [] };
const untrack: Group = {
  ...open,
  name: "cordon-untrack-0f3a9c1d2b4e5f60-1",
  tags: { cordon: "untrack" },
};

function state(changes: Partial<AccountState> = {}): AccountState {
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
function world(
  states: Readonly<Record<string, AccountState>> = { [`${shop} eu-central-1`]: state() },
  changes: Partial<Sweeper> & {
    readonly queues?: Readonly<Record<string, number>>;
    readonly shut?: Readonly<Record<string, Error>>;
    readonly gate?: Gate;
  } = {},
) {
  const { queues = {}, shut = {}, gate, ...ports } = changes;
  const notices: Notice[] = [];
  const later: { task: Task; seconds: number }[] = [];
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
    leftOut: ["111122223333"],
    hours: 6,
    now: () => new Date("2026-06-05T08:01:00Z"),
    sleep: async () => undefined,
    account: async (id) => (names[id] === undefined ? undefined : { id, name: names[id] }),
    accounts: async () => Object.entries(names).map(([id, name]) => ({ id, name })),
    enter: async (account) => {
      if (shut[account] !== undefined) throw shut[account];
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
    later: async (tasks) => void later.push(...tasks),
    publish: async (notice) => void notices.push(notice),
    isRefusal: (error) => (error as Error).name === "AccessDenied",
    isGone: (error) => (error as Error).name === "InvalidVpcID.NotFound",
    ...ports,
  };
  const changesIn = (where: string) =>
    (logs[where] ?? []).filter(({ mutating }) => mutating).map(({ method }) => method);
  return { sweeper, notices, later, sessions, changesIn };
}

const groups = (of: AccountState) => Object.values(of.groups);
const thrown = (run: Promise<unknown>) =>
  run.then(
    () => "nothing",
    (error: Error) => error.message,
  );
const createVpc = fixture("cloudtrail-create-vpc");
const denied = new AwsError("AccessDenied", "User is not authorized to perform sts:AssumeRole");

describe("the sweeper, told of a new VPC [P4] [D6]", () => {
  it("makes its group, closed, in a session for this VPC alone", async () => {
    const here = state();
    const { sweeper, sessions } = world({ [`${shop} eu-central-1`]: here });
    expect(await work(workOf(createVpc), sweeper)).to.deep.equal({
      outcome: "logged",
      reason: `VPCs looked at: 1, put right: eu-central-1/${vpc}`,
      account: shop,
      swept: {
        vpcs: 1,
        provided: [`eu-central-1/${vpc}`],
        problems: [],
        undelivered: [],
        missing: [],
      },
    });
    expect(groups(here)).to.deep.equal([
      {
        name: "cordon-quarantine",
        vpc,
        description:
          "Cordon quarantine: no inbound, outbound only to the SSM endpoints of this VPC",
        tags: { cordon: "quarantine", CordonMadeBy: "responder" },
        ingress: [],
        egress: [],
      },
    ]);
    expect(sessions.map(({ place }) => place)).to.deep.equal([`${shop} eu-central-1`]);
    expect(sessions[0]?.statements[0]?.resources).to.deep.equal([
      `arn:aws:ec2:eu-central-1:*:vpc/${vpc}`,
    ]);
  });

  it("leaves the region's other VPCs to their own events", async () => {
    const here = state({ vpcs: { [vpc]: { ipv6: false }, "vpc-0b": { ipv6: false } } });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await work(workOf(createVpc), sweeper);
    expect(groups(here).map((each) => each.vpc)).to.deep.equal([vpc]);
  });

  it("changes nothing for a duplicate", async () => {
    const { sweeper, changesIn } = world();
    await work(workOf(createVpc), sweeper);
    const first = changesIn(`${shop} eu-central-1`).length;
    const { reason } = await work(workOf(createVpc), sweeper);
    expect(reason).to.equal("VPCs looked at: 1, put right: none");
    expect(first).to.be.greaterThan(0);
    expect(changesIn(`${shop} eu-central-1`)).to.have.length(first);
  });

  it("ends with one closed group when several deliveries race", async () => {
    const here = state({ vpcs: { [vpc]: { ipv6: true } } });
    const turns: Gate = async (_call, effect) => {
      // Every call waits its turn, so that the runs interleave at each of them.
      await new Promise((resolve) => setImmediate(resolve));
      return effect();
    };
    const { sweeper } = world({ [`${shop} eu-central-1`]: here }, { gate: turns });
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => work(workOf(createVpc), sweeper)),
    );
    expect(runs.map(({ outcome }) => outcome)).to.deep.equal(Array(5).fill("logged"));
    expect(groups(here).map(({ ingress, egress }) => [ingress, egress])).to.deep.equal([[[], []]]);
  });

  it("stands closed after the next delivery, at whatever call the first one died", async () => {
    for (let last = 1, died = true; died; last++) {
      const here = state({ vpcs: { [vpc]: { ipv6: true } } });
      const states = { [`${shop} eu-central-1`]: here };
      let calls = 0;
      died = false;
      let die: (() => void) | undefined;
      const dead = new Promise<void>((resolve) => {
        die = resolve;
      });
      const dying: Gate = async (_call, effect) => {
        calls += 1;
        const result = calls <= last ? effect() : undefined;
        if (calls < last) return result as ReturnType<typeof effect>;
        died = true;
        die?.();
        return new Promise<never>(() => undefined);
      };
      await Promise.race([dead, work(workOf(createVpc), world(states, { gate: dying }).sweeper)]);
      await work(workOf(createVpc), world(states).sweeper);
      expect(
        groups(here).map(({ ingress, egress }) => [ingress, egress]),
        `${last}`,
      ).to.deep.equal([[[], []]]);
      if (!died) expect(last).to.be.greaterThan(6);
    }
  });

  it("has the message delivered again while EC2 does not show the VPC, for five minutes", async () => {
    const empty = { [`${shop} eu-central-1`]: state({ vpcs: {} }) };
    const { sweeper } = world(empty, { now: () => new Date("2026-06-05T08:04:59Z") });
    expect(await thrown(work(workOf(createVpc), sweeper))).to.equal(
      `EC2 does not show ${vpc} yet, of which CloudTrail has told`,
    );
    const older = world(empty, { now: () => new Date("2026-06-05T08:05:00Z") });
    expect(await work(workOf(createVpc), older.sweeper)).to.deep.equal({
      outcome: "logged",
      reason: `${vpc} is gone`,
      account: shop,
    });
  });

  it("has nothing to do when the VPC goes between look and change", async () => {
    const here = state();
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    const assume = sweeper.assume;
    const racing: Sweeper = {
      ...sweeper,
      assume: async (...args) => {
        delete here.vpcs[vpc];
        return assume(...args);
      },
    };
    const { outcome, swept } = await work(workOf(createVpc), racing);
    expect([outcome, swept?.provided, swept?.problems]).to.deep.equal(["logged", [], []]);
  });

  it("has the message delivered again when the group does not stand yet", async () => {
    const { sweeper } = world(undefined, {
      // A replica that has not heard of the group yet.
      gate: async ({ method }, effect) =>
        method === "network.group" ? (undefined as ReturnType<typeof effect>) : effect(),
    });
    expect(await thrown(work(workOf(createVpc), sweeper))).to.include(
      `eu-central-1/${vpc}: Error: The quarantine group of ${vpc} does not exist yet`,
    );
  });

  it("refuses an account that the organization does not have", async () => {
    const foreign = ["account", "detail.recipientAccountId"].reduce(
      (event, path) => spoiled(event, path.split("."), "999988887777"),
      createVpc,
    );
    const { sweeper, sessions } = world();
    expect(await work(workOf(foreign), sweeper)).to.deep.include({
      outcome: "refused",
      reason: "Account 999988887777 is not in the organization",
    });
    expect(sessions).to.deep.equal([]);
  });

  it("does nothing in a region that is not governed", async () => {
    const { sweeper, sessions } = world(undefined, { governedRegions: ["us-east-1"] });
    expect(await work(workOf(createVpc), sweeper)).to.deep.include({
      outcome: "logged",
      reason: "Region eu-central-1 is not governed",
    });
    expect(sessions).to.deep.equal([]);
  });

  it("logs that an account cannot be entered, and tries again after what may pass", async () => {
    const shut = world(undefined, { shut: { [shop]: denied } });
    expect(await work(workOf(createVpc), shut.sweeper)).to.deep.include({
      outcome: "logged",
      reason: `Account ${shop} cannot be entered: AccessDenied: User is not authorized to perform sts:AssumeRole`,
    });
    const busy = world(undefined, {
      shut: { [shop]: new AwsError("Throttling", "Rate exceeded") },
    });
    expect(await thrown(work(workOf(createVpc), busy.sweeper))).to.equal("Rate exceeded");
  });
});

describe("the sweeper, told of changed endpoints [P4]", () => {
  const changed = spoiled(createVpc, ["detail", "eventName"], "ModifyVpcEndpoint");
  const egress = (peer: string) => [
    { protocol: "tcp", fromPort: 443, toPort: 443, peer: { group: peer } },
  ];
  const endpoint: Group = { ...closed, name: "endpoints", tags: {} };

  it("lets HTTPS out to the endpoints' groups of the moment, once each, and nowhere else", async () => {
    const here = state({
      groups: {
        "sg-1": { ...closed, egress: egress("sg-old") },
        "sg-old": endpoint,
        "sg-new": { ...endpoint, name: "new" },
      },
      endpoints: [
        { id: "vpce-1", vpc, groups: ["sg-new"] },
        { id: "vpce-2", vpc, groups: ["sg-new"] },
        { id: "vpce-3", vpc: "vpc-0b", groups: ["sg-old"] },
      ],
    });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await work(workOf(changed), sweeper);
    expect(here.groups["sg-1"]?.egress).to.deep.equal(egress("sg-new"));
    here.endpoints = [];
    await work(workOf(changed), sweeper);
    expect(here.groups["sg-1"]?.egress).to.deep.equal([]);
  });

  it("closes what others opened, prefix lists included", async () => {
    const here = state({
      groups: { "sg-1": { ...open, egress: [{ protocol: "-1", peer: { prefixList: "pl-1" } }] } },
    });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await work(workOf(changed), sweeper);
    expect([here.groups["sg-1"]?.ingress, here.groups["sg-1"]?.egress]).to.deep.equal([[], []]);
  });
});

describe("a sweep of an account [P4] [D6] [E3]", () => {
  it("looks at every governed region, and goes on where one fails", async () => {
    const us = state({ groups: { "sg-1": open } });
    const { sweeper } = world(
      { [`${shop} us-east-1`]: us, [`${shop} eu-central-1`]: state() },
      {
        gate: async ({ method, args }, effect) => {
          if (method === "network.createGroup" && args[0] === vpc) {
            throw new AwsError("AccessDenied", "a service control policy says no");
          }
          return effect();
        },
      },
    );
    expect(await sweepAccount(shop, sweeper)).to.deep.include({
      vpcs: 2,
      provided: [`us-east-1/${vpc}`],
      problems: [
        {
          where: `eu-central-1/${vpc}`,
          why: "AccessDenied: a service control policy says no",
          refused: true,
        },
      ],
    });
    expect([us.groups["sg-1"]?.ingress, us.groups["sg-1"]?.egress]).to.deep.equal([[], []]);
  });

  it("keeps the message of what is refused, with the reason, and retries the rest", async () => {
    const failing = (error: Error) =>
      world(undefined, {
        gate: async ({ method }, effect) => {
          if (method === "network.vpcs") throw error;
          return effect();
        },
      }).sweeper;
    const task = { task: "account", account: shop } as const;
    expect(await work(task, failing(denied))).to.deep.include({
      outcome: "refused",
      reason:
        "Not swept: us-east-1: AccessDenied: User is not authorized to perform sts:AssumeRole; eu-central-1: AccessDenied: User is not authorized to perform sts:AssumeRole",
    });
    expect(await thrown(work(task, failing(new Error("reset"))))).to.equal(
      "Not swept: us-east-1: Error: reset; eu-central-1: Error: reset",
    );
  });

  it("gives a participant's group in a shared VPC no way out: endpoints are its owner's to see", async () => {
    const participant = state();
    const { sweeper } = world({ "333344445555 eu-central-1": participant });
    await sweepAccount("333344445555", sweeper);
    expect(groups(participant).map((each) => [each.vpc, each.egress])).to.deep.equal([[vpc, []]]);
  });

  it("counts what forwarding could not deliver, in every queue of account and region", async () => {
    const { sweeper } = world(
      {},
      {
        queues: {
          "123456789012 us-east-1 cordon-forward-security-hub-dead-letters": 2,
          "123456789012 eu-central-1 cordon-forward-guardduty-dead-letters": 1,
          // Those of the member are not asked for: GuardDuty reports to the security account.
          [`${shop} us-east-1 cordon-forward-guardduty-dead-letters`]: 7,
          [`${shop} us-east-1 cordon-forward-exposures-dead-letters`]: 3,
        },
      },
    );
    const of = async (account: string) => {
      const swept = await sweepAccount(account, sweeper);
      return "shut" in swept ? [] : swept.undelivered;
    };
    expect(await of("123456789012")).to.deep.equal([
      { region: "us-east-1", queue: "cordon-forward-security-hub-dead-letters", waiting: 2 },
      { region: "eu-central-1", queue: "cordon-forward-guardduty-dead-letters", waiting: 1 },
    ]);
    expect(await of(shop)).to.deep.equal([
      { region: "us-east-1", queue: "cordon-forward-exposures-dead-letters", waiting: 3 },
    ]);
  });
});

describe("a round of the sweeper [P4] [E3]", () => {
  it("gives every account but the left-out ones a task of its own, ten a second", async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({
      id: String(300_000_000_000 + index),
      name: `a${index}`,
    }));
    const { sweeper, later } = world(
      {},
      {
        accounts: async () => [...many, { id: "111122223333", name: "Management" }],
      },
    );
    expect(await startRound(sweeper)).to.deep.equal({ accounts: 25, uncontainable: [] });
    expect(later.map(({ task }) => task)).to.deep.equal(
      many.map(({ id }) => ({ task: "account", account: id })),
    );
    expect(later.map(({ seconds }) => seconds)).to.deep.equal([
      ...Array(10).fill(0),
      ...Array(10).fill(1),
      ...Array(5).fill(2),
    ]);
  });

  it("tells once a day, in one notice, of the accounts it cannot enter", async () => {
    const shut = { [shop]: denied, "333344445555": new Error("no role") };
    const at = async (time: string) => {
      const { sweeper, notices, later } = world({}, { shut, now: () => new Date(time) });
      const { uncontainable } = await startRound(sweeper);
      expect(uncontainable.map(({ account }) => account)).to.deep.equal([shop, "333344445555"]);
      expect(later).to.have.length(3);
      return notices;
    };
    const [notice, ...more] = await at("2026-06-05T05:59:59Z");
    expect(more).to.deep.equal([]);
    expect(notice?.subject).to.equal("[Cordon] 2 of 3 accounts cannot be contained");
    expect(notice?.text).to.include(
      `\n  - Web shop (${shop}): AccessDenied: User is not authorized to perform sts:AssumeRole\n  - Data (333344445555): Error: no role\n`,
    );
    for (const later of ["2026-06-05T06:00:00Z", "2026-06-05T23:00:00Z"]) {
      expect(await at(later)).to.deep.equal([]);
    }
  });
});

describe("an all-open group that the sweeper meets", () => {
  const interfaceIn = (group: string) => ({
    instance: "i-1",
    vpc,
    groups: [group],
    tags: {},
    managed: false,
  });
  const held = () =>
    state({
      groups: { "sg-1": closed, "sg-open": untrack },
      interfaces: { "eni-1": interfaceIn("sg-open"), "eni-2": interfaceIn("sg-1") },
    });
  const deserted = () => state({ groups: { "sg-1": closed, "sg-open": untrack } });
  const look = (changes: Partial<Extract<Task, { task: "look-again" }>> = {}): Task => ({
    task: "look-again",
    account: shop,
    region: "eu-central-1",
    group: { vpc, name: untrack.name },
    held: ["eni-1"],
    ...changes,
  });

  it("is looked at again after 61 s when something rests in it, after 15 minutes otherwise", async () => {
    for (const [here, ids, seconds] of [
      [held(), ["eni-1"], 61],
      [deserted(), [], 900],
    ] as const) {
      const { sweeper, later } = world({ [`${shop} eu-central-1`]: here });
      await sweepAccount(shop, sweeper);
      expect(later).to.deep.equal([{ task: look({ held: [...ids] }), seconds }]);
    }
  });

  it("is one of twenty at most that are looked at again: anyone may set their tag", async () => {
    const many = Array.from({ length: 25 }, (_, n) => [`sg-${n + 2}`, untrack] as const);
    const here = state({ groups: { "sg-1": closed, ...Object.fromEntries(many) } });
    const { sweeper, later } = world({ [`${shop} eu-central-1`]: here });
    await sweepAccount(shop, sweeper);
    expect(later).to.have.lengthOf(20);
  });

  it("is told of, as urgent, when an interface still rests in it", async () => {
    const { sweeper, notices, changesIn } = world({ [`${shop} eu-central-1`]: held() });
    expect(await work(look(), sweeper)).to.deep.equal({
      outcome: "notified",
      reason: `eni-1 rest in the all-open group ${untrack.name}`,
      account: shop,
    });
    expect(notices[0]?.subject).to.equal("[Cordon] URGENT Open to everything: eni-1");
    expect(notices[0]?.text).to.include(`\nAccount    Web shop (${shop}), eu-central-1\n`);
    expect(changesIn(`${shop} eu-central-1`)).to.deep.equal([]);
  });

  it("is not told of when the interface has left, or another one passes through", async () => {
    const { sweeper, notices } = world({ [`${shop} eu-central-1`]: held() });
    const { outcome } = await work(look({ held: ["eni-2"] }), sweeper);
    const left = world({ [`${shop} eu-central-1`]: deserted() });
    const answered = await work(look(), left.sweeper);
    expect([outcome, answered.outcome]).to.deep.equal(["logged", "logged"]);
    expect([...notices, ...left.notices]).to.deep.equal([]);
    expect(left.changesIn(`${shop} eu-central-1`)).to.deep.equal([]);
  });

  it("is removed when nothing rested in it at either look", async () => {
    const here = deserted();
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    const { reason } = await work(look({ held: [] }), sweeper);
    expect(reason).to.equal(`${untrack.name} was deserted and is removed`);
    expect(Object.keys(here.groups)).to.deep.equal(["sg-1"]);
    expect((await work(look({ held: [] }), sweeper)).reason).to.equal(`${untrack.name} is gone`);
  });

  it("is not removed when it is no group of Cordon's, whatever it is called", async () => {
    const here = state({ groups: { "sg-open": { ...untrack, tags: {} } } });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await work(look({ held: [] }), sweeper);
    expect(Object.keys(here.groups)).to.deep.equal(["sg-open"]);
  });
});
