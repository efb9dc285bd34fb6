import { expect } from "chai";
import { roleFacts } from "../../../../functions/remediate/facts/role";
import * as builders from "../../../support/builders";
import { type Gate, MemoryAccount } from "../../../support/memory-account";

describe("the facts of a role", () => {
  it("read Cordon's policies five at a time, however many a storm or a thief left", async () => {
    const state = builders.identityAccount();
    for (let number = 1; number <= 23; number++) {
      state.roles.web!.policies[`Cordon-${number}`] = builders.inline(100);
    }
    let running = 0;
    let most = 0;
    const gate: Gate = async ({ method }, effect) => {
      if (method !== "identity.rolePolicy") return effect();
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setImmediate(done));
      running -= 1;
      return effect();
    };
    const account = new MemoryAccount(state, [], gate);
    const incident = builders.instanceSessionIncident();
    const { denies } = await roleFacts.read(incident, account, builders.patient);
    expect([most, denies.length]).to.deep.equal([5, 23]);
  });
});
