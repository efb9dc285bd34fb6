import {
  CreateEventBusCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { organizationId } from "../../../local/gateway/accounts";
import { emit } from "../../../local/services/eventbridge/events";
import { takeMessages } from "../../../local/services/queue";
import {
  allow,
  allowing,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const shopBus = "arn:aws:events:us-east-1:222233334444:event-bus/default";
const hubBus = "arn:aws:events:us-east-1:123456789012:event-bus/hub";
const forwardRule = "arn:aws:events:us-east-1:222233334444:rule/forward";
const hubRule = "arn:aws:events:us-east-1:123456789012:rule/hub/answer";
const workQueue = "arn:aws:sqs:us-east-1:123456789012:work";
const lostQueue = "arn:aws:sqs:us-east-1:222233334444:lost";
const forwarder = "arn:aws:iam::222233334444:role/forwarder";

const finding = {
  id: "0f6a1c9e-5d1b-4a4c-9a58-0e7f3f9d2b11",
  source: "aws.guardduty",
  "detail-type": "GuardDuty Finding",
  time: "2026-03-04T05:06:07Z",
  detail: { type: "Backdoor:EC2/DNS", severity: 8 },
};
const at = { account: shop, region };

describe("local/services/eventbridge/events", () => {
  const world = useWorld({ each: true });

  const eventBridge = (account: string) => new EventBridgeClient(world.as(seedOf(world, account)));
  const sqs = (account: string) =>
    new SQSClient({ ...world.as(seedOf(world, account)), useQueueUrlAsEndpoint: false });

  async function makeQueue(arn: string, queuePolicy?: object): Promise<void> {
    const [, , , , account = "", name = ""] = arn.split(":");
    const { QueueUrl } = await sqs(account).send(new CreateQueueCommand({ QueueName: name }));
    if (!queuePolicy) return;
    const Attributes = { Policy: JSON.stringify(queuePolicy) };
    await sqs(account).send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }

  async function bodies(arn: string): Promise<Record<string, unknown>[]> {
    const [, , , , account = "", name = ""] = arn.split(":");
    const messages = await takeMessages(sqs(account), `${world.url}/${account}/${name}`);
    return messages.map(({ Body = "", MessageAttributes }) => ({
      ...JSON.parse(Body),
      ...(MessageAttributes && { attributes: MessageAttributes }),
    }));
  }

  async function makeRule(account: string, bus: string, name: string, targets: Partial<Target>[]) {
    const client = eventBridge(account);
    const EventPattern = JSON.stringify({ source: ["aws.guardduty"] });
    await client.send(new PutRuleCommand({ EventBusName: bus, Name: name, EventPattern }));
    const Targets = targets.map((target) => ({ Id: "only", Arn: "", ...target }));
    await client.send(new PutTargetsCommand({ EventBusName: bus, Rule: name, Targets }));
  }

  const admitRule = (queue: string, rule: string) =>
    policy({
      ...allow("sqs:SendMessage", queue, { ArnEquals: { "aws:SourceArn": rule } }),
      Principal: { Service: "events.amazonaws.com" },
    });

  /** Builds shop's default bus → hub bus → queue; `spoil` changes one thing. */
  async function deploy(
    spoil: {
      busPolicy?: object | null;
      trust?: object;
      permissions?: object;
      queuePolicy?: object;
      target?: Partial<Target>;
    } = {},
  ): Promise<void> {
    await makeRole(
      world,
      shop,
      "forwarder",
      spoil.trust ??
        allowing({ Service: "events.amazonaws.com" }, "sts:AssumeRole", {
          StringEquals: { "aws:SourceArn": forwardRule, "aws:SourceAccount": shop },
        }),
      spoil.permissions ?? policy(allow("events:PutEvents", hubBus)),
    );
    const hub = eventBridge(security);
    await hub.send(new CreateEventBusCommand({ Name: "hub" }));
    if (spoil.busPolicy !== null) {
      const admitted = policy({
        ...allow("events:PutEvents", hubBus, {
          StringEquals: { "aws:PrincipalOrgID": organizationId },
          // Both keys are lists: one PutEvents may carry several events.
          "ForAllValues:StringEquals": {
            "events:source": "aws.guardduty",
            "events:detail-type": "GuardDuty Finding",
          },
          Null: { "events:source": "false", "events:detail-type": "false" },
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/forwarder" },
        }),
        Sid: "forwarding",
        Principal: "*",
      });
      const Policy = JSON.stringify(spoil.busPolicy ?? admitted);
      await hub.send(new PutPermissionCommand({ EventBusName: "hub", Policy }));
    }
    await makeQueue(workQueue, spoil.queuePolicy ?? admitRule(workQueue, hubRule));
    await makeQueue(lostQueue, admitRule(lostQueue, forwardRule));
    await makeRule(security, "hub", "answer", [{ Id: "work", Arn: workQueue }]);
    await makeRule(shop, "default", "forward", [
      {
        Id: "hub",
        Arn: hubBus,
        RoleArn: forwarder,
        DeadLetterConfig: { Arn: lostQueue },
        ...spoil.target,
      },
    ]);
  }

  it("carries an event over two buses of two accounts to a queue, its envelope unchanged", async () => {
    await deploy();
    expect(await emit(world, at, finding)).to.deep.equal([
      { bus: shopBus, rule: forwardRule, target: hubBus, delivered: true },
      { bus: hubBus, rule: hubRule, target: workQueue, delivered: true },
    ]);
    expect(await bodies(workQueue)).to.deep.equal([
      {
        version: "0",
        id: "0f6a1c9e-5d1b-4a4c-9a58-0e7f3f9d2b11",
        account: "222233334444",
        time: "2026-03-04T05:06:07Z",
        region: "us-east-1",
        resources: [],
        source: "aws.guardduty",
        "detail-type": "GuardDuty Finding",
        detail: { type: "Backdoor:EC2/DNS", severity: 8 },
      },
    ]);
  });

  it("delivers nothing when the bus policy admits another organization, and keeps the event", async () => {
    await deploy({
      busPolicy: policy({
        ...allow("events:PutEvents", hubBus, {
          StringEquals: { "aws:PrincipalOrgID": "o-somebodyelse" },
        }),
        Sid: "other",
        Principal: "*",
      }),
    });
    const [delivery, ...others] = await emit(world, at, finding);
    expect(others).to.deep.equal([]);
    expect(delivery?.delivered).to.equal(false);
    expect(delivery?.why).to.match(
      /^arn:aws:sts::222233334444:assumed-role\/forwarder\/\w+ is not authorized to perform events:PutEvents on arn:aws:events:us-east-1:123456789012:event-bus\/hub because no resource-based policy allows the events:PutEvents action; kept in arn:aws:sqs:us-east-1:222233334444:lost$/,
    );
    expect(await bodies(workQueue)).to.deep.equal([]);
    const [kept] = await bodies(lostQueue);
    expect(kept?.id).to.equal("0f6a1c9e-5d1b-4a4c-9a58-0e7f3f9d2b11");
    expect(kept?.attributes).to.have.nested.property("RULE_ARN.StringValue", forwardRule);
    expect(kept?.attributes).to.have.nested.property("TARGET_ARN.StringValue", hubBus);
  });

  const admitting = (condition: object) => ({
    busPolicy: policy({
      ...allow("events:PutEvents", hubBus, condition),
      Sid: "forwarding",
      Principal: { AWS: `arn:aws:iam::${shop}:root` },
    }),
  });

  const refusals: [string, Parameters<typeof deploy>[0], RegExp][] = [
    [
      "the bus admits another source only",
      admitting({ "ForAllValues:StringEquals": { "events:source": "aws.health" } }),
      /no resource-based policy allows the events:PutEvents action/,
    ],
    [
      "the bus admits another detail type only",
      admitting({ "ForAllValues:StringEquals": { "events:detail-type": "AWS Health Event" } }),
      /no resource-based policy allows the events:PutEvents action/,
    ],
    [
      // Both keys are lists: without a set operator nothing matches them.
      "the bus compares the source as if it were one",
      admitting({ StringEquals: { "events:source": "aws.guardduty" } }),
      /no resource-based policy allows the events:PutEvents action/,
    ],
    [
      "the bus admits another role only",
      admitting({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/somebody-else" } }),
      /no resource-based policy allows the events:PutEvents action/,
    ],
    ["the bus has no policy", { busPolicy: null }, /no resource-based policy allows/],
    [
      "the role trusts another rule",
      {
        trust: allowing({ Service: "events.amazonaws.com" }, "sts:AssumeRole", {
          StringEquals: { "aws:SourceArn": `${forwardRule}-other` },
        }),
      },
      /events\.amazonaws\.com is not authorized to perform sts:AssumeRole on .*forwarder/,
    ],
    [
      "the role trusts another service",
      { trust: allowing({ Service: "lambda.amazonaws.com" }, "sts:AssumeRole") },
      /is not authorized to perform sts:AssumeRole/,
    ],
    [
      "the role may put events on another bus only",
      { permissions: policy(allow("events:PutEvents", `${hubBus}-other`)) },
      /no identity-based policy allows the events:PutEvents action/,
    ],
    [
      "the role does not exist",
      { target: { RoleArn: `${forwarder}-absent` } },
      /^The role arn:aws:iam::222233334444:role\/forwarder-absent does not exist/,
    ],
    [
      "the bus does not exist",
      { target: { Arn: `${hubBus}-absent` } },
      /^The event bus .*hub-absent does not exist/,
    ],
    [
      "the target has no role",
      { target: { RoleArn: undefined as unknown as string } },
      /^Target hub has no role/,
    ],
  ];
  for (const [what, spoil, why] of refusals) {
    it(`refuses and keeps the event when ${what}`, async () => {
      await deploy(spoil);
      const [delivery, ...others] = await emit(world, at, finding);
      expect(others).to.deep.equal([]);
      expect(delivery?.delivered).to.equal(false);
      expect(delivery?.why).to.match(why);
      expect(delivery?.why).to.match(/; kept in arn:aws:sqs:us-east-1:222233334444:lost$/);
      expect(await bodies(lostQueue)).to.have.length(1);
    });
  }

  it("refuses when the queue's policy names another rule, and says the event is lost", async () => {
    await deploy({ queuePolicy: admitRule(workQueue, `${hubRule}-other`) });
    const [forwarded, refused] = await emit(world, at, finding);
    expect(forwarded?.delivered).to.equal(true);
    expect(refused?.delivered).to.equal(false);
    expect(refused?.why).to.match(
      /^events\.amazonaws\.com is not authorized to perform sqs:SendMessage on .*work .*; no dead-letter queue, the event is lost$/,
    );
    expect(await bodies(workQueue)).to.deep.equal([]);
  });

  it("says so when the dead-letter queue refuses too", async () => {
    await deploy({ busPolicy: null, target: { DeadLetterConfig: { Arn: workQueue } } });
    const [delivery] = await emit(world, at, finding);
    expect(delivery?.why).to.match(
      /; the dead-letter queue refused it, the event is lost: events\.amazonaws\.com is not authorized/,
    );
    expect(await bodies(workQueue)).to.deep.equal([]);
  });

  it("needs the key of an encrypted queue as well", async () => {
    await deploy();
    const kms = new KMSClient(world.as(seedOf(world, security)));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? "";
    const put = (statement: object) =>
      kms.send(
        new PutKeyPolicyCommand({
          KeyId,
          PolicyName: "default",
          Policy: JSON.stringify(policy(statement)),
        }),
      );
    const admitted = {
      ...allow(["kms:GenerateDataKey", "kms:Decrypt"], "*"),
      Principal: { Service: "events.amazonaws.com" },
    };
    const QueueUrl = `${world.url}/${security}/work`;
    // The emulator forgets the policy when other attributes are set.
    const Policy = JSON.stringify(admitRule(workQueue, hubRule));
    const Attributes = { KmsMasterKeyId: KeyId, Policy };
    await sqs(security).send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    await put({ ...admitted, Action: "kms:Decrypt" });
    const [, refused] = await emit(world, at, finding);
    expect(refused?.why).to.match(
      /^events\.amazonaws\.com is not authorized to perform kms:GenerateDataKey on /,
    );
    expect(await bodies(workQueue)).to.deep.equal([]);
    const ofAccount = { StringEquals: { "aws:SourceAccount": security } };
    await put({ ...admitted, Condition: ofAccount });
    const [, unnamed] = await emit(world, at, finding);
    expect(unnamed?.why).to.match(/^events\.amazonaws\.com is not authorized to perform kms:/);
    await put(admitted);
    const [, delivered] = await emit(world, at, finding);
    expect(delivered?.delivered).to.equal(true);
    expect(await bodies(workQueue)).to.have.length(1);
  });

  it("leaves a disabled rule alone", async () => {
    await deploy();
    await eventBridge(shop).send(new DisableRuleCommand({ Name: "forward" }));
    expect(await emit(world, at, finding)).to.deep.equal([]);
    expect(await bodies(workQueue)).to.deep.equal([]);
  });

  it("leaves an event alone that no pattern admits", async () => {
    await deploy();
    expect(await emit(world, at, { ...finding, source: "aws.config" })).to.deep.equal([]);
  });

  it("does not route a received event to a third bus", async () => {
    await deploy();
    const third = "arn:aws:events:us-east-1:222233334444:event-bus/third";
    await eventBridge(shop).send(new CreateEventBusCommand({ Name: "third" }));
    await makeRule(security, "hub", "onward", [{ Arn: third, RoleArn: forwarder }]);
    const onward = (await emit(world, at, finding)).find(({ target }) => target === third);
    expect(onward).to.deep.equal({
      bus: hubBus,
      rule: "arn:aws:events:us-east-1:123456789012:rule/hub/onward",
      target: third,
      delivered: false,
      why: "EventBridge does not route an event received from another bus to a third bus",
    });
  });

  it("refuses a queue of another region", async () => {
    const remote = "arn:aws:sqs:eu-west-1:222233334444:remote";
    await makeRule(shop, "default", "direct", [{ Arn: remote }]);
    const [delivery] = await emit(world, at, finding);
    expect(delivery?.why).to.equal(
      `The queue ${remote} is not in the rule's region; no dead-letter queue, the event is lost`,
    );
  });

  it("refuses a queue of another account without a role", async () => {
    await makeQueue(workQueue, admitRule(workQueue, forwardRule));
    await makeRule(shop, "default", "forward", [{ Id: "far", Arn: workQueue }]);
    const [delivery] = await emit(world, at, finding);
    expect(delivery?.why).to.equal(
      "Target far has no role, which a queue of another account needs; no dead-letter queue, the event is lost",
    );
    expect(await bodies(workQueue)).to.deep.equal([]);
  });

  it("fails by name on a target it does not know, before delivering anything", async () => {
    await deploy();
    for (const unknown of [
      "arn:aws:lambda:us-east-1:222233334444:function:f:live",
      "arn:aws:states:us-east-1:222233334444:stateMachine:m:1",
      "arn:aws:sns:us-east-1:222233334444:topic",
    ]) {
      await makeRule(shop, "default", "to-unknown", [{ Arn: unknown }]);
      expect((await errorOf(emit(world, at, finding))).message).to.match(
        new RegExp(`^Target ${unknown} of .*to-unknown is not known here: only event buses, `),
      );
    }
    expect(await bodies(workQueue)).to.deep.equal([]);
  });

  it("fails by name on an input path and an input transformer", async () => {
    await makeRule(shop, "default", "part", [
      { Id: "part", Arn: lostQueue, InputPath: "$.detail" },
    ]);
    expect((await errorOf(emit(world, at, finding))).message).to.match(
      /^InputPath of target part of .*rule\/part is not known here$/,
    );
    await makeRule(shop, "default", "part", [
      { Id: "part", Arn: lostQueue, InputTransformer: { InputTemplate: '"x"' } },
    ]);
    expect((await errorOf(emit(world, at, finding))).message).to.match(
      /^InputTransformer of target/,
    );
  });

  it("fails on an event that EventBridge would not take", async () => {
    const nameless = { ...finding, source: "" };
    expect((await errorOf(emit(world, at, nameless))).message).to.equal(
      'An event needs a source, but "" was provided',
    );
    const bare = { ...finding, detail: "text" as unknown as object };
    expect((await errorOf(emit(world, at, bare))).message).to.equal(
      'An event\'s detail must be an object: "text"',
    );
  });
});
