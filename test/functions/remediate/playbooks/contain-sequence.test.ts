import { expect } from "chai";
import type { Incident } from "../../../../functions/model/incident";
import type { Aside } from "../../../../functions/model/resource";
import { readerOf } from "../../../../functions/remediate/facts";
import type { JudgedPart, Stance } from "../../../../functions/remediate/facts/sequence";
import { narrowed, narrowingProblem, restricted } from "../../../../functions/remediate/narrow";
import {
  allSteps,
  asOwn,
  chainsOf,
  extended,
  type Plan,
  stepsOfKind,
} from "../../../../functions/remediate/plan";
import { planOf } from "../../../../functions/remediate/playbooks";
import * as builders from "../../../support/builders";
import { MemoryAccount, through } from "../../../support/memory-account";

const id = `${builders.sequenceKey}-1`;
const now = new Date("2026-11-20T10:05:00.000Z");
const of = [
  builders.userIncident(),
  builders.roleIncident(),
  builders.incident(),
  ...builders.otherIncidents(),
];

async function planned(
  stances: Readonly<Record<number, Stance>> = {},
  {
    asides = [],
    all = of,
    state = builders.sequenceAccount(),
  }: {
    readonly asides?: readonly Aside[];
    readonly all?: readonly Incident[];
    readonly state?: ReturnType<typeof builders.sequenceAccount>;
  } = {},
): Promise<Plan> {
  const incident = builders.sequenceIncident(all, {}, asides);
  const account = new MemoryAccount(state, [], through);
  const parts: JudgedPart[] = [];
  for (const [index, part] of incident.resource.parts.entries()) {
    const about = all[index] as Incident;
    const reader = readerOf(about.resource.kind);
    parts.push({
      part,
      facts: await reader.read(about, account, builders.patient),
      target: undefined,
      stance: stances[index] ?? { is: "in" },
    });
  }
  return planOf(incident, { parts }, id, now, builders.policy(), "5eed0001");
}

describe("the plan to contain an attack sequence [D7]", () => {
  it("has the stages of each part's own playbook, one part after the other", async () => {
    const plan = await planned();
    expect(chainsOf(plan).map(([first, ...more]) => [first?.part, 1 + more.length])).to.deep.equal([
      ["user deploy", 3],
      ["role analyst, session alice@example.com", 2],
      [`instance ${builders.instanceId}`, 4],
      ...builders.otherInstances.map((each) => [`instance ${each}`, 4]),
    ]);
    expect(plan.open).to.equal(undefined);
    expect(new Set(plan.residual).size).to.equal(plan.residual.length);
    expect(new Set(plan.nextSteps).size).to.equal(plan.nextSteps.length);
  });

  it("gives each deny, and each group for an instant, a name of its own part", async () => {
    const plan = await planned();
    const policies = stepsOfKind(plan, "deny-instance-credentials").map(({ policy }) => policy);
    const groups = stepsOfKind(plan, "provide-untrack-group").map(({ name }) => name);
    for (const names of [policies, groups]) {
      expect(new Set(names).size).to.equal(3);
      for (const name of names) expect(name).to.match(/-1-5eed0001-[0-9a-f]{8}$/);
    }
  });

  it("says what is left out, what is contained already, and what is only named", async () => {
    const aside = {
      what: "bucket reports",
      why: "a bucket is contained by itself, after an approval",
      manualSteps: ["Close it."],
    };
    const root = {
      what: "Root root",
      why: "nothing contains root",
      manualSteps: ["Sign in."],
      isOpen: true as const,
    };
    const plan = await planned(
      {
        0: { is: "out", why: "it is protected", manualSteps: ["Do it."] },
        1: { is: "contained", why: "incident 0-1 about it is contained" },
        2: { is: "unread", why: "reading failed" },
        3: { is: "asks", why: "it opted out" },
      },
      { asides: [aside, root] },
    );
    expect(plan.open).to.deep.equal([
      "user deploy is left out: it is protected",
      `instance ${builders.instanceId} is left out: reading failed`,
      "Root root is left out: nothing contains root",
    ]);
    expect(plan.residual).to.include.members([
      "role analyst, session alice@example.com is left out: incident 0-1 about it is contained.",
      "bucket reports is left alone: a bucket is contained by itself, after an approval.",
    ]);
    expect(plan.nextSteps.slice(0, 3)).to.deep.equal(["Close it.", "Sign in.", "Do it."]);
    expect(plan.isIncomplete).to.equal(true);
    // What could not be read is planned as soon as it can be.
    expect(plan.parts?.map(({ name }) => name)).to.have.members([
      ...builders.otherInstances.map((each) => `instance ${each}`),
      `instance ${builders.instanceId}`,
    ]);
  });

  it("leaves out what does not fit into the journal's item", async () => {
    const state = builders.sequenceAccount();
    const { "eni-10": eni } = state.interfaces;
    const [second = ""] = builders.otherInstances;
    // Far more than EC2 lets an instance have.
    for (let n = 0; n < 900; n++) state.interfaces[`eni-x${n}`] = { ...eni!, instance: second };
    const plan = await planned({}, { state });
    expect(JSON.stringify(plan).length).to.be.below(300_000);
    expect(plan.open).to.deep.equal([
      `instance ${second} is left out: the plan of the sequence is too long for one incident`,
    ]);
    expect(chainsOf(plan).map(([first]) => first?.part)).to.deep.equal([
      "user deploy",
      "role analyst, session alice@example.com",
      `instance ${builders.instanceId}`,
      `instance ${builders.otherInstances[1]}`,
    ]);
  });

  it("is viewed as the incidents that its parts would be", async () => {
    const plan = await planned();
    const incident = builders.sequenceIncident(of);
    const own = asOwn({ incident, plan });
    expect(own.map((each) => [each.incident.playbook, each.incident.key])).to.deep.equal(
      of.map(({ playbook, key }) => [playbook, key]),
    );
    expect(own.flatMap((each) => allSteps(each.plan))).to.deep.equal(allSteps(plan));
    const alone = { incident: builders.incident(), plan: { ...plan, parts: [] } };
    expect(asOwn(alone)).to.deep.equal([alone]);
  });

  it("is extended part by part: what one of today lacks stays as it is", async () => {
    const plan = await planned();
    const today = { ...plan, stages: plan.stages.filter(({ part }) => part !== "user deploy") };
    expect(extended(plan, today, () => true).plan.stages).to.deep.equal(plan.stages);
    expect(extended(today, plan, () => false).plan.stages).to.have.deep.members(plan.stages);
  });

  it("is narrowed to steps of some parts, which need no step of another", async () => {
    const plan = await planned();
    const steps = allSteps(plan);
    const [part] = builders.otherInstances.map((each) => `instance ${each}`);
    const own = allSteps({ stages: plan.stages.filter((stage) => stage.part === part) });
    const only = own.map((step) => steps.indexOf(step));
    expect(narrowingProblem(plan, only)).to.equal(undefined);
    const narrow = narrowed(plan, only);
    expect(new Set(narrow.stages.map((stage) => stage.part))).to.deep.equal(new Set([part]));
    expect(narrow.open?.[0]).to.equal("left out by the approval: deny user deploy all actions");
    // Of the others a plan of today has what is made for each day anew alone.
    const again = allSteps({
      stages: restricted(plan, narrow).stages.filter((stage) => stage.part !== part),
    });
    expect(again.filter(({ kind }) => !kind.includes("group"))).to.deep.equal([]);
  });
});
