import { expect } from "chai";
import type { StepState } from "../../../functions/model/step";
import type { Plan } from "../../../functions/remediate/plan";
import { allSteps } from "../../../functions/remediate/plan";
import { type Kind, kindOf, type StepOf, step } from "../../../functions/remediate/steps";
import * as builders from "../../support/builders";
import {
  type AccountState,
  AwsError,
  type Gate,
  MemoryAccount,
} from "../../support/memory-account";
import { SimulatedWorld } from "../../support/simulated-world";

const id = `${builders.incidentKey}-1`;
const now = new Date("2026-11-20T12:00:00.000Z");
const estates = { standard: builders.standardAccount, young: builders.youngAccount };

for (const [name, make] of Object.entries(estates)) {
  describe(`each step of the ${name} instance's plan`, () => {
    it("is 'before', is applied, is 'after', and converges again from there", async () => {
      const account = new MemoryAccount(make());
      for (const each of allSteps(await planOf(make()))) {
        const kind = kindOf(each.kind);
        // Nothing in the account shows that connections were cut: the journal does.
        const after = each.kind === "cut-connections" ? "before" : "after";
        expect(await kind.inspect(each, account), kind.describe(each)).to.equal("before");
        await kind.apply(each, account);
        expect(await kind.inspect(each, account), kind.describe(each)).to.equal(after);
        if (["detach-from-group", "snapshot-volumes"].includes(each.kind)) continue;
        await kind.apply(each, account);
        expect(await kind.inspect(each, account), kind.describe(each)).to.equal(after);
      }
    });

    it("is 'before' again once it is undone, and changes nothing of what it keeps", async () => {
      const account = new MemoryAccount(make());
      const steps = allSteps(await planOf(make()));
      for (const each of steps) await kindOf(each.kind).apply(each, account);
      for (const each of [...steps].reverse()) {
        const { undo, inspect, describe } = kindOf(each.kind);
        if (undo === "keep") continue;
        await undo(each, account, now);
        expect(await inspect(each, account), describe(each)).to.equal("before");
      }
    });

    it("names its target and both ways in words", async () => {
      for (const each of allSteps(await planOf(make()))) {
        const { target, describe, describeUndo, manual, sides } = kindOf(each.kind);
        expect(describeUndo(each), each.kind).not.to.equal(describe(each));
        const [before, after] = sides(each);
        expect(before, each.kind).not.to.equal(after);
        for (const words of [before, after]) {
          expect(words, each.kind)
            .to.match(/^\S.+$/)
            .and.not.match(/undefined|\[object/);
        }
        for (const words of [target(each), describe(each), describeUndo(each), manual(each)]) {
          expect(words, each.kind)
            .to.match(/^\S.{4,}$/)
            .and.not.match(/undefined|\[object/);
        }
      }
    });
  });
}

describe("a step's state", () => {
  const untrack = { vpc: "vpc-01", name: `cordon-untrack-${id}` };
  const quarantine = { vpc: "vpc-01", name: "cordon-quarantine", id: "sg-quarantine" };
  const cut = step("cut-connections", {
    networkInterface: "eni-01",
    quarantine,
    untrack,
  });
  const isolate = step("quarantine-interface", {
    networkInterface: "eni-01",
    before: ["sg-admin", "sg-web"],
    quarantine,
  });
  const tag = step("tag-instance", {
    instance: builders.instanceId,
    before: { SecurityStatus: "Reviewed", QuarantinedAt: null, CordonIncident: null },
    after: { SecurityStatus: "Quarantined", QuarantinedAt: "today", CordonIncident: id },
  });
  const keep = step("keep-volumes", {
    instance: builders.instanceId,
    devices: ["/dev/xvda", "/dev/sdf"],
  });
  const attribute = step("set-instance-attribute", {
    instance: builders.instanceId,
    attribute: "instanceInitiatedShutdownBehavior",
    before: "terminate",
    after: "stop",
  });
  const deny = step("deny-instance-credentials", {
    role: { name: "web", arn: builders.roleArn },
    policy: `Cordon-${id}`,
    instanceArn: builders.instanceArn,
    endpoints: [],
  });
  const detach = step("detach-from-group", { instance: builders.instanceId, group: "web-asg" });
  const snapshots = step("snapshot-volumes", {
    instance: builders.instanceId,
    volumes: ["vol-01", "vol-02"],
    incident: id,
  });
  const provide = step("provide-quarantine-group", {
    vpc: "vpc-01",
    name: "cordon-quarantine",
    addresses: ["10.20.1.7/32", "10.20.1.8/32", "10.20.1.7/32"],
  });
  const open = step("provide-untrack-group", untrack);

  const instance = (state: AccountState) => state.instances[builders.instanceId]!;
  const snapshot = (volume: string, incident: string) => ({
    volume,
    set: 1,
    tags: { IncidentId: incident },
  });
  const group = (state: AccountState, rules: AccountState["groups"][string]["ingress"]) => {
    state.groups["sg-open"] = {
      ...untrack,
      description: "",
      tags: {},
      ingress: rules,
      egress: rules,
    };
  };
  const everything = [
    { protocol: "-1", peer: { cidr: "0.0.0.0/0" } },
    { protocol: "-1", peer: { cidr: "::/0" } },
  ];

  const table: readonly (readonly [
    StepState,
    StepOf<Kind>,
    string,
    (state: AccountState) => void,
  ])[] = [
    ["gone", cut, "the interface is deleted", (state) => delete state.interfaces["eni-01"]],
    ["gone", isolate, "the interface is deleted", (state) => delete state.interfaces["eni-01"]],
    ["gone", tag, "the instance is gone", (state) => delete state.instances[builders.instanceId]],
    ["gone", keep, "the instance is gone", (state) => delete state.instances[builders.instanceId]],
    [
      "half",
      cut,
      "the interface rests in the open group",
      (state) => {
        group(state, everything);
        state.interfaces["eni-01"]!.groups = ["sg-open"];
      },
    ],
    [
      "before",
      cut,
      "the interface was released",
      (state) => {
        state.interfaces["eni-01"]!.groups = ["sg-web"];
      },
    ],
    [
      "other",
      isolate,
      "the quarantine group is beside another",
      (state) => {
        state.interfaces["eni-01"]!.groups = ["sg-quarantine", "sg-web"];
      },
    ],
    [
      "other",
      isolate,
      "one of the original groups was taken away",
      (state) => {
        state.interfaces["eni-01"]!.groups = ["sg-web"];
      },
    ],
    [
      "before",
      isolate,
      "the original groups come in another order",
      (state) => {
        state.interfaces["eni-01"]!.groups = ["sg-web", "sg-admin"];
      },
    ],
    [
      "other",
      tag,
      "someone wrote a status of their own",
      (state) => {
        instance(state).tags.SecurityStatus = "Under investigation";
      },
    ],
    [
      "half",
      tag,
      "a release set the status and removed nothing yet",
      (state) => {
        instance(state).tags = { SecurityStatus: "Restored", CordonIncident: id };
      },
    ],
    [
      "before",
      tag,
      "a release is through",
      (state) => {
        instance(state).tags = { SecurityStatus: "Restored", RestoredAt: "today" };
      },
    ],
    [
      "other",
      keep,
      "one of two volumes is kept",
      () => {
        // As built: /dev/xvda goes with the instance, /dev/sdf stays.
      },
    ],
    [
      "after",
      keep,
      "a volume that the plan does not name goes with the instance",
      (state) => {
        instance(state).volumes[0]!.deleteOnTermination = false;
        instance(state).volumes.push({
          id: "vol-03",
          device: "/dev/sdg",
          deleteOnTermination: true,
        });
      },
    ],
    ["before", attribute, "nothing happened", () => {}],
    [
      "other",
      deny,
      "the policy of that name says something else",
      (state) => {
        state.roles.web!.policies[`Cordon-${id}`] = { Version: "2012-10-17", Statement: [] };
      },
    ],
    [
      "after",
      detach,
      "the instance is on its way out",
      (state) => {
        state.scalingGroups["web-asg"] = {
          instances: [],
          detaching: [builders.instanceId],
          desired: 1,
          max: 1,
        };
      },
    ],
    [
      "other",
      detach,
      "the instance is in another group",
      (state) => {
        state.scalingGroups = {
          other: { instances: [builders.instanceId], detaching: [], desired: 1, max: 1 },
        };
      },
    ],
    [
      "other",
      snapshots,
      "one volume has its snapshot",
      (state) => {
        state.snapshots.push(snapshot("vol-01", id));
      },
    ],
    [
      "before",
      snapshots,
      "the snapshots are another incident's",
      (state) => {
        state.snapshots.push(snapshot("vol-01", "other"), snapshot("vol-02", "other"));
      },
    ],
    ["after", provide, "the group is closed", () => {}],
    [
      "other",
      provide,
      "the group lets everything out",
      (state) => {
        state.groups["sg-quarantine"]!.egress.push(everything[0]!);
      },
    ],
    [
      "other",
      provide,
      "the group has an inbound rule",
      (state) => {
        state.groups["sg-quarantine"]!.ingress.push(everything[0]!);
      },
    ],
    [
      "other",
      provide,
      "the group lacks its way to the endpoints",
      (state) => {
        state.groups["sg-quarantine"]!.egress = [];
      },
    ],
    ["half", open, "the group has no rules yet", (state) => group(state, [])],
    ["half", open, "the group lacks IPv6", (state) => group(state, everything.slice(0, 1))],
    ["after", open, "the group has both", (state) => group(state, everything)],
  ];
  for (const [expected, each, when, change] of table) {
    it(`is "${expected}" for ${each.kind} when ${when}`, async () => {
      const state = builders.standardAccount();
      change(state);
      const kind = kindOf(each.kind);
      expect(await kind.inspect(each, new MemoryAccount(state))).to.equal(expected);
    });
  }
});

describe("cutting connections", () => {
  const error = new AwsError("TimeoutError", "socket hang up");
  /** Applies the step to a quarantined interface while one change of groups fails, counted from 1. */
  const cutting = async (failing: number, reply: "refused" | "lost") => {
    const state = builders.standardAccount();
    state.interfaces["eni-01"]!.groups = ["sg-quarantine"];
    state.groups["sg-open"] = {
      ...state.groups["sg-web"]!,
      name: `cordon-untrack-${id}`,
      tags: { cordon: "untrack" },
    };
    const passed: unknown[] = [];
    const gate: Gate = async (call, effect) => {
      if (call.method !== "network.setGroups") return effect();
      passed.push(call.args[1]);
      if (passed.length !== failing) return effect();
      if (reply === "lost") effect();
      throw error;
    };
    const thrown = await kindOf("cut-connections")
      .apply(
        step("cut-connections", {
          networkInterface: "eni-01",
          quarantine: { vpc: "vpc-01", name: "cordon-quarantine", id: "sg-quarantine" },
          untrack: { vpc: "vpc-01", name: `cordon-untrack-${id}` },
        }),
        new MemoryAccount(state, [], gate),
      )
      .catch((caught: unknown) => caught);
    return { thrown, passed, ...state.interfaces["eni-01"]! };
  };
  const [open, quarantine] = [["sg-open"], ["sg-quarantine"]];

  it("closes a second time when closing fails", async () => {
    const { thrown, passed, groups } = await cutting(2, "refused");
    expect(thrown).to.equal(undefined);
    expect(passed).to.deep.equal([open, quarantine, quarantine]);
    expect(groups).to.deep.equal(quarantine);
  });

  for (const reply of ["refused", "lost"] as const) {
    it(`closes, fails and says nothing of a cut when the reply to opening is ${reply}`, async () => {
      const { thrown, passed, groups } = await cutting(1, reply);
      expect(thrown).to.equal(error);
      expect(passed).to.deep.equal([open, quarantine]);
      expect(groups).to.deep.equal(quarantine);
    });
  }
});

/** The plan that a dry run records. */
async function planOf(state: AccountState): Promise<Plan> {
  const world = new SimulatedWorld(state);
  await world.answer(builders.incident(), { policy: { mode: "dry-run" } });
  return world.items[id]!.record.plan;
}
