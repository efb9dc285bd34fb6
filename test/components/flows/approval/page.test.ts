import { expect } from "chai";
import { ApprovalPage } from "../../../../components/flows/approval/page";
import { deploy } from "../../../../deploy";
import { calls, settings } from "../../../support/deployment";
import { record, resolved } from "../../../support/recorder";

const page = () =>
  record(
    () =>
      new ApprovalPage("approval-page", {
        homeRegion: "us-east-1",
        securityAccount: "444455556666",
        linkingRoles: ["cordon-respond-contain-instance", "cordon-approve"],
        approvalHours: 6,
        noticeTopicArn: "arn:topic",
      }),
  );

const statements = (policy: string) =>
  JSON.parse(policy).Statement.map(({ Action, Resource }: Record<string, unknown>) => ({
    Action,
    Resource,
  }));

describe("components/flows/approval/page [C5]", () => {
  it("lets the entrance from the internet check links and hand them on, and nothing else", async () => {
    const { named } = await page();
    expect(statements(named("approval-page-policy").inputs.policy)).to.deep.equal([
      { Action: ["kms:VerifyMac"], Resource: ["arn:approval-page-links-key"] },
      {
        Action: ["lambda:InvokeFunction"],
        Resource: ["arn:aws:lambda:us-east-1:444455556666:function:cordon-approve"],
      },
      {
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:approval-page-log:*"],
      },
    ]);
    expect(named("approval-page-function").inputs).to.deep.include({
      name: "cordon-approval-page",
      reservedConcurrentExecutions: 5,
      environment: {
        variables: {
          PAGE_KEY: "arn:approval-page-links-key",
          APPROVE_FUNCTION: "cordon-approve",
        },
      },
    });
  });

  it("opens the URL of this function", async () => {
    const { named, ofType, result } = await page();
    expect(named("approval-page-url").inputs).to.deep.equal({
      functionName: "cordon-approval-page",
      authorizationType: "NONE",
    });
    expect(ofType("aws:lambda/functionUrl:FunctionUrl")).to.have.lengthOf(1);
    expect(await resolved(result.keyArn)).to.equal("arn:approval-page-links-key");
  });

  it("raises an alarm where it fails, or a flood keeps people from it", async () => {
    const { ofType } = await page();
    expect(
      ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => [
        inputs.name,
        inputs.metricName,
        inputs.threshold,
        inputs.alarmActions,
      ]),
    ).to.deep.equal([
      ["cordon-approval-page-errors", "Errors", 0, ["arn:topic"]],
      ["cordon-approval-page-throttles", "Throttles", 0, ["arn:topic"]],
    ]);
  });

  it("has links made by the functions that ask and answer, and checked by the page alone", async () => {
    const { named } = await page();
    const [, ...denies] = JSON.parse(named("approval-page-links-key").inputs.policy).Statement;
    const role = (name: string) => `arn:aws:iam::444455556666:role/${name}`;
    expect(
      denies.map(({ Effect, Action, Condition }: Record<string, unknown>) => [
        Effect,
        Action,
        Condition,
      ]),
    ).to.deep.equal([
      [
        "Deny",
        "kms:GenerateMac",
        {
          ArnNotEquals: {
            "aws:PrincipalArn": [role("cordon-respond-contain-instance"), role("cordon-approve")],
          },
        },
      ],
      [
        "Deny",
        "kms:VerifyMac",
        { ArnNotEquals: { "aws:PrincipalArn": [role("cordon-approval-page")] } },
      ],
    ]);
  });
});

describe("the approval page of a deployment [C5] [P10]", () => {
  it("is there only where it is asked for", async () => {
    const { ofType } = await record(() => deploy(settings), calls);
    expect(ofType("aws:lambda/functionUrl:FunctionUrl")).to.deep.equal([]);
  });

  it("is known to the functions that link to it, which may make links", async () => {
    const { named } = await record(() => deploy({ ...settings, approvalPage: true }), calls);
    const variables = (name: string) => named(`${name}-function`).inputs.environment.variables;
    for (const name of [
      "contain-instance-events-worker",
      "revoke-sessions-events-worker",
      "exposed-key-cut",
    ]) {
      expect(JSON.parse(variables(name).PAGE), name).to.include({
        key: "arn:approval-page-links-key",
        hours: 4,
      });
      const [granted] = statements(named(`${name}-policy`).inputs.policy).filter(
        ({ Resource }: { Resource: readonly string[] }) =>
          Resource.includes("arn:approval-page-links-key"),
      );
      expect(granted, name).to.deep.equal({
        Action: ["kms:GenerateMac"],
        Resource: ["arn:approval-page-links-key"],
      });
    }
    expect(variables("approval-approve")).to.include({ PAGE_KEY: "arn:approval-page-links-key" });
    expect(variables("approval-ask")).not.to.have.any.keys("PAGE_KEY", "PAGE");
  });
});
