import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import { managedPolicyChecks } from "../../../../local/gateway/strict/managed-policies";
import type { World as Gateway } from "../../../../local/gateway/world";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const PolicyDocument = JSON.stringify(policy(allow("s3:ListAllMyBuckets", "*")));

describe("The gateway, on managed policies", () => {
  const world = useWorld();
  const owner = () => new IAMClient(world.as(seedOf(world, shop)));
  const make = (PolicyName: string, Path?: string) =>
    owner().send(new CreatePolicyCommand({ PolicyName, PolicyDocument, ...(Path && { Path }) }));
  const arnOf = (name: string) => `arn:aws:iam::${shop}:policy/${name}`;
  const remove = (PolicyArn: string) => owner().send(new DeletePolicyCommand({ PolicyArn }));

  before(async () => {
    await makeRole(world, shop, "holder", trustLambda);
  });

  it("gives a name once, whatever the path and the case of its letters", async () => {
    await make("Taken", "/cordon/");
    for (const [name, path] of [
      ["Taken", undefined],
      ["Taken", "/cordon/"],
      ["taken", "/other/"],
    ] as const) {
      const error = await errorOf(make(name, path));
      expect(error.name).to.equal("EntityAlreadyExistsException");
      expect(error.message).to.equal(
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
  });

  it("deletes none that somebody has, and none with a version beside the default one", async () => {
    const iam = owner();
    await make("held");
    const PolicyArn = arnOf("held");
    const UserName = "holding";
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: "holder", PolicyArn }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const refused = async () => {
      const { name, message } = await errorOf(remove(PolicyArn));
      expect(name).to.equal("DeleteConflictException");
      return message;
    };
    expect(await refused()).to.equal("Cannot delete a policy attached to entities.");
    await iam.send(new DetachRolePolicyCommand({ RoleName: "holder", PolicyArn }));
    expect(await refused()).to.equal("Cannot delete a policy attached to entities.");
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }),
    );
    expect(await refused()).to.match(/^This policy has more than one version\. /);
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    await remove(PolicyArn);
    expect((await errorOf(remove(PolicyArn))).name).to.equal("NoSuchEntityException");
  });

  it("keeps five versions of a policy, and deletes the default one with it alone", async () => {
    await make("versions");
    const PolicyArn = arnOf("versions");
    const version = () =>
      owner().send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }),
      );
    for (let n = 2; n <= 5; n += 1) await version();
    expect((await errorOf(version())).name).to.equal("LimitExceededException");
    const ofDefault = new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v5" });
    expect((await errorOf(owner().send(ofDefault))).name).to.equal("DeleteConflictException");
  });

  it("attaches at most ten to a role", async () => {
    const iam = owner();
    await makeRole(world, shop, "many", trustLambda);
    const attach = (name: string) =>
      iam.send(new AttachRolePolicyCommand({ RoleName: "many", PolicyArn: arnOf(name) }));
    for (let n = 0; n <= 10; n += 1) await make(`team-${n}`);
    for (let n = 0; n < 10; n += 1) await attach(`team-${n}`);
    const eleventh = await errorOf(attach("team-10"));
    expect(eleventh.name).to.equal("LimitExceededException");
    expect(eleventh.message).to.equal("Cannot exceed quota for PoliciesPerRole: 10");
    await attach("team-0");
  });

  it("makes at most 1,500 in an account", async () => {
    const withPolicies = (count: number) => {
      const names = Array.from({ length: count }, (_, n) => ({ PolicyName: `team-${n}` }));
      const listed = { ListPoliciesResult: { Policies: { member: names } } };
      return { state: { query: async () => listed } } as unknown as Gateway;
    };
    const parameters = { PolicyName: "another", PolicyDocument };
    const create = (count: number) =>
      managedPolicyChecks["iam:CreatePolicy"]?.(
        { parameters } as never,
        { account: shop, region: "us-east-1" },
        withPolicies(count),
        {} as never,
      );
    await create(1_499);
    const error = await errorOf(create(1_500) ?? Promise.resolve());
    expect(error).to.include({
      code: "LimitExceeded",
      message: "Cannot exceed quota for PoliciesPerAccount: 1500",
    });
  });
});
