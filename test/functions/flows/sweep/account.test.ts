import { expect } from "chai";
import { handleTask, sweepAccount } from "../../../../functions/flows/sweep/account";
import type { Sweeper } from "../../../../functions/flows/sweep/context";
import { taskOf } from "../../../../functions/flows/sweep/tasks";
import { fixture } from "../../../support/cases";
import { spoiled } from "../../../support/events";
import { type AccountState, AwsError, type Gate } from "../../../support/memory-account";
import { closed, denied, type Group, open, shop, state, vpc, world } from "../../../support/sweeps";

const groups = (of: AccountState) => Object.values(of.groups);
const thrown = (run: Promise<unknown>) =>
  run.then(
    () => "nothing",
    (error: Error) => error.message,
  );
const createVpc = fixture("cloudtrail-create-vpc");

describe("the sweeper, after an event about a new VPC [P4] [D6]", () => {
  it("creates its group, closed, in a session for this VPC alone", async () => {
    const here = state();
    const { sweeper, sessions } = world({ [`${shop} eu-central-1`]: here });
    expect(await handleTask(taskOf(createVpc), sweeper)).to.deep.equal({
      outcome: "logged",
      reason: `VPCs inspected: 1, groups created or closed: eu-central-1/${vpc}`,
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
    await handleTask(taskOf(createVpc), sweeper);
    expect(groups(here).map((each) => each.vpc)).to.deep.equal([vpc]);
  });

  it("changes nothing for a duplicate", async () => {
    const { sweeper, changesIn } = world();
    await handleTask(taskOf(createVpc), sweeper);
    const first = changesIn(`${shop} eu-central-1`).length;
    const { reason } = await handleTask(taskOf(createVpc), sweeper);
    expect(reason).to.equal("VPCs inspected: 1, groups created or closed: none");
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
      Array.from({ length: 5 }, () => handleTask(taskOf(createVpc), sweeper)),
    );
    expect(runs.map(({ outcome }) => outcome)).to.deep.equal(Array(5).fill("logged"));
    expect(groups(here).map(({ ingress, egress }) => [ingress, egress])).to.deep.equal([[[], []]]);
  });

  it("has a closed group after the next delivery, at whatever call the first one died", async () => {
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
      await Promise.race([
        dead,
        handleTask(taskOf(createVpc), world(states, { gate: dying }).sweeper),
      ]);
      await handleTask(taskOf(createVpc), world(states).sweeper);
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
    expect(await thrown(handleTask(taskOf(createVpc), sweeper))).to.equal(
      `CloudTrail reported ${vpc}, but EC2 does not show it yet`,
    );
    const older = world(empty, { now: () => new Date("2026-06-05T08:05:00Z") });
    expect(await handleTask(taskOf(createVpc), older.sweeper)).to.deep.equal({
      outcome: "logged",
      reason: `${vpc} is gone`,
      account: shop,
    });
  });

  it("has nothing to do when the VPC is deleted before the change", async () => {
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
    const { outcome, swept } = await handleTask(taskOf(createVpc), racing);
    expect([outcome, swept?.provided, swept?.problems]).to.deep.equal(["logged", [], []]);
  });

  it("has the message delivered again when EC2 does not show the group yet", async () => {
    const { sweeper } = world(undefined, {
      // A replica that does not show the group yet.
      gate: async ({ method }, effect) =>
        method === "network.group" ? (undefined as ReturnType<typeof effect>) : effect(),
    });
    expect(await thrown(handleTask(taskOf(createVpc), sweeper))).to.include(
      `eu-central-1/${vpc}: NotVisibleYet: The quarantine group of ${vpc} does not exist yet`,
    );
  });

  it("refuses an account that the organization does not have", async () => {
    const foreign = ["account", "detail.recipientAccountId"].reduce(
      (event, path) => spoiled(event, path.split("."), "999988887777"),
      createVpc,
    );
    const { sweeper, sessions } = world();
    expect(await handleTask(taskOf(foreign), sweeper)).to.deep.include({
      outcome: "refused",
      reason: "Account 999988887777 is not in the organization",
    });
    expect(sessions).to.deep.equal([]);
  });

  it("does nothing in a region that is not governed", async () => {
    const { sweeper, sessions } = world(undefined, { governedRegions: ["us-east-1"] });
    expect(await handleTask(taskOf(createVpc), sweeper)).to.deep.include({
      outcome: "logged",
      reason: "Region eu-central-1 is not governed",
    });
    expect(sessions).to.deep.equal([]);
  });

  it("logs that an account is unreachable, and retries after any other error", async () => {
    const closedOff = world(undefined, { unreachable: { [shop]: denied } });
    expect(await handleTask(taskOf(createVpc), closedOff.sweeper)).to.deep.include({
      outcome: "logged",
      reason: `Account ${shop} is unreachable: AccessDenied: User is not authorized to perform sts:AssumeRole`,
    });
    const busy = world(undefined, {
      unreachable: { [shop]: new AwsError("Throttling", "Rate exceeded") },
    });
    expect(await thrown(handleTask(taskOf(createVpc), busy.sweeper))).to.equal("Rate exceeded");
  });
});

describe("the sweeper, after an event about changed endpoints [P4]", () => {
  const changed = spoiled(createVpc, ["detail", "eventName"], "ModifyVpcEndpoint");
  const egress = (peer: string) => [
    { protocol: "tcp", fromPort: 443, toPort: 443, peer: { cidr: peer } },
  ];
  const endpoint: Group = { ...closed, name: "endpoints", tags: {} };

  it("lets HTTPS out to the endpoints' addresses of the moment, once each, and nowhere else", async () => {
    const here = state({
      groups: {
        "sg-1": { ...closed, egress: egress("10.0.1.5/32") },
        "sg-shared": endpoint,
      },
      endpoints: [
        { id: "vpce-1", vpc, groups: ["sg-shared"], addresses: ["10.0.1.6/32"] },
        { id: "vpce-2", vpc, groups: ["sg-shared"], addresses: ["10.0.1.6/32"] },
        { id: "vpce-3", vpc: "vpc-0b", groups: ["sg-shared"], addresses: ["10.9.1.6/32"] },
      ],
    });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await handleTask(taskOf(changed), sweeper);
    expect(here.groups["sg-1"]?.egress).to.deep.equal(egress("10.0.1.6/32"));
    here.endpoints = [];
    await handleTask(taskOf(changed), sweeper);
    expect(here.groups["sg-1"]?.egress).to.deep.equal([]);
  });

  it("closes what others opened, prefix lists included", async () => {
    const here = state({
      groups: { "sg-1": { ...open, egress: [{ protocol: "-1", peer: { prefixList: "pl-1" } }] } },
    });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await handleTask(taskOf(changed), sweeper);
    expect([here.groups["sg-1"]?.ingress, here.groups["sg-1"]?.egress]).to.deep.equal([[], []]);
  });
});

describe("a sweep of an account [P4] [D6] [E3]", () => {
  it("covers every governed region, and goes on where one fails", async () => {
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

  it("refuses a task that AWS denies, with the reason, and retries after any other error", async () => {
    const failing = (error: Error) =>
      world(undefined, {
        gate: async ({ method }, effect) => {
          if (method === "network.vpcs") throw error;
          return effect();
        },
      }).sweeper;
    const task = { task: "account", account: shop } as const;
    expect(await handleTask(task, failing(denied))).to.deep.include({
      outcome: "refused",
      reason:
        "Not swept: us-east-1: AccessDenied: User is not authorized to perform sts:AssumeRole; eu-central-1: AccessDenied: User is not authorized to perform sts:AssumeRole",
    });
    expect(await thrown(handleTask(task, failing(new Error("reset"))))).to.equal(
      "Not swept: us-east-1: Error: reset; eu-central-1: Error: reset",
    );
  });

  it("allows a participant's group in a shared VPC no egress: only the owner sees the endpoints", async () => {
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
          // Not read in a member: GuardDuty reports to the security account.
          [`${shop} us-east-1 cordon-forward-guardduty-dead-letters`]: 7,
          [`${shop} us-east-1 cordon-forward-exposures-dead-letters`]: 3,
        },
      },
    );
    const of = async (account: string) => {
      const swept = await sweepAccount(account, sweeper);
      return "unreachable" in swept ? [] : swept.undelivered;
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
