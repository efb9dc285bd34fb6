import { expect } from "chai";
import { converge, unconverge } from "../../../functions/remediate/converge";
import type { Step } from "../../../functions/remediate/steps";
import { AwsError } from "../../support/aws-error";
import * as builders from "../../support/builders";
import { MemoryAccount } from "../../support/memory-account";

const step = {
  kind: "provide-untrack-group",
  vpc: "vpc-01",
  name: "cordon-untrack-f306fc2273fcd649-1",
} satisfies Step;

/** Refuses calls of one kind with an error, the first so many times. */
function refusing(method: string, code: string, times: number) {
  const state = builders.standardAccount();
  const pauses: number[] = [];
  let left = times;
  const account = new MemoryAccount(state, [], async (call, effect) => {
    if (call.method === method && left > 0) {
      left -= 1;
      throw new AwsError(code, "as EC2 says it");
    }
    return effect();
  });
  const waiting = {
    sleep: async (ms: number) => {
      pauses.push(ms);
    },
  };
  const group = () => Object.values(state.groups).find(({ name }) => name === step.name);
  return { account, pauses, waiting, group };
}

describe("a step while EC2 catches up with its own writes [R11]", () => {
  it("is tried again when a group that was just made is not found", async () => {
    const { account, pauses, waiting, group } = refusing(
      "network.authorize",
      "InvalidGroup.NotFound",
      3,
    );
    await converge(step, account, waiting);
    expect(group()?.ingress).to.have.lengthOf(2);
    // Two rules are authorized side by side: the first try meets two refusals.
    expect(pauses).to.deep.equal([250, 500]);
  });

  it("is tried again when a group that was just given up is still in use", async () => {
    const { account, pauses, waiting, group } = refusing(
      "network.deleteGroup",
      "DependencyViolation",
      2,
    );
    await converge(step, account, waiting);
    await unconverge(step, account, new Date(0), waiting);
    expect(group()).to.equal(undefined);
    expect(pauses).to.deep.equal([250, 500]);
  });

  it("fails with EC2's own error after five further tries within eight seconds", async () => {
    const { account, pauses, waiting } = refusing(
      "network.createGroup",
      "InvalidGroup.NotFound",
      99,
    );
    const error = await converge(step, account, waiting).catch((thrown: Error) => thrown);
    expect(error).to.have.property("name", "InvalidGroup.NotFound");
    expect(pauses).to.deep.equal([250, 500, 1_000, 2_000, 4_000]);
  });

  it("fails at once for any other reason", async () => {
    for (const code of ["UnauthorizedOperation", "VpcLimitExceeded", "RequestLimitExceeded"]) {
      const { account, pauses, waiting } = refusing("network.createGroup", code, 99);
      const error = await converge(step, account, waiting).catch((thrown: Error) => thrown);
      expect(error).to.have.property("name", code);
      expect(pauses).to.deep.equal([]);
    }
  });
});
