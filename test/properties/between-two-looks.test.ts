/** What changes, or is not shown yet, between one look at the account or the journal and the next. */
import { expect } from "chai";
import { PartialContainment } from "../../functions/flows/respond/finish";
import * as builders from "../support/builders";
import { type AccountState, AwsError, type LoggedCall } from "../support/memory-account";
import { answered, type Faults, SimulatedWorld } from "../support/simulated-world";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const throttled = new AwsError("RequestLimitExceeded", "Request limit exceeded.");

/** The standard account, contained by the first delivery. */
async function contained(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.standardAccount());
  expect(answered(await world.answer(incident)).outcome).to.equal("contained");
  return world;
}

const calls = (world: SimulatedWorld, method: string) =>
  world.changes.filter((call) => call.method === method);
const marks = (world: SimulatedWorld, kind: string) => {
  const item = world.items[id]!;
  return item.record.plan.stages
    .flatMap((stage): readonly { readonly kind: string }[] => stage.steps)
    .flatMap((step, number) => (step.kind === kind ? [item.marks[number]] : []));
};

describe("an interface in the quarantine group and in another", () => {
  const halfQuarantined = (): AccountState => {
    const state = builders.standardAccount();
    state.interfaces["eni-01"]!.groups = ["sg-quarantine", "sg-web"];
    state.interfaces["eni-02"]!.groups = ["sg-quarantine"];
    return state;
  };

  it("does not count as contained: its other group is taken away", async () => {
    const world = new SimulatedWorld(halfQuarantined());
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("gets its other group back with the release", async () => {
    const world = new SimulatedWorld(halfQuarantined());
    await world.answer(incident);
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(world.state.interfaces["eni-01"]?.groups).to.have.members(["sg-quarantine", "sg-web"]);
    expect(world.state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("is drift where the incident was contained: it is contained again", async () => {
    const world = await contained();
    world.state.interfaces["eni-01"]!.groups.push("sg-web");
    expect(answered(await world.answer(incident)).reason).to.equal(
      `Incident ${id} was contained again`,
    );
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });
});

describe("a quarantine group that another principal opens", () => {
  const open = ({ groups }: AccountState) =>
    groups["sg-quarantine"]!.ingress.push({ protocol: "-1", peer: { cidr: "0.0.0.0/0" } });

  it("is no quarantine before the response: the group is closed again", async () => {
    const state = builders.standardAccount();
    for (const each of Object.values(state.interfaces)) each.groups = ["sg-quarantine"];
    open(state);
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(world.state.groups["sg-quarantine"]?.ingress).to.deep.equal([]);
  });

  it("is drift after the response: the group is closed again, and that is announced", async () => {
    const world = await contained();
    open(world.state);
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(world.state.groups["sg-quarantine"]?.ingress).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(2);
  });
});

describe("what is deleted", () => {
  it("during the response counts as contained: an interface", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, {
      fault: ({ method, args }) => {
        if (method === "network.setGroups" && args[0] === "eni-02") {
          delete world.state.interfaces["eni-02"];
        }
        return undefined;
      },
    });
    expect(answered(ending).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  const endings: readonly (readonly [string, (state: AccountState) => void])[] = [
    [
      "is terminated",
      (state) => void Object.assign(state.instances[builders.instanceId]!, { state: "terminated" }),
    ],
    ["is gone", (state) => void delete state.instances[builders.instanceId]],
  ];
  for (const [how, change] of endings) {
    it(`after the response does not hold up the release: the instance ${how}`, async () => {
      const world = await contained();
      change(world.state);
      // EC2 deletes a terminated instance's interfaces, and takes it out of what names it.
      world.state.interfaces = {};
      world.state.scalingGroups = {};
      world.state.targetGroups = {};
      world.state.loadBalancers = {};
      expect(answered(await world.release(id)).outcome).to.equal("released");
      expect(world.items[id]?.status).to.equal("released");
      expect(marks(world, "set-instance-attribute")).to.deep.equal(["gone", "gone", "gone"]);
    });
  }
});

describe("what AWS shows late", () => {
  /** Answers while snapshots are listed only from this look on. */
  const lagging = async (shownAt: number) => {
    const world = new SimulatedWorld(builders.standardAccount());
    let looks = 0;
    const ending = await world.answer(incident, {
      fault: ({ method }) => {
        if (method !== "compute.snapshottedVolumes") return undefined;
        looks += 1;
        if (looks < shownAt) {
          const { snapshots } = world.state;
          world.state.snapshots = [];
          // The look itself is over by then.
          queueMicrotask(() => void Object.assign(world.state, { snapshots }));
        }
        return undefined;
      },
    });
    return { world, ending };
  };

  it("is in effect when the eighth read shows it", async () => {
    const { ending } = await lagging(8);
    expect(answered(ending).outcome).to.equal("contained");
  });

  it("is not in effect when the eighth read does not show it", async () => {
    const { world, ending } = await lagging(9);
    expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
    expect(marks(world, "snapshot-volumes")).to.deep.equal([undefined]);
  });

  it("is not done a second time where twice is harm: one set of snapshots", async () => {
    for (const shownAt of [2, 8, 9]) {
      const { world } = await lagging(shownAt);
      expect(calls(world, "compute.snapshotVolumes"), `${shownAt}`).to.have.lengthOf(1);
    }
  });
});

describe("what cannot be read back", () => {
  it("is not applied again: it may be in effect", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    let refused = 0;
    const ending = await world.answer(incident, {
      fault: ({ method, args }) => {
        const reads = method === "compute.attribute" && args[1] === "disableApiStop";
        const applied = calls(world, "compute.setAttribute").length === 3;
        if (!reads || !applied || refused === 2) return undefined;
        refused += 1;
        return throttled;
      },
    });
    expect(answered(ending).outcome).to.equal("contained");
    expect(refused).to.equal(2);
    expect(calls(world, "compute.setAttribute")).to.have.lengthOf(3);
  });
});

describe("what another principal undoes each time before it is read back", () => {
  it("is reported as failed, and not as done", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, {
      fault: ({ method, args }) => {
        if (method === "compute.attribute" && args[1] === "disableApiStop") {
          world.state.instances[builders.instanceId]!.attributes.disableApiStop = false;
        }
        return undefined;
      },
    });
    expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
    // In the plan's order: termination, stop, shutdown.
    expect(marks(world, "set-instance-attribute")).to.deep.equal(["done", undefined, "done"]);
    const said = world.notices[0]!.text.split("\n").filter((line) =>
      line.includes(`set disableApiStop of ${builders.instanceId} to true`),
    );
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.include("applied, but not in effect");
  });
});

describe("a second delivery that contains while the first one reads", () => {
  /** Answers the first delivery; the second runs from its start to its end during such calls. */
  const raced = async (slow: (call: LoggedCall) => boolean) => {
    const world = new SimulatedWorld(builders.standardAccount());
    let second: ReturnType<SimulatedWorld["answer"]> | undefined;
    const faults: Faults = {
      slow,
      fault: (call) => {
        if (slow(call)) second ??= world.answer(incident);
        return undefined;
      },
    };
    const first = answered(await world.answer(incident, faults));
    return { world, first, second: answered(await second!) };
  };
  const cases: readonly (readonly [string, (call: LoggedCall) => boolean])[] = [
    ["the account after the journal", ({ method }) => method === "network.interfacesOf"],
    ["the journal after the account", ({ method }) => method === "journal.find"],
  ];
  for (const [order, slow] of cases) {
    it(`makes a quiet duplicate of the first, which reads ${order}`, async () => {
      const { world, first, second } = await raced(slow);
      expect(second.outcome).to.equal("contained");
      expect(first).to.deep.equal({
        outcome: "duplicate",
        reason: `Incident ${id} is contained`,
        incident: id,
      });
      expect(world.notices.map(({ subject }) => subject)).to.deep.equal([
        `[Cordon] Isolated: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
      ]);
    });
  }
});
