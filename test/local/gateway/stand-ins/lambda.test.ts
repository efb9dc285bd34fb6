import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListAliasesCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  ResourceNotFoundException,
  UpdateEventSourceMappingCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustEc2,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The Lambda stand-in", () => {
  const world = useWorld();
  let lambda: LambdaClient;
  let sqs: SQSClient;
  let role: string;
  const zip = zipSync({ "index.js": strToU8("exports.handler = async () => 1") });
  const arn = `arn:aws:lambda:${region}:${security}:function:respond`;

  const settings = (changes: object = {}) =>
    new CreateFunctionCommand({
      FunctionName: "respond",
      Role: role,
      Handler: "index.handler",
      Runtime: "nodejs22.x",
      Code: { ZipFile: zip },
      Timeout: 60,
      MemorySize: 256,
      Environment: { Variables: { PLAYBOOK: "contain-instance" } },
      ...changes,
    });

  before(async () => {
    lambda = new LambdaClient(world.as(seedOf(world, security)));
    role = await makeRole(world, security, "respond", trustLambda);
    sqs = new SQSClient(world.as(seedOf(world, security)));
    for (const [QueueName, VisibilityTimeout] of [
      ["work", "180"],
      ["hasty", "59"],
    ] as const) {
      await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } }));
    }
  });

  it("refuses a role that is none, that does not exist, or that does not trust Lambda", async () => {
    const wrong = await makeRole(world, security, "for-ec2", trustEc2);
    for (const [given, code] of [
      ["respond", "ValidationException"],
      [`arn:aws:iam::${security}:role/nobody`, "InvalidParameterValueException"],
      [wrong, "InvalidParameterValueException"],
    ] as const) {
      expect((await errorOf(lambda.send(settings({ Role: given })))).name, given).to.equal(code);
    }
  });

  it("refuses another runtime, a missing zip and reserved variables", async () => {
    for (const change of [
      { Runtime: "nodejs18.x" },
      { Code: { ZipFile: strToU8("no zip") } },
      { Environment: { Variables: { AWS_REGION: "eu-west-1" } } },
      { Timeout: 901 },
    ]) {
      const error = await errorOf(lambda.send(settings(change)));
      expect(error.name).to.equal("InvalidParameterValueException");
    }
    expect(world.lambda.functions.size).to.equal(0);
  });

  it("keeps a function's settings and code", async () => {
    await lambda.send(settings());
    const { zip: kept, ...fn } = world.lambda.functions.get(arn)!;
    expect(fn).to.deep.equal({
      name: "respond",
      arn,
      account: "123456789012",
      region: "us-east-1",
      role,
      runtime: "nodejs22.x",
      handler: "index.handler",
      timeoutSeconds: 60,
      memoryMb: 256,
      environment: { PLAYBOOK: "contain-instance" },
    });
    expect(kept.equals(Buffer.from(zip))).to.equal(true);
    const shown = await lambda.send(new GetFunctionCommand({ FunctionName: "respond" }));
    expect(shown.Configuration).to.include({ FunctionArn: arn, State: "Active", Timeout: 60 });
    expect((await errorOf(lambda.send(settings()))).name).to.equal("ResourceConflictException");
  });

  it("updates code, settings, concurrency and failure destination", async () => {
    const FunctionName = "respond";
    const next = zipSync({ "index.js": strToU8("exports.handler = async () => 2") });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: next }));
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 90 }));
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 5 }),
    );
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }),
    );
    const fn = world.lambda.functions.get(arn)!;
    expect(fn).to.include({ timeoutSeconds: 90, reservedConcurrency: 5, memoryMb: 256 });
    expect(fn.environment).to.deep.equal({ PLAYBOOK: "contain-instance" });
    expect(fn.zip.equals(Buffer.from(next))).to.equal(true);
  });

  // The messages are Lambda's own, as users of AWS have published them.
  it("maps no queue that the function could not be fed from", async () => {
    const map = (queue: string, more: object = {}) =>
      errorOf(
        lambda.send(
          new CreateEventSourceMappingCommand({
            FunctionName: "feeder",
            EventSourceArn: `arn:aws:sqs:${region}:${security}:${queue}`,
            ...more,
          }),
        ),
      );
    const polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    const may = (actions: string[]) => policy(allow(actions, "*"));
    const feeder = async (name: string, actions: string[]) => {
      const Role = await makeRole(world, security, name, trustLambda, may(actions));
      await lambda.send(settings({ FunctionName: name, Role }));
    };
    await feeder("feeder", polling);
    for (const action of polling) {
      const name = `no-${action.slice(4)}`;
      await feeder(
        name,
        polling.filter((each) => each !== action),
      );
      expect((await map("work", { FunctionName: name })).message).to.equal(
        `The function execution role does not have permissions to call ${action.slice(4)} on SQS`,
      );
    }
    const absent = await map("absent");
    expect(absent.name).to.equal("InvalidParameterValueException");
    expect(absent.message).to.contain("SQS Error Code: AWS.SimpleQueueService.NonExistentQueue");
    expect((await map("hasty")).message).to.equal(
      "Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds",
    );
    expect((await map("work", { BatchSize: 11 })).message).to.equal(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
    expect(world.lambda.mappings.size).to.equal(0);
  });

  it("maps a queue to a function once", async () => {
    await new IAMClient(world.as(seedOf(world, security))).send(
      new PutRolePolicyCommand({
        RoleName: "respond",
        PolicyName: "poll",
        PolicyDocument: JSON.stringify(policy(allow("sqs:*", "*"))),
      }),
    );
    const create = new CreateEventSourceMappingCommand({
      FunctionName: "respond",
      EventSourceArn: `arn:aws:sqs:${region}:${security}:work`,
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    const { UUID } = await lambda.send(create);
    expect(world.lambda.mappings.get(UUID as string)).to.deep.equal({
      id: UUID,
      functionName: "respond",
      queueArn: `arn:aws:sqs:${region}:${security}:work`,
      batchSize: 1,
      window: 0,
      enabled: true,
      maximumConcurrency: 10,
      reportBatchItemFailures: true,
    });
    expect((await errorOf(lambda.send(create))).name).to.equal("ResourceConflictException");
    await lambda.send(
      new UpdateEventSourceMappingCommand({ UUID: UUID as string, Enabled: false }),
    );
    expect(world.lambda.mappings.get(UUID as string)?.enabled).to.equal(false);
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID: UUID as string }));
    expect(world.lambda.mappings.size).to.equal(0);
  });

  it("invokes through the running service, for callers who may", async () => {
    const invoker = await makeRole(
      world,
      security,
      "invoker",
      trustLambda,
      policy(allow("lambda:InvokeFunction", arn)),
    );
    const given = await world.callers.serviceSession("lambda", invoker, "run", "cordon");
    const own = new LambdaClient(world.as(given));
    const call = new InvokeCommand({ FunctionName: "respond", Payload: strToU8('{"a":1}') });
    expect((await errorOf(own.send(call))).name).to.equal("CordonLocalUnknownOperation");
    world.lambda.onInvoke = async (fn, payload, caller) => ({
      payload: JSON.stringify([fn.name, JSON.parse(payload), caller.sessionName]),
    });
    const answer = await own.send(call);
    expect(JSON.parse(Buffer.from(answer.Payload!).toString("utf8"))).to.deep.equal([
      "respond",
      { a: 1 },
      "run",
    ]);
    const outsider = await makeRole(world, security, "outsider", trustLambda);
    const without = await world.callers.serviceSession("lambda", outsider, "run", "cordon");
    const denied = await errorOf(new LambdaClient(world.as(without)).send(call));
    expect(denied.name).to.equal("AccessDeniedException");
  });

  it("admits services and accounts by the function's own policy", async () => {
    const rule = `arn:aws:events:${region}:${security}:rule/triage`;
    const ask = async () =>
      (
        await world.authorize({
          principal: { service: "events.amazonaws.com", sourceArn: rule, sourceAccount: security },
          action: "lambda:InvokeFunction",
          resource: arn,
          resourceAccount: security,
          region,
        })
      ).allowed;
    expect(await ask()).to.equal(false);
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: "respond",
        StatementId: "events",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: rule,
      }),
    );
    expect(await ask()).to.equal(true);
    const shown = await lambda.send(new GetPolicyCommand({ FunctionName: "respond" }));
    expect(JSON.parse(shown.Policy as string).Statement).to.have.length(1);
  });

  it("keeps accounts apart, and forgets what is deleted", async () => {
    const elsewhere = new LambdaClient(world.as(seedOf(world, shop)));
    const get = new GetFunctionCommand({ FunctionName: "respond" });
    expect(await errorOf(elsewhere.send(get))).to.be.instanceOf(ResourceNotFoundException);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "respond" }));
    expect(await errorOf(lambda.send(get))).to.be.instanceOf(ResourceNotFoundException);
  });

  it("refuses by name what it does not know", async () => {
    const error = await errorOf(lambda.send(new ListAliasesCommand({ FunctionName: "respond" })));
    expect(error.name).to.equal("CordonLocalUnknownOperation");
  });
});
