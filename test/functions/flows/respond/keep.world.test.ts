/** What a thief makes of the world around a contained target, and of the journal. */
import { expect } from "chai";
import type { Plan } from "../../../../functions/remediate/plan";
import * as builders from "../../../support/builders";
import type { AccountState } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { incident, incidentKey: key } = builders;
const id = `${key}-1`;

async function contained(state: AccountState = builders.standardAccount()) {
  const world = new SimulatedWorld(state);
  expect(answered(await world.answer(incident())).outcome).to.equal("contained");
  return world;
}

/** Moves both interfaces out and deletes the quarantine group, which nothing uses then. */
const deleteGroup = ({ interfaces, groups }: AccountState) => {
  interfaces["eni-01"]!.groups = ["sg-web"];
  interfaces["eni-02"]!.groups = ["sg-data"];
  delete groups["sg-quarantine"];
};
const namesOf = ({ state }: SimulatedWorld) =>
  Object.values(state.interfaces).map(({ groups }) =>
    groups.map((group) => state.groups[group]?.name),
  );
const quarantine = [["cordon-quarantine"], ["cordon-quarantine"]];

describe("a quarantine group that is deleted [R15]", () => {
  it("is made again, once and again, and the interfaces are moved into it", async () => {
    const world = await contained();
    for (const round of [1, 2]) {
      world.state.interfaces["eni-01"]!.groups = ["sg-web"];
      world.state.interfaces["eni-02"]!.groups = ["sg-data"];
      for (const [group, { name }] of Object.entries(world.state.groups)) {
        if (name === "cordon-quarantine") delete world.state.groups[group];
      }
      expect(answered(await world.watch(key)).outcome, `${round}`).to.equal("contained");
      expect(namesOf(world), `${round}`).to.deep.equal(quarantine);
    }
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(Object.values(world.state.interfaces).map(({ groups }) => groups)).to.deep.equal([
      ["sg-admin", "sg-web"],
      ["sg-data"],
    ]);
  });

  it("is not taken for one of the same name that lacks Cordon's tag", async () => {
    const world = await contained(builders.youngAccount());
    for (const [group, made] of Object.entries(world.state.groups)) {
      if (made.name === "cordon-quarantine") delete world.state.groups[group];
    }
    for (const [number, name] of ["eni-01", "eni-02"].entries()) {
      const { vpc } = world.state.interfaces[name]!;
      world.state.groups[`sg-evil-${number}`] = {
        ...world.state.groups["sg-web"]!,
        vpc,
        name: "cordon-quarantine",
        tags: {},
      };
      world.state.interfaces[name]!.groups = [`sg-evil-${number}`];
    }
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    expect(namesOf(world)).to.deep.equal([
      ["cordon-quarantine-5eed0001"],
      ["cordon-quarantine-5eed0001"],
    ]);
  });

  it("keeps the watch busy, and responders informed once an hour, while it cannot be made", async () => {
    const world = await contained();
    deleteGroup(world.state);
    const refused = new Error("not authorized to perform: ec2:CreateSecurityGroup");
    refused.name = "UnauthorizedOperation";
    const fault = ({ method }: { method: string }) =>
      method === "network.createGroup" ? refused : undefined;
    await world.watch(key, { fault, delivery: 5 });
    const { length } = world.notices;
    expect(world.notices.at(-1)?.subject).to.match(/^\[Cordon\] URGENT Isolated in part again: /);
    for (let minutes = 5; minutes <= 125; minutes += 5) {
      world.pass(5 * 60_000);
      await world.watch(key, { fault });
    }
    expect(world.notices.length - length).to.equal(2);
    world.pass(60 * 60_000);
    await world.watch(key);
    expect(namesOf(world)).to.deep.equal(quarantine);
  });
});

describe("an endpoint that gets another address [R15]", () => {
  it("is not fought over with the sweeper", async () => {
    const state = builders.standardAccount();
    delete state.groups["sg-quarantine"];
    const world = await contained(state);
    const [group] = world.state.interfaces["eni-01"]!.groups;
    world.state.endpoints = world.state.endpoints.map((each) => ({
      ...each,
      addresses: ["10.20.1.99/32"],
    }));
    const egress = [
      { protocol: "tcp", fromPort: 443, toPort: 443, peer: { cidr: "10.20.1.99/32" } },
    ];
    // As the sweeper leaves it.
    world.state.groups[group!]!.egress = egress;
    const { length } = world.notices;
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    expect(world.notices).to.have.lengthOf(length);
    expect(world.state.groups[group!]!.egress).to.deep.equal(egress);
  });
});

describe("a plan that was changed in the journal [R11]", () => {
  it("is not applied by the watch, nor sealed again, and is notified once an hour", async () => {
    const world = await contained();
    world.state.interfaces["eni-77"] = {
      ...world.state.interfaces["eni-01"]!,
      instance: "i-0production",
      groups: ["sg-web"],
    };
    const { record } = world.items[id]!;
    const forged = structuredClone(record.plan) as unknown as {
      stages: { steps: { kind: string; networkInterface?: string }[] }[];
    };
    for (const { steps } of forged.stages) {
      const [step] = steps.filter(({ kind }) => kind === "quarantine-interface");
      if (step) steps.push({ ...step, networkInterface: "eni-77" });
    }
    world.items[id] = {
      ...world.items[id]!,
      record: { ...record, plan: forged as unknown as Plan },
    };
    const { length } = world.changes;
    expect(answered(await world.watch(key)).outcome).to.equal("notified");
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    expect(world.state.interfaces["eni-77"]!.groups).to.deep.equal(["sg-web"]);
    expect(
      world.changes
        .slice(length)
        .filter(({ method }) => /^(network|compute|identity)/.test(method)),
    ).to.deep.equal([]);
    expect(world.notices.at(-1)?.text).to.include("is not as a responder sealed it");
    const report = answered(await world.release(id));
    expect(report.outcome).to.equal("refused");
  });
});

describe("a contained user who is renamed [R15]", () => {
  it("is found by the unique id that the plan has, where the finding has none", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const { resource, ...found } = builders.userIncident();
    const { uniqueId: _none, ...named } = resource;
    const finding = { ...found, resource: named };
    expect(answered(await world.answer(finding)).outcome).to.equal("contained");
    const { deploy, ...others } = world.state.users;
    world.state.users = {
      ...others,
      "deploy-2": {
        ...deploy!,
        attached: [],
        keys: [{ id: "AKIAEXAMPLEKEY000009", active: true }],
      },
    };
    expect(answered(await world.watch(builders.userKey)).outcome).to.equal("contained");
    expect(world.state.users["deploy-2"]?.attached).to.include(builders.denyAllArn);
    expect(world.state.users["deploy-2"]?.keys).to.deep.equal([
      { id: "AKIAEXAMPLEKEY000009", active: false },
    ]);
  });

  it("is announced once when it no longer exists", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident());
    delete world.state.users.deploy;
    expect(answered(await world.watch(builders.userKey)).outcome).to.equal("notified");
    expect(answered(await world.watch(builders.userKey)).outcome).to.equal("logged");
    expect(answered(await world.answer(builders.userIncident())).outcome).to.equal("duplicate");
    expect(world.notices.at(-1)?.text).to.include("no longer exists");
  });
});

describe("a target that cannot be read [R15]", () => {
  it("is notified once an hour, not at every look", async () => {
    const world = await contained();
    const denied = new Error("not authorized to perform: ec2:DescribeInstances");
    denied.name = "UnauthorizedOperation";
    const { length } = world.notices;
    for (let minutes = 5; minutes <= 60; minutes += 5) {
      world.pass(5 * 60_000);
      await world.watch(key, {
        fault: ({ method }) => (method === "compute.instance" ? denied : undefined),
      });
    }
    expect(world.notices.length - length).to.equal(1);
  });
});

describe("denies of a role's sessions [R3] [R15]", () => {
  it("stand side by side for two names that a caller chose for their hashes", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    // By: printf deploy-69755 | sha256sum, and deploy-85279: both begin 63d4f3e2.
    const names = ["deploy-69755", "deploy-85279"];
    for (const name of names) {
      const finding = builders.pipelineIncident({ lastSeen: world.now().toISOString() }, name);
      expect(answered(await world.answer(finding)).outcome).to.equal("contained");
      world.pass(600_000);
    }
    const denied = Object.values(world.state.roles.pipeline?.policies ?? {}).map((each) =>
      JSON.stringify(each),
    );
    for (const name of names) {
      expect(denied.filter((each) => each.includes(`:${name}"`))).to.have.length(1);
    }
  });

  it("follow a role that is made again under its name", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const task = builders.taskIncident();
    expect(answered(await world.answer(task)).outcome).to.equal("contained");
    const [policy = ""] = Object.keys(world.state.roles.tasks!.policies).filter((each) =>
      each.startsWith("Cordon-"),
    );
    const again = "AROAEXAMPLEAGAIN00001";
    world.state.roles.tasks = { ...world.state.roles.tasks!, id: again, policies: {} };
    world.pass(600_000);
    const resource = { ...task.resource, uniqueId: again };
    const finding = { ...task.finding, lastSeen: world.now().toISOString() };
    expect(answered(await world.answer({ ...task, resource, finding })).outcome).to.equal(
      "contained",
    );
    expect(JSON.stringify(world.state.roles.tasks.policies[policy])).to.include(
      `"aws:userid":"${again}:${builders.taskId}"`,
    );
  });
});

describe("interfaces that are tagged as a contained node's pods [R15]", () => {
  const trunkTag = "vpcresources.k8s.aws/trunk-eni-id";
  /** A node whose trunk is eni-02; the pod's interface is another node's. */
  const node = () => {
    const state = builders.standardAccount();
    const { "eni-01": own, "eni-02": trunk } = state.interfaces;
    state.interfaces["eni-02"] = { ...trunk!, type: "trunk", tags: { "eks:eni:owner": "x" } };
    state.interfaces["eni-pod"] = {
      ...own!,
      instance: "",
      groups: ["sg-data"],
      type: "branch",
      tags: { [trunkTag]: "eni-elsewhere" },
    };
    return state;
  };
  const tag = ({ state }: SimulatedWorld) => {
    state.interfaces["eni-pod"]!.tags = { [trunkTag]: "eni-02" };
  };
  const groupsOf = ({ state }: SimulatedWorld) => state.interfaces["eni-pod"]?.groups;

  it("are isolated where they appear within two minutes: they were on their way", async () => {
    const world = await contained(node());
    tag(world);
    world.pass(119_000);
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal(["sg-quarantine"]);
  });

  it("are left alone later, whatever else is repaired, with an urgent notice once an hour", async () => {
    const world = await contained(node());
    world.pass(120_000);
    tag(world);
    const { length } = world.notices;
    expect(answered(await world.watch(key)).outcome).to.equal("logged");
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.watch(key)).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
    expect(groupsOf(world)).to.deep.equal(["sg-data"]);
    const [claimed, repaired, ...more] = world.notices.slice(length);
    expect(more).to.deep.equal([]);
    expect(claimed?.urgency).to.equal("urgent");
    expect(claimed?.text).to.include("eni-pod is tagged as its pods' interfaces");
    expect(repaired?.subject).to.match(/^\[Cordon\] URGENT Isolated again: /);
    world.pass(60 * 60_000);
    await world.watch(key);
    expect(world.notices.length - length).to.equal(3);
  });

  it("are isolated when a responder asks for it, and released with the rest", async () => {
    const world = await contained(node());
    world.pass(120_000);
    tag(world);
    const requestedAt = world.now().toISOString();
    const asked = incident({ requestedAt, requestedBy: "arn:aws:iam::444455556666:role/ana" });
    expect(answered(await world.answer(asked)).outcome).to.equal("contained");
    expect(groupsOf(world)).to.deep.equal(["sg-quarantine"]);
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(groupsOf(world)).to.deep.equal(["sg-data"]);
  });
});
