import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect } from "chai";
import { executions, timeOut } from "../../../local/services/executions";
import { errorOf } from "../../support/local/gateway";
import { functionArn, machineArn, Stage } from "../../support/local/workflows";

describe("executions that wait with a task token", () => {
  const stage = new Stage();
  before(stage.open);
  after(stage.close);

  const asks = {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: {
        FunctionName: functionArn("fail"),
        Payload: { "token.$": "$$.Task.Token", "as.$": "$.as", message: "no" },
      },
      ResultPath: "$.answer",
      TimeoutSeconds: 14_400,
      Retry: [{ ErrorEquals: ["States.TaskFailed"], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ["States.Timeout"], ResultPath: "$.late", Next: "Late" }],
      Next: "Answered",
    },
    Answered: { Type: "Succeed" },
    Late: { Type: "Succeed" },
  };
  const answer = (taskToken: string, output = '{"decision":"approve"}') =>
    stage.sfn().send(new SendTaskSuccessCommand({ taskToken, output }));
  /** Starts a run, and finds the token that its function was given. */
  const ask = async (name: string, as: string | null = null): Promise<string> => {
    await stage.define(name, asks);
    const { executionArn } = await stage.start(machineArn(name), { as });
    await executions(stage.world);
    const { events = [] } = await stage
      .sfn()
      .send(new GetExecutionHistoryCommand({ executionArn }));
    const { parameters = "{}" } =
      events.find(({ taskScheduledEventDetails }) => taskScheduledEventDetails)
        ?.taskScheduledEventDetails ?? {};
    return JSON.parse(parameters).Payload.token as string;
  };

  it("are waited for by nobody, and go on with the answer", async () => {
    const token = await ask("asked");
    expect(await stage.of("asked")).to.deep.equal([]);
    await answer(token);
    const [ended] = await stage.of("asked");
    expect(ended?.states).to.deep.equal(["Ask", "Answered"]);
    expect(ended?.output).to.deep.equal({ as: null, answer: { decision: "approve" } });
  });

  it("take one answer, as on AWS", async () => {
    const token = await ask("once");
    await answer(token);
    expect((await errorOf(answer(token))).name).to.equal("TaskTimedOut");
    await stage.of("once");
    expect((await errorOf(answer(token))).name).to.equal("TaskTimedOut");
    expect((await errorOf(answer("AAAAKgAAAAIAAAAA"))).name).to.equal("InvalidToken");
  });

  it("end with a time-out that no retrier of failed tasks tries again", async () => {
    const token = await ask("late");
    await timeOut(stage.world, [token]);
    const [ended] = await stage.of("late");
    expect(ended?.states).to.deep.equal(["Ask", "Late"]);
    expect((await errorOf(answer(token))).name).to.equal("TaskTimedOut");
  });

  it("end at once where they are stopped", async () => {
    const token = await ask("stopped");
    const { executions: [run] = [] } = await stage
      .sfn()
      .send(new ListExecutionsCommand({ stateMachineArn: machineArn("stopped") }));
    await stage.sfn().send(new StopExecutionCommand({ executionArn: run?.executionArn }));
    const [ended] = await stage.of("stopped");
    expect(ended).to.include({ status: "ABORTED" });
    expect((await errorOf(answer(token))).name).to.equal("TaskTimedOut");
  });

  it("fail where their function does", async () => {
    await ask("broken", "Broken");
    const [ended] = await stage.of("broken");
    expect(ended).to.include({ status: "FAILED", error: "Broken" });
  });
});
