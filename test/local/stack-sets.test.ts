import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  type CreateStackSetCommandInput,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
  ListStackSetsCommand,
  type StackSetOperationPreferences,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import {
  ConfigServiceClient,
  DescribeConfigRulesCommand,
  PutConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import {
  DeregisterDelegatedAdministratorCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { GetDocumentCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { newcomer } from "../../local/organization";
import { LocalProvider } from "../../local/provider/provider";
import { registry } from "../../local/provider/registry";
import {
  data,
  errorOf,
  management,
  security,
  seedOf,
  shop,
  startWorld,
  trustLambda,
  type World,
} from "./gateway-support";

const hub = "arn:aws:events:us-east-1:123456789012:event-bus/cordon-hub";
const sub = (text: string) => ({ "Fn::Sub": text });
const pseudo = (name: string) => `\${AWS::${name}}`;
const [account, at, partition] = ["AccountId", "Region", "Partition"].map(pseudo);
const byEvents = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": sub(pseudo("AccountId")) } },
    },
  ],
};

/** A forwarding rule with its role, its dead-letter queue and the queue's policy. */
function resources(): Record<string, Record<string, unknown>> {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: sub(`forward-${at}`),
        Description: "Forwards to the hub",
        AssumeRolePolicyDocument: byEvents,
        Policies: [{ PolicyName: "hub", PolicyDocument: allowing("events:PutEvents", hub) }],
      },
    },
    DeadLetters: {
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: {
        QueueName: "forward-dead-letters",
        MessageRetentionPeriod: 1209600,
        SqsManagedSseEnabled: true,
      },
    },
    DeadLettersPolicy: {
      Type: "AWS::SQS::QueuePolicy",
      DependsOn: "DeadLetters",
      Properties: {
        Queues: [sub(`https://sqs.${at}.amazonaws.com/${account}/forward-dead-letters`)],
        PolicyDocument: allowing("sqs:SendMessage", sub(`${queueArn}forward-dead-letters`)),
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      DependsOn: ["Role", "DeadLettersPolicy"],
      Properties: {
        Name: "forward",
        Description: "Forwards to the hub",
        EventPattern: { source: ["aws.trustedadvisor"] },
        State: "ENABLED",
        Targets: [
          {
            Id: "hub",
            Arn: hub,
            RoleArn: sub(`arn:${partition}:iam::${account}:role/forward-${at}`),
            DeadLetterConfig: { Arn: sub(`${queueArn}forward-dead-letters`) },
          },
        ],
      },
    },
  };
}

const queueArn = `arn:${partition}:sqs:${at}:${account}:`;

function allowing(action: string, resource: unknown) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        ...(action.startsWith("sqs:") && { Principal: { Service: "events.amazonaws.com" } }),
        Action: action,
        Resource: resource,
      },
    ],
  };
}

/** One role and nothing else, so that most stories take few calls. */
function oneRole(name: string, properties: object = {}) {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { RoleName: name, AssumeRolePolicyDocument: trustLambda, ...properties },
    },
  };
}

const templateOf = (given: object) =>
  JSON.stringify({ AWSTemplateFormatVersion: "2010-09-09", Resources: given });

describe("The stand-in for StackSets", function () {
  this.timeout(120_000);
  let world: World;
  let administrator: CloudFormationClient;
  let registrar: OrganizationsClient;
  const registration = {
    AccountId: security,
    ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
  };

  before(async () => {
    world = await startWorld();
    registrar = new OrganizationsClient(world.as(seedOf(world, management)));
    await registrar.send(new RegisterDelegatedAdministratorCommand(registration));
    administrator = new CloudFormationClient(world.as(seedOf(world, security)));
  });
  after(() => world.stop());

  const as = { CallAs: "DELEGATED_ADMIN" } as const;
  const root = { OrganizationalUnitIds: ["r-cord"] };
  const everywhere = ["us-east-1", "eu-west-1"];

  function definition(
    StackSetName: string,
    Resources: object,
    more: Partial<CreateStackSetCommandInput> = {},
  ): CreateStackSetCommandInput {
    return {
      ...as,
      StackSetName,
      PermissionModel: "SERVICE_MANAGED",
      AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
      ManagedExecution: { Active: true },
      Capabilities: ["CAPABILITY_NAMED_IAM"],
      TemplateBody: templateOf(Resources),
      ...more,
    };
  }

  async function outcome(StackSetName: string, OperationId: string | undefined) {
    for (;;) {
      const { StackSetOperation } = await administrator.send(
        new DescribeStackSetOperationCommand({ ...as, StackSetName, OperationId }),
      );
      if (StackSetOperation?.EndTimestamp) return StackSetOperation;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function createIn(
    StackSetName: string,
    Regions = everywhere,
    OperationPreferences: StackSetOperationPreferences = { MaxConcurrentPercentage: 100 },
    DeploymentTargets = root,
  ) {
    const { OperationId } = await administrator.send(
      new CreateStackInstancesCommand({
        ...as,
        StackSetName,
        Regions,
        DeploymentTargets,
        OperationPreferences,
      }),
    );
    return outcome(StackSetName, OperationId);
  }

  async function update(StackSetName: string, Resources: object) {
    const { OperationId } = await administrator.send(
      new UpdateStackSetCommand(definition(StackSetName, Resources)),
    );
    return outcome(StackSetName, OperationId);
  }

  async function deleteFrom(StackSetName: string, Regions = everywhere) {
    const { OperationId } = await administrator.send(
      new DeleteStackInstancesCommand({
        ...as,
        StackSetName,
        Regions,
        DeploymentTargets: root,
        RetainStacks: false,
        OperationPreferences: { MaxConcurrentPercentage: 100 },
      }),
    );
    return outcome(StackSetName, OperationId);
  }

  async function instancesOf(StackSetName: string) {
    const { Summaries = [] } = await administrator.send(
      new ListStackInstancesCommand({ ...as, StackSetName }),
    );
    return Summaries.map(({ Account, Region, Status }) => `${Account} ${Region} ${Status}`).sort();
  }

  async function resultsOf(StackSetName: string, OperationId: string | undefined) {
    const { Summaries = [] } = await administrator.send(
      new ListStackSetOperationResultsCommand({ ...as, StackSetName, OperationId }),
    );
    return Summaries.map(({ Account, Region, Status }) => `${Account} ${Region} ${Status}`);
  }

  const iamOf = (account: string) => new IAMClient(world.as(seedOf(world, account)));
  const roleOf = async (account: string, RoleName: string) =>
    (await iamOf(account).send(new GetRoleCommand({ RoleName }))).Role;
  const lacks = async (account: string, RoleName: string) =>
    (await errorOf(roleOf(account, RoleName))).name === "NoSuchEntityException";

  /** What an account and region hold of the template. */
  async function standing(account: string, region: string) {
    const settings = { ...world.as(seedOf(world, account)), region };
    const [{ Roles = [] }, { QueueUrls = [] }, { Rules = [] }] = await Promise.all([
      new IAMClient(settings).send(new ListRolesCommand({})),
      new SQSClient(settings).send(new ListQueuesCommand({})),
      new EventBridgeClient(settings).send(new ListRulesCommand({})),
    ]);
    return [
      ...Roles.map(({ RoleName = "" }) => RoleName).filter((name) => name === `forward-${region}`),
      ...QueueUrls.map((url) => url.split("/").at(-1)),
      ...Rules.map(({ Name }) => Name),
    ];
  }

  describe("a stack set on the root", () => {
    before(async () => {
      await administrator.send(new CreateStackSetCommand(definition("forwarding", resources())));
      const operation = await createIn("forwarding");
      expect(operation.StatusReason).to.equal(undefined);
      expect(operation).to.include({ Status: "SUCCEEDED", Action: "CREATE" });
    });

    it("stands in every account and region but those of the management account", async () => {
      for (const account of [security, shop, data]) {
        for (const region of everywhere) {
          expect(await standing(account, region), `${account} ${region}`).to.deep.equal([
            `forward-${region}`,
            "forward-dead-letters",
            "forward",
          ]);
        }
      }
      for (const region of everywhere) {
        expect(await standing(management, region)).to.deep.equal([]);
      }
      expect(await instancesOf("forwarding")).to.deep.equal([
        "123456789012 eu-west-1 CURRENT",
        "123456789012 us-east-1 CURRENT",
        "222233334444 eu-west-1 CURRENT",
        "222233334444 us-east-1 CURRENT",
        "333344445555 eu-west-1 CURRENT",
        "333344445555 us-east-1 CURRENT",
      ]);
    });

    it("writes the pseudo parameters out for each account and region", async () => {
      const role = await roleOf(shop, "forward-eu-west-1");
      expect(decodeURIComponent(role?.AssumeRolePolicyDocument ?? "")).to.contain(
        '"aws:SourceAccount":"222233334444"',
      );
      const sqs = new SQSClient({ ...world.as(seedOf(world, data)), region: "eu-west-1" });
      const { QueueUrl } = await sqs.send(
        new GetQueueUrlCommand({ QueueName: "forward-dead-letters" }),
      );
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
      );
      expect(JSON.parse(Attributes?.Policy ?? "").Statement[0].Resource).to.equal(
        "arn:aws:sqs:eu-west-1:333344445555:forward-dead-letters",
      );
      expect(Attributes).to.include({
        MessageRetentionPeriod: "1209600",
        SqsManagedSseEnabled: "true",
      });
    });

    it("was made by the role of StackSets in each account, every call decided", () => {
      const made = world.record.entries.filter(
        ({ action, account }) => action === "events:PutTargets" && account === shop,
      );
      expect(made).to.have.length(2);
      for (const call of made) {
        expect(call.principal).to.match(
          /^arn:aws:sts::222233334444:assumed-role\/stacksets-exec-[0-9a-f]{32}\/[0-9a-f-]{36}$/,
        );
        expect(call.checks.map(({ action }) => action)).to.deep.equal([
          "events:PutTargets",
          "iam:PassRole",
        ]);
      }
    });

    it("is described as AWS does, in the management account", async () => {
      const { StackSet } = await administrator.send(
        new DescribeStackSetCommand({ ...as, StackSetName: "forwarding" }),
      );
      expect(StackSet).to.deep.include({
        StackSetName: "forwarding",
        Status: "ACTIVE",
        PermissionModel: "SERVICE_MANAGED",
        AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
        ManagedExecution: { Active: true },
        Capabilities: ["CAPABILITY_NAMED_IAM"],
        OrganizationalUnitIds: ["r-cord"],
        Regions: ["us-east-1", "eu-west-1"],
        TemplateBody: templateOf(resources()),
      });
      expect(StackSet?.StackSetARN).to.equal(
        `arn:aws:cloudformation:us-east-1:111122223333:stackset/${StackSet?.StackSetId}`,
      );
    });

    it("changes what differs and removes what is gone, everywhere", async () => {
      const { Role, DeadLetters, DeadLettersPolicy } = resources();
      const Properties = {
        ...(Role?.Properties as object),
        Description: "Forwards no more",
        Policies: [{ PolicyName: "none", PolicyDocument: allowing("events:ListRules", "*") }],
      };
      const changed = { Role: { ...Role, Properties }, DeadLetters, DeadLettersPolicy };
      const before = world.record.entries.length;
      expect(await update("forwarding", changed)).to.include({
        Status: "SUCCEEDED",
        Action: "UPDATE",
      });
      expect(await standing(shop, "eu-west-1")).to.deep.equal([
        "forward-eu-west-1",
        "forward-dead-letters",
      ]);
      expect((await roleOf(shop, "forward-eu-west-1"))?.Description).to.equal("Forwards no more");
      const inline = (PolicyName: string) =>
        iamOf(shop).send(new GetRolePolicyCommand({ RoleName: "forward-eu-west-1", PolicyName }));
      expect((await inline("none")).PolicyName).to.equal("none");
      expect((await errorOf(inline("hub"))).name).to.equal("NoSuchEntityException");
      const calls = world.record.entries
        .slice(before)
        .filter(
          ({ principal, account }) => principal.includes("stacksets-exec") && account === shop,
        );
      expect(
        calls.filter(({ region }) => region === "eu-west-1").map((call) => call.action),
      ).to.deep.equal([
        "iam:UpdateRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "events:RemoveTargets",
        "events:DeleteRule",
      ]);
    });

    it("goes from an account that joins later to that account, by automatic deployment", async () => {
      const organizations = new OrganizationsClient(world.as(seedOf(world, security)));
      const inRoot = async () =>
        (
          await organizations.send(new ListAccountsForParentCommand({ ParentId: "r-cord" }))
        ).Accounts?.map(({ Id }) => Id);
      expect(await inRoot()).to.deep.equal(["111122223333"]);
      expect(await standing("666677778888", "us-east-1")).to.deep.equal([]);
      world.membership.join(newcomer);
      const operations = await world.stackSets.accountJoined("666677778888");
      expect(operations.map(({ status }) => status)).to.deep.equal(["SUCCEEDED"]);
      expect(await inRoot()).to.deep.equal(["111122223333", "666677778888"]);
      for (const region of everywhere) {
        expect(await standing("666677778888", region)).to.deep.equal([
          `forward-${region}`,
          "forward-dead-letters",
        ]);
      }
      expect(await instancesOf("forwarding")).to.include("666677778888 eu-west-1 CURRENT");
    });

    it("is deleted once its instances are, and nothing is left", async () => {
      const deletion = () =>
        administrator.send(new DeleteStackSetCommand({ ...as, StackSetName: "forwarding" }));
      expect((await errorOf(deletion())).name).to.equal("StackSetNotEmptyException");
      expect(await deleteFrom("forwarding", ["eu-west-1"])).to.include({ Status: "SUCCEEDED" });
      expect(await standing(shop, "eu-west-1")).to.deep.equal([]);
      expect(await standing(shop, "us-east-1")).to.have.length(2);
      expect(await deleteFrom("forwarding", ["us-east-1"])).to.include({ Status: "SUCCEEDED" });
      await deletion();
      for (const account of [security, shop, data, "666677778888"]) {
        expect(await standing(account, "us-east-1")).to.deep.equal([]);
      }
      const asked = administrator.send(
        new DescribeStackSetCommand({ ...as, StackSetName: "forwarding" }),
      );
      expect((await errorOf(asked)).name).to.equal("StackSetNotFoundException");
    });
  });

  describe("a stack set that fails somewhere", () => {
    const taken = (name: string) =>
      iamOf(shop).send(
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
    const workloads = { OrganizationalUnitIds: ["ou-cord-workloads"] };

    it("stops at the first failure, says why, and leaves what it found", async () => {
      await taken("stops");
      await administrator.send(new CreateStackSetCommand(definition("stops", twoRoles("stops"))));
      const { Status, StatusReason, OperationId } = await createIn(
        "stops",
        ["us-east-1"],
        {},
        workloads,
      );
      expect(Status).to.equal("FAILED");
      expect(StatusReason).to.equal(
        "Account 222233334444, us-east-1: ResourceLogicalId:Second, ResourceType:AWS::IAM::Role, ResourceStatusReason:Resource of type 'AWS::IAM::Role' with identifier 'stops' already exists.",
      );
      expect(await resultsOf("stops", OperationId)).to.deep.equal([
        "222233334444 us-east-1 FAILED",
        "333344445555 us-east-1 CANCELLED",
      ]);
      expect(await lacks(shop, "stops-first")).to.equal(true);
      expect((await roleOf(shop, "stops"))?.Description).to.equal("the account's own");
      expect(await instancesOf("stops")).to.deep.equal([
        "222233334444 us-east-1 OUTDATED",
        "333344445555 us-east-1 OUTDATED",
      ]);
    });

    it("goes on in the other accounts while failures are tolerated, and heals with the next", async () => {
      await taken("goes-on");
      await administrator.send(
        new CreateStackSetCommand(definition("goes-on", twoRoles("goes-on"))),
      );
      const preferences = { FailureToleranceCount: 1 };
      const { Status, StatusDetails, OperationId } = await createIn(
        "goes-on",
        ["us-east-1"],
        preferences,
        workloads,
      );
      expect(Status).to.equal("SUCCEEDED");
      expect(StatusDetails?.FailedStackInstancesCount).to.equal(1);
      expect(await resultsOf("goes-on", OperationId)).to.deep.equal([
        "222233334444 us-east-1 FAILED",
        "333344445555 us-east-1 SUCCEEDED",
      ]);
      expect(await lacks(security, "goes-on")).to.equal(true);
      await iamOf(shop).send(new DeleteRoleCommand({ RoleName: "goes-on" }));
      expect(await update("goes-on", twoRoles("goes-on"))).to.include({ Status: "SUCCEEDED" });
      expect((await roleOf(shop, "goes-on-first"))?.RoleName).to.equal("goes-on-first");
    });

    it("rolls an update back, what was replaced included", async () => {
      await taken("rolls-back-second");
      const first = oneRole("rolls-back", { Description: "one" });
      await administrator.send(new CreateStackSetCommand(definition("rolls-back", first)));
      await createIn("rolls-back", ["us-east-1"], {}, workloads);
      const { Status } = await update("rolls-back", {
        Role: oneRole("rolls-back-renamed").Role,
        Second: { ...oneRole("rolls-back-second").Role, DependsOn: "Role" },
      });
      expect(Status).to.equal("FAILED");
      expect((await roleOf(shop, "rolls-back"))?.Description).to.equal("one");
      expect(await lacks(shop, "rolls-back-renamed")).to.equal(true);
    });

    it("cannot replace a resource under the same name", async () => {
      await administrator.send(new CreateStackSetCommand(definition("named", oneRole("named"))));
      await createIn("named", ["us-east-1"], {}, workloads);
      const { StatusReason } = await update("named", oneRole("named", { Path: "/cordon/" }));
      expect(StatusReason).to.contain(
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename named and update the stack again.",
      );
      expect((await roleOf(data, "named"))?.Path).to.equal("/");
    });

    it("leaves out of later updates what it could not delete", async () => {
      await administrator.send(new CreateStackSetCommand(definition("stuck", oneRole("stuck"))));
      await createIn("stuck", ["us-east-1"], {}, workloads);
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      await iamOf(shop).send(new AttachRolePolicyCommand({ RoleName: "stuck", PolicyArn }));
      const { Status, StatusReason } = await deleteFrom("stuck", ["us-east-1"]);
      expect(Status).to.equal("FAILED");
      expect(StatusReason).to.match(
        /^Account 222233334444, us-east-1: ResourceLogicalId:Role, .*\(DeleteConflict(Exception)?\)$/,
      );
      expect(await instancesOf("stuck")).to.include("222233334444 us-east-1 INOPERABLE");
      const { OperationId } = await update("stuck", oneRole("stuck", { Description: "changed" }));
      expect((await resultsOf("stuck", OperationId)).join()).not.to.contain("222233334444");
      expect((await roleOf(shop, "stuck"))?.Description).not.to.equal("changed");
    });

    it("makes no role without the capability for it", async () => {
      const without = definition("incapable", oneRole("incapable"), { Capabilities: [] });
      await administrator.send(new CreateStackSetCommand(without));
      const { Status, StatusReason } = await createIn("incapable", ["us-east-1"]);
      expect(Status).to.equal("FAILED");
      expect(StatusReason).to.contain("Requires capabilities : [CAPABILITY_NAMED_IAM]");
      expect(await lacks(shop, "incapable")).to.equal(true);
    });

    it("fails every time where a DependsOn is missing", async () => {
      const { DeadLetters, DeadLettersPolicy } = resources();
      const { DependsOn: _, ...hasty } = DeadLettersPolicy as { DependsOn?: unknown };
      await administrator.send(
        new CreateStackSetCommand(definition("hasty", { DeadLetters, Hasty: hasty })),
      );
      const { StatusReason } = await createIn("hasty", ["us-east-1"]);
      expect(StatusReason).to.contain(
        "ResourceLogicalId:Hasty, ResourceType:AWS::SQS::QueuePolicy",
      );
      expect(await standing(shop, "us-east-1")).not.to.include("forward-dead-letters");
    });
  });

  describe("refuses", () => {
    const unknown = "CordonLocalUnknownOperation";
    const creating = (given: Partial<CreateStackSetCommandInput>, Resources: object = {}) =>
      errorOf(
        administrator.send(
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
      await registrar.send(new DeregisterDelegatedAdministratorCommand(registration));
      const asked = administrator.send(
        new DescribeStackSetCommand({ StackSetName: "forwarding", CallAs: "DELEGATED_ADMIN" }),
      );
      expect((await errorOf(asked)).message).to.equal(
        "Account used is not a delegated administrator",
      );
      await registrar.send(new RegisterDelegatedAdministratorCommand(registration));
    });

    it("what AWS finds wrong with a stack set", async () => {
      const wrong = async (given: Partial<CreateStackSetCommandInput>) => {
        const { name, message } = await creating(given);
        expect(name).to.equal("ValidationError");
        return message;
      };
      expect(await wrong({ StackSetName: "1-cordon" })).to.contain("'stackSetName'");
      expect(await wrong({ StackSetName: `c${"o".repeat(128)}` })).to.contain("128");
      expect(await wrong({ TemplateBody: "" })).to.contain("between 1 and 51200");
      const filled = templateOf(oneRole("refused", { Description: "é".repeat(26_000) }));
      expect(await wrong({ TemplateBody: filled })).to.contain("between 1 and 51200");
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
      expect((await errorOf(administrator.send(new ListStackSetsCommand(as)))).name).to.equal(
        unknown,
      );
    });

    it("targets, regions and preferences that AWS does not take", async () => {
      await administrator.send(
        new CreateStackSetCommand(definition("targets", oneRole("targets"))),
      );
      const wrong = async (
        regions: string[],
        preferences: StackSetOperationPreferences = {},
        units = ["r-cord"],
      ) =>
        (await errorOf(createIn("targets", regions, preferences, { OrganizationalUnitIds: units })))
          .message;
      expect(await wrong(["us-east-9"])).to.contain("us-east-9");
      expect(await wrong([])).to.contain("'regions'");
      expect(await wrong(["us-east-1"], {}, ["ou-cord-elsewhere"])).to.contain("does not exist");
      expect(await wrong(["us-east-1"], {}, ["222233334444"])).to.contain("organizationalUnitIds");
      expect(await wrong(["us-east-1"], {}, [])).to.contain("OrganizationalUnitIds are required");
      expect(
        await wrong(["us-east-1"], { FailureToleranceCount: 1, FailureTolerancePercentage: 10 }),
      ).to.contain("either FailureToleranceCount or FailureTolerancePercentage, but not both");
      expect(await wrong(["us-east-1"], { MaxConcurrentCount: 0 })).to.contain("1 or more");
      expect(await wrong(["us-east-1"], { FailureTolerancePercentage: 101 })).to.contain(
        "0 to 100",
      );
      expect(await wrong(["us-east-1"], { RegionOrder: ["eu-west-1"] })).to.contain("eu-west-1");
      expect(await instancesOf("targets")).to.deep.equal([]);
    });

    it("a second operation at a time without managed execution", async () => {
      await administrator.send(
        new CreateStackSetCommand(
          definition("single", oneRole("single"), { ManagedExecution: { Active: false } }),
        ),
      );
      const start = (Regions: string[]) =>
        administrator.send(
          new CreateStackInstancesCommand({
            ...as,
            StackSetName: "single",
            Regions,
            DeploymentTargets: root,
          }),
        );
      const [first, second] = await Promise.allSettled([
        start(["us-east-1"]),
        start(["us-east-1"]),
      ]);
      const fulfilled = [first, second].flatMap((each) =>
        each?.status === "fulfilled" ? [each.value.OperationId] : [],
      );
      const rejected = [first, second].flatMap((each) =>
        each?.status === "rejected" ? [each.reason.name] : [],
      );
      expect(rejected).to.deep.equal(["OperationInProgressException"]);
      expect((await outcome("single", fulfilled[0])).Status).to.equal("SUCCEEDED");
    });
  });

  it("carries rules of AWS Config and documents of Systems Manager through their lives", async () => {
    const workloads = { OrganizationalUnitIds: ["ou-cord-workloads"] };
    const settings = world.as(seedOf(world, shop));
    const [config, ssm] = [new ConfigServiceClient(settings), new SSMClient(settings)];
    for (const account of [shop, data]) await seedRecorder(account);
    const publish = {
      name: "publish",
      action: "aws:executeAwsApi",
      inputs: { Service: "sns", Api: "Publish", Message: "x" },
    };
    const watching = (days: string, description: string) => ({
      Document: {
        Type: "AWS::SSM::Document",
        Properties: {
          Name: "tell",
          DocumentType: "Automation",
          DocumentFormat: "JSON",
          UpdateMethod: "NewVersion",
          Content: { schemaVersion: "0.3", description, mainSteps: [publish] },
        },
      },
      Rule: {
        Type: "AWS::Config::ConfigRule",
        Properties: {
          ConfigRuleName: "old-keys",
          InputParameters: { maxAccessKeyAge: days },
          MaximumExecutionFrequency: "TwentyFour_Hours",
          Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
        },
      },
    });
    const rules = async () =>
      (await config.send(new DescribeConfigRulesCommand({}))).ConfigRules?.map(
        ({ ConfigRuleName, InputParameters }) => [ConfigRuleName, InputParameters],
      );
    const content = async () =>
      JSON.parse((await ssm.send(new GetDocumentCommand({ Name: "tell" }))).Content ?? "{}");
    const first = definition("watching", watching("90", "one"));
    await administrator.send(new CreateStackSetCommand(first));
    const created = await createIn("watching", ["us-east-1"], {}, workloads);
    expect([created.Status, created.StatusReason]).to.deep.equal(["SUCCEEDED", undefined]);
    expect(await rules()).to.deep.equal([["old-keys", '{"maxAccessKeyAge":"90"}']]);
    expect((await content()).description).to.equal("one");
    expect(await update("watching", watching("30", "two"))).to.include({ Status: "SUCCEEDED" });
    expect(await rules()).to.deep.equal([["old-keys", '{"maxAccessKeyAge":"30"}']]);
    expect((await content()).description).to.equal("two");
    expect(await deleteFrom("watching", ["us-east-1"])).to.include({ Status: "SUCCEEDED" });
    expect(await rules()).to.deep.equal([]);
    expect((await errorOf(content())).name).to.equal("InvalidDocument");
  });

  /** AWS Config takes no rule in an account where nothing records. */
  async function seedRecorder(account: string): Promise<void> {
    const roleARN = `arn:aws:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;
    await new ConfigServiceClient(world.as(seedOf(world, account))).send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: {
          name: "default",
          roleARN,
          recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
        },
      }),
    );
  }

  it("knows the organization's root and its units, for those who administer it", async () => {
    const organizations = new OrganizationsClient(world.as(seedOf(world, security)));
    const { Roots = [] } = await organizations.send(new ListRootsCommand({}));
    expect(Roots.map(({ Id, Arn }) => [Id, Arn])).to.deep.equal([
      ["r-cord", "arn:aws:organizations::111122223333:root/o-cordonlocal/r-cord"],
    ]);
    const { OrganizationalUnits = [] } = await organizations.send(
      new ListOrganizationalUnitsForParentCommand({ ParentId: "r-cord" }),
    );
    expect(OrganizationalUnits.map(({ Id, Name }) => [Id, Name])).to.deep.equal([
      ["ou-cord-security", "security"],
      ["ou-cord-workloads", "workloads"],
    ]);
    const { Parents } = await organizations.send(new ListParentsCommand({ ChildId: shop }));
    expect(Parents).to.deep.equal([{ Id: "ou-cord-workloads", Type: "ORGANIZATIONAL_UNIT" }]);
    const stranger = organizations.send(new ListParentsCommand({ ChildId: "999988887777" }));
    expect((await errorOf(stranger)).name).to.equal("ChildNotFoundException");
    const member = new OrganizationsClient(world.as(seedOf(world, shop)));
    expect((await errorOf(member.send(new ListRootsCommand({})))).name).to.equal(
      "AccessDeniedException",
    );
  });

  it("is what the provider's stack sets and instances are carried out by", async () => {
    const { accessKeyId, secretAccessKey } = seedOf(world, security);
    const settings = {
      AWS_ENDPOINT_URL: world.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    Object.assign(process.env, settings);
    const provider = new LocalProvider(registry);
    await provider.configure({ region: "us-east-1" });
    for (const name of Object.keys(settings)) delete process.env[name];
    const set = { type: "aws:cloudformation/stackSet:StackSet", name: "baseline" };
    const instances = { type: "aws:cloudformation/stackInstances:StackInstances", name: "all" };
    const setInputs = {
      name: "provided",
      permissionModel: "SERVICE_MANAGED",
      callAs: "DELEGATED_ADMIN",
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ["CAPABILITY_NAMED_IAM"],
      managedExecution: { active: true },
      operationPreferences: { maxConcurrentPercentage: 100, failureToleranceCount: 0 },
      templateBody: templateOf(oneRole("provided")),
    };
    const instanceInputs = {
      stackSetName: "provided",
      callAs: "DELEGATED_ADMIN",
      regions: ["us-east-1"],
      deploymentTargets: { organizationalUnitIds: ["ou-cord-workloads"] },
      operationPreferences: { maxConcurrentPercentage: 100 },
    };
    for (const [{ type }, inputs] of [
      [set, setInputs],
      [instances, instanceInputs],
    ] as const) {
      expect((await provider.check(type, inputs)).failures).to.deep.equal([]);
    }
    const madeSet = await provider.create(set, setInputs, false);
    expect(madeSet.outputs.arn).to.match(
      /^arn:aws:cloudformation:us-east-1:111122223333:stackset\/provided:/,
    );
    const made = await provider.create(instances, instanceInputs, false);
    expect((await roleOf(data, "provided"))?.RoleName).to.equal("provided");
    expect(await lacks(security, "provided")).to.equal(true);

    const changed = oneRole("provided", { Description: "changed" });
    const change = (templateBody: string) =>
      provider.update(set, {
        id: madeSet.id,
        state: madeSet.outputs,
        olds: setInputs,
        news: { ...setInputs, templateBody },
        preview: false,
      });
    await change(templateOf(changed));
    expect((await roleOf(shop, "provided"))?.Description).to.equal("changed");
    const { message } = await errorOf(change(templateOf(oneRole("provided", { Path: "/x/" }))));
    expect(message).to.contain("ended FAILED, account 222233334444 in us-east-1");

    await provider.delete(instances, made.id, { ...made.outputs, ...instanceInputs });
    expect(await lacks(shop, "provided")).to.equal(true);
    await provider.delete(set, madeSet.id, { ...madeSet.outputs, ...setInputs });
    const asked = administrator.send(
      new DescribeStackSetCommand({ ...as, StackSetName: "provided" }),
    );
    expect((await errorOf(asked)).name).to.equal("StackSetNotFoundException");
  });
});
