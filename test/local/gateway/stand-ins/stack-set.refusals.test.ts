import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  type CreateStackSetCommandInput,
  DescribeStackSetCommand,
  ListStackSetsCommand,
  type StackSetOperationPreferences,
} from "@aws-sdk/client-cloudformation";
import {
  DeregisterDelegatedAdministratorCommand,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { errorOf, management, security, seedOf, shop } from "../../../support/local/gateway";
import {
  Administration,
  as,
  definition,
  oneRole,
  registration,
  root,
  sub,
  templateOf,
} from "../../../support/local/stack-sets";
import { useWorld } from "../../../support/world";

describe("The stand-in for StackSets refuses", () => {
  let stackSets: Administration;
  const world = useWorld();

  before(async () => {
    stackSets = await Administration.start(world);
  });

  const unknown = "CordonLocalUnknownOperation";
  const creating = (given: Partial<CreateStackSetCommandInput>, Resources: object = {}) =>
    errorOf(
      stackSets.client.send(
        new CreateStackSetCommand({
          ...definition("refused", { ...oneRole("refused"), ...Resources }),
          ...given,
        }),
      ),
    );

  it("accounts that administer nothing, and administrators who do not say so", async () => {
    const asked = (account: string, CallAs: "SELF" | "DELEGATED_ADMIN") =>
      errorOf(
        new CloudFormationClient(world.as(seedOf(world, account))).send(
          new CreateStackSetCommand(definition("refused", oneRole("refused"), { CallAs })),
        ),
      );
    const before =
      "You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set";
    expect((await asked(security, "SELF")).message).to.equal(before);
    expect((await asked(shop, "SELF")).message).to.equal(before);
    for (const account of [shop, management]) {
      const { name, message } = await asked(account, "DELEGATED_ADMIN");
      expect(name).to.equal("ValidationError");
      expect(message).to.equal("Account used is not a delegated administrator");
    }
  });

  it("an account that is no longer registered", async () => {
    await stackSets.registrar.send(new DeregisterDelegatedAdministratorCommand(registration));
    const asked = stackSets.client.send(
      new DescribeStackSetCommand({ StackSetName: "forwarding", CallAs: "DELEGATED_ADMIN" }),
    );
    expect((await errorOf(asked)).message).to.equal(
      "Account used is not a delegated administrator",
    );
    await stackSets.registrar.send(new RegisterDelegatedAdministratorCommand(registration));
  });

  it("what AWS finds wrong with a stack set", async () => {
    const wrong = async (given: Partial<CreateStackSetCommandInput>) => {
      const { name, message } = await creating(given);
      expect(name).to.equal("ValidationError");
      return message;
    };
    expect(await wrong({ StackSetName: "1-cordon" })).to.contain("'stackSetName'");
    expect(await wrong({ StackSetName: `c${"o".repeat(128)}` })).to.contain("128");
    expect(await wrong({ TemplateBody: "" })).to.contain("greater than or equal to 1");
    const filled = templateOf(oneRole("refused", { Description: "é".repeat(26_000) }));
    expect(await wrong({ TemplateBody: filled })).to.contain("less than or equal to 51200");
    expect(await wrong({ TemplateBody: '{"Resources": {' })).to.contain("JSON not well-formed");
    expect(await wrong({ TemplateBody: templateOf({}) })).to.contain("At least one Resources");
    expect(await wrong({ AutoDeployment: { Enabled: true } })).to.contain(
      "RetainStacksOnAccountRemoval",
    );
    expect(await wrong({ TemplateBody: templateOf({ "the-role": {} }) })).to.contain(
      "the-role is non alphanumeric",
    );
    const { Role } = oneRole("refused");
    const depending = (DependsOn: string) => templateOf({ Role: { ...Role, DependsOn } });
    expect(await wrong({ TemplateBody: depending("Other") })).to.contain("[Other]");
    expect(await wrong({ TemplateBody: depending("Role") })).to.contain("Circular");
  });

  it("by name what it does not carry out of a template", async () => {
    const refused = async (Resources: object, more: object = {}) => {
      const { name, message } = await creating(more, Resources);
      expect(name).to.equal(unknown);
      return message;
    };
    expect(await refused({ Topic: { Type: "AWS::SNS::Topic" } })).to.contain(
      "the resource type AWS::SNS::Topic",
    );
    expect(await refused(oneRole("refused", { ManagedPolicyArns: [] }))).to.contain(
      "the property ManagedPolicyArns of AWS::IAM::Role Role",
    );
    expect(await refused(oneRole("refused", { MaxSessionDuration: "3600" }))).to.contain(
      "the property MaxSessionDuration as it is given of AWS::IAM::Role Role",
    );
    expect(await refused(oneRole("refused", { Description: { Ref: "Other" } }))).to.contain(
      "the intrinsic function Ref",
    );
    const joined = { "Fn::Join": ["", ["a", "b"]] };
    expect(await refused(oneRole("refused", { Description: joined }))).to.contain("Fn::Join");
    expect(await refused(oneRole("refused", { Description: sub(`\${Stage}`) }))).to.contain(
      "Stage} in Fn::Sub",
    );
    const { Role } = oneRole("refused");
    expect(await refused({ Role: { ...Role, DeletionPolicy: "Retain" } })).to.contain(
      "the DeletionPolicy Retain of resource Role",
    );
    const yaml = { TemplateBody: "Resources:\n  Role:\n    Type: AWS::IAM::Role\n" };
    expect(await refused({}, yaml)).to.contain("a template that is not a JSON object");
    expect(await refused({}, { Tags: [{ Key: "a", Value: "b" }] })).to.contain("with Tags");
    expect(await refused({}, { PermissionModel: "SELF_MANAGED" })).to.contain("SELF_MANAGED");
    expect((await errorOf(stackSets.client.send(new ListStackSetsCommand(as)))).name).to.equal(
      unknown,
    );
  });

  it("targets, regions and preferences that AWS does not take", async () => {
    await stackSets.define("targets", oneRole("targets"));
    const wrong = async (
      regions: string[],
      preferences: StackSetOperationPreferences = {},
      units = ["r-cord"],
    ) =>
      (
        await errorOf(
          stackSets.createIn("targets", regions, preferences, { OrganizationalUnitIds: units }),
        )
      ).message;
    expect(await wrong(["us-east-9"])).to.contain("us-east-9");
    expect(await wrong([])).to.contain("'regions'");
    expect(await wrong(["us-east-1"], {}, ["ou-cord-elsewhere"])).to.contain("does not exist");
    expect(await wrong(["us-east-1"], {}, ["222233334444"])).to.contain("organizationalUnitIds");
    expect(await wrong(["us-east-1"], {}, [])).to.contain("OrganizationalUnitIds are required");
    expect(
      await wrong(["us-east-1"], { FailureToleranceCount: 1, FailureTolerancePercentage: 10 }),
    ).to.contain("either FailureToleranceCount or FailureTolerancePercentage, but not both");
    expect(await wrong(["us-east-1"], { MaxConcurrentCount: 0 })).to.contain(
      "'operationPreferences.maxConcurrentCount'",
    );
    expect(await wrong(["us-east-1"], { FailureTolerancePercentage: 101 })).to.contain(
      "'operationPreferences.failureTolerancePercentage'",
    );
    expect(await wrong(["us-east-1"], { RegionOrder: ["eu-west-1"] })).to.contain("eu-west-1");
    expect(await stackSets.instancesOf("targets")).to.deep.equal([]);
  });

  it("a second operation at a time without managed execution", async () => {
    await stackSets.define("single", oneRole("single"), { ManagedExecution: { Active: false } });
    const start = (Regions: string[]) =>
      stackSets.client.send(
        new CreateStackInstancesCommand({
          ...as,
          StackSetName: "single",
          Regions,
          DeploymentTargets: root,
        }),
      );
    const [first, second] = await Promise.allSettled([start(["us-east-1"]), start(["us-east-1"])]);
    const fulfilled = [first, second].flatMap((each) =>
      each?.status === "fulfilled" ? [each.value.OperationId] : [],
    );
    const rejected = [first, second].flatMap((each) =>
      each?.status === "rejected" ? [each.reason.name] : [],
    );
    expect(rejected).to.deep.equal(["OperationInProgressException"]);
    expect((await stackSets.outcome("single", fulfilled[0])).Status).to.equal("SUCCEEDED");
  });
});
