import { expect } from "chai";
import { controlIds, controlOf } from "../../../../functions/catalogue/controls";
import {
  type ChangeSetting,
  changeSetting,
} from "../../../../functions/remediate/steps/change-setting";
import { valueText } from "../../../../functions/remediate/steps/shared/setting";
import * as builders from "../../../support/builders";
import { MemoryAccount } from "../../../support/memory-account";

const id = "sg-0123456789abcdef0";
const rule = (port: number) => ({ from: port, to: port, cidr: "::/0" });
const step: ChangeSetting = {
  kind: "change-setting",
  control: "open-ssh",
  id,
  region: "eu-west-1",
  before: [rule(22), rule(23)],
  after: [],
};
const place = { account: "222233334444", region: "eu-west-1" };
const accountWith = (value?: ChangeSetting["before"]) =>
  new MemoryAccount({
    ...builders.standardAccount(),
    ...(value !== undefined && { settings: { [`open-ssh ${id}`]: { value, tags: {} } } }),
  });

describe("the step change-setting [R5] [R6] [R7]", () => {
  const states = {
    after: [],
    before: [rule(22), rule(23)],
    half: [rule(23)],
    other: [rule(22), rule(23), rule(24)],
  } as const;
  for (const [state, value] of Object.entries(states)) {
    it(`finds the setting ${state}`, async () => {
      expect(await changeSetting.inspect(step, accountWith(value))).to.equal(state);
    });
  }

  it("finds that the resource is gone", async () => {
    expect(await changeSetting.inspect(step, accountWith())).to.equal("gone");
  });

  it("changes nothing that the plan does not know, and nothing that is as wanted already", async () => {
    const failures = {
      "Since the plan was made it was changed to: from: 24, to: 24, cidr: ::/0. Nothing was changed":
        accountWith([rule(24)]),
      "It does not exist any more. Nothing was changed": accountWith(),
    };
    for (const [sentence, account] of Object.entries(failures)) {
      const failed = await changeSetting
        .apply(step, account)
        .catch((error: Error) => error.message);
      expect(failed).to.equal(sentence);
      expect(account.log.filter(({ mutating }) => mutating)).to.deep.equal([]);
    }
    const wanted = accountWith([]);
    await changeSetting.apply(step, wanted);
    expect(wanted.log.filter(({ mutating }) => mutating)).to.deep.equal([]);
  });

  it("says where the command line lacks a team's playbook [R16]", () => {
    const foreign = { ...step, control: "custom-function-url" as "open-ssh" };
    expect(() => changeSetting.describe(foreign)).to.throw(
      "Control custom-function-url is not known here: use the team's program that adds its playbook",
    );
  });

  it("says what it changes, and how to give it back by hand", () => {
    expect([changeSetting.describe(step), ...changeSetting.sides(step)]).to.deep.equal([
      `remove the rules of security group ${id} that open port 22 to the internet`,
      "from: 22, to: 22, cidr: ::/0; from: 23, to: 23, cidr: ::/0",
      "none",
    ]);
    expect(changeSetting.manual(step)).to.equal(
      `To give security group ${id} back its rules that open port 22 to the internet by hand: before the incident it was from: 22, to: 22, cidr: ::/0; from: 23, to: 23, cidr: ::/0.`,
    );
    expect([true, false, null].map(valueText)).to.deep.equal(["on", "off", "none"]);
  });

  it("may change the one group, and of a quarantine group nothing", () => {
    expect(changeSetting.permissions(step, place)).to.deep.equal([
      {
        actions: ["ec2:RevokeSecurityGroupIngress"],
        resources: [`arn:aws:ec2:eu-west-1:222233334444:security-group/${id}`],
        conditions: { Null: { "aws:ResourceTag/cordon": "true" } },
      },
      {
        actions: ["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"],
        resources: ["*"],
      },
    ]);
  });

  it("may change the account's own bucket alone", () => {
    const bucket: ChangeSetting = { ...step, control: "bucket-public-access", id: "reports" };
    const own = { StringEquals: { "s3:ResourceAccount": "222233334444" } };
    expect(changeSetting.undoPermissions(bucket, place)).to.deep.equal([
      {
        actions: ["s3:PutBucketPublicAccessBlock"],
        resources: ["arn:aws:s3:::reports"],
        conditions: own,
      },
      {
        actions: ["s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketWebsite"],
        resources: ["arn:aws:s3:::reports"],
        conditions: own,
      },
    ]);
  });

  it("is the only way a control changes anything: each has sentences, and ids that no other has for its type of resource", () => {
    for (const control of controlIds) {
      const { does, undoes, published, residual, nextStep } = controlOf(control);
      for (const text of [does, undoes]) expect(text, control).to.include("{id}");
      for (const text of [residual, nextStep]) expect(text, control).to.match(/\.$/);
      expect(published, control).to.have.length.above(0);
    }
    for (const heard of [
      controlIds
        .map(controlOf)
        .flatMap(({ published, arn }) => published.map((id) => `${id} ${arn}`)),
      controlIds.flatMap((control) => controlOf(control).config?.rules ?? []),
    ]) {
      expect(new Set(heard).size).to.equal(heard.length);
    }
  });
});
