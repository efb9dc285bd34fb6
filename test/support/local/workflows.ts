/** Starts Step Functions with two small deployed functions, a topic and a role that may use them. */

import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { executions, type FinishedExecution } from "../../../local/services/executions";
import { type LambdaRuntime, startLambda } from "../../../local/services/lambda/lambda";
import { takeMessages } from "../../../local/services/queue";
import {
  allow,
  allowing,
  makeRole,
  policy,
  security,
  seedOf,
  startWorld,
  trustLambda,
  type World,
} from "./gateway";

export const trustStates = allowing({ Service: "states.amazonaws.com" }, "sts:AssumeRole");
export const trustEvents = allowing({ Service: "events.amazonaws.com" }, "sts:AssumeRole");
export const functionArn = (name: string) =>
  `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
export const machineArn = (name: string) =>
  `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
export const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
export const topicArn = "arn:aws:sns:us-east-1:123456789012:notices";
/** May invoke every function and publish to the topic. */
export const runner = "arn:aws:iam::123456789012:role/runner";

const double = `
exports.handler = async ({ number, bytes }) => ({
  number: number * 2,
  ...(bytes && { filler: "x".repeat(bytes) }),
});`;
// Fails as its input says.
const fail = `
const { existsSync } = require("node:fs");
let invocations = 0;
exports.handler = async ({ as, message, hangUntil, until = 0 }) => {
  while (hangUntil && !existsSync(hangUntil)) await new Promise((next) => setTimeout(next, 5));
  invocations += 1;
  if (invocations <= until) throw Object.assign(new Error("not yet"), { name: "NotYetError" });
  if (as) throw Object.assign(new Error(message), { name: as });
  return { invocations };
};`;

/** A state that invokes a function with the state's input and gives what it returns. */
export const task = (fn: string, more: object = { End: true }) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: functionArn(fn), "Payload.$": "$" },
  OutputPath: "$.Payload",
  ...more,
});

/** One emulator and gateway; workflows wait a thousandth of the seconds that they say. */
export class Stage {
  world!: World;
  lambda!: LambdaRuntime;

  readonly open = async (): Promise<void> => {
    this.world = await startWorld({ waitFactor: 0.001 });
    this.lambda = await startLambda(this.world);
    const role = await makeRole(this.world, security, "functions", trustLambda);
    await this.deploy("double", double, role);
    await this.deploy("fail", fail, role);
    await this.deploy("busy", fail, role);
    await this.deploy("flaky", fail, role, 1);
    await this.sns().send(new CreateTopicCommand({ Name: "notices" }));
    await this.makeQueue("noticed", {
      ...allow("sqs:SendMessage", "*"),
      Principal: { Service: "sns.amazonaws.com" },
    });
    await this.sns().send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn("noticed") }),
    );
    await makeRole(
      this.world,
      security,
      "runner",
      trustStates,
      policy(allow("lambda:InvokeFunction", functionArn("*")), allow("sns:Publish", topicArn)),
    );
  };

  readonly close = async (): Promise<void> => {
    await this.lambda?.close();
    await this.world?.stop();
  };

  readonly seed = () => this.world.as(seedOf(this.world, security));
  readonly sfn = () => new SFNClient(this.seed());
  readonly sns = () => new SNSClient(this.seed());
  readonly sqs = () => new SQSClient({ ...this.seed(), useQueueUrlAsEndpoint: false });
  readonly events = () => new EventBridgeClient(this.seed());

  readonly deploy = (FunctionName: string, code: string, Role: string, Timeout = 900) =>
    new LambdaClient(this.seed()).send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Role,
        Handler: "index.handler",
        Timeout,
        Code: { ZipFile: zipSync({ "index.js": strToU8(code) }) },
      }),
    );

  readonly makeQueue = async (name: string, statement: object): Promise<void> => {
    const { QueueUrl } = await this.sqs().send(new CreateQueueCommand({ QueueName: name }));
    const Attributes = { Policy: JSON.stringify(policy(statement)) };
    await this.sqs().send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  };

  /** Takes the messages out of a queue. */
  readonly bodies = async (queue: string): Promise<Record<string, unknown>[]> => {
    const QueueUrl = `${this.world.url}/${security}/${queue}`;
    const messages = await takeMessages(this.sqs(), QueueUrl);
    return messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>);
  };

  /** Makes a state machine that starts at the first of the states; returns its ARN. */
  readonly define = async (name: string, states: Record<string, object>, roleArn = runner) => {
    const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states });
    const command = new CreateStateMachineCommand({ name, definition, roleArn });
    return (await this.sfn().send(command)).stateMachineArn as string;
  };

  readonly start = (stateMachineArn: string, input: object = {}) =>
    this.sfn().send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));

  /** Waits until nothing runs; gives the executions of one state machine. */
  readonly of = async (machine: string): Promise<FinishedExecution[]> =>
    (await executions(this.world)).filter(({ stateMachine }) => stateMachine === machine);

  readonly run = async (machine: string, input: object = {}): Promise<FinishedExecution> => {
    const { executionArn } = await this.start(machineArn(machine), input);
    const ended = (await this.of(machine)).find(({ arn }) => arn === executionArn);
    if (!ended) throw new Error(`${executionArn} did not end`);
    return ended;
  };
}
