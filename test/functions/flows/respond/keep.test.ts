/** What an incident wants until its release: its target contained. */
import { expect } from "chai";
import type { ResponsePolicy } from "../../../../functions/decide/circumstances";
import type { Finding } from "../../../../functions/model/finding";
import * as builders from "../../../support/builders";
import type { AccountState } from "../../../support/memory-account";
import { wanted } from "../../../support/requesting";
import { answered, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const { incident } = builders;
const id = `${builders.incidentKey}-1`;

/** The standard account, contained at 10:05. */
async function contained(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.standardAccount());
  expect(answered(await world.answer(incident())).outcome).to.equal("contained");
  return world;
}

const takeOut = ({ interfaces }: AccountState) => {
  interfaces["eni-02"]!.groups = ["sg-data"];
};
const groupsOf = (world: SimulatedWorld) =>
  Object.values(world.state.interfaces).map(({ groups }) => groups);

describe("an instance that was taken out of quarantine [R15]", () => {
  const asked = { severity: 2, requestedAt: "2026-11-20T10:20:00Z" } as const;
  for (const [who, finding] of [
    ["the next finding", {}],
    ["a person's request", asked],
  ] as const) {
    it(`is contained again by ${who}: that interface alone, its connections cut`, async () => {
      const world = await contained();
      takeOut(world.state);
      const { length } = world.changes;
      expect(answered(await world.answer(incident(finding)))).to.deep.include({
        outcome: "contained",
        reason: `Incident ${id} was contained again`,
        incident: id,
      });
      expect(groupsOf(world)).to.deep.equal([["sg-quarantine"], ["sg-quarantine"]]);
      const calls = world.changes.slice(length).map(({ method, args }) => [method, args[0]]);
      expect(calls.filter(([method]) => method === "network.setGroups")).to.deep.equal(
        Array.from({ length: 3 }, () => ["network.setGroups", "eni-02"]),
      );
      expect(world.state.snapshots).to.have.lengthOf(2);
      expect(Object.values(world.state.groups).map(({ name }) => name)).to.not.include(
        `cordon-untrack-${id}`,
      );
    });
  }

  it("is announced urgently, with what was applied again", async () => {
    const world = await contained();
    takeOut(world.state);
    await world.answer(incident());
    expect(world.notices[1]?.subject).to.equal(
      `[Cordon] URGENT Isolated again: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
    );
    expect(world.notices[1]?.text).to.include(
      "\nChanged since the containment, and applied again\n  - eni-02: sg-data → quarantine only\n",
    );
  });

  it("gets its groups from before the incident with the release", async () => {
    const world = await contained();
    world.state.interfaces["eni-02"]!.groups = ["sg-admin"];
    await world.answer(incident());
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(groupsOf(world)).to.deep.equal([["sg-admin", "sg-web"], ["sg-data"]]);
  });

  const refusals: readonly (readonly [
    what: string,
    change: (state: AccountState) => void,
    finding: Partial<Finding>,
    policy: Partial<ResponsePolicy>,
    why: string,
  ])[] = [
    [
      "a medium finding",
      () => {},
      { severity: 5 },
      {},
      "Severity 5 is below 7, the threshold for containment",
    ],
    [
      "the deployment was set to dry run since",
      () => {},
      {},
      { mode: "dry-run" },
      "This deployment runs in dry-run mode",
    ],
  ];
  for (const [what, change, finding, policy, why] of refusals) {
    it(`is left so, and announced urgently, where today's decision forbids it: ${what}`, async () => {
      const world = await contained();
      takeOut(world.state);
      change(world.state);
      const { length } = world.changes;
      expect(answered(await world.answer(incident(finding), { policy }))).to.deep.equal({
        outcome: "notified",
        reason: `Incident ${id} was contained, but is not any more: ${why}`,
        incident: id,
      });
      expect(world.changes).to.have.lengthOf(length);
      expect(world.notices[1]?.subject).to.match(/^\[Cordon\] URGENT /);
      expect(world.notices[1]?.text).to.include(
        "  - Not in effect: eni-02: sg-data → quarantine only\n",
      );
    });
  }
});

describe("what a thief writes after the containment [R15]", () => {
  const user = builders.userIncident();
  const role = builders.roleIncident();
  /** The standard user and role, contained, and then without their deny. */
  const undone = async (about: typeof user | typeof role) => {
    const world = new SimulatedWorld(builders.identityAccount());
    expect(answered(await world.answer(about)).outcome).to.equal("contained");
    world.state.users.deploy!.attached = [];
    world.state.roles.analyst!.policies = {};
    return world;
  };

  it("does not switch repairs off, and is in the notice: the tag that opts a resource out", async () => {
    const line = "the tag AutoRemediation=disabled was set: it does not count for this incident";
    const instance = await contained();
    takeOut(instance.state);
    instance.state.instances[builders.instanceId]!.tags.AutoRemediation = "disabled";
    const ofUser = await undone(user);
    ofUser.state.users.deploy!.tags.AutoRemediation = "disabled";
    const ofRole = await undone(role);
    ofRole.state.roles.analyst!.tags.AutoRemediation = "disabled";
    for (const [world, about] of [
      [instance, incident()],
      [ofUser, user],
      [ofRole, role],
    ] as const) {
      expect(answered(await world.watch(about.key)).outcome).to.equal("contained");
      expect(world.notices[1]?.subject).to.match(/^\[Cordon\] URGENT /);
      expect(world.notices[1]?.text).to.include(`  - ${line}\n`);
    }
    expect(groupsOf(instance)).to.deep.equal([["sg-quarantine"], ["sg-quarantine"]]);
    expect(ofUser.state.users.deploy?.attached).to.deep.equal([builders.denyAllArn]);
    expect(Object.keys(ofRole.state.roles.analyst!.policies)).to.have.lengthOf(1);
  });

  it("does not switch repairs off, and is in the notice: a trust policy that names a service", async () => {
    const world = await undone(role);
    world.state.roles.analyst!.trust = builders.trustOf({ Service: "lambda.amazonaws.com" });
    expect(answered(await world.watch(role.key)).outcome).to.equal("contained");
    expect(world.notices[1]?.text).to.include(
      "  - Workloads use role analyst (lambda.amazonaws.com), and the name alice@example.com may be that of many sessions: revoking all of the role stops them until they get new ones, hours later: this was not so when the incident began, and does not count for it\n",
    );
  });

  for (const by of ["the watch", "a second request by command"]) {
    it(`has no whole role revoked that nobody approved: ${by}`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      const ask = () =>
        world.askFor({ ...wanted, contain: "session/pipeline/GitHubActions" }, "revoke-sessions");
      expect(answered(await ask()).outcome).to.equal("contained");
      // From now on the name may be that of many sessions: Cordon would revoke the whole role.
      world.state.roles.pipeline!.trust = builders.trustOf({ Service: "lambda.amazonaws.com" });
      world.state.roles.pipeline!.policies = {};
      world.pass(600_000);
      const later = by === "the watch" ? await world.watch(builders.pipelineKey) : await ask();
      expect(answered(later).outcome).to.equal("notified");
      expect(world.notices.at(-1)?.subject).to.match(/^\[Cordon\] URGENT /);
      expect(world.state.roles.pipeline!.policies).to.deep.equal({});
    });
  }

  it("counts where the record does not say what the incident found, as of earlier versions", async () => {
    const world = await undone(role);
    const item = world.items[`${role.key}-1`]!;
    const { checked: _none, ...record } = item.record;
    Object.assign(item, { record });
    world.state.roles.analyst!.tags.AutoRemediation = "disabled";
    expect(answered(await world.watch(role.key)).outcome).to.equal("notified");
    expect(world.state.roles.analyst!.policies).to.deep.equal({});
  });
});

describe("what comes to a contained instance later [R15]", () => {
  it("is isolated, too: an interface that was attached since", async () => {
    const world = await contained();
    world.state.interfaces["eni-03"] = {
      ...structuredClone(world.state.interfaces["eni-01"]!),
      groups: ["sg-web"],
      tags: {},
    };
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal([
      ["sg-quarantine"],
      ["sg-quarantine"],
      ["sg-quarantine"],
    ]);
    // The journal has its groups from before, for the release.
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(world.state.interfaces["eni-03"]?.groups).to.deep.equal(["sg-web"]);
  });

  it("is closed: a rule that another principal added to the quarantine group", async () => {
    const world = await contained();
    world.state.groups["sg-quarantine"]!.ingress.push({
      protocol: "-1",
      peer: { cidr: "0.0.0.0/0" },
    });
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    expect(world.state.groups["sg-quarantine"]?.ingress).to.deep.equal([]);
  });

  it("is left alone where it opens no way: protection that responders switched off", async () => {
    const world = await contained();
    world.state.instances[builders.instanceId]!.attributes.disableApiTermination = false;
    const { length } = world.changes;
    expect(answered(await world.answer(incident())).outcome).to.equal("duplicate");
    expect(world.changes).to.have.lengthOf(length);
  });

  it("is left alone by the watch, too, where a responder requested the containment", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const requested = incident({ severity: 2, requestedAt: "2026-11-20T10:04:00Z" });
    expect(answered(await world.answer(requested)).outcome).to.equal("contained");
    world.state.instances[builders.instanceId]!.attributes.disableApiTermination = false;
    const { length } = world.changes;
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("logged");
    expect(world.changes).to.have.lengthOf(length);
    // What opens a way is repaired all the same.
    takeOut(world.state);
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal([["sg-quarantine"], ["sg-quarantine"]]);
  });
});

describe("a plan that was given up, and a finding that comes later [R15]", () => {
  const refused = new Error("You may not");
  refused.name = "AccessDenied";

  /** The last delivery gave up with one interface open. */
  const givenUp = async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident(), {
      fault: ({ method, args }) =>
        method === "network.setGroups" && args[0] === "eni-02" ? refused : undefined,
      delivery: lastDelivery,
    });
    expect(groupsOf(world)[1]).to.deep.equal(["sg-data"]);
    return world;
  };

  it("is not carried on with where today's decision forbids it", async () => {
    const world = await givenUp();
    world.state.instances[builders.instanceId]!.tags.AutoRemediation = "disabled";
    const { length } = world.changes;
    const later = incident({ severity: 4.5, ...builders.byOutsider });
    expect(answered(await world.answer(later)).outcome).to.equal("notified");
    expect(world.changes).to.have.lengthOf(length);
  });

  it("is extended by what is there today", async () => {
    const world = await givenUp();
    world.state.interfaces["eni-03"] = {
      ...structuredClone(world.state.interfaces["eni-02"]!),
      tags: {},
    };
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal([
      ["sg-quarantine"],
      ["sg-quarantine"],
      ["sg-quarantine"],
    ]);
  });
});

describe("a contained target that goes on acting", () => {
  const later = (lastSeen: string, type = "Trojan:EC2/DNSDataExfiltration") =>
    incident({ lastSeen, type });

  it("is the most urgent notice there is, with the ways that are left to it", async () => {
    const world = await contained();
    world.pass(60 * 60_000);
    expect(answered(await world.answer(later("2026-11-20T11:00:00.000Z")))).to.deep.equal({
      outcome: "notified",
      reason: `The containment does not hold: the instance ${builders.instanceId} was contained at 2026-11-20T10:05:00.000Z, and acted at 2026-11-20T11:00:00.000Z (Trojan:EC2/DNSDataExfiltration)`,
      incident: id,
    });
    expect(world.notices[1]?.subject).to.match(/^\[Cordon\] URGENT /);
    expect(world.notices[1]?.text).to.include(
      "  - It may still act so: Security groups do not filter DNS through the VPC resolver: data can still leave by DNS.\n",
    );
  });

  it("is announced once an hour and type, and not for activity until two minutes after", async () => {
    const world = await contained();
    world.pass(60 * 60_000);
    const outcomes = [];
    for (const finding of [
      later("2026-11-20T10:07:00.000Z", "CryptoCurrency:EC2/BitcoinTool.B"),
      later("2026-11-20T10:07:00.001Z"),
      later("2026-11-20T10:30:00.000Z"),
      later("2026-11-20T10:30:00.000Z", "Backdoor:EC2/C&CActivity.B!DNS"),
    ]) {
      outcomes.push(answered(await world.answer(finding)).outcome);
    }
    world.pass(60 * 60_000);
    outcomes.push(answered(await world.answer(later("2026-11-20T12:00:00.000Z"))).outcome);
    expect(outcomes).to.deep.equal(["duplicate", "notified", "duplicate", "notified", "notified"]);
  });

  it("is announced once for another finding type about the time before, not urgently", async () => {
    const world = await contained();
    const other = later("2026-11-20T10:01:00.000Z");
    expect(answered(await world.answer(other)).reason).to.equal(
      `Incident ${id} is contained; Trojan:EC2/DNSDataExfiltration of severity 8, last seen at 2026-11-20T10:01:00.000Z, is about the same resource`,
    );
    expect(world.notices[1]?.subject).to.not.include("URGENT");
    expect(answered(await world.answer(other)).outcome).to.equal("duplicate");
  });
});

describe("the watch on a contained instance [R15]", () => {
  const key = builders.incidentKey;

  it("is sent 45 seconds after each run begins to open, and 10 and 60 after it contained", async () => {
    const world = await contained();
    const looks = [45, 10, 60].map((seconds) => ({ key, seconds }));
    expect(world.looks).to.deep.equal(looks);
    takeOut(world.state);
    await world.watch(key);
    expect(world.looks).to.deep.equal([...looks, ...looks]);
  });

  it("says nothing while the instance is contained", async () => {
    const world = await contained();
    const { length } = world.changes;
    expect(answered(await world.watch(key))).to.deep.equal({
      outcome: "logged",
      reason: `Incident ${id} is contained`,
      incident: id,
    });
    expect([world.changes.length, world.notices.length]).to.deep.equal([length, 1]);
  });

  it("contains it again, and announces that urgently", async () => {
    const world = await contained();
    takeOut(world.state);
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal([["sg-quarantine"], ["sg-quarantine"]]);
    expect(world.notices[1]?.subject).to.match(/^\[Cordon\] URGENT Isolated again: /);
  });

  it("announces once an hour what today's decision keeps it from", async () => {
    const world = await contained();
    takeOut(world.state);
    const policy = { mode: "dry-run" } as const;
    const outcomes = [];
    for (const minutes of [0, 59, 1]) {
      world.pass(minutes * 60_000);
      outcomes.push(answered(await world.watch(key, { policy })).outcome);
    }
    expect(outcomes).to.deep.equal(["notified", "logged", "notified"]);
  });

  it("finishes what a run began that died, and no redelivery came", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident(), { death: { at: 50, when: "after" } });
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    world.outlastLease();
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    expect(world.items[id]?.status).to.equal("contained");
  });

  it("leaves a released and an unknown incident alone", async () => {
    const world = await contained();
    await world.release(id);
    const { length } = world.changes;
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    expect(answered(await world.watch("0123456789abcdef")).outcome).to.equal("logged");
    expect(world.changes).to.have.lengthOf(length);
  });
});

describe("an interface that a run opened to cut its connections [R15]", () => {
  const key = builders.incidentKey;
  /** The run dies right after it opened eni-01. */
  const left = async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const whole = await new SimulatedWorld(builders.standardAccount()).answer(incident());
    const at = whole.calls.findIndex(
      ({ method, args }) =>
        method === "network.setGroups" &&
        args[0] === "eni-01" &&
        !String(args[1]).includes("sg-quarantine"),
    );
    await world.answer(incident(), { death: { at: at + 1, when: "after" } });
    return world;
  };

  it("is closed by a look of another run while the dead one holds the lease", async () => {
    const world = await left();
    const [opened] = groupsOf(world);
    expect(world.state.groups[opened![0]!]?.name).to.equal(`cordon-untrack-${id}-5eed0001`);
    expect(world.looks).to.deep.equal([{ key, seconds: 45 }]);
    world.pass(45_000);
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    expect(groupsOf(world)[0]).to.deep.equal(["sg-quarantine"]);
    expect(world.items[id]?.status).to.equal("containing");
  });

  it("is closed although today's decision forbids to contain the instance", async () => {
    const world = await left();
    world.pass(45_000);
    const policy = { mode: "dry-run" } as const;
    expect(answered(await world.watch(key, { policy })).outcome).to.equal("notified");
    expect(groupsOf(world)[0]).to.deep.equal(["sg-quarantine"]);
  });

  it("is not opened where the look could not be sent: the next delivery cuts its connections", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const error = Object.assign(new Error("later"), { name: "RequestThrottled" });
    const fault = ({ method }: { method: string }) =>
      method === "queue.lookAgain" ? error : undefined;
    expect((await world.answer(incident(), { fault })).kind).to.equal("failed");
    const opened = () =>
      world.changes.filter(
        ({ method, args }) =>
          method === "network.setGroups" && !String(args[1]).includes("sg-quarantine"),
      ).length;
    expect([opened(), groupsOf(world)]).to.deep.equal([0, [["sg-quarantine"], ["sg-quarantine"]]]);
    expect(answered(await world.answer(incident(), { delivery: 2 })).outcome).to.equal("contained");
    expect(opened()).to.equal(2);
  });

  it("is cut by the next look where no time was left for it, and then counts as isolated", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident(), { secondsLeft: 29 });
    expect(answered(ending).outcome).to.equal("contained-in-part");
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Isolated in part: /);
    const { length } = world.changes;
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    const passed = world.changes
      .slice(length)
      .filter(({ method }) => method === "network.setGroups");
    expect(passed.map(({ args }) => args[0]).sort()).to.deep.equal([
      ...["eni-01", "eni-01"],
      ...["eni-02", "eni-02"],
    ]);
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
  });
});

describe("a release that did not end [R15]", () => {
  const refused = new Error("Rate exceeded");
  refused.name = "Throttling";

  /** One interface has its groups back, the other not. */
  const unfinished = async () => {
    const world = await contained();
    const report = answered(
      await world.release(id, {
        fault: ({ method, args }) =>
          method === "network.setGroups" && args[0] === "eni-02" ? refused : undefined,
      }),
    );
    expect(report.outcome).to.equal("unfinished");
    expect(groupsOf(world)).to.deep.equal([["sg-admin", "sg-web"], ["sg-quarantine"]]);
    return world;
  };

  it("does not keep newer activity from being contained, nor the original groups from coming back", async () => {
    const world = await unfinished();
    world.pass(60_000);
    expect(answered(await world.answer(incident())).outcome).to.equal("notified");
    const newer = incident({ lastSeen: "2026-11-20T10:05:30.000Z" });
    expect(answered(await world.answer(newer)).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal([["sg-quarantine"], ["sg-quarantine"]]);
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(groupsOf(world)).to.deep.equal([["sg-admin", "sg-web"], ["sg-data"]]);
  });

  it("is not looked at: responders are at it", async () => {
    const world = await unfinished();
    const { length } = world.changes;
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("logged");
    expect(world.changes).to.have.lengthOf(length);
  });
});
