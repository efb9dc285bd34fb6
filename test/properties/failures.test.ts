import { expect } from "chai";
import { PartialContainment } from "../../functions/flows/respond/finish";
import type { Incident } from "../../functions/model/incident";
import * as builders from "../support/builders";
import { type AccountState, AwsError, type LoggedCall } from "../support/memory-account";
import { responses } from "../support/responses";
import { answered, type Faults, lastDelivery, SimulatedWorld } from "../support/simulated-world";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const untrack = "sg-00000000000000006";

describe("a call that fails once", () => {
  const kinds: readonly (readonly [string, Omit<Faults, "fault">, Error])[] = [
    ["with throttling", {}, new AwsError("RequestLimitExceeded", "Request limit exceeded.")],
    ["with a lost reply", { lost: true }, new AwsError("TimeoutError", "socket hang up")],
  ];
  for (const [how, faults, error] of kinds) {
    for (const response of responses) {
      const { incident, make } = response;
      const id = `${incident.key}-1`;

      it(`${how} ends contained after a redelivery at the latest: ${response.name}`, async () => {
        const { calls } = await new SimulatedWorld(make()).answer(incident, response.faults);
        for (const at of calls.keys()) {
          const world = new SimulatedWorld(make());
          const where = `${at + 1} ${calls[at]?.method}`;
          const fault = (_call: LoggedCall, number: number) =>
            number === at + 1 ? error : undefined;
          const first = await world.answer(incident, { ...response.faults, ...faults, fault });
          // Whatever failed, a run that ends leaves no interface open.
          expect(openInterfaces(world.state), where).to.deep.equal([]);
          let ending = first;
          if (first.kind === "failed") {
            // The queue hides a failed message for no shorter than the lease.
            world.outlastLease();
            ending = await world.answer(incident, { ...response.faults, delivery: 2 });
          }
          expect(answered(ending).outcome, where).to.be.oneOf(["contained", "duplicate"]);
          expect(world.items[id]?.status, where).to.equal("contained");
          response.contained(world, where);
          expect(world.notices.length, where).to.be.at.least(1);
        }
      });

      it(`${how} during a release is mended by running it again: ${response.name}`, async () => {
        const model = new SimulatedWorld(make());
        await model.answer(incident, response.faults);
        const { calls } = await model.release(id, response.faults);
        for (const at of calls.keys()) {
          const world = new SimulatedWorld(make());
          await world.answer(incident, response.faults);
          const where = `${at + 1} ${calls[at]?.method}`;
          const fault = (_call: LoggedCall, number: number) =>
            number === at + 1 ? error : undefined;
          await world.release(id, { ...response.faults, ...faults, fault });
          world.outlastLease();
          const report = answered(await world.release(id, response.faults));
          if (report.outcome === "refused") {
            expect(report.reason, where).to.match(/was released at/);
          } else expect(report.outcome, where).to.equal("released");
          response.restored(world, make(), where);
          expect(world.items[id]?.status, where).to.equal("released");
        }
      });
    }
  }

  it("with a lost reply is not taken for a failure where one read shows that it took effect", async () => {
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
      const world = new SimulatedWorld(builders.standardAccount());
      const ending = await world.answer(incident, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("contained");
      expect(world.state.snapshots, method).to.have.lengthOf(2);
    }
  });

  it("with a lost reply is not taken for a failure on a user or role either", async () => {
    const once: readonly (readonly [string, () => AccountState, Incident])[] = [
      ["identity.setKeyActive", builders.identityAccount, builders.userIncident()],
      ["identity.attachPolicy", builders.identityAccount, builders.userIncident()],
      ["identity.putUserPolicy", builders.fullyAttachedUser, builders.userIncident()],
      ["identity.setBoundary", builders.fullUser, builders.userIncident()],
      ["identity.setPrincipalTags", builders.identityAccount, builders.userIncident()],
      ["identity.putRolePolicy", builders.identityAccount, builders.roleIncident()],
      ["identity.putRolePolicy", builders.identityAccount, builders.instanceSessionIncident()],
      ["identity.setPrincipalTags", builders.identityAccount, builders.roleIncident()],
    ];
    for (const [method, make, incident] of once) {
      const world = new SimulatedWorld(make());
      const ending = await world.answer(incident, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("contained");
      expect(
        world.changes.map((call) => call.method),
        method,
      ).to.include(method);
    }
  });
});

describe("a step that always fails", () => {
  const error = new AwsError("AccessDenied", "You may not");
  interface Case {
    readonly step: string;
    readonly fails: (call: LoggedCall) => boolean;
    /** What the notice says: the step as a person would do it, and why it was not done. */
    readonly says: string;
    readonly make?: () => AccountState;
    /** The failing step is isolation itself: this much of it is in effect nevertheless. */
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
      says: `preserve 1 volume(s) of ${builders.instanceId} on termination`,
    },
    {
      step: "deny-instance-credentials",
      fails: on("identity.putRolePolicy"),
      says: `deny role web sessions issued to ${builders.instanceId}`,
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
      says: `create the untrack group cordon-untrack-${id}-5eed0001 in vpc-01`,
      waiting: 4,
    },
    {
      step: "cut-connections",
      fails: (call) =>
        on("network.setGroups", "eni-02")(call) && call.args[1]?.toString() === untrack,
      says: "eni-02: quarantine → untrack group for an instant → quarantine, to end connections",
      waiting: 2,
    },
    {
      step: "tag-interface",
      fails: on("compute.setTags", "eni-01"),
      says: "tag eni-01 cordon=quarantined",
    },
    {
      step: "tag-instance",
      fails: on("compute.setTags", builders.instanceId),
      says: `tag ${builders.instanceId} SecurityStatus=Quarantined`,
    },
    {
      step: "remove-untrack-group",
      fails: on("network.deleteGroup"),
      says: `remove the untrack group cordon-untrack-${id}-5eed0001`,
    },
    {
      step: "provide-quarantine-group",
      make: builders.youngAccount,
      fails: on("network.createGroup", "vpc-02", "cordon-quarantine"),
      says: "create the quarantine group of vpc-02 without inbound rules",
      quarantined: ["eni-01"],
      waiting: 5,
    },
  ];

  // Of these depends whether the instance is cut off: they are tried until the last delivery.
  const cutting = [
    "cut-connections",
    "deny-instance-credentials",
    "provide-quarantine-group",
    "provide-untrack-group",
    "quarantine-interface",
  ];

  /** Checks what is in effect besides the failing step, and what the journal says of each. */
  const expectRest = (world: SimulatedWorld, { step, quarantined, waiting = 0 }: Case) => {
    expect(
      Object.entries(world.state.interfaces)
        .filter(([, each]) => each.groups.some((one) => isQuarantine(world.state, one)))
        .map(([name]) => name),
    ).to.deep.equal(quarantined ?? ["eni-01", "eni-02"]);
    expect(openInterfaces(world.state)).to.deep.equal([]);
    const item = world.items[id]!;
    const planned = item.record.plan.stages.flatMap((stage): readonly unknown[] => stage.steps);
    const failing = step === "provide-quarantine-group" ? 2 : 1;
    const done = Object.values(item.marks).filter((mark) => mark === "done");
    expect(done).to.have.lengthOf(planned.length - failing - waiting);
  };

  for (const each of cases.filter(({ step }) => cutting.includes(step))) {
    const { step, fails, says, make, waiting } = each;
    it(`leaves the message to fail, and the rest is in effect: ${says}`, async () => {
      const world = new SimulatedWorld((make ?? builders.standardAccount)());
      const fault = (call: LoggedCall) => (fails(call) ? error : undefined);
      for (let delivery = 1; delivery <= lastDelivery; delivery++) {
        const ending = await world.answer(incident, { fault, delivery });
        if (step === "cut-connections" && delivery === lastDelivery) {
          // The last delivery opens nothing: none would close it.
          expect(answered(ending).outcome).to.equal("contained-in-part");
          expect(world.notices.at(-1)?.text).to.include(
            "eni-02 is in quarantine, but its open connections were not cut",
          );
          return;
        }
        expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
        const { message } = (ending as { error: Error }).error;
        expect(message).to.include(`Incident ${id} is contained in part: `);
        expect(message).to.include(`${step}: AccessDenied: You may not`);
        expect(world.items[id]).to.deep.include({
          status: delivery < lastDelivery ? "containing" : "contained",
          leaseUntil: 0,
        });
      }
      expectRest(world, each);
      // Notified twice: at the first delivery, and at the last, which gives up.
      expect(world.notices.map((notice) => notice.subject)).to.deep.equal(
        Array.from(
          { length: 2 },
          () =>
            `[Cordon] URGENT Isolated in part: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
        ),
      );
      expect(world.notices[0]?.text).to.include("\nFailed: Cordon tries again\n");
      expect(world.notices[1]?.text).to.include("\nFailed permanently: do it manually\n");
      for (const { text } of world.notices) {
        expect(text).to.include(`  - ${says}: AccessDenied: You may not.`);
        expect(text.split("not tried while an earlier step fails").length - 1).to.equal(
          waiting ?? 0,
        );
      }
      // As soon as AWS permits it, the next finding finishes.
      expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("contained");
      expect(world.state.snapshots).to.have.lengthOf(2);
    });
  }

  for (const each of cases.filter(({ step }) => !cutting.includes(step))) {
    const { fails, says, make } = each;
    it(`is left to a person, once, while isolation is in effect: ${says}`, async () => {
      const world = new SimulatedWorld((make ?? builders.standardAccount)());
      const fault = (call: LoggedCall) => (fails(call) ? error : undefined);
      const answer = answered(await world.answer(incident, { fault }));
      expect(answer.outcome).to.equal("contained");
      expect(world.items[id]).to.deep.include({ status: "contained", leaseUntil: 0 });
      expectRest(world, each);
      expect(Object.values(world.items[id]!.marks)).to.include("by-hand");
      expect(world.notices.map((notice) => notice.subject)).to.deep.equal([
        `[Cordon] Isolated: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
      ]);
      expect(world.notices[0]?.text).to.include(
        `\nFailed permanently: do it manually\n  - ${says}: AccessDenied: You may not.`,
      );
    });
  }
});

describe("a step on a user or role that always fails [R3]", () => {
  const error = new AwsError("AccessDenied", "You may not");
  const cases: readonly (readonly [
    method: string,
    incident: Incident,
    says: string,
    inEffect: (state: AccountState) => unknown,
    expected: unknown,
  ])[] = [
    [
      "identity.setKeyActive",
      builders.userIncident(),
      `disable access key ${builders.accessKey} of user deploy`,
      (state) => state.users.deploy?.attached.includes(builders.denyAllArn),
      true,
    ],
    [
      "identity.attachPolicy",
      builders.userIncident(),
      "deny user deploy all actions",
      (state) => state.users.deploy?.keys.map((key) => key.active),
      [false, false],
    ],
    [
      "identity.setPrincipalTags",
      builders.userIncident(),
      "tag user deploy SecurityStatus=Quarantined",
      (state) => state.users.deploy?.attached.includes(builders.denyAllArn),
      true,
    ],
    [
      "identity.putRolePolicy",
      builders.roleIncident(),
      "deny role analyst sessions issued before 2026-11-20T10:05:30.000Z",
      // The mark guards the role while a person acts.
      (state) => state.roles.analyst?.tags.SecurityStatus,
      "Quarantined",
    ],
    [
      "identity.setPrincipalTags",
      builders.roleIncident(),
      "tag role analyst SecurityStatus=Quarantined",
      (state) => Object.keys(state.roles.analyst?.policies ?? {}),
      ["app", `Cordon-${builders.roleKey}-1-5eed0001`],
    ],
  ];
  for (const [method, incident, says, inEffect, expected] of cases) {
    const isLabel = method === "identity.setPrincipalTags";
    const how = isLabel ? "is left to a person" : "leaves the message to fail";
    it(`${how}, and the rest is in effect: ${says}`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      const fault = (call: LoggedCall) => (call.method === method ? error : undefined);
      const ending = await world.answer(incident, { fault, delivery: lastDelivery });
      if (isLabel) expect(answered(ending).outcome).to.equal("contained");
      else expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
      expect(inEffect(world.state)).to.deep.equal(expected);
      expect(world.notices).to.have.lengthOf(1);
      const { subject, text } = world.notices[0]!;
      const none = method === "identity.putRolePolicy";
      expect(subject.split(":")[0]).to.equal(
        isLabel
          ? "[Cordon] Contained"
          : `[Cordon] URGENT ${none ? "Not contained" : "Contained in part"}`,
      );
      expect(text).to.include("\nFailed permanently: do it manually\n");
      expect(text).to.include(`  - ${says}: AccessDenied: You may not.`);
      expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("contained");
    });
  }

  it("says how to deny manually when the role has no room for the policy, inline or managed", async () => {
    const state = builders.identityAccount();
    const world = new SimulatedWorld(builders.withFullRole(state, "analyst", { attached: 10 }));
    const ending = await world.answer(builders.roleIncident(), { delivery: lastDelivery });
    expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
    expect(world.notices[0]?.text).to.include(
      "LimitExceededException: Role analyst has no room for another policy, inline or managed.",
    );
    expect(world.notices[0]?.text).to.include(
      "aws iam put-role-permissions-boundary --role-name=analyst --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll",
    );
  });
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
