import {
  ConfigServiceClient,
  DeleteConfigRuleCommand,
  DeleteRemediationConfigurationCommand,
  DeleteRemediationExceptionsCommand,
  DescribeConfigRulesCommand,
  DescribeRemediationConfigurationsCommand,
  DescribeRemediationExceptionsCommand,
  ListDiscoveredResourcesCommand,
  PutConfigRuleCommand,
  PutRemediationConfigurationsCommand,
  PutRemediationExceptionsCommand,
} from "@aws-sdk/client-config-service";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { IAMClient, PutRolePolicyCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetAutomationExecutionCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import type { Credentials } from "../../../local/gateway/iam/caller";
import { seedRecorder } from "../../../local/seeds/config";
import { backdateKey, type SeededUser, seedUser } from "../../../local/seeds/identities";
import { runAutomations } from "../../../local/services/automation";
import { evaluateRule } from "../../../local/services/config";
import { takeMessages } from "../../../local/services/queue";
import { fixture } from "../../support/cases";
import { errorOf, region, security, seedOf, shop } from "../../support/local/gateway";
import { placeKeyRotation } from "../../support/local/key-rotation-baseline";
import { useWorld } from "../../support/world";

const rule = "cordon-access-keys-rotated";
const topicArn = "arn:aws:sns:us-east-1:123456789012:cordon-key-rotation";
const queueArn = "arn:aws:sqs:us-east-1:123456789012:reports";
const role = "arn:aws:iam::222233334444:role/cordon-report-key-rotation";

describe("key rotation in the local organization", () => {
  const world = useWorld();
  let config: ConfigServiceClient;
  let ssm: SSMClient;
  let iam: IAMClient;
  let old: SeededUser;
  const place = { account: shop, region };

  /** Creates the encrypted central topic, to which the automation's role may publish. */
  async function centralTopic(): Promise<void> {
    const as = world.as(seedOf(world, security));
    const [kms, sns, sqs] = [new KMSClient(as), new SNSClient(as), new SQSClient(as)];
    const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: "alias/reports", TargetKeyId: key?.KeyId }));
    await setKeyPolicy(key?.Arn ?? "", "us-east-1");
    keyArn = key?.Arn ?? "";
    await sns.send(
      new CreateTopicCommand({
        Name: "cordon-key-rotation",
        Attributes: { KmsMasterKeyId: keyArn },
      }),
    );
    await admit(["role/cordon-report-key-rotation"]);
    await sqs.send(
      new CreateQueueCommand({
        QueueName: "reports",
        Attributes: { Policy: queuePolicy(topicArn) },
      }),
    );
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn }),
    );
  }
  let keyArn = "";

  async function setKeyPolicy(key: string, viaRegion: string): Promise<void> {
    const statement = {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "aws:PrincipalOrgID": "o-cordonlocal",
          "kms:ViaService": `sns.${viaRegion}.amazonaws.com`,
        },
        ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/cordon-report-key-rotation" },
      },
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await new KMSClient(world.as(seedOf(world, security))).send(
      new PutKeyPolicyCommand({ KeyId: key, PolicyName: "default", Policy }),
    );
  }

  async function admit(roles: readonly string[]): Promise<void> {
    await new SNSClient(world.as(seedOf(world, security))).send(
      new SetTopicAttributesCommand({
        TopicArn: topicArn,
        AttributeName: "Policy",
        AttributeValue: JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Principal: { AWS: "*" },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: {
              StringEquals: { "aws:PrincipalOrgID": "o-cordonlocal" },
              ArnLike: { "aws:PrincipalArn": roles.map((each) => `arn:aws:iam::*:${each}`) },
            },
          },
        }),
      }),
    );
  }

  function queuePolicy(topic: string): string {
    return JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": topic } },
      },
    });
  }

  /** Receives the messages that arrived; gives their texts. */
  async function arrived(): Promise<string[]> {
    // SNS delivers after it has answered the publisher.
    await world.subscriptions.settled();
    const sqs = new SQSClient(world.as(seedOf(world, security)));
    const messages = await takeMessages(sqs, `${world.url}/${security}/reports`);
    return messages.map(({ Body }) => (JSON.parse(Body ?? "") as { Message: string }).Message);
  }

  const evaluated = async (userId: string, at?: Date) =>
    (await evaluateRule(world, place, rule, at)).find((each) => each.userId === userId);

  const exceptions = async () =>
    (await config.send(new DescribeRemediationExceptionsCommand({ ConfigRuleName: rule })))
      .RemediationExceptions ?? [];
  /** Names users in a call about exceptions. */
  const except = (...users: readonly SeededUser[]) => ({
    ConfigRuleName: rule,
    ResourceKeys: users.map(({ id }) => ({ ResourceType: "AWS::IAM::User", ResourceId: id })),
  });

  /** Deletes the exceptions that AWS Config made of users whose remediation failed. */
  async function forgive(): Promise<void> {
    const ResourceKeys = (await exceptions()).map(({ ResourceType, ResourceId }) => ({
      ResourceType,
      ResourceId,
    }));
    const ConfigRuleName = rule;
    await config.send(new DeleteRemediationExceptionsCommand({ ConfigRuleName, ResourceKeys }));
  }

  before("start an emulator, and place the baseline's part in a member", async () => {
    runAutomations(world);
    const as = world.as(seedOf(world, shop));
    [config, ssm, iam] = [new ConfigServiceClient(as), new SSMClient(as), new IAMClient(as)];
    await seedRecorder(world, shop);
    await centralTopic();
    await placeKeyRotation(world, shop);
    old = await seedUser(world, place, { name: "old", keys: 2 });
    await backdateKey(world, old, old.keys[0] as Credentials, 91);
  });

  describe("AWS Config", () => {
    it("takes no rule in an account without a recorder, and lists nothing there", async () => {
      const bare = new ConfigServiceClient(world.as(seedOf(world, security)));
      const put = new PutConfigRuleCommand({
        ConfigRule: {
          ConfigRuleName: "x",
          Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
        },
      });
      const listed = new ListDiscoveredResourcesCommand({ resourceType: "AWS::IAM::User" });
      expect((await errorOf(bare.send(put))).name).to.equal(
        "NoAvailableConfigurationRecorderException",
      );
      expect((await errorOf(bare.send(listed))).name).to.equal(
        "NoAvailableConfigurationRecorderException",
      );
    });

    it("knows no rule by a name that was never given, where there is none, too", async () => {
      for (const account of [shop, security]) {
        const client = new ConfigServiceClient(world.as(seedOf(world, account)));
        const asked = client.send(new DescribeConfigRulesCommand({ ConfigRuleNames: ["nope"] }));
        expect((await errorOf(asked)).name).to.equal("NoSuchConfigRuleException");
      }
    });

    it("finds a user's name by its id, and no user by another id", async () => {
      const found = async (id: string) =>
        (
          await config.send(
            new ListDiscoveredResourcesCommand({
              resourceType: "AWS::IAM::User",
              resourceIds: [id],
            }),
          )
        ).resourceIdentifiers;
      expect(await found(old.id)).to.deep.equal([
        { resourceType: "AWS::IAM::User", resourceId: old.id, resourceName: "old" },
      ]);
      expect(await found("AIDAXXXXXXXXXXXXXXXXX")).to.deep.equal([]);
    });

    it("refuses by name what it does not know", async () => {
      const listed = (input: object) =>
        errorOf(config.send(new ListDiscoveredResourcesCommand(input as never)));
      expect((await listed({ resourceType: "AWS::EC2::Instance" })).message).to.contain(
        "config:ListDiscoveredResources of AWS::EC2::Instance is not available",
      );
      expect(
        (await listed({ resourceType: "AWS::IAM::User", resourceName: "old" })).message,
      ).to.contain("config:ListDiscoveredResources with resourceName is not available");
    });

    it("keeps a remediation as it was given", async () => {
      const { RemediationConfigurations } = await config.send(
        new DescribeRemediationConfigurationsCommand({ ConfigRuleNames: [rule] }),
      );
      expect(RemediationConfigurations).to.deep.equal([
        {
          ConfigRuleName: rule,
          TargetType: "SSM_DOCUMENT",
          TargetId: rule,
          Automatic: true,
          MaximumAutomaticAttempts: 5,
          RetryAttemptSeconds: 60,
          Parameters: {
            ResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
            AutomationAssumeRole: { StaticValue: { Values: [role] } },
          },
        },
      ]);
    });

    const valid = {
      ConfigRuleName: rule,
      TargetType: "SSM_DOCUMENT",
      TargetId: rule,
      Automatic: true,
      Parameters: { AutomationAssumeRole: { StaticValue: { Values: [role] } } },
    } as const;
    const wrong: readonly (readonly [string, object, string])[] = [
      ["of a rule that is not there", { ConfigRuleName: "nope" }, "NoSuchConfigRuleException"],
      ["to no document", { TargetId: "nope" }, "The SSM document nope does not exist"],
      ["without a role", { Parameters: {} }, "needs AutomationAssumeRole as a static value"],
      [
        "with another account's role",
        { Parameters: { AutomationAssumeRole: { StaticValue: { Values: [foreign()] } } } },
        `The role ${foreign()} is of another account`,
      ],
      ["of too many attempts", { MaximumAutomaticAttempts: 26 }, "less than or equal to 25"],
      ["with a window it does not know", { ResourceType: "AWS::IAM::User" }, "with ResourceType"],
    ];
    function foreign(): string {
      return "arn:aws:iam::333344445555:role/cordon-report-key-rotation";
    }
    for (const [what, change, message] of wrong) {
      it(`refuses a remediation ${what}`, async () => {
        const put = new PutRemediationConfigurationsCommand({
          RemediationConfigurations: [{ ...valid, ...change } as never],
        });
        const error = await errorOf(config.send(put));
        expect(`${error.name}: ${error.message}`).to.contain(message);
      });
    }

    it("lets no rule go that has a remediation, and no remediation that is not there", async () => {
      const deleting = errorOf(config.send(new DeleteConfigRuleCommand({ ConfigRuleName: rule })));
      expect((await deleting).name).to.equal("ResourceInUseException");
      const absent = new DeleteRemediationConfigurationCommand({ ConfigRuleName: "nope" });
      expect((await errorOf(config.send(absent))).name).to.equal(
        "NoSuchRemediationConfigurationException",
      );
    });
  });

  describe("the rule's evaluation [P7]", () => {
    it("goes by the oldest active key, to the day", async () => {
      const compliant = await seedUser(world, place, { name: "ninety" });
      await backdateKey(world, compliant, compliant.keys[0] as Credentials, 89.9);
      const disabled = await seedUser(world, place, { name: "disabled", keys: 2 });
      await backdateKey(world, disabled, disabled.keys[0] as Credentials, 400);
      const change = { AccessKeyId: disabled.keys[0]?.accessKeyId, UserName: "disabled" };
      await iam.send(new UpdateAccessKeyCommand({ ...change, Status: "Inactive" }));
      const keyless = await seedUser(world, place, { name: "keyless", keys: 0 });
      const found = await evaluateRule(world, place, rule);
      expect(
        Object.fromEntries(found.map(({ userName, compliance }) => [userName, compliance])),
      ).to.deep.equal({ old: "NON_COMPLIANT", ninety: "COMPLIANT", disabled: "COMPLIANT" });
      expect(found.map(({ userId }) => userId)).not.to.include(keyless.id);
      expect(await arrived()).to.deep.equal([
        'Account "222233334444" User "old" needs to rotate their access key.',
      ]);
    });

    it("remediates at every evaluation, and reports a change once", async () => {
      const again = await evaluated(old.id);
      expect(again?.execution?.status).to.equal("Success");
      expect(again).not.to.have.property("deliveries");
      expect(await arrived()).to.have.length(1);
    });

    it("puts the change on the account's default bus, as AWS Config does", async () => {
      const as = world.as(seedOf(world, shop));
      const [sqs, events] = [new SQSClient(as), new EventBridgeClient(as)];
      const changes = "arn:aws:sqs:us-east-1:222233334444:changes";
      const { RuleArn } = await events.send(
        new PutRuleCommand({ Name: "changes", EventPattern: '{"source":["aws.config"]}' }),
      );
      const statement = {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: changes,
        Condition: { ArnEquals: { "aws:SourceArn": RuleArn } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const queue = new CreateQueueCommand({ QueueName: "changes", Attributes: { Policy } });
      const { QueueUrl } = await sqs.send(queue);
      await events.send(
        new PutTargetsCommand({ Rule: "changes", Targets: [{ Id: "queue", Arn: changes }] }),
      );
      const fresh = await seedUser(world, place, { name: "fresh" });
      await backdateKey(world, fresh, fresh.keys[0] as Credentials, 100);
      await evaluated(fresh.id);
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages).to.have.length(1);
      const event = JSON.parse(Messages[0]?.Body ?? "");
      expect(event).to.include({
        source: "aws.config",
        "detail-type": "Config Rules Compliance Change",
        account: "222233334444",
        region: "us-east-1",
      });
      expect(event.detail).to.deep.include({
        resourceId: fresh.id,
        resourceType: "AWS::IAM::User",
        awsRegion: "us-east-1",
        awsAccountId: "222233334444",
        configRuleName: rule,
        messageType: "ComplianceChangeNotification",
      });
      expect(event.detail.newEvaluationResult).to.deep.include({ complianceType: "NON_COMPLIANT" });
      expect(event.detail).not.to.have.property("oldEvaluationResult");
      await arrived();
    });

    it("refuses a rule that it does not know", async () => {
      await config.send(
        new PutConfigRuleCommand({
          ConfigRule: {
            ConfigRuleName: "other",
            Source: { Owner: "AWS", SourceIdentifier: "IAM_USER_NO_POLICIES_CHECK" },
          },
        }),
      );
      expect((await errorOf(evaluateRule(world, place, "other"))).message).to.equal(
        "The rule IAM_USER_NO_POLICIES_CHECK is not known here",
      );
    });
  });

  describe("an exception [P7]", () => {
    const until = new Date("2030-01-31T00:00:00Z");

    it("spares a user from the remediation until its day, and no other", async () => {
      await config.send(
        new PutRemediationExceptionsCommand({
          ...except(old),
          Message: "Migrated in January",
          ExpirationTime: until,
        }),
      );
      expect(await exceptions()).to.deep.equal([
        {
          ConfigRuleName: rule,
          ResourceType: "AWS::IAM::User",
          ResourceId: old.id,
          Message: "Migrated in January",
          ExpirationTime: until,
        },
      ]);
      const before = await evaluated(old.id, new Date("2030-01-30T23:59:59Z"));
      expect(before).to.include({ compliance: "NON_COMPLIANT" }).and.not.have.property("execution");
      const others = await evaluateRule(world, place, rule);
      const other = others.find(({ userName }) => userName === "fresh");
      expect(other?.execution?.status).to.equal("Success");
      expect((await evaluated(old.id, until))?.execution?.status).to.equal("Success");
      await arrived();
    });

    it("ends when it is deleted, once", async () => {
      await config.send(new DeleteRemediationExceptionsCommand(except(old)));
      expect(await exceptions()).to.deep.equal([]);
      expect((await evaluated(old.id))?.execution?.status).to.equal("Success");
      const again = config.send(new DeleteRemediationExceptionsCommand(except(old)));
      expect((await errorOf(again)).name).to.equal("NoSuchRemediationExceptionException");
      await arrived();
    });

    it("is not made of a compliant user, and no error says so", async () => {
      const young = await seedUser(world, place, { name: "young" });
      await evaluated(young.id);
      const put = new PutRemediationExceptionsCommand(except(young));
      expect((await config.send(put)).FailedBatches).to.deep.equal([]);
      expect(await exceptions()).to.deep.equal([]);
      await arrived();
    });

    it("is refused of a rule without a remediation, and of a resource that is no user", async () => {
      const put = (changes: object) =>
        errorOf(config.send(new PutRemediationExceptionsCommand({ ...except(old), ...changes })));
      expect((await put({ ConfigRuleName: "other" })).message).to.equal(
        "The rule other has no remediation to except anything from",
      );
      const bucket = [{ ResourceType: "AWS::S3::Bucket", ResourceId: "b" }];
      expect((await put({ ResourceKeys: bucket })).message).to.contain(
        "config:PutRemediationExceptions of AWS::S3::Bucket is not available",
      );
    });
  });

  describe("the automation [P7]", () => {
    it("runs as a session of its role, in two steps", async () => {
      const found = await evaluated(old.id);
      const execution = found?.execution;
      expect(execution?.executedBy).to.equal(
        `arn:aws:sts::222233334444:assumed-role/cordon-report-key-rotation/Automation-${execution?.id}`,
      );
      expect(execution?.steps).to.deep.equal([
        {
          name: "configStep",
          action: "aws:executeAwsApi",
          status: "Success",
          outputs: { configUserName: "old" },
        },
        {
          name: "publishMessage",
          action: "aws:executeAutomation",
          status: "Success",
          outputs: {},
        },
      ]);
      await arrived();
    });

    it("makes exactly these calls, each decided by IAM", async () => {
      const first = world.record.entries.length;
      await evaluated(old.id);
      const calls = world.record.entries
        .slice(first)
        .filter(({ principal }) => principal.includes("cordon-report-key-rotation"));
      // In order of arrival; of the users that the tests before made old, the first one's.
      expect(
        calls
          .slice(0, 4)
          .map(({ checks }) => checks.map((each) => `${each.action} ${each.resource}`)),
      ).to.deep.equal([
        ["config:ListDiscoveredResources *"],
        [
          "ssm:StartAutomationExecution arn:aws:ssm:us-east-1::document/AWS-PublishSNSNotification",
          "ssm:StartAutomationExecution arn:aws:ssm:us-east-1:222233334444:automation-execution/*",
        ],
        [`sns:Publish ${topicArn}`, `kms:GenerateDataKey ${keyArn}`, `kms:Decrypt ${keyArn}`],
        [
          `ssm:GetAutomationExecution arn:aws:ssm:us-east-1:222233334444:automation-execution/${second()}`,
        ],
      ]);
      expect(calls.every(({ allowed }) => allowed)).to.equal(true);
      await arrived();
    });
    /** Id of the second automation of the last evaluation's first user. */
    const second = () => {
      const started = world.automation.executions.filter(
        ({ document }) => document === "AWS-PublishSNSNotification",
      );
      return started.at(-2)?.id;
    };

    /** Evaluates without a permission; gives why the automation of the old key failed. */
    async function failureWithout(take: () => Promise<unknown>, give: () => Promise<unknown>) {
      await take();
      const found = await evaluated(old.id).finally(give);
      await forgive();
      expect(await arrived()).to.deep.equal([]);
      return found?.execution?.failure;
    }
    const rolePolicy = (statements: readonly object[]) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: "cordon-report-key-rotation",
          PolicyName: "report",
          PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
        }),
      );
    const needed = [
      { Effect: "Allow", Action: "config:ListDiscoveredResources", Resource: "*" },
      { Effect: "Allow", Action: "ssm:StartAutomationExecution", Resource: "*" },
      { Effect: "Allow", Action: "ssm:GetAutomationExecution", Resource: "*" },
      { Effect: "Allow", Action: "sns:Publish", Resource: topicArn },
      { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*" },
    ];
    const asksAfterwards = "ssm:GetAutomationExecution";
    for (const [index, { Action }] of needed.entries()) {
      if (Action === asksAfterwards) continue;
      it(`fails, and publishes nothing, where its role may not ${String(Action)}`, async () => {
        const without = needed.filter((_, other) => other !== index);
        const failure = await failureWithout(
          () => rolePolicy(without),
          () => rolePolicy(needed),
        );
        const action = Array.isArray(Action) ? Action[1] : Action;
        expect(failure).to.contain(`not authorized to perform: ${action}`);
      });
    }

    it(`fails, the message sent already, where its role may not ${asksAfterwards}`, async () => {
      await rolePolicy(needed.filter(({ Action }) => Action !== asksAfterwards));
      const found = await evaluated(old.id).finally(() => rolePolicy(needed));
      await forgive();
      expect(found?.execution?.failure).to.contain(`not authorized to perform: ${asksAfterwards}`);
      expect(await arrived()).not.to.deep.equal([]);
    });

    it("fails where the topic's policy does not admit the role", async () => {
      const failure = await failureWithout(
        () => admit(["role/another"]),
        () => admit(["role/cordon-report-key-rotation"]),
      );
      expect(failure).to.contain("because no resource-based policy allows the sns:Publish action");
    });

    it("fails where the key's policy does not admit the role through SNS", async () => {
      const failure = await failureWithout(
        () => setKeyPolicy(keyArn, "eu-west-1"),
        () => setKeyPolicy(keyArn, "us-east-1"),
      );
      expect(failure).to.contain(
        "because no resource-based policy allows the kms:GenerateDataKey action",
      );
    });

    it("fails without a message where no user has the id", async () => {
      const execution = await world.automation.start({
        place,
        document: rule,
        parameters: { ResourceId: ["AIDAXXXXXXXXXXXXXXXXX"], AutomationAssumeRole: [role] },
      });
      expect(execution.failure).to.equal(
        "Step configStep failed: Error: $.resourceIdentifiers[0].resourceName selects no text of the answer",
      );
      expect(await arrived()).to.deep.equal([]);
    });

    it("fails where the role does not trust Systems Manager for this account", async () => {
      const execution = await world.automation.start({
        place: { account: security, region },
        document: "AWS-PublishSNSNotification",
        parameters: { TopicArn: [topicArn], Message: ["x"], AutomationAssumeRole: [role] },
      });
      expect(execution.status).to.equal("Failed");
      expect(execution.failure).to.contain("ssm.amazonaws.com cannot assume");
    });

    it("is tried five times, and its user then excepted until the exception is deleted", async () => {
      await rolePolicy(needed.slice(0, 1));
      const first = world.automation.executions.length;
      await evaluated(old.id);
      const tried = world.automation.executions.slice(first);
      const users = new Set((await exceptions()).map(({ ResourceId }) => ResourceId));
      expect([...users]).to.include(old.id);
      expect(tried).to.have.length(5 * users.size);
      await rolePolicy(needed);
      expect((await evaluated(old.id))?.execution).to.equal(undefined);
      await forgive();
      expect((await evaluated(old.id))?.execution?.status).to.equal("Success");
      await arrived();
    });

    it("is announced on the default bus when it has ended, as by Systems Manager", async () => {
      const as = world.as(seedOf(world, shop));
      const [sqs, events] = [new SQSClient(as), new EventBridgeClient(as)];
      const ends = "arn:aws:sqs:us-east-1:222233334444:ends";
      const EventPattern = JSON.stringify({ source: ["aws.ssm"], detail: { Definition: [rule] } });
      const { RuleArn } = await events.send(new PutRuleCommand({ Name: "ends", EventPattern }));
      const statement = {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: ends,
        Condition: { ArnEquals: { "aws:SourceArn": RuleArn } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const queue = new CreateQueueCommand({ QueueName: "ends", Attributes: { Policy } });
      const { QueueUrl } = await sqs.send(queue);
      await events.send(
        new PutTargetsCommand({ Rule: "ends", Targets: [{ Id: "queue", Arn: ends }] }),
      );
      const { id } = await world.automation.start({
        place,
        document: rule,
        parameters: { ResourceId: ["AIDAXXXXXXXXXXXXXXXXX"], AutomationAssumeRole: [role] },
      });
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages).to.have.length(1);
      const event = JSON.parse(Messages[0]?.Body ?? "");
      // The members and types of the one that AWS documents.
      const documented = fixture("ssm-automation-failed") as Record<string, object>;
      expect(event).to.have.all.keys(...Object.keys(documented));
      expect(event.detail).to.have.all.keys(...Object.keys(documented.detail ?? {}));
      expect(event["detail-type"]).to.equal(documented["detail-type"]);
      expect(event.detail).to.include({ ExecutionId: id, Definition: rule, Status: "Failed" });
      expect(event.detail.StartTime).to.match(
        /^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/,
      );
    });

    it("is found by its id in its account alone", async () => {
      const id = world.automation.executions[0]?.id;
      const command = new GetAutomationExecutionCommand({ AutomationExecutionId: id });
      const { AutomationExecution } = await ssm.send(command);
      expect(AutomationExecution).to.include({
        AutomationExecutionStatus: "Success",
        // The second automation ends before the first.
        DocumentName: "AWS-PublishSNSNotification",
      });
      const elsewhere = new SSMClient(world.as(seedOf(world, security)));
      expect((await errorOf(elsewhere.send(command))).name).to.equal(
        "AutomationExecutionNotFoundException",
      );
    });
  });
});
