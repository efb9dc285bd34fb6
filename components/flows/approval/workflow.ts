/**
 * Approvals, deployed: the workflow that asks and waits, and the function by which people answer, and ask
 * for what no finding began.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import type { ByPlaybook } from "../../../functions/catalogue/playbooks";
import type { Environment as ApproveEnvironment } from "../../../functions/handlers/approve";
import type { Environment as AskEnvironment } from "../../../functions/handlers/ask-approval";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  answerStatements,
  askStatements,
  linkStatements,
  type MemberAccess,
  memberEnvironment,
  type PageAccess,
  type RecordAccess,
  sessionStatement,
} from "../../blocks/access";
import { InlineFunction, type StatementArgs } from "../../blocks/inline-function";
import { alarmOnExecutions, serviceRole } from "../../blocks/workflow";
import { approvalDefinition, askSeconds } from "./definition";

export interface ApprovalWorkflowArgs extends RecordAccess, MemberAccess {
  readonly securityAccount: string;
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
  /** Patterns of who may answer, without commas; none for the security account's own principals. */
  readonly approvers: readonly string[];
  /** Hours for which people may answer. */
  readonly approvalHours: number;
  /** The page for which people get links. @default none */
  readonly page?: PageAccess | undefined;
  readonly responders: ByPlaybook<pulumi.Output<QueuedFunctionContract>>;
}

/** Name of the state machine. */
const workflowName = functionRoleNames.approvalWorkflow;

/** Asks people, and takes their answers. */
export class ApprovalWorkflow extends pulumi.ComponentResource {
  /** Name of the function that people invoke. */
  readonly functionName: pulumi.Output<string>;

  constructor(
    name: string,
    args: ApprovalWorkflowArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:ApprovalWorkflow", name, {}, opts);
    const machine = this.createMachine(name, args, this.createAsk(name, args));
    alarmOnExecutions(name, machine, {
      workflowName,
      consequence: "people may not have been asked, or an approved containment was not carried out",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    this.functionName = this.createApprove(name, args).functionName;
    this.registerOutputs({ functionName: this.functionName });
  }

  private createAsk(name: string, args: ApprovalWorkflowArgs): InlineFunction<AskEnvironment> {
    return new InlineFunction<AskEnvironment>(
      `${name}-ask`,
      {
        entry: "functions/handlers/ask-approval.ts",
        functionName: functionRoleNames.askApproval,
        roleName: functionRoleNames.askApproval,
        description: "Approval: writes what people are asked, notifies how it ended",
        environment: {
          ...memberEnvironment(args),
          JOURNAL_TABLE: args.journalTableName,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          APPROVERS: args.approvers.join(","),
          APPROVAL_HOURS: String(args.approvalHours),
        },
        statements: [
          ...askStatements(args),
          sessionStatement(args, memberRoleName("identity", "investigate")),
        ],
        timeoutSeconds: askSeconds,
        memoryMb: 256,
      },
      { parent: this },
    );
  }

  private createApprove(
    name: string,
    args: ApprovalWorkflowArgs,
  ): InlineFunction<ApproveEnvironment> {
    return new InlineFunction<ApproveEnvironment>(
      `${name}-approve`,
      {
        entry: "functions/handlers/approve.ts",
        functionName: functionRoleNames.approve,
        roleName: functionRoleNames.approve,
        description: "Approval: takes a person's answer, and what people ask for by command",
        environment: {
          ROLE_PATH: args.rolePath,
          JOURNAL_TABLE: args.journalTableName,
          SECURITY_ACCOUNT: args.securityAccount,
          DEPLOYMENT_ROLE: args.deploymentRole,
          APPROVERS: args.approvers.join(","),
          RESPONDER_QUEUES: queueUrls(args).apply((urls) => JSON.stringify(urls)),
          ...(args.page && { PAGE_URL: args.page.url, PAGE_KEY: args.page.keyArn }),
        },
        statements: [
          ...answerStatements(args),
          handOverStatement(args),
          ...linkStatements(args.page),
        ],
        timeoutSeconds: 60,
        memoryMb: 512,
      },
      { parent: this },
    );
  }

  private createMachine(
    name: string,
    args: ApprovalWorkflowArgs,
    { functionArn }: InlineFunction<AskEnvironment>,
  ): aws.sfn.StateMachine {
    const { role, policy } = serviceRole(
      `${name}-machine`,
      {
        roleName: workflowName,
        description: "Lets the approval workflow ask, notify, and hand over to the responders",
        service: "states.amazonaws.com",
        securityAccount: args.securityAccount,
        statements: [
          { actions: ["lambda:InvokeFunction"], resources: [functionArn] },
          handOverStatement(args),
        ],
      },
      { parent: this },
    );
    const parts = pulumi.all([functionArn, queueUrls(args)]);
    return new aws.sfn.StateMachine(
      `${name}-machine`,
      {
        name: workflowName,
        type: "STANDARD",
        roleArn: role.arn,
        definition: parts.apply(([ask, queues]) =>
          JSON.stringify(approvalDefinition({ ask, queues, hours: args.approvalHours })),
        ),
      },
      { parent: this, dependsOn: [policy] },
    );
  }
}

type Responders = Pick<ApprovalWorkflowArgs, "responders">;

/** Allows handing tasks to the responders. */
function handOverStatement({ responders }: Responders): StatementArgs {
  return {
    actions: ["sqs:SendMessage"],
    resources: Object.values(responders).map(({ queueArn }) => queueArn),
  };
}

function queueUrls({ responders }: Responders): pulumi.Output<ByPlaybook<string>> {
  return pulumi
    .all({ ...responders })
    .apply(
      (all) =>
        Object.fromEntries(
          Object.entries(all).map(([playbook, { queueUrl }]) => [playbook, queueUrl]),
        ) as ByPlaybook<string>,
    );
}
