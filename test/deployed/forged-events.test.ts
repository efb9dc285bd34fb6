import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import type { QueuedFunctionContract } from "../../contract/outputs";
import { homeRegion, security } from "../../local/gateway/accounts";
import { sentInstance } from "../../local/samples/security-hub";
import { seedUser } from "../../local/seeds/identities";
import { type Deployed, deployed } from "./deployed";
import { as, shop } from "./exposure";

describe("an event forged in the security account", () => {
  let here: Deployed;
  let sqs: SQSClient;
  /** May invoke every function, by its own policy. */
  let invoker: LambdaClient;
  before("deploy into the local organization", async () => {
    here = await deployed();
    const { gateway } = here.organization;
    const site = { account: security.id, region: homeRegion };
    const allow = ["sqs:*", "lambda:*"];
    const { keys } = await seedUser(gateway, site, { name: "forger", keys: 1, allow });
    const forger = as(gateway.url, keys[0] ?? expect.fail("The user has no key"));
    sqs = new SQSClient(forger);
    invoker = new LambdaClient(forger);
  });

  const event = JSON.stringify(
    sentInstance({ ...shop, action: "CordonRelease", instance: "i-0123456789abcdef0" }),
  );
  const queues = (): Readonly<Record<string, QueuedFunctionContract>> => {
    const { responders, watch, triage, imported, releases, sweeper, keyRotation } =
      here.organization.contract;
    return { ...responders, watch, triage, imported, releases, sweeper, keyRotation };
  };

  it("reaches no queue of work, whatever else of SQS its author may do", async () => {
    expect(Object.keys(queues())).to.have.members([
      "contain-instance",
      "contain-access-key",
      "revoke-sessions",
      "contain-sequence",
      "fix-posture",
      "contain-resource",
      "watch",
      "triage",
      "imported",
      "releases",
      "sweeper",
      "keyRotation",
    ]);
    for (const [name, { queueUrl: QueueUrl, queueArn }] of Object.entries(queues())) {
      const said = [
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: event })),
        sqs.send(
          new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "0", MessageBody: event }] }),
        ),
      ].map((sent) => sent.then(() => "sent").catch(({ message }: Error) => message));
      for (const sentence of await Promise.all(said)) {
        expect(sentence, name).to.match(
          /user\/forger is not authorized to perform: sqs:SendMessage .* with an explicit deny in a resource-based policy/,
        );
        expect(sentence, name).to.include(queueArn);
      }
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
      );
      expect(Attributes?.ApproximateNumberOfMessages, name).to.equal("0");
    }
  });

  it("reaches no function that only services invoke, by whatever name of it", async () => {
    const { organization } = here;
    const names = [...organization.gateway.lambda.functions.values()]
      .map(({ name }) => name)
      .filter((name) => name.startsWith("cordon-"));
    const people = [
      "approve",
      "release",
      "redrive",
      "sweep",
      "reconcile-exposed-keys",
      "approval-page",
      "test-channels",
    ];
    expect(names).to.include.members(people.map((name) => `cordon-${name}`));
    const closed = names.filter((name) => !people.includes(name.slice("cordon-".length)));
    expect(closed.sort()).to.deep.equal([
      "cordon-ask-approval",
      "cordon-cut-exposed-key",
      "cordon-look-up-activity",
      "cordon-notify-dead-letters",
      "cordon-notify-exposure",
      "cordon-notify-key-rotation",
      "cordon-respond-contain-access-key",
      "cordon-respond-contain-instance",
      "cordon-respond-contain-resource",
      "cordon-respond-contain-sequence",
      "cordon-respond-fix-posture",
      "cordon-respond-revoke-sessions",
      "cordon-triage",
      "cordon-watch",
    ]);
    for (const FunctionName of closed) {
      const said = await invoker
        .send(new InvokeCommand({ FunctionName, Payload: "{}" }))
        .then(() => "invoked")
        .catch(({ message }: Error) => message);
      expect(said, FunctionName).to.match(
        /user\/forger is not authorized to perform: lambda:InvokeFunction .* with an explicit deny in a service control policy/,
      );
    }
  });

  it("is no request in anybody's name, although it passes for a message of the queue", async () => {
    const { gateway, lambda, contract } = here.organization;
    const { queueArn, functionName } = contract.responders["contain-instance"];
    const { FunctionArn = "" } = await new LambdaClient(
      as(gateway.url, gateway.callers.trusted(security.id, "observer", "seed")),
    ).send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    const first = gateway.record.entries.length;
    const wanted = { contain: "i-0123456789abcdef0", ...shop, reason: "x" };
    for (const body of [
      { task: "requested", request: "0".repeat(32), by: "arn:aws:iam::444455556666:user/alice" },
      { task: "requested", request: "0".repeat(32), wanted },
      { ...wanted, by: "arn:aws:iam::444455556666:user/alice" },
      { adopt: "{}", reason: "x", by: "arn:aws:iam::444455556666:user/alice" },
    ]) {
      const attributes = { ApproximateReceiveCount: "1" };
      const record = { messageId: "1", body: JSON.stringify(body), attributes };
      const { result, logs } = await lambda.invoke(FunctionArn, {
        Records: [{ ...record, eventSourceARN: queueArn }],
      });
      expect(result).to.deep.equal({ batchItemFailures: [] });
      expect(logs.some((line) => /"outcome":"refused"/.test(line))).to.equal(true);
    }
    // What a request by command was: no message of any queue.
    const old = { ...wanted, by: "arn:aws:iam::444455556666:user/alice" };
    expect((await lambda.invoke(FunctionArn, old)).error?.message).to.equal(
      `The input is no message of ${queueArn}`,
    );
    const changes = gateway.record.entries
      .slice(first)
      .filter(
        ({ origin, mutating, service }) => origin === "cordon" && mutating && service !== "sqs",
      );
    expect(changes.map(({ action }) => action)).to.deep.equal([]);
  });

  it("is refused by the function itself as a call that is no message of its queue", async () => {
    const { gateway, lambda, contract } = here.organization;
    const observer = gateway.callers.trusted(security.id, "observer", "seed");
    const functions = new LambdaClient(as(gateway.url, observer));
    const first = gateway.record.entries.length;
    const call = async ({ functionName, queueArn }: QueuedFunctionContract, records: unknown) => {
      const { FunctionArn = "" } = await functions.send(
        new GetFunctionConfigurationCommand({ FunctionName: functionName }),
      );
      const { result, error } = await lambda.invoke(FunctionArn, { Records: records });
      return { result, error: error?.message.replace(queueArn, "QUEUE") };
    };
    const forged = [{ messageId: "1", body: event, attributes: {}, eventSourceARN: "elsewhere" }];
    for (const records of [1, forged]) {
      const { responders, watch, triage, sweeper } = contract;
      for (const of of [responders["contain-instance"], watch, triage, sweeper])
        expect((await call(of, records)).error).to.equal("The input is no message of QUEUE");
      expect((await call(contract.releases, records)).result).to.deep.equal({
        outcome: "refused",
        incident: "",
        reason: "Not a release or a reset: wanted: Invalid input",
      });
    }
    const changes = gateway.record.entries
      .slice(first)
      .filter(({ origin, mutating }) => origin === "cordon" && mutating);
    expect(changes.map(({ action }) => action)).to.deep.equal([]);
  });
});
