import { expect } from "chai";
import { approvalDefinition } from "../../../../components/flows/approval/definition";

const validate = require("asl-validator") as (definition: object) => {
  readonly isValid: boolean;
  errorsText(): string;
};

const ask = "arn:aws:lambda:us-east-1:444455556666:function:cordon-ask-approval";
const url = (playbook: string) => `https://sqs.us-east-1.amazonaws.com/444455556666/${playbook}`;
const definition = approvalDefinition({
  ask,
  hours: 4,
  queues: {
    "contain-instance": url("cordon-contain-instance"),
    "contain-access-key": url("cordon-contain-access-key"),
    "revoke-sessions": url("cordon-revoke-sessions"),
    "contain-sequence": url("cordon-contain-sequence"),
    "fix-posture": url("cordon-fix-posture"),
    "contain-resource": url("cordon-contain-resource"),
  },
}) as {
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

describe("components/flows/approval/definition [C5]", () => {
  it("is a definition that Step Functions takes", () => {
    const { isValid, errorsText } = validate(definition);
    expect(isValid, errorsText()).to.equal(true);
  });

  it("waits for an answer for the hours that are set, and not again after them", () => {
    const { Ask = {} } = definition.States;
    expect(Ask.Resource).to.equal("arn:aws:states:::lambda:invoke.waitForTaskToken");
    expect(Ask.TimeoutSeconds).to.equal(14_400);
    expect(definition.TimeoutSeconds).to.equal(18_000);
    const [retrier] = Ask.Retry as [{ ErrorEquals: string[] }];
    // States.TaskFailed matches everything but a time-out.
    expect(retrier.ErrorEquals).to.include("States.TaskFailed");
    expect(retrier.ErrorEquals).not.to.include.members(["States.Timeout"]);
    expect(Ask.Catch).to.deep.equal([
      { ErrorEquals: ["States.Timeout"], ResultPath: "$.timeout", Next: "NotifyUnanswered" },
    ]);
  });

  it("hands an approval, and nothing else, to the responder of the incident's playbook", () => {
    expect(definition.States.WhichAnswer).to.deep.include({
      Choices: [
        "contain-instance",
        "contain-access-key",
        "revoke-sessions",
        "contain-sequence",
        "fix-posture",
        "contain-resource",
      ].map((playbook) => ({
        And: [
          { Variable: "$.answer.decision", StringEquals: "approve" },
          { Variable: "$.playbook", StringEquals: playbook },
        ],
        Next: `HandOver-${playbook}`,
      })),
      Default: "NotifyRejected",
    });
    expect(definition.States["HandOver-revoke-sessions"]).to.deep.include({
      Resource: "arn:aws:states:::sqs:sendMessage",
      Parameters: {
        QueueUrl: url("cordon-revoke-sessions"),
        MessageBody: { task: "approved", "incident.$": "$.incident", "digest.$": "$.digest" },
      },
      Next: "Approved",
    });
  });

  it("fails, which raises an alarm, where it cannot ask, hand over or notify", () => {
    const caught = Object.entries(definition.States).flatMap(([name, { Catch }]) =>
      ((Catch ?? []) as { ErrorEquals: string[] }[]).map(({ ErrorEquals }) => [name, ErrorEquals]),
    );
    expect(caught).to.deep.equal([["Ask", ["States.Timeout"]]]);
  });
});
