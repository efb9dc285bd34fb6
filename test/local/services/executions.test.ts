import {
  DisableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { emit, fireSchedule } from "../../../local/services/eventbridge/events";
import { executions, settle } from "../../../local/services/executions";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import {
  functionArn,
  machineArn,
  queueArn,
  Stage,
  trustEvents,
  trustStates,
} from "../../support/local/workflows";

describe("rules that start workflows and functions", () => {
  const stage = new Stage();
  const { bodies, define, deploy, events, makeQueue, of, seed, sqs } = stage;
  after(stage.close);

  const ruleArn = (name: string) => `arn:aws:events:us-east-1:123456789012:rule/${name}`;
  const at = { account: security, region };
  const event = {
    id: "2a2b0d9b-3f2f-4d77-9e33-3f5a2e1f6f10",
    source: "aws.trustedadvisor",
    "detail-type": "Trusted Advisor Check Item Refresh Notification",
    time: "2026-03-04T05:06:07Z",
    detail: { status: "ERROR" },
  };
  const starter = `arn:aws:iam::${security}:role/rule-starter`;
  const pass = { Pass: { Type: "Pass", End: true } };

  before(async () => {
    await stage.open();
    await makeRole(
      stage.world,
      security,
      "rule-starter",
      trustEvents,
      policy(allow("states:StartExecution", machineArn("answer-*"))),
    );
    await makeQueue("lost", {
      ...allow("sqs:SendMessage", queueArn("lost")),
      Principal: { Service: "events.amazonaws.com" },
    });
  });

  async function makeRule(name: string, target: Partial<Target>, schedule?: string) {
    const when = schedule
      ? { ScheduleExpression: schedule }
      : { EventPattern: JSON.stringify({ source: [`test.${name}`] }) };
    await events().send(new PutRuleCommand({ Name: name, ...when }));
    await events().send(
      new PutTargetsCommand({ Rule: name, Targets: [{ Id: "only", Arn: "", ...target }] }),
    );
  }

  it("gives the event to the machine as it is, by the target's role", async () => {
    await define("answer-event", pass);
    const target = { Arn: machineArn("answer-event"), RoleArn: starter };
    await makeRule("answer", target);
    expect(await emit(stage.world, at, { ...event, source: "test.answer" })).to.deep.equal([
      {
        bus: "arn:aws:events:us-east-1:123456789012:event-bus/default",
        rule: ruleArn("answer"),
        target: machineArn("answer-event"),
        delivered: true,
      },
    ]);
    const [{ status, input } = { status: "", input: "" }, ...others] = await of("answer-event");
    expect({ status, input, others }).to.deep.equal({
      status: "SUCCEEDED",
      input: {
        version: "0",
        id: "2a2b0d9b-3f2f-4d77-9e33-3f5a2e1f6f10",
        source: "test.answer",
        "detail-type": "Trusted Advisor Check Item Refresh Notification",
        account: "123456789012",
        time: "2026-03-04T05:06:07Z",
        region: "us-east-1",
        resources: [],
        detail: { status: "ERROR" },
      },
      others: [],
    });
  });

  it("starts a second execution when the event is delivered twice", async () => {
    await define("answer-twice", pass);
    await makeRule("again", { Arn: machineArn("answer-twice"), RoleArn: starter });
    await emit(stage.world, at, { ...event, source: "test.again" });
    await emit(stage.world, at, { ...event, source: "test.again" });
    expect((await of("answer-twice")).map(({ status }) => status)).to.deep.equal([
      "SUCCEEDED",
      "SUCCEEDED",
    ]);
  });

  const refusals: [string, Partial<Target>, RegExp][] = [
    [
      "the role may start another machine only",
      { Arn: machineArn("other"), RoleArn: starter },
      /assumed-role\/rule-starter\/\w+ is not authorized to perform states:StartExecution on .*:stateMachine:other because no identity-based policy allows/,
    ],
    [
      "the role does not trust EventBridge",
      { Arn: machineArn("answer-event"), RoleArn: `arn:aws:iam::${security}:role/runner` },
      /^events\.amazonaws\.com is not authorized to perform sts:AssumeRole on .*role\/runner/,
    ],
    [
      "the machine does not exist",
      { Arn: machineArn("answer-nothing"), RoleArn: starter },
      /^The state machine .*answer-nothing does not exist/,
    ],
    [
      "the machine is in another account",
      {
        Arn: machineArn("answer-event").replace(security, shop),
        RoleArn: starter,
      },
      /is not in the rule's account and region/,
    ],
  ];
  for (const [what, target, why] of refusals) {
    it(`starts nothing and keeps the event when ${what}`, async () => {
      await makeRule("refused", { ...target, DeadLetterConfig: { Arn: queueArn("lost") } });
      const before = await executions(stage.world);
      const [delivery] = await emit(stage.world, at, { ...event, source: "test.refused" });
      expect(delivery?.delivered).to.equal(false);
      expect(delivery?.why).to.match(why);
      expect(delivery?.why).to.match(/; kept in arn:aws:sqs:us-east-1:123456789012:lost$/);
      expect((await bodies("lost")).map(({ id }) => id)).to.deep.equal([event.id]);
      expect(await executions(stage.world)).to.deep.equal(before);
    });
  }

  it("fires a scheduled rule with the event AWS documents", async () => {
    await define("answer-clock", pass);
    const target = { Arn: machineArn("answer-clock"), RoleArn: starter };
    await makeRule("clock", target, "rate(1 hour)");
    const [delivery] = await fireSchedule(stage.world, at, "clock");
    expect(delivery?.delivered).to.equal(true);
    const [input] = (await of("answer-clock")).map((one) => one.input as Record<string, unknown>);
    const { id, time, ...rest } = input ?? {};
    expect(id).to.match(/^[0-9a-f-]{36}$/);
    expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(rest).to.deep.equal({
      version: "0",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      region: "us-east-1",
      resources: [ruleArn("clock")],
      detail: {},
    });
  });

  it("refuses by name to fire a rule that is absent, has no schedule, or is disabled", async () => {
    const message = async (name: string) =>
      (await errorOf(fireSchedule(stage.world, at, name))).message;
    expect(await message("cloc")).to.equal(
      "arn:aws:events:us-east-1:123456789012:event-bus/default has no rule cloc",
    );
    await makeRule("answer", { Arn: machineArn("answer-event"), RoleArn: starter });
    expect(await message("answer")).to.equal(`${ruleArn("answer")} has no schedule`);
    await makeRule("off", { Arn: machineArn("answer-event"), RoleArn: starter }, "rate(1 hour)");
    await events().send(new DisableRuleCommand({ Name: "off" }));
    expect(await message("off")).to.equal(`${ruleArn("off")} is DISABLED`);
  });

  it("invokes a function whose policy names the rule, and no other rule's", async () => {
    await new LambdaClient(seed()).send(
      new AddPermissionCommand({
        FunctionName: "double",
        StatementId: "reconcile",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: ruleArn("reconcile"),
      }),
    );
    const target = { Arn: functionArn("double") };
    const from = stage.lambda.called.length;
    await makeRule("reconcile", target, "rate(1 hour)");
    const [delivery] = await fireSchedule(stage.world, at, "reconcile");
    expect(delivery?.delivered).to.equal(true);
    await settle(stage.world, stage.lambda);
    expect(stage.lambda.called.slice(from).map(({ functionName }) => functionName)).to.deep.equal([
      "double",
    ]);
    await makeRule("intruder", target, "rate(1 hour)");
    const [refused] = await fireSchedule(stage.world, at, "intruder");
    expect(refused?.why).to.match(
      /^events\.amazonaws\.com is not authorized to perform lambda:InvokeFunction on .*:function:double because no /,
    );
    expect(stage.lambda.called).to.have.length(from + 1);
  });

  it("settles once queue, function and workflow have led to no more of each other", async () => {
    // The message's function starts an execution, whose task sends the second message.
    const role = await makeRole(
      stage.world,
      security,
      "chain",
      trustLambda,
      policy(
        allow("states:StartExecution", machineArn("answer-chain")),
        allow(
          ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
          queueArn("chain"),
        ),
      ),
    );
    const sender = await makeRole(
      stage.world,
      security,
      "sender",
      trustStates,
      policy(allow("sqs:SendMessage", queueArn("chain"))),
    );
    const code = `
exports.handler = async ({ Records: [{ body }] }) => {
if (body === "last") return "ended";
const response = await fetch(process.env.AWS_ENDPOINT_URL, {
  method: "POST",
  headers: {
    authorization: "AWS4-HMAC-SHA256 Credential=" + process.env.AWS_ACCESS_KEY_ID + "/20260101/us-east-1/states/aws4_request",
    "x-amz-security-token": process.env.AWS_SESSION_TOKEN,
    "x-amz-target": "AWSStepFunctions.StartExecution",
    "content-type": "application/x-amz-json-1.0",
  },
  body: JSON.stringify({ stateMachineArn: "${machineArn("answer-chain")}", input: "{}" }),
});
if (!response.ok) throw new Error(await response.text());
return "started";
};`;
    await sqs().send(
      new CreateQueueCommand({ QueueName: "chain", Attributes: { VisibilityTimeout: "900" } }),
    );
    await deploy("chain", code, role);
    await new LambdaClient(seed()).send(
      new CreateEventSourceMappingCommand({
        FunctionName: "chain",
        EventSourceArn: queueArn("chain"),
        BatchSize: 1,
      }),
    );
    const QueueUrl = `${stage.world.url}/${security}/chain`;
    await define(
      "answer-chain",
      {
        Wait: { Type: "Wait", Seconds: 200, Next: "Send" },
        Send: {
          Type: "Task",
          Resource: "arn:aws:states:::sqs:sendMessage",
          Parameters: { QueueUrl, MessageBody: "last" },
          End: true,
        },
      },
      sender,
    );
    await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: "first" }));
    const settled = await settle(stage.world, stage.lambda);
    expect(settled.invocations.map(({ result }) => result)).to.deep.equal(["started", "ended"]);
    const chain = settled.executions.filter(({ stateMachine }) => stateMachine === "answer-chain");
    expect(chain.map(({ status, states }) => ({ status, states }))).to.deep.equal([
      { status: "SUCCEEDED", states: ["Wait", "Send"] },
    ]);
  });
});
