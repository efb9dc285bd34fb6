import { expect } from "chai";
import { deployOnce } from "../../../../local/drill/bench/deployments";

describe("a deployment [P1]", () => {
  it("takes as many resources by StackSets for 1, 50 and 500 member accounts", async () => {
    const { resources } = await deployOnce("stack-sets", 1);
    expect(resources).to.be.greaterThan(100);
    expect((await deployOnce("stack-sets", 50)).resources).to.equal(resources);
    expect((await deployOnce("stack-sets", 500)).resources).to.equal(resources);
  });

  it("takes 75 resources more for each account that it reaches directly", async () => {
    const [one, three] = [await deployOnce("direct", 1), await deployOnce("direct", 3)];
    // Provider; 10 roles with a policy each; forwarding of 6 resources, once in the account and for
    // 3 kinds in each of 2 regions; their 3 components; a group in each region, in a component; the
    // key rotation rule: 5 resources in a component.
    const perAccount = 1 + 10 * 2 + 6 + 3 * 2 * 6 + 3 + 2 + 1 + 5 + 1;
    expect(perAccount).to.equal(75);
    expect(three.resources - one.resources).to.equal(2 * perAccount);
  });
});
