import { expect } from "chai";
import { instanceFacts } from "../../../../functions/remediate/facts/instance";
import * as builders from "../../../support/builders";
import { MemoryAccount } from "../../../support/memory-account";

describe("the facts of an instance [R1]", () => {
  it("asks at most five target groups at a time, and finds the instance in each", async () => {
    const state = builders.standardAccount();
    const targets = [{ instance: builders.instanceId, port: 80 }];
    for (let number = 10; number < 50; number++) {
      state.targetGroups[`${builders.targetGroupArn}${number}`] = { vpc: "vpc-01", targets };
    }
    let [asking, most] = [0, 0];
    const account = new MemoryAccount(state, [], async ({ method }, effect) => {
      if (method !== "balancing.registeredPorts") return effect();
      asking += 1;
      most = Math.max(most, asking);
      await new Promise((next) => setImmediate(next));
      asking -= 1;
      return effect();
    });
    const facts = await instanceFacts.read(builders.incident() as never, account);
    expect(most).to.equal(5);
    expect(facts.targets.filter(({ port }) => port === 80)).to.have.lengthOf.at.least(40);
  });
});
