import { expect } from "chai";
import { busRules, otherRoles, stackSetCount } from "../../../cli/check/quota-needs";
import { member, security, settings } from "../../support/check/settings";

describe("the preflight's sums", () => {
  it("count roles of forwarding in each region, of AWS Config, and of functions", () => {
    expect(otherRoles(settings, member)).to.equal(8);
    expect(otherRoles({ ...settings, accessKeyRule: "none" }, member)).to.equal(7);
    expect(otherRoles({ ...settings, governedRegions: ["us-east-1"] }, member)).to.equal(5);
    expect(otherRoles(settings, security)).to.equal(33);
  });

  it("count rules of the default bus, and four schedules at the center", () => {
    const rules = (account: string) =>
      ["us-east-1", "eu-west-1"].map((region) => busRules(settings, { account, region }));
    expect(rules(member)).to.deep.equal([4, 3]);
    expect(rules(security)).to.deep.equal([10, 4]);
  });

  it("count no StackSet where each account is deployed to, and a fourth for key rotation", () => {
    const byStackSets = { ...settings, memberDeployment: "stack-sets" } as const;
    expect(stackSetCount(settings)).to.equal(0);
    expect(stackSetCount(byStackSets)).to.equal(4);
    expect(stackSetCount({ ...byStackSets, accessKeyRule: "none" })).to.equal(3);
  });
});
