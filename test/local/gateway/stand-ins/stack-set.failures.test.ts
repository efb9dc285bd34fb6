import { AttachRolePolicyCommand, CreateRoleCommand, DeleteRoleCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { data, security, shop, trustLambda } from "../../../support/local/gateway";
import { Administration, oneRole, resources, workloads } from "../../../support/local/stack-sets";
import { useWorld } from "../../../support/world";

describe("A stack set that fails somewhere", () => {
  const world = useWorld();
  let stackSets: Administration;

  before(async () => {
    stackSets = await Administration.start(world);
  });

  const taken = (name: string) =>
    stackSets.iamOf(shop).send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify(trustLambda),
        Description: "the account's own",
      }),
    );
  const twoRoles = (name: string) => ({
    First: oneRole(`${name}-first`).Role,
    Second: { ...oneRole(name).Role, DependsOn: "First" },
  });

  it("stops at the first failure, says why, and leaves what it found", async () => {
    await taken("stops");
    await stackSets.define("stops", twoRoles("stops"));
    const { Status, StatusReason, OperationId } = await stackSets.createIn(
      "stops",
      ["us-east-1"],
      {},
      workloads,
    );
    expect(Status).to.equal("FAILED");
    expect(StatusReason).to.equal(
      "Account 222233334444, us-east-1: ResourceLogicalId:Second, ResourceType:AWS::IAM::Role, ResourceStatusReason:Resource of type 'AWS::IAM::Role' with identifier 'stops' already exists.",
    );
    expect(await stackSets.resultsOf("stops", OperationId)).to.deep.equal([
      "222233334444 us-east-1 FAILED",
      "333344445555 us-east-1 CANCELLED",
    ]);
    expect(await stackSets.lacks(shop, "stops-first")).to.equal(true);
    expect((await stackSets.roleOf(shop, "stops"))?.Description).to.equal("the account's own");
    expect(await stackSets.instancesOf("stops")).to.deep.equal([
      "222233334444 us-east-1 OUTDATED",
      "333344445555 us-east-1 OUTDATED",
    ]);
  });

  it("goes on in the other accounts while failures are tolerated, and heals with the next", async () => {
    await taken("goes-on");
    await stackSets.define("goes-on", twoRoles("goes-on"));
    const preferences = { FailureToleranceCount: 1 };
    const { Status, StatusDetails, OperationId } = await stackSets.createIn(
      "goes-on",
      ["us-east-1"],
      preferences,
      workloads,
    );
    expect(Status).to.equal("SUCCEEDED");
    expect(StatusDetails?.FailedStackInstancesCount).to.equal(1);
    expect(await stackSets.resultsOf("goes-on", OperationId)).to.deep.equal([
      "222233334444 us-east-1 FAILED",
      "333344445555 us-east-1 SUCCEEDED",
    ]);
    expect(await stackSets.lacks(security, "goes-on")).to.equal(true);
    await stackSets.iamOf(shop).send(new DeleteRoleCommand({ RoleName: "goes-on" }));
    expect(await stackSets.update("goes-on", twoRoles("goes-on"))).to.include({
      Status: "SUCCEEDED",
    });
    expect((await stackSets.roleOf(shop, "goes-on-first"))?.RoleName).to.equal("goes-on-first");
  });

  it("rolls an update back, what was replaced included", async () => {
    await taken("rolls-back-second");
    const first = oneRole("rolls-back", { Description: "one" });
    await stackSets.define("rolls-back", first);
    await stackSets.createIn("rolls-back", ["us-east-1"], {}, workloads);
    const { Status } = await stackSets.update("rolls-back", {
      Role: oneRole("rolls-back-renamed").Role,
      Second: { ...oneRole("rolls-back-second").Role, DependsOn: "Role" },
    });
    expect(Status).to.equal("FAILED");
    expect((await stackSets.roleOf(shop, "rolls-back"))?.Description).to.equal("one");
    expect(await stackSets.lacks(shop, "rolls-back-renamed")).to.equal(true);
  });

  it("cannot replace a resource under the same name", async () => {
    await stackSets.define("named", oneRole("named"));
    await stackSets.createIn("named", ["us-east-1"], {}, workloads);
    const { StatusReason } = await stackSets.update(
      "named",
      oneRole("named", { Path: "/cordon/" }),
    );
    expect(StatusReason).to.contain(
      "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename named and update the stack again.",
    );
    expect((await stackSets.roleOf(data, "named"))?.Path).to.equal("/");
  });

  it("leaves out of later updates what it could not delete", async () => {
    await stackSets.define("stuck", oneRole("stuck"));
    await stackSets.createIn("stuck", ["us-east-1"], {}, workloads);
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await stackSets.iamOf(shop).send(new AttachRolePolicyCommand({ RoleName: "stuck", PolicyArn }));
    const { Status, StatusReason } = await stackSets.deleteFrom("stuck", ["us-east-1"]);
    expect(Status).to.equal("FAILED");
    expect(StatusReason).to.match(
      /^Account 222233334444, us-east-1: ResourceLogicalId:Role, .*\(DeleteConflict(Exception)?\)$/,
    );
    expect(await stackSets.instancesOf("stuck")).to.include("222233334444 us-east-1 INOPERABLE");
    const { OperationId } = await stackSets.update(
      "stuck",
      oneRole("stuck", { Description: "changed" }),
    );
    expect((await stackSets.resultsOf("stuck", OperationId)).join()).not.to.contain("222233334444");
    expect((await stackSets.roleOf(shop, "stuck"))?.Description).not.to.equal("changed");
  });

  it("makes no role without the capability for it", async () => {
    await stackSets.define("incapable", oneRole("incapable"), { Capabilities: [] });
    const { Status, StatusReason } = await stackSets.createIn("incapable", ["us-east-1"]);
    expect(Status).to.equal("FAILED");
    expect(StatusReason).to.contain("Requires capabilities : [CAPABILITY_NAMED_IAM]");
    expect(await stackSets.lacks(shop, "incapable")).to.equal(true);
  });

  it("fails every time where a DependsOn is missing", async () => {
    const { DeadLetters, DeadLettersPolicy } = resources();
    const { DependsOn: _, ...hasty } = DeadLettersPolicy as { DependsOn?: unknown };
    await stackSets.define("hasty", { DeadLetters, Hasty: hasty });
    const { StatusReason } = await stackSets.createIn("hasty", ["us-east-1"]);
    expect(StatusReason).to.contain("ResourceLogicalId:Hasty, ResourceType:AWS::SQS::QueuePolicy");
    expect(await stackSets.standing(shop, "us-east-1")).not.to.include("forward-dead-letters");
  });
});
