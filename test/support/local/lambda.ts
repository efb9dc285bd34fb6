/** What the tests of the Lambda stand-in share: a function that its input controls, and its queue. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { type LambdaRuntime, startLambda } from "../../../local/services/lambda/lambda";
import { useWorld } from "../world";
import {
  allow,
  allowing,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  trustLambda,
} from "./gateway";

export const functionArn = `arn:aws:lambda:${region}:${security}:function:toy`;
export const queueArn = `arn:aws:sqs:${region}:${security}:toy`;
export const deadLetterArn = `arn:aws:sqs:${region}:${security}:toy-dead`;
export const logGroupArn = `arn:aws:logs:${region}:${security}:log-group:/aws/lambda/toy`;
const targetRole = `arn:aws:iam::${security}:role/target`;
export const pollerActions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

// Speaks to the gateway without an SDK, so that the bundle stays a few lines.
export const toy = `
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
let invocations = 0;
let left;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds) => { while (!holds()) await pause(5); };
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL } = process.env;
const mine = { key: AWS_ACCESS_KEY_ID, secret: AWS_SECRET_ACCESS_KEY, token: AWS_SESSION_TOKEN };
const hash = (data) => crypto.createHash("sha256").update(data).digest("hex");
const hmac = (key, data) => crypto.createHmac("sha256", key).update(data).digest();
async function sts(action, more, who = mine) {
  const body = new URLSearchParams({ Action: action, Version: "2011-06-15", ...more }).toString();
  const date = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, "");
  const signed = {
    host: new URL(AWS_ENDPOINT_URL).host,
    "x-amz-date": date,
    "x-amz-security-token": who.token,
  };
  const names = Object.keys(signed).join(";");
  const lines = Object.entries(signed).map(([name, value]) => name + ":" + value);
  const scope = [date.slice(0, 8), "us-east-1", "sts", "aws4_request"];
  const request = ["POST", "/", "", ...lines, "", names, hash(body)].join("\\n");
  const text = ["AWS4-HMAC-SHA256", date, scope.join("/"), hash(request)].join("\\n");
  const signature = hmac(scope.reduce(hmac, "AWS4" + who.secret), text).toString("hex");
  const { host, ...headers } = signed;
  const response = await fetch(AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      ...headers,
      authorization: "AWS4-HMAC-SHA256 Credential=" + [who.key, ...scope].join("/") + ", SignedHeaders=" + names + ", Signature=" + signature,
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
  });
  return response.text();
}
const shared = (name) => path.join(process.env.SHARED, name);
const deeds = {
  env: () => process.env,
  node: () => process.version,
  context: (_, context) => ({ ...context, left: context.getRemainingTimeInMillis() }),
  fail: () => { throw new TypeError("no luck"); },
  "fail-first": (order) => { if (order.receives === 1) throw new Error("first"); },
  long: ({ bytes }) => "x".repeat(bytes - 2),
  hoard: () => { for (const all = []; ; ) all.push(new Array(1e5).fill(all.length)); },
  print: ({ line }) => { console.log(line); },
  log: () => { console.log("one\\ntwo"); console.error("three"); },
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  spin: () => { for (;;); },
  exit: () => process.exit(3),
  reject: () => { Promise.reject(new Error("nobody listens")); return pause(1000); },
  clock: () => ({ now: Date.now(), made: new Date().getTime(), called: Date.parse(Date()), fixed: new Date(0).toISOString(), is: new Date() instanceof Date, own: new Date().constructor === Date }),
  call: () => sts("GetCallerIdentity"),
  "leave-behind": () => {
    left = pause(2000).then(() => sts("GetCallerIdentity"));
    return { pid: process.pid };
  },
  "await-left": () => left,
  assume: async () => {
    const xml = await sts("AssumeRole", { RoleArn: "${targetRole}", RoleSessionName: "toy-session" });
    const [, key] = /<AccessKeyId>(.*?)</.exec(xml);
    const [, secret] = /<SecretAccessKey>(.*?)</.exec(xml);
    const [, token] = /<SessionToken>(.*?)</.exec(xml);
    return sts("GetCallerIdentity", {}, { key, secret, token });
  },
  meet: async ({ of }) => {
    fs.writeFileSync(shared("at-work-" + process.pid), "");
    await until(() => fs.readdirSync(process.env.SHARED).length >= of);
  },
  "fail-beside": ({ receives }) => {
    fs.writeFileSync(shared("failed"), "");
    if (receives === 1) throw new Error("the other one holds the lease");
  },
  lease: async () => {
    const taken = Date.now();
    await until(() => fs.existsSync(shared("failed")));
    await pause(100);
    return { heldMs: Date.now() - taken };
  },
};
async function obey(order, context) {
  invocations += 1;
  const done = await deeds[order.do]?.(order, context);
  return done ?? { pid: process.pid, invocations };
}
exports.handler = async (event, context) => {
  if (!event.Records) return obey(event, context);
  const orders = event.Records.map((record) => ({
    ...JSON.parse(record.body),
    id: record.messageId,
    receives: Number(record.attributes.ApproximateReceiveCount),
  }));
  const failed = orders.filter((order) => order.report && order.receives === 1);
  const results = await Promise.all(orders.map((order) => obey(order, context)));
  if (orders.some((order) => order.garble)) return { batchItemFailures: [{ itemIdentifier: "who" }] };
  return orders.some((order) => "report" in order)
    ? { batchItemFailures: failed.map((order) => ({ itemIdentifier: order.id })) }
    : results[0];
};
exports.old = (event, context, callback) => callback(null, "old");
`;

/** Whether a process is there, and is not frozen; a dead one that nobody has waited for is not. */
export function stateOf(pid: number): "runs" | "frozen" | "gone" {
  const { stdout } = spawnSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" });
  const state = stdout.trim()[0] ?? "Z";
  return state === "Z" ? "gone" : state === "T" ? "frozen" : "runs";
}

/** Waits until a process is in a state; the test's own limit ends it. */
export async function becomes(pid: number, state: ReturnType<typeof stateOf>): Promise<void> {
  while (stateOf(pid) !== state) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Packs code as Lambda takes it. */
export function zip(code: string): Uint8Array {
  return zipSync({ "index.js": strToU8(code) });
}

/** Starts gateway and runtime anew for every test of a group; `deploy` makes the function in them. */
export function startToys() {
  let lambda: LambdaRuntime;
  let shared: string;
  afterEach(async () => {
    await lambda.close();
    rmSync(shared, { recursive: true });
  });
  const world = useWorld({ each: true });
  beforeEach(async () => {
    lambda = await startLambda(world);
    shared = mkdtempSync(path.join(tmpdir(), "cordon-test-"));
  });

  const service = () => new LambdaClient(world.as(seedOf(world, security)));
  const sqs = () =>
    new SQSClient({ ...world.as(seedOf(world, security)), useQueueUrlAsEndpoint: false });
  const urlOf = (arn: string) => `${world.url}/${security}/${arn.split(":").at(-1)}`;

  async function deploy({
    code = toy,
    handler = "index.handler",
    timeout = 600,
    actions = pollerActions,
    batchSize = 1,
    window = 0,
    reports = false,
    maximumConcurrency = undefined as number | undefined,
    maxReceiveCount = 3,
    logActions = ["logs:CreateLogStream", "logs:PutLogEvents"],
    logGroup = true,
    /** Queues that invoke the function, in the order in which they are asked. */
    queues = [queueArn],
  } = {}): Promise<void> {
    const granting = (polling: string[]) =>
      policy(
        ...queues.map((queue) => allow(polling, queue)),
        allow("sts:AssumeRole", targetRole),
        allow(logActions, `${logGroupArn}*`),
      );
    const logs = new CloudWatchLogsClient(world.as(seedOf(world, security)));
    if (logGroup) await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/toy" }));
    const role = await makeRole(world, security, "toy", trustLambda, granting(pollerActions));
    await makeRole(world, security, "target", allowing({ AWS: role }, "sts:AssumeRole"));
    await sqs().send(new CreateQueueCommand({ QueueName: "toy-dead" }));
    const redrive = { deadLetterTargetArn: deadLetterArn, maxReceiveCount };
    const Attributes = { VisibilityTimeout: "600", RedrivePolicy: JSON.stringify(redrive) };
    await sqs().send(new CreateQueueCommand({ QueueName: "toy", Attributes }));
    await service().send(
      new CreateFunctionCommand({
        FunctionName: "toy",
        Runtime: "nodejs22.x",
        Role: role,
        Handler: handler,
        Timeout: timeout,
        Environment: { Variables: { SHARED: shared } },
        Code: { ZipFile: zip(code) },
      }),
    );
    for (const EventSourceArn of queues) {
      await service().send(
        new CreateEventSourceMappingCommand({
          FunctionName: "toy",
          EventSourceArn,
          BatchSize: batchSize,
          MaximumBatchingWindowInSeconds: window,
          ...(reports && { FunctionResponseTypes: ["ReportBatchItemFailures"] }),
          ...(maximumConcurrency && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
        }),
      );
    }
    // Lambda maps no queue without all of them: what is missing is withdrawn later.
    if (actions.length < pollerActions.length) {
      await new IAMClient(world.as(seedOf(world, security))).send(
        new PutRolePolicyCommand({
          RoleName: "toy",
          PolicyName: "inline",
          PolicyDocument: JSON.stringify(granting(actions)),
        }),
      );
    }
  }

  async function send(...orders: object[]): Promise<void> {
    for (let from = 0; from < orders.length; from += 10) {
      const Entries = orders
        .slice(from, from + 10)
        .map((order, i) => ({ Id: `m${i}`, MessageBody: JSON.stringify(order) }));
      await sqs().send(new SendMessageBatchCommand({ QueueUrl: urlOf(queueArn), Entries }));
    }
  }

  /** Messages of a queue, as [visible, invisible]. */
  async function depth(arn: string): Promise<[string | undefined, string | undefined]> {
    const { Attributes } = await sqs().send(
      new GetQueueAttributesCommand({ QueueUrl: urlOf(arn), AttributeNames: ["All"] }),
    );
    return [
      Attributes?.ApproximateNumberOfMessages,
      Attributes?.ApproximateNumberOfMessagesNotVisible,
    ];
  }

  const invoke = (order: object) => lambda.invoke(functionArn, order);

  return {
    world,
    get lambda() {
      return lambda;
    },
    /** A folder that the function reads and writes. */
    get shared() {
      return shared;
    },
    service,
    deploy,
    send,
    depth,
    invoke,
  };
}
