import { expect } from "chai";
import { narrowed, narrowingProblem, restricted } from "../../../functions/remediate/narrow";
import { allSteps, type Plan } from "../../../functions/remediate/plan";
import { step } from "../../../functions/remediate/steps";

const quarantine = { vpc: "vpc-01", name: "cordon-quarantine" };
const untrack = { vpc: "vpc-01", name: "cordon-untrack" };
const plan: Plan = {
  stages: [
    {
      name: "preserve",
      onFailure: "continue",
      steps: [step("provide-quarantine-group", { ...quarantine, addresses: [] })],
    },
    {
      name: "quarantine",
      onFailure: "stop",
      steps: [
        step("quarantine-interface", { networkInterface: "eni-01", before: ["sg-1"], quarantine }),
        step("quarantine-interface", { networkInterface: "eni-02", before: ["sg-1"], quarantine }),
        step("provide-untrack-group", untrack),
      ],
    },
    {
      name: "cut connections",
      onFailure: "stop",
      steps: ["eni-01", "eni-02"].map((networkInterface) =>
        step("cut-connections", { networkInterface, quarantine, untrack }),
      ),
    },
    { name: "label", onFailure: "continue", steps: [step("remove-untrack-group", untrack)] },
  ],
  residual: ["DNS"],
  nextSteps: [],
};

describe("a narrowed plan [C5]", () => {
  for (const [only, problem] of [
    [[0, 1], undefined],
    [[1, 0], undefined],
    [[0, 1, 3, 4, 6], undefined],
    [[0, 1, 2, 3, 4, 5, 6], undefined],
    [[1], "Step 1 (quarantine-interface) needs step 0 (provide-quarantine-group)"],
    [[0, 1, 4, 6], "Step 4 (cut-connections) needs step 3 (provide-untrack-group)"],
    [[0, 2, 3, 4, 6], "Step 4 (cut-connections) needs step 1 (quarantine-interface)"],
    [[0, 1, 3], "Step 3 (provide-untrack-group) needs step 6 (remove-untrack-group)"],
    [[0], "None of these steps takes access from the target"],
    [[], "None of these steps takes access from the target"],
    [[0, 1, 1], "A step is named twice"],
    [[7], "The plan has no step 7: its steps are 0 to 6"],
    [[0.5], "The plan has no step 0.5: its steps are 0 to 6"],
  ] as const) {
    it(`of the steps ${only.join(", ") || "none"} ${problem ? "is refused" : "is taken"}`, () => {
      expect(narrowingProblem(plan, only)).to.equal(problem);
    });
  }

  it("keeps the order of stages, leaves out empty ones, and names what stays open", () => {
    const narrow = narrowed(plan, [1, 0]);
    expect(narrow.stages.map(({ name, steps }) => [name, steps.length])).to.deep.equal([
      ["preserve", 1],
      ["quarantine", 1],
    ]);
    expect(narrow.open).to.deep.equal([
      "left out by the approval: eni-02: sg-1 → quarantine only",
      "left out by the approval: eni-01: quarantine → untrack group for an instant → quarantine, to end connections",
      "left out by the approval: eni-02: quarantine → untrack group for an instant → quarantine, to end connections",
    ]);
    expect(narrowed(plan, undefined)).to.equal(plan);
  });

  it("is not widened by a plan of a later day, but for the group that it needs", () => {
    const narrow = narrowed(plan, [0, 1]);
    const today = restricted({ ...plan, residual: ["today's"] }, narrow);
    expect(allSteps(today).map(({ kind }) => kind)).to.deep.equal([
      "provide-quarantine-group",
      "quarantine-interface",
    ]);
    expect(today.open).to.deep.equal(narrow.open);
    expect(today.residual).to.deep.equal(["today's"]);
  });
});
