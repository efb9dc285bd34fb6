import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { DrillSession } from "../../local/drill/session";
import {
  accounts,
  governedRegions,
  homeRegion,
  members,
  security,
} from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import { stateOf } from "../../local/gateway/emulator/moto";
import { sendAs } from "../../local/gateway/iam/send-as";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import type { Transition } from "../../local/services/cloudwatch/alarms";
import { fireSchedule } from "../../local/services/eventbridge/events";
import { takeMessages } from "../../local/services/queue";
import { leaked, seedVictim, shop } from "./exposure";
import { keyPolicy, type Listener, listen, topicPolicy } from "./notice-topic";

const hub = { account: security.id, region: homeRegion };
const [, data] = members;
const approvals = `arn:aws:states:us-east-1:${security.id}:stateMachine:cordon-approval`;
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
const rule = (name: string) => `arn:aws:events:us-east-1:123456789012:rule/${name}`;

describe("the deployed alarms [E3]", () => {
  let organization: LocalOrganization;
  let session: DrillSession;
  let listener: Listener;

  before("deploy into the local organization", async () => {
    organization = await openLocalOrganization({ waitFactor: 0.01 });
    session = new DrillSession(organization);
    await organization.up();
    listener = await listen(organization);
    await organization.sweep();
    await evaluate();
  });
  after(() => organization?.close());

  const client = (account = security.id, region = homeRegion) => ({
    ...ownerConfig(organization.gateway, account, region),
    useQueueUrlAsEndpoint: false,
  });
  const urlOf = (account: string, queue: string) =>
    `${organization.gateway.url}/${account}/${queue}`;

  /** Evaluates the alarms, and gives those that were raised. */
  async function evaluate(): Promise<readonly Transition[]> {
    return (await organization.evaluateAlarms()).filter(({ to }) => to === "ALARM");
  }

  const state = () => stateOf(organization.gateway.moto);

  /** Sends as a service to a queue, whose policy decides. */
  async function send(service: string, sourceArn: string, queue: string, at = hub): Promise<void> {
    const queueArn = `arn:aws:sqs:${at.region}:${at.account}:${queue}`;
    const principal = { service: `${service}.amazonaws.com`, sourceArn, sourceAccount: at.account };
    const sender = { gateway: organization.gateway, state: state() };
    const why = await sendAs(sender, queueArn, principal, "no event");
    if (why !== undefined) throw new Error(why);
  }

  const empty = (queue: string, { account, region } = hub) =>
    takeMessages(new SQSClient(client(account, region)), urlOf(account, queue));

  /** Runs something while a role is denied something. */
  async function whileDenied(
    roles: readonly string[],
    statement: { readonly Action: string; readonly Resource: string },
    act: () => Promise<unknown>,
  ): Promise<void> {
    const iam = new IAMClient(client());
    const PolicyName = "outage";
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", ...statement }],
    });
    for (const RoleName of roles) {
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    }
    try {
      await act();
    } finally {
      for (const RoleName of roles) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      }
    }
  }

  const hubRule = (name: string) =>
    `${organization.contract.hubBusArn.replace(":event-bus/", ":rule/")}/${name}`;

  /** EventBridge keeps what a rule could not deliver. */
  const undeliverable = (queue: string, source = () => rule(queue)) => {
    return () => send("events", source(), `${queue}-dead-letters`);
  };

  /** Leaves a message in a queue, and lets minutes pass, but for the last. */
  const waits = (queue: string, minutes: number) => async () => {
    await send("events", hubRule(queue.replace("-dead-letters", "")), queue);
    for (let minute = 1; minute < minutes; minute++) {
      expect(await evaluate()).to.deep.equal([]);
      organization.lambda.advanceClock(60_000);
    }
  };

  /** What Lambda says of a function in periods of five minutes. */
  const says =
    (FunctionName: string, metricName: string, value: number, periods = 1) =>
    async () => {
      const metric = { namespace: "AWS/Lambda", metricName, dimensions: { FunctionName } };
      for (let period = 1; period <= periods; period++) {
        // Earlier values are out of its sight.
        organization.lambda.advanceClock(period === 1 ? 1_800_000 : 300_000);
        const at = organization.lambda.now().getTime();
        organization.lambda.metrics.put(hub, metric, { value, at });
        if (period < periods) expect(await evaluate()).to.deep.equal([]);
      }
    };

  /** The alarms of a queue, of what it gives up, and of its function. */
  const ofWork = (
    queue: string,
    functionName: string,
    seconds: number,
    { minutes = 3, ownErrors = false } = {},
  ) => ({
    [`${queue}-dead-letters`]: waits(`${queue}-dead-letters`, 5),
    [`${queue}-waiting`]: waits(queue, minutes),
    [`${functionName}-throttles`]: says(functionName, "Throttles", 1, 2),
    [`${functionName}-slow`]: says(functionName, "Duration", seconds * 900 + 1),
    ...(!ownErrors && { [`${functionName}-errors`]: says(functionName, "Errors", 2) }),
  });

  const away = { account: data?.id ?? "", region: "eu-west-1" };

  /** What raises each alarm. An alarm of the deployment that is not here fails. */
  const causes: Readonly<Record<string, () => Promise<unknown>>> = {
    ...ofWork("cordon-contain-access-key", "cordon-respond-contain-access-key", 120),
    ...ofWork("cordon-contain-instance", "cordon-respond-contain-instance", 120),
    "cordon-contain-instance-urgent-dead-letters": waits(
      "cordon-contain-instance-urgent-dead-letters",
      5,
    ),
    "cordon-contain-instance-urgent-waiting": waits("cordon-contain-instance-urgent", 3),
    ...ofWork("cordon-revoke-sessions", "cordon-respond-revoke-sessions", 120),
    ...ofWork("cordon-contain-sequence", "cordon-respond-contain-sequence", 120),
    ...ofWork("cordon-fix-posture", "cordon-respond-fix-posture", 120),
    ...ofWork("cordon-contain-resource", "cordon-respond-contain-resource", 120),
    ...ofWork("cordon-triage", "cordon-triage", 30),
    "cordon-triage-imported-dead-letters": waits("cordon-triage-imported-dead-letters", 5),
    "cordon-triage-imported-waiting": waits("cordon-triage-imported", 60),
    ...ofWork("cordon-release", "cordon-release", 120),
    ...ofWork("cordon-sweep", "cordon-sweep", 150, { minutes: 15, ownErrors: true }),
    ...ofWork("cordon-key-rotation", "cordon-notify-key-rotation", 30, { minutes: 60 }),
    ...ofWork("cordon-watch", "cordon-watch", 120, { minutes: 15, ownErrors: true }),
    "cordon-exposed-key-dead-letters": waits("cordon-exposed-key-dead-letters", 5),
    "cordon-notify-dead-letters-schedule-dead-letters": undeliverable(
      "cordon-notify-dead-letters-schedule",
      () => rule("cordon-notify-dead-letters"),
    ),
    "cordon-notify-dead-letters-errors": () =>
      whileDenied(
        ["cordon-notify-dead-letters"],
        { Action: "dynamodb:UpdateItem", Resource: "*" },
        () => fails("cordon-notify-dead-letters"),
      ),
    "cordon-watch-schedule-dead-letters": undeliverable("cordon-watch-schedule", () =>
      rule("cordon-watch"),
    ),
    "cordon-watch-errors": () =>
      whileDenied(["cordon-watch"], { Action: "dynamodb:Query", Resource: "*" }, () =>
        fails("cordon-watch"),
      ),
    "cordon-forward-compliance-dead-letters": undeliverable("cordon-forward-compliance"),
    "cordon-forward-drift-dead-letters": undeliverable("cordon-forward-drift"),
    "cordon-forward-exposures-dead-letters": undeliverable("cordon-forward-exposures"),
    "cordon-forward-guardduty-dead-letters": undeliverable("cordon-forward-guardduty"),
    "cordon-forward-network-dead-letters": undeliverable("cordon-forward-network"),
    "cordon-forward-security-hub-dead-letters": undeliverable("cordon-forward-security-hub"),
    "cordon-reconcile-exposed-keys-dead-letters": undeliverable("cordon-reconcile-exposed-keys"),
    "cordon-sweep-schedule-dead-letters": undeliverable("cordon-sweep-schedule", () =>
      rule("cordon-sweep"),
    ),
    "cordon-sweep-errors": () =>
      whileDenied(["cordon-sweep"], { Action: "organizations:ListAccounts", Resource: "*" }, () =>
        fails("cordon-sweep"),
      ),
    "cordon-reconcile-exposed-keys-errors": () =>
      whileDenied(
        ["cordon-reconcile-exposed-keys"],
        { Action: "organizations:ListAccounts", Resource: "*" },
        () => fails("cordon-reconcile-exposed-keys"),
      ),
    "cordon-sweep-uncontainable": () =>
      whileDenied(
        ["cordon-sweep"],
        { Action: "sts:AssumeRole", Resource: `arn:aws:iam::${shop.account}:role/*` },
        () => organization.sweep(),
      ),
    "cordon-sweep-undelivered": async () => {
      const queue = "cordon-forward-network-dead-letters";
      const by = `arn:aws:events:eu-west-1:${away.account}:rule/cordon-forward-network`;
      await send("events", by, queue, away);
      await organization.sweep();
      await empty(queue, away);
    },
    "cordon-sweep-forwarding-missing": async () => {
      const sqs = new SQSClient(client(away.account, away.region));
      const QueueName = "cordon-forward-network-dead-letters";
      const QueueUrl = urlOf(away.account, QueueName);
      const { Attributes: { Policy = "" } = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy"] }),
      );
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      await organization.sweep();
      await sqs.send(new CreateQueueCommand({ QueueName }));
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    },
    "cordon-exposed-key-failed": async () => {
      const user = await seedVictim(organization.gateway, "unheard");
      await whileDenied(
        ["cordon-notify-exposure", "cordon-exposed-key", "cordon-cut-exposed-key"],
        { Action: "sns:Publish", Resource: "*" },
        async () => {
          await organization.emit(homeRegion, leaked(user));
          await session.settleWorkflows("test");
        },
      );
    },
    "cordon-exposed-key-aborted": async () => {
      const { contract } = organization;
      const sfn = new SFNClient(client());
      const { stateMachineArn } = contract.exposedKeys;
      const user = await seedVictim(organization.gateway, "stopped");
      const input = JSON.stringify(leaked(user));
      // Its first function is kept waiting: the workflow cannot end before it is stopped.
      const { faults } = organization.gateway;
      const [stalled] = faults.arm({
        at: 1,
        kind: "stall",
        concerns: ({ roleArn }) => roleArn?.endsWith("/cordon-cut-exposed-key") === true,
      });
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input }),
      );
      while (!stalled?.fired) await pause();
      await sfn.send(new StopExecutionCommand({ executionArn }));
      faults.disarm();
      await session.settleWorkflows("test");
    },
    "cordon-approval-page-errors": says("cordon-approval-page", "Errors", 1),
    "cordon-approval-page-throttles": says("cordon-approval-page", "Throttles", 1, 2),
    "cordon-approval-failed": () =>
      whileDenied(["cordon-ask-approval"], { Action: "dynamodb:Query", Resource: "*" }, () =>
        askAbout("0123456789abcdef-1"),
      ),
    "cordon-approval-aborted": async () => {
      const executionArn = await askAbout("0123456789abcdef-2");
      await new SFNClient(client()).send(new StopExecutionCommand({ executionArn }));
      await session.settleWorkflows("test");
    },
    // Only a defect makes a run outlast its wait by an hour.
    "cordon-approval-timed-out": async () => timedOut(approvals),
    // A run may take an hour.
    "cordon-exposed-key-timed-out": async () =>
      timedOut(organization.contract.exposedKeys.stateMachineArn),
  };

  function timedOut(StateMachineArn: string): void {
    const metric = {
      namespace: "AWS/States",
      metricName: "ExecutionsTimedOut",
      dimensions: { StateMachineArn },
    };
    const at = organization.lambda.now().getTime();
    organization.lambda.metrics.put(hub, metric, { value: 1, at, unit: "Count" });
  }

  /** Starts a run of the approvals' workflow about an incident that nobody knows. */
  async function askAbout(incident: string): Promise<string> {
    const { executionArn = "" } = await new SFNClient(client()).send(
      new StartExecutionCommand({
        stateMachineArn: approvals,
        input: JSON.stringify({
          incident,
          digest: "ab".repeat(32),
          playbook: "contain-instance",
          quiet: false,
        }),
      }),
    );
    await session.settleWorkflows("test");
    return executionArn;
  }

  /** Fires a function's schedule; throws unless the function then fails. */
  async function fails(name: string): Promise<void> {
    const { lambda, gateway } = organization;
    const before = lambda.called.length;
    await fireSchedule(gateway, hub, name);
    const own = () => lambda.called.slice(before).find((each) => each.functionName === name);
    while (own() === undefined) await pause();
    expect(own()?.ok).to.equal(false);
  }

  it("are those of the table, all in the account and region of the topic", async () => {
    const deployed: string[] = [];
    for (const { id } of accounts) {
      for (const region of governedRegions) {
        const { MetricAlarms = [] } = await new CloudWatchClient(client(id, region)).send(
          new DescribeAlarmsCommand({}),
        );
        deployed.push(...MetricAlarms.map(({ AlarmName }) => `${id} ${region} ${AlarmName}`));
      }
    }
    const expected = Object.keys(causes).map((name) => `123456789012 us-east-1 ${name}`);
    expect(deployed.sort()).to.deep.equal(expected.sort());
  });

  for (const [name, cause] of Object.entries(causes)) {
    it(`are raised once and heard once: ${name}`, async () => {
      await cause();
      const raised = await evaluate();
      expect(raised.map(({ alarm }) => alarm)).to.deep.equal([name]);
      expect(await listener.heard()).to.deep.equal([`${name} ALARM`]);
      if (name.endsWith("-dead-letters")) await empty(name);
      if (name.endsWith("-waiting")) await empty(name.replace("-waiting", ""));
      expect(await evaluate()).to.deep.equal([]);
    });
  }

  it("read what the functions may log: no line was refused", () => {
    const { entries } = organization.gateway.record;
    const logged = entries.filter(({ service }) => service === "logs");
    expect(logged.filter(({ allowed }) => !allowed)).to.deep.equal([]);
  });

  it("see nothing of what the function may not log", async () => {
    const cause = causes["cordon-sweep-undelivered"] ?? expect.fail("no cause");
    const noLog = { Action: "logs:PutLogEvents", Resource: "*" };
    await whileDenied(["cordon-sweep"], noLog, cause);
    expect(await evaluate()).to.deep.equal([]);
    const { entries } = organization.gateway.record;
    const denied = entries.filter(({ action, allowed }) => !allowed && action === noLog.Action);
    expect(denied.length).to.be.greaterThan(0);
  });

  for (const [what, policyOf] of [
    ["topic", topicPolicy],
    ["key", keyPolicy],
  ] as const) {
    it(`are not heard without the statement Alarms of the ${what}'s policy`, async () => {
      const policy = await policyOf(organization);
      const before = (await policy.read()) ?? "";
      const { Statement, ...document } = JSON.parse(before) as { Statement: { Sid: string }[] };
      const others = Statement.filter(({ Sid }) => Sid !== "Alarms");
      expect(others).to.have.length(Statement.length - 1);
      await policy.write(JSON.stringify({ ...document, Statement: others }));
      const name = "cordon-triage-dead-letters";
      try {
        await causes[name]?.();
        const [raised] = await evaluate();
        expect(raised?.alarm).to.equal(name);
        expect(raised?.actions[0]?.why).to.match(
          /^cloudwatch\.amazonaws\.com is not authorized to perform (sns:Publish|kms:GenerateDataKey) /,
        );
        expect(await listener.heard()).to.deep.equal([]);
      } finally {
        await policy.write(before);
        await empty(name);
        // The minute's maximum was one message.
        organization.lambda.advanceClock(60_000);
        await evaluate();
        organization.lambda.advanceClock(60_000);
      }
    });
  }
});
