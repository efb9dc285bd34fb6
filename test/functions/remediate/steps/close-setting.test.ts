import { expect } from "chai";
import { closingIds } from "../../../../functions/catalogue/containments";
import { changeSetting } from "../../../../functions/remediate/steps/change-setting";
import {
  type CloseSetting,
  closeSetting,
} from "../../../../functions/remediate/steps/close-setting";
import * as builders from "../../../support/builders";
import { MemoryAccount } from "../../../support/memory-account";

const place = { account: "222233334444", region: "eu-west-1" };
const statement = (Resource: string | string[]) => ({ Effect: "Deny", Principal: "*", Resource });
const step: CloseSetting = {
  kind: "close-setting",
  setting: "bucket-policy",
  id: "reports",
  region: "eu-west-1",
  before: null,
  after: { Version: "2012-10-17", Statement: [statement(["a", "b"])] },
};
const accountWith = (value?: CloseSetting["before"]) =>
  new MemoryAccount({
    ...builders.standardAccount(),
    ...(value !== undefined && { settings: { "bucket-policy reports": { value, tags: {} } } }),
  });

describe("the step close-setting [R14]", () => {
  const states = {
    after: { Statement: statement(["b", "a"]), Version: "2012-10-17" },
    before: null,
    other: { Version: "2012-10-17", Statement: [statement("a")] },
  } as const;
  for (const [state, value] of Object.entries(states)) {
    it(`finds the setting ${state}`, async () => {
      expect(await closeSetting.inspect(step, accountWith(value))).to.equal(state);
    });
  }

  it("finds that the resource is gone", async () => {
    expect(await closeSetting.inspect(step, accountWith())).to.equal("gone");
  });

  it("has nothing to undo where it was so before", () => {
    expect(closeSetting.changesNothing?.(step)).to.equal(false);
    expect(closeSetting.changesNothing?.({ ...step, before: states.after })).to.equal(true);
  });

  it("may delete the policy to give none back, and to contain never", () => {
    const actions = (statements: ReturnType<typeof closeSetting.permissions>) =>
      statements.flatMap((each) => each.actions);
    expect(actions(closeSetting.permissions(step, place))).to.have.members([
      "s3:GetBucketPolicy",
      "s3:PutBucketPolicy",
    ]);
    expect(actions(closeSetting.undoPermissions(step, place))).to.have.members([
      "s3:DeleteBucketPolicy",
      "s3:GetBucketPolicy",
      "s3:PutBucketPolicy",
    ]);
  });

  it("names the one resource, and its account where the ARN has none", () => {
    for (const setting of closingIds) {
      const own: CloseSetting = { ...step, setting, id: "ID" };
      for (const { actions, resources, conditions } of closeSetting.permissions(own, place)) {
        if (resources.includes("*")) {
          // EC2 describes nothing by name.
          expect(actions.every((action) => action.startsWith("ec2:Describe"))).to.equal(true);
          continue;
        }
        for (const resource of resources) {
          expect(resource, setting).to.include("ID");
          const all = `${resource} ${JSON.stringify(conditions ?? {})}`;
          expect(all, setting).to.include(place.account);
        }
      }
    }
  });

  it("is of no role that fixes posture", () => {
    const posture = changeSetting.widest
      .flatMap((each) => changeSetting.permissions(each, place))
      .flatMap(({ actions }) => actions);
    const ofContainment = [
      "ecs:UpdateService",
      "lambda:PutFunctionConcurrency",
      "secretsmanager:PutResourcePolicy",
    ];
    expect(posture.filter((action) => ofContainment.includes(action))).to.deep.equal([]);
  });
});
