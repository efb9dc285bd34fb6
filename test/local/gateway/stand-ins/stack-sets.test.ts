import { DeleteStackSetCommand, DescribeStackSetCommand } from "@aws-sdk/client-cloudformation";
import { ConfigServiceClient, DescribeConfigRulesCommand } from "@aws-sdk/client-config-service";
import { GetRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListAccountsForParentCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetDocumentCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { newcomer } from "../../../../local/gateway/accounts";
import { seedRecorder } from "../../../../local/seeds/config";
import { data, errorOf, management, security, seedOf, shop } from "../../../support/local/gateway";
import {
  Administration,
  allowing,
  as,
  everywhere,
  resources,
  templateOf,
  workloads,
} from "../../../support/local/stack-sets";
import { useWorld } from "../../../support/world";

describe("The stand-in for StackSets", () => {
  let stackSets: Administration;
  const world = useWorld();

  before(async () => {
    stackSets = await Administration.start(world);
  });

  describe("a stack set on the root [P5]", () => {
    before(async () => {
      await stackSets.define("forwarding", resources());
      const operation = await stackSets.createIn("forwarding");
      expect(operation.StatusReason).to.equal(undefined);
      expect(operation).to.include({ Status: "SUCCEEDED", Action: "CREATE" });
    });

    it("exists in every account and region except the management account's", async () => {
      for (const account of [security, shop, data]) {
        for (const region of everywhere) {
          expect(await stackSets.standing(account, region), `${account} ${region}`).to.deep.equal([
            `forward-${region}`,
            "forward-dead-letters",
            "forward",
          ]);
        }
      }
      for (const region of everywhere) {
        expect(await stackSets.standing(management, region)).to.deep.equal([]);
      }
      expect(await stackSets.instancesOf("forwarding")).to.deep.equal([
        "123456789012 eu-west-1 CURRENT",
        "123456789012 us-east-1 CURRENT",
        "222233334444 eu-west-1 CURRENT",
        "222233334444 us-east-1 CURRENT",
        "333344445555 eu-west-1 CURRENT",
        "333344445555 us-east-1 CURRENT",
      ]);
    });

    it("writes the pseudo parameters out for each account and region", async () => {
      const role = await stackSets.roleOf(shop, "forward-eu-west-1");
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
      const { StackSet } = await stackSets.client.send(
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
      expect(await stackSets.update("forwarding", changed)).to.include({
        Status: "SUCCEEDED",
        Action: "UPDATE",
      });
      expect(await stackSets.standing(shop, "eu-west-1")).to.deep.equal([
        "forward-eu-west-1",
        "forward-dead-letters",
      ]);
      expect((await stackSets.roleOf(shop, "forward-eu-west-1"))?.Description).to.equal(
        "Forwards no more",
      );
      const inline = (PolicyName: string) =>
        stackSets
          .iamOf(shop)
          .send(new GetRolePolicyCommand({ RoleName: "forward-eu-west-1", PolicyName }));
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
      expect(await stackSets.standing("666677778888", "us-east-1")).to.deep.equal([]);
      world.membership.join(newcomer);
      const operations = await world.stackSets.accountJoined("666677778888");
      expect(operations.map(({ status }) => status)).to.deep.equal(["SUCCEEDED"]);
      expect(await inRoot()).to.deep.equal(["111122223333", "666677778888"]);
      for (const region of everywhere) {
        expect(await stackSets.standing("666677778888", region)).to.deep.equal([
          `forward-${region}`,
          "forward-dead-letters",
        ]);
      }
      expect(await stackSets.instancesOf("forwarding")).to.include(
        "666677778888 eu-west-1 CURRENT",
      );
    });

    it("is deleted once its instances are, and nothing is left", async () => {
      const deletion = () =>
        stackSets.client.send(new DeleteStackSetCommand({ ...as, StackSetName: "forwarding" }));
      expect((await errorOf(deletion())).name).to.equal("StackSetNotEmptyException");
      expect(await stackSets.deleteFrom("forwarding", ["eu-west-1"])).to.include({
        Status: "SUCCEEDED",
      });
      expect(await stackSets.standing(shop, "eu-west-1")).to.deep.equal([]);
      expect(await stackSets.standing(shop, "us-east-1")).to.have.length(2);
      expect(await stackSets.deleteFrom("forwarding", ["us-east-1"])).to.include({
        Status: "SUCCEEDED",
      });
      await deletion();
      for (const account of [security, shop, data, "666677778888"]) {
        expect(await stackSets.standing(account, "us-east-1")).to.deep.equal([]);
      }
      const asked = stackSets.client.send(
        new DescribeStackSetCommand({ ...as, StackSetName: "forwarding" }),
      );
      expect((await errorOf(asked)).name).to.equal("StackSetNotFoundException");
    });
  });

  it("creates, updates and deletes rules of AWS Config and documents of Systems Manager", async () => {
    const settings = world.as(seedOf(world, shop));
    const [config, ssm] = [new ConfigServiceClient(settings), new SSMClient(settings)];
    for (const account of [shop, data]) await seedRecorder(world, account);
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
          ConfigRuleName: "key-rotation",
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
    await stackSets.define("watching", watching("90", "one"));
    const created = await stackSets.createIn("watching", ["us-east-1"], {}, workloads);
    expect([created.Status, created.StatusReason]).to.deep.equal(["SUCCEEDED", undefined]);
    expect(await rules()).to.deep.equal([["key-rotation", '{"maxAccessKeyAge":"90"}']]);
    expect((await content()).description).to.equal("one");
    expect(await stackSets.update("watching", watching("30", "two"))).to.include({
      Status: "SUCCEEDED",
    });
    expect(await rules()).to.deep.equal([["key-rotation", '{"maxAccessKeyAge":"30"}']]);
    expect((await content()).description).to.equal("two");
    expect(await stackSets.deleteFrom("watching", ["us-east-1"])).to.include({
      Status: "SUCCEEDED",
    });
    expect(await rules()).to.deep.equal([]);
    expect((await errorOf(content())).name).to.equal("InvalidDocument");
  });
});
