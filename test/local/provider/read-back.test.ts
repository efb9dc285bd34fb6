import { expect } from "chai";
import { changes, readBack } from "../../../local/provider/read-back";
import type { Properties } from "../../../local/provider/values";

const remediation = "aws:cfg/remediationConfiguration:RemediationConfiguration";
const filter = "aws:guardduty/filter:Filter";

/** What a second run changes: the state is what the first one read. */
const again = (type: string, news: Properties, state = readBack(type, news)) =>
  changes(type, { state, olds: news, news });

/** A filter of one criterion. */
const criterion = (field: string, more: Properties) => ({
  name: "lab",
  findingCriteria: { criterions: [{ field, ...more }] },
});

// Cases that terraform-provider-aws 6.47.1 itself was seen to change, or not, on a second plan.
describe("What the local provider reads back [V1]", () => {
  const resource = { name: "ResourceId", resourceValue: "RESOURCE_ID" };
  const role = "arn:aws:iam::222233334444:role/one";

  it("is a remediation's parameters by name, and its only static value on its own", () => {
    const name = "AutomationAssumeRole";
    const settled = [{ name, staticValue: role }, resource];
    for (const parameters of [
      [resource, { name, staticValues: [role] }],
      [{ name, staticValues: [role] }, resource],
      [resource, { name, staticValue: role }],
    ]) {
      expect(readBack(remediation, { parameters })).to.deep.equal({ parameters: settled });
      expect(again(remediation, { parameters })).to.deep.equal(["parameters"]);
    }
    expect(again(remediation, { parameters: settled })).to.deep.equal([]);
    const two = [{ name: "Kinds", staticValues: ["b", "a"] }];
    expect(again(remediation, { parameters: two })).to.deep.equal([]);
  });

  for (const comparison of ["greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual"]) {
    it(`is nothing where a filter compares ${comparison} with 0`, () => {
      expect(again(filter, criterion("severity", { [comparison]: "0" }))).to.deep.equal([
        "findingCriteria",
      ]);
      expect(again(filter, criterion("severity", { [comparison]: "4" }))).to.deep.equal([]);
    });
  }

  it("is of updatedAt a date in whole seconds of UTC", () => {
    const second = (lessThan: string) => again(filter, criterion("updatedAt", { lessThan }));
    expect(second("2019-10-10T21:59:00Z")).to.deep.equal([]);
    expect(second("2019-10-10T21:59:00.000Z")).to.deep.equal(["findingCriteria"]);
    expect(second("2019-10-10T23:59:00+02:00")).to.deep.equal(["findingCriteria"]);
    expect(() => second("1570744740000")).to.throw(
      "the provider takes for updatedAt a date of RFC 3339, but 1570744740000 was given",
    );
  });

  it("is of every other field a number", () => {
    const second = (lessThan: string) =>
      again(filter, criterion("service.eventFirstSeen", { lessThan }));
    expect(second("1570744740000")).to.deep.equal([]);
    expect(second("007")).to.deep.equal(["findingCriteria"]);
    expect(() => second("2019-10-10T21:59:00Z")).to.throw(
      "the provider takes for service.eventFirstSeen a whole number, but 2019-10-10T21:59:00Z was given",
    );
  });

  it("may come in any order where the provider keeps a set, and not where it keeps a list", () => {
    const agents = ["EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"];
    const news = { additionalConfigurations: agents.map((name) => ({ name, status: "ENABLED" })) };
    const reversed = { additionalConfigurations: news.additionalConfigurations.toReversed() };
    expect(again("aws:guardduty/detectorFeature:DetectorFeature", news, reversed)).to.deep.equal(
      [],
    );
    const feature =
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature";
    expect(again(feature, news, reversed)).to.deep.equal(["additionalConfigurations"]);
  });

  it("is the units that AWS names of the stacks, whichever were asked for", () => {
    const instances = "aws:cloudformation/stackInstances:StackInstances";
    const units = (...ids: string[]) => ({ deploymentTargets: { organizationalUnitIds: ids } });
    const second = (asked: Properties, answered: Properties) => again(instances, asked, answered);
    const [plain, nested, empty] = ["ou-cord-workloads", "ou-cord-nested", "ou-cord-empty"];
    expect(second(units("r-cord", plain), units(plain, "r-cord"))).to.deep.equal([]);
    expect(second(units("r-cord"), units(plain, nested))).to.deep.equal(["deploymentTargets"]);
    expect(second(units(plain), units(nested))).to.deep.equal(["deploymentTargets"]);
    expect(second(units(plain, empty), units(plain))).to.deep.equal(["deploymentTargets"]);
  });

  it("is compared as JSON where it is JSON, and as a policy where it is one", () => {
    const queue = "aws:sqs/queue:Queue";
    const compared = (type: string, key: string, one: unknown, other: unknown) =>
      again(type, { [key]: JSON.stringify(one) }, { [key]: JSON.stringify(other, null, 1) });
    expect(
      compared(queue, "redrivePolicy", { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }),
    ).to.deep.equal([]);
    expect(compared(queue, "redrivePolicy", { b: [1, 2] }, { b: [2, 1] })).to.deep.equal([
      "redrivePolicy",
    ]);
    const statement = { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "*" };
    const reordered = { ...statement, Action: ["s3:PutObject", "s3:GetObject"], Resource: ["*"] };
    const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
    expect(
      compared(rolePolicy, "policy", { Statement: [statement] }, { Statement: reordered }),
    ).to.deep.equal([]);
    expect(
      compared(rolePolicy, "policy", { Statement: [statement] }, { Statement: [] }),
    ).to.deep.equal(["policy"]);
    // Texts of AWS Config's parameters and of documents are compared as they are.
    expect(compared("aws:cfg/rule:Rule", "inputParameters", { a: "1" }, { a: "1" })).to.deep.equal([
      "inputParameters",
    ]);
  });
});
