import { expect } from "chai";
import { PartialContainment } from "../../functions/response";
import * as builders from "../support/builders";
import { answered, Estate, type Fate, lastDelivery } from "../support/life";
import { type AccountState, AwsError, type LoggedCall } from "../support/memory-account";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const untrack = "sg-00000000000000006";

describe("a call that fails once", () => {
  const kinds: readonly (readonly [string, Omit<Fate, "fault">, Error])[] = [
    ["with throttling", {}, new AwsError("RequestLimitExceeded", "Request limit exceeded.")],
    ["with a lost reply", { lost: true }, new AwsError("TimeoutError", "socket hang up")],
  ];
  for (const [how, fate, error] of kinds) {
    for (const make of [builders.standardAccount, builders.youngAccount]) {
      it(`${how} ends contained after a redelivery at the latest, ${make.name}`, async () => {
        const { calls } = await new Estate(make()).answer(incident);
        for (const at of calls.keys()) {
          const world = new Estate(make());
          const where = `${at + 1} ${calls[at]?.method}`;
          const fault = (_call: LoggedCall, number: number) =>
            number === at + 1 ? error : undefined;
          const first = await world.answer(incident, { ...fate, fault });
          // Whatever failed, a run that ends leaves no interface open.
          expect(openInterfaces(world.state), where).to.deep.equal([]);
          let ending = first;
          if (first.kind === "failed") {
            // The queue hides a failed message for no shorter than the lease.
            world.outlastLease();
            ending = await world.answer(incident, { delivery: 2 });
          }
          expect(answered(ending).outcome, where).to.be.oneOf(["contained", "duplicate"]);
          expect(world.items[id]?.status, where).to.equal("contained");
          expect(
            Object.values(world.state.interfaces).map(
              (each) => world.state.groups[each.groups[0]!]?.name,
            ),
            where,
          ).to.deep.equal(["cordon-quarantine", "cordon-quarantine"]);
          expect(world.state.snapshots, where).to.have.lengthOf(2);
          expect(
            Object.values(world.state.groups).filter((group) =>
              group.name.startsWith("cordon-untrack"),
            ),
            where,
          ).to.deep.equal([]);
          expect(world.notices.length, where).to.be.at.least(1);
        }
      });
    }
  }

  it("with a lost reply is not taken for a failure where one look tells that it took effect", async () => {
    const once = [
      "compute.snapshotVolumes",
      "compute.setAttribute",
      "compute.setDeleteOnTermination",
      "identity.putRolePolicy",
      "scaling.detach",
      "balancing.deregisterTarget",
      "balancing.deregisterFromLoadBalancer",
      "network.deleteGroup",
    ];
    for (const method of once) {
      const world = new Estate(builders.standardAccount());
      const ending = await world.answer(incident, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("contained");
      expect(world.state.snapshots, method).to.have.lengthOf(2);
    }
  });

  for (const [how, fate, error] of kinds) {
    it(`${how} during a release is mended by running it again`, async () => {
      const model = new Estate(builders.standardAccount());
      await model.answer(incident);
      const { calls } = await model.release(id);
      for (const at of calls.keys()) {
        const world = new Estate(builders.standardAccount());
        await world.answer(incident);
        const where = `${at + 1} ${calls[at]?.method}`;
        const fault = (_call: LoggedCall, number: number) =>
          number === at + 1 ? error : undefined;
        await world.release(id, { ...fate, fault });
        world.outlastLease();
        const report = answered(await world.release(id));
        if (report.outcome === "refused") expect(report.reason, where).to.match(/was released at/);
        else expect(report.outcome, where).to.equal("released");
        expect(world.state.interfaces["eni-01"]?.groups, where).to.deep.equal([
          "sg-admin",
          "sg-web",
        ]);
        expect(world.items[id]?.status, where).to.equal("released");
      }
    });
  }
});

describe("a step that always fails", () => {
  const error = new AwsError("AccessDenied", "You may not");
  interface Case {
    readonly step: string;
    readonly fails: (call: LoggedCall) => boolean;
    /** What the notice says: the step as a person would do it, and why it was not done. */
    readonly says: string;
    readonly make?: () => AccountState;
    /** The failing step is isolation itself: so much of it stands nevertheless. */
    readonly quarantined?: readonly string[];
    /** Steps that wait for it. */
    readonly waiting?: number;
  }
  const on =
    (method: string, ...args: unknown[]) =>
    (call: LoggedCall) =>
      call.method === method && args.every((arg, n) => arg === undefined || call.args[n] === arg);
  const cases: readonly Case[] = [
    {
      step: "snapshot-volumes",
      fails: on("compute.snapshotVolumes"),
      says: `snapshot 2 volume(s) of ${builders.instanceId} as one set`,
    },
    ...(["disableApiTermination", "disableApiStop"] as const).map((attribute) => ({
      step: "set-instance-attribute",
      fails: on("compute.setAttribute", undefined, attribute),
      says: `set ${attribute} of ${builders.instanceId} to true`,
    })),
    {
      step: "set-instance-attribute",
      fails: on("compute.setAttribute", undefined, "instanceInitiatedShutdownBehavior"),
      says: `set instanceInitiatedShutdownBehavior of ${builders.instanceId} to stop`,
    },
    {
      step: "keep-volumes",
      fails: on("compute.setDeleteOnTermination"),
      says: `keep 1 volume(s) of ${builders.instanceId} on termination`,
    },
    {
      step: "deny-instance-credentials",
      fails: on("identity.putRolePolicy"),
      says: `deny role web for sessions issued to ${builders.instanceId} only`,
    },
    {
      step: "detach-from-group",
      fails: on("scaling.detach"),
      says: `detach ${builders.instanceId} from Auto Scaling group web-asg, which starts a replacement`,
    },
    {
      step: "deregister-target",
      fails: on("balancing.deregisterTarget"),
      says: `deregister ${builders.instanceId} from target group web, port 8080`,
    },
    {
      step: "deregister-from-load-balancer",
      fails: on("balancing.deregisterFromLoadBalancer"),
      says: `deregister ${builders.instanceId} from load balancer web-classic`,
    },
    {
      step: "quarantine-interface",
      fails: on("network.setGroups", "eni-02"),
      says: "eni-02: sg-data → quarantine only",
      quarantined: ["eni-01"],
      waiting: 4,
    },
    {
      step: "provide-untrack-group",
      fails: on("network.createGroup"),
      says: `make the untrack group cordon-untrack-${id} in vpc-01`,
      waiting: 4,
    },
    {
      step: "cut-connections",
      fails: (call) =>
        on("network.setGroups", "eni-02")(call) && call.args[1]?.toString() === untrack,
      says: "eni-02: quarantine → open for an instant → quarantine, to end connections",
      waiting: 2,
    },
    {
      step: "cut-connections",
      fails: on("compute.setTags", "eni-01"),
      says: "eni-01: quarantine → open for an instant → quarantine, to end connections",
      waiting: 2,
    },
    {
      step: "tag-instance",
      fails: on("compute.setTags", builders.instanceId),
      says: `tag ${builders.instanceId} SecurityStatus=Quarantined`,
    },
    {
      step: "remove-untrack-group",
      fails: on("network.deleteGroup"),
      says: `remove the untrack group cordon-untrack-${id}`,
    },
    {
      step: "provide-quarantine-group",
      make: builders.youngAccount,
      fails: on("network.createGroup", "vpc-02", "cordon-quarantine"),
      says: "make and close the quarantine group of vpc-02",
      quarantined: ["eni-01"],
      waiting: 5,
    },
  ];

  for (const { step, fails, says, make, quarantined, waiting } of cases) {
    const what = quarantined ? "the rest of isolation stands" : "isolation stands";
    it(`leaves the message to fail, but ${what}: ${says}`, async () => {
      const world = new Estate((make ?? builders.standardAccount)());
      const fault = (call: LoggedCall) => (fails(call) ? error : undefined);
      for (let delivery = 1; delivery <= lastDelivery; delivery++) {
        const ending = await world.answer(incident, { fault, delivery });
        expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
        const { message } = (ending as { error: Error }).error;
        expect(message).to.include(`Incident ${id} is contained in part: `);
        expect(message).to.include(`${step}: AccessDenied: You may not`);
        expect(world.items[id]).to.deep.include({ status: "containing", leaseUntil: 0 });
      }
      expect(
        Object.entries(world.state.interfaces)
          .filter(([, each]) => each.groups.some((one) => isQuarantine(world.state, one)))
          .map(([name]) => name),
      ).to.deep.equal(quarantined ?? ["eni-01", "eni-02"]);
      expect(openInterfaces(world.state)).to.deep.equal([]);
      const item = world.items[id]!;
      const planned = item.record.plan.stages.flatMap((stage): readonly unknown[] => stage.steps);
      const failing = step === "provide-quarantine-group" ? 2 : 1;
      expect(Object.values(item.marks)).to.deep.equal(
        Array.from({ length: planned.length - failing - (waiting ?? 0) }, () => "done"),
      );
      // Told twice: at the first delivery, and at the last, which leaves it to people.
      expect(world.notices.map((notice) => notice.subject)).to.deep.equal(
        Array.from(
          { length: 2 },
          () =>
            `[Cordon] Contained in part: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
        ),
      );
      expect(world.notices[0]?.text).to.include("\nNot done; it is tried again\n");
      expect(world.notices[1]?.text).to.include("\nNot done, and given up: do it by hand\n");
      for (const { text } of world.notices) {
        expect(text).to.include(`  - ${says}: AccessDenied: You may not.`);
        expect(text.split("not tried while an earlier step fails").length - 1).to.equal(
          waiting ?? 0,
        );
      }
      // As soon as AWS permits it, the next delivery finishes.
      expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("contained");
      expect(world.state.snapshots).to.have.lengthOf(2);
    });
  }
});

function isQuarantine(state: AccountState, group: string): boolean {
  return state.groups[group]?.name === "cordon-quarantine";
}

function openInterfaces(state: AccountState): string[] {
  return Object.entries(state.interfaces)
    .filter(([, each]) =>
      each.groups.some((group) => state.groups[group]?.name.startsWith("cordon-untrack")),
    )
    .map(([name]) => name);
}
