import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect } from "chai";
import { LocalProvider } from "../../../../local/provider/provider";
import { registry } from "../../../../local/provider/registry";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  trustEc2,
} from "../../../support/local/gateway";
import {
  machineArn,
  queueArn,
  runner,
  Stage,
  topicArn,
  trustStates,
} from "../../../support/local/workflows";

describe("Step Functions' control plane", () => {
  const stage = new Stage();
  const { define, of, run, seed, sfn } = stage;
  before(stage.open);
  after(stage.close);

  describe("as strict as AWS", () => {
    const succeed = { Done: { Type: "Succeed" } };

    it("names an execution, and takes a name once unless it still runs with the same input", async () => {
      const machine = await define("named", { Wait: { Type: "Wait", Seconds: 90_000, End: true } });
      const begin = (name: string, input: string) =>
        sfn().send(new StartExecutionCommand({ stateMachineArn: machine, name, input }));
      const first = await begin("one", '{"a":1}');
      expect(first.executionArn).to.equal(
        "arn:aws:states:us-east-1:123456789012:execution:named:one",
      );
      const again = await begin("one", '{"a":1}');
      expect(again.startDate).to.deep.equal(first.startDate);
      expect((await errorOf(begin("one", '{"a":2}'))).name).to.equal("ExecutionAlreadyExists");
      await sfn().send(new StopExecutionCommand({ executionArn: first.executionArn }));
      expect((await of("named")).map(({ status }) => status)).to.deep.equal(["ABORTED"]);
      expect((await errorOf(begin("one", '{"a":1}'))).name).to.equal("ExecutionAlreadyExists");
    });

    for (const [what, name, code] of [
      ["a colon", "a:b", "InvalidName"],
      ["white space", "a b", "InvalidName"],
      ["a wildcard", "a*", "InvalidName"],
      ["81 characters", "a".repeat(81), "ValidationException"],
    ] as const) {
      it(`refuses an execution's name with ${what}`, async () => {
        await define("strict", succeed);
        const begun = sfn().send(
          new StartExecutionCommand({ stateMachineArn: machineArn("strict"), name }),
        );
        expect((await errorOf(begun)).name).to.equal(code);
      });
    }

    it("refuses input that is no JSON or longer than 262144 bytes", async () => {
      await define("strict", succeed);
      const begin = (input: string) =>
        sfn().send(new StartExecutionCommand({ stateMachineArn: machineArn("strict"), input }));
      expect((await errorOf(begin("{"))).name).to.equal("InvalidExecutionInput");
      expect((await errorOf(begin(`"${"a".repeat(262_143)}"`))).name).to.equal(
        "ValidationException",
      );
    });

    it("refuses a definition that leads to a state that is not there", async () => {
      const error = await errorOf(define("broken", { A: { Type: "Pass", Next: "B" } }));
      expect(error.name).to.equal("InvalidDefinition");
      expect(error.message).to.match(/SCHEMA_VALIDATION_FAILED/);
    });

    it("refuses by name what a definition may not use here", async () => {
      const message = async (state: object) =>
        (await errorOf(define("foreign", { Only: { ...state, End: true } }))).message;
      const call = { Type: "Task", Resource: "arn:aws:states:::aws-sdk:iam:listUsers" };
      expect(await message(call)).to.match(/: the task arn:aws:states:::aws-sdk:iam:listUsers is /);
      const waiting = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
      expect(await message({ ...call, Resource: waiting })).to.match(/waitForTaskToken is not /);
      // The same words are nothing but data elsewhere.
      await define("homely", { Only: { Type: "Pass", Result: call, End: true } });
      expect(await message({ Type: "Pass", QueryLanguage: "JSONata" })).to.match(
        /: the query language JSONata is not /,
      );
    });

    it("refuses a second state machine of the same name with another definition", async () => {
      await define("single", succeed);
      await define("single", succeed);
      const other = define("single", { Other: { Type: "Succeed" } });
      expect((await errorOf(other)).name).to.equal("StateMachineAlreadyExists");
    });

    it("takes a log group only from a role that may register log deliveries", async () => {
      await new CloudWatchLogsClient(seed()).send(
        new CreateLogGroupCommand({ logGroupName: "/cordon/workflow" }),
      );
      const logged = (name: string, roleArn: string, group: string) =>
        sfn().send(
          new CreateStateMachineCommand({
            name,
            roleArn,
            definition: JSON.stringify({ StartAt: "Done", States: succeed }),
            loggingConfiguration: {
              level: "ALL",
              destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: group } }],
            },
          }),
        );
      const group = "arn:aws:logs:us-east-1:123456789012:log-group:/cordon/workflow";
      const denied = await errorOf(logged("logged", runner, `${group}:*`));
      expect(denied.name).to.equal("AccessDeniedException");
      expect(denied.message).to.match(
        /^The state machine IAM Role is not authorized to access the Log Destination: logs:CreateLogDelivery /,
      );
      const role = await makeRole(
        stage.world,
        security,
        "logging",
        trustStates,
        policy(
          allow(
            [
              "logs:CreateLogDelivery",
              "logs:GetLogDelivery",
              "logs:UpdateLogDelivery",
              "logs:DeleteLogDelivery",
              "logs:ListLogDeliveries",
              "logs:PutResourcePolicy",
              "logs:DescribeResourcePolicies",
              "logs:DescribeLogGroups",
            ],
            "*",
          ),
        ),
      );
      expect((await errorOf(logged("logged", role, group))).name).to.equal(
        "InvalidLoggingConfiguration",
      );
      const made = await logged("logged", role, `${group}:*`);
      expect(made.stateMachineArn).to.equal(machineArn("logged"));
    });

    it("judges StartExecution of a function's role, or any other workload's", async () => {
      await define("strict", succeed);
      const role = await makeRole(
        stage.world,
        security,
        "starter",
        trustEc2,
        policy(allow("states:StartExecution", machineArn("strict"))),
      );
      const caller = await stage.world.callers.serviceSession(
        "ec2",
        role,
        "i-0a1b2c3d4e5f60718",
        "workload",
      );
      const begin = (name: string) =>
        new SFNClient(stage.world.as(caller)).send(
          new StartExecutionCommand({ stateMachineArn: machineArn(name) }),
        );
      expect((await begin("strict")).executionArn).to.match(/:execution:strict:[0-9a-f-]{36}$/);
      expect((await errorOf(begin("named"))).message).to.match(
        /is not authorized to perform: states:StartExecution on resource: .*:stateMachine:named because no identity-based policy/,
      );
    });
  });

  describe("deployed by the provider", () => {
    const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
    const outside = variables.map((name) => process.env[name]);
    const type = "aws:sfn/stateMachine:StateMachine";
    const about = { type, name: "answer" };
    let provider: LocalProvider;

    before(async () => {
      const { accessKeyId, secretAccessKey } = stage.world.callers.trusted(
        security,
        "cd",
        "deployer",
      );
      const values = [stage.world.url, accessKeyId, secretAccessKey];
      variables.forEach((name, index) => {
        process.env[name] = values[index];
      });
      provider = new LocalProvider(registry);
      await provider.configure({ region, defaultTags: '{"tags":{"app":"cordon"}}' });
    });
    after(() => {
      variables.forEach((name, index) => {
        if (outside[index] === undefined) delete process.env[name];
        else process.env[name] = outside[index];
      });
    });

    const inputs = {
      name: "deployed",
      roleArn: `arn:aws:iam::${security}:role/runner`,
      definition: JSON.stringify({ StartAt: "One", States: { One: { Type: "Succeed" } } }),
      loggingConfiguration: { level: "OFF" },
      tracingConfiguration: { enabled: true },
    };

    it("makes a state machine, changes its definition in place, and removes it", async () => {
      expect((await provider.check(type, inputs)).failures).to.deep.equal([]);
      const { id, outputs } = await provider.create(about, inputs, false);
      expect(id).to.equal(machineArn("deployed"));
      const { creationDate, ...others } = outputs;
      expect(creationDate).to.match(/^\d{4}-\d\d-\d\dT/);
      expect(others).to.deep.equal({
        ...inputs,
        arn: machineArn("deployed"),
        region: "us-east-1",
        status: "ACTIVE",
        type: "STANDARD",
        tagsAll: { app: "cordon" },
      });
      expect((await run("deployed")).states).to.deep.equal(["One"]);
      const definition = JSON.stringify({ StartAt: "Two", States: { Two: { Type: "Succeed" } } });
      const news = { ...inputs, definition };
      await provider.update(about, { id, state: outputs, olds: inputs, news, preview: false });
      expect((await run("deployed")).states).to.deep.equal(["Two"]);
      await provider.delete(about, id, outputs);
      expect((await errorOf(run("deployed"))).name).to.equal("StateMachineDoesNotExist");
    });

    it("refuses an express workflow, and an update to a definition that AWS refuses", async () => {
      const { failures } = await provider.check(type, { ...inputs, type: "EXPRESS" });
      expect(failures.map(({ property }) => property)).to.deep.equal(["type"]);
      const { id, outputs } = await provider.create(about, { ...inputs, name: "kept" }, false);
      const news = { ...inputs, name: "kept", definition: '{"StartAt":"A","States":{}}' };
      const update = {
        id,
        state: outputs,
        olds: { ...inputs, name: "kept" },
        news,
        preview: false,
      };
      expect((await errorOf(provider.update(about, update))).message).to.match(
        /^aws:sfn\/stateMachine:StateMachine answer: InvalidDefinition: /,
      );
    });

    it("makes an alarm on failed executions, and a schedule with its target", async () => {
      const alarm = {
        name: "answer-failed",
        namespace: "AWS/States",
        metricName: "ExecutionsFailed",
        dimensions: { StateMachineArn: machineArn("deployed") },
        statistic: "Sum",
        period: 60,
        evaluationPeriods: 1,
        threshold: 0,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        alarmActions: [topicArn],
      };
      const rule = { name: "hourly", scheduleExpression: "rate(1 hour)" };
      const target = {
        rule: "hourly",
        targetId: "workflow",
        arn: machineArn("deployed"),
        roleArn: `arn:aws:iam::${security}:role/runner`,
        deadLetterConfig: { arn: queueArn("lost") },
      };
      const made: [string, object, string][] = [
        ["aws:cloudwatch/metricAlarm:MetricAlarm", alarm, "answer-failed"],
        ["aws:cloudwatch/eventRule:EventRule", rule, "hourly"],
        ["aws:cloudwatch/eventTarget:EventTarget", target, "hourly-workflow"],
      ];
      for (const [kind, given, expected] of made) {
        const checked = await provider.check(kind, given as Record<string, unknown>);
        expect(checked.failures, kind).to.deep.equal([]);
        const { id } = await provider.create({ type: kind, name: "n" }, checked.inputs, false);
        expect(id, kind).to.equal(expected);
      }
    });
  });
});
