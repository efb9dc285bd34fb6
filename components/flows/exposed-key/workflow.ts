/** The exposed-key workflow, deployed: rule, state machine, its three functions and their roles. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ExposedKeyContract, QueuedFunctionContract } from "../../../contract/outputs";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import { exposedKeyPattern } from "../../../functions/catalogue/patterns";
import type { Environment as CutEnvironment } from "../../../functions/handlers/cut-exposed-key";
import type { Environment as LookUpEnvironment } from "../../../functions/handlers/look-up-activity";
import type { Environment as NotifyEnvironment } from "../../../functions/handlers/notify-exposure";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  accountStatement,
  linkStatements,
  type MemberAccess,
  memberEnvironment,
  publishStatements,
  recordStatements,
  sealStatement,
  sessionStatement,
  sourceIdentityStatement,
  stormStatement,
  unitsStatement,
} from "../../blocks/access";
import { InlineFunction, type StatementArgs } from "../../blocks/inline-function";
import { admitRule, alarmOnDeadLetters, deadLetterQueue } from "../../blocks/queue";
import { alarmOnExecutions, serviceRole } from "../../blocks/workflow";
import { askingStatement, type ResponderArgs, responderEnvironment } from "../respond/responder";
import { cutTries, exposedKeyDefinition, functionSeconds } from "./definition";

export interface ExposedKeyWorkflowArgs extends Omit<ResponderArgs, "playbook"> {
  readonly securityAccount: string;
  readonly policyRevision: CutEnvironment["POLICY_REVISION"];
  /** Hours of CloudTrail that are looked through for what a key did. */
  readonly lookbackHours: number;
  /** The playbook's own responder, which looks again at what this workflow has contained. */
  readonly responder: pulumi.Input<QueuedFunctionContract>;
}

/** Name of the state machine, its rule, and in "…-dead-letters". */
const workflowName = "cordon-exposed-key";

/** Names the state machine before it exists: its own first function starts runs of it. */
export function exposedKeyWorkflowArn(args: {
  readonly homeRegion: string;
  readonly securityAccount: string;
}): string {
  return `arn:aws:states:${args.homeRegion}:${args.securityAccount}:stateMachine:${workflowName}`;
}

/** Answers exposed access keys. */
export class ExposedKeyWorkflow extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<Omit<ExposedKeyContract, "reconcileFunctionName">>;

  constructor(
    name: string,
    args: ExposedKeyWorkflowArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:ExposedKeyWorkflow", name, {}, opts);
    const deadLetters = deadLetterQueue(`${name}-dead-letters`, `${workflowName}-dead-letters`, {
      parent: this,
    });
    alarmOnDeadLetters(`${name}-dead-letters-alarm`, deadLetters, {
      queueName: `${workflowName}-dead-letters`,
      what: "Exposed keys that the workflow did not get, or refused,",
      kept: true,
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    const machine = this.createMachine(name, args, {
      cut: this.createCut(name, args, deadLetters),
      lookUp: this.createLookUp(name, args),
      notify: this.createNotify(name, args),
    });
    this.createRoute(name, args, machine, deadLetters);
    // A run that ends so has notified no responder.
    alarmOnExecutions(name, machine, {
      workflowName,
      consequence: "the responders may not be notified of an exposed access key",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    this.contract = pulumi.output({
      stateMachineArn: machine.arn,
      deadLetterQueueUrl: deadLetters.url,
    });
    this.registerOutputs({ contract: this.contract });
  }

  private createCut(name: string, args: ExposedKeyWorkflowArgs, deadLetters: aws.sqs.Queue) {
    const stateMachineArn = exposedKeyWorkflowArn(args);
    const responder = pulumi.output(args.responder);
    return new InlineFunction<CutEnvironment>(
      `${name}-cut`,
      {
        entry: "functions/handlers/cut-exposed-key.ts",
        functionName: functionRoleNames.cutExposedKey,
        roleName: functionRoleNames.cutExposedKey,
        description: "Exposed key: cuts it",
        environment: {
          ...responderEnvironment(args),
          DEAD_LETTER_QUEUE_URL: deadLetters.url,
          POLICY_REVISION: args.policyRevision,
          MAX_TRIES: String(cutTries),
          STATE_MACHINE_ARN: stateMachineArn,
          QUEUE_URL: responder.queueUrl,
        },
        statements: [
          sessionStatement(args, memberRoleName("identity", "contain")),
          sourceIdentityStatement(args, memberRoleName("identity", "contain")),
          accountStatement(args),
          unitsStatement(args),
          ...recordStatements(args),
          stormStatement(args),
          sealStatement(args, "kms:GenerateMac"),
          ...linkStatements(args.page),
          { actions: ["sqs:SendMessage"], resources: [deadLetters.arn, responder.queueArn] },
          { actions: ["states:StartExecution"], resources: [stateMachineArn] },
          askingStatement(args),
        ],
        timeoutSeconds: functionSeconds.cut,
        // As a responder's: the import is on the path to the key's end.
        memoryMb: 1024,
      },
      { parent: this },
    );
  }

  private createLookUp(name: string, args: ExposedKeyWorkflowArgs) {
    return new InlineFunction<LookUpEnvironment>(
      `${name}-look-up`,
      {
        entry: "functions/handlers/look-up-activity.ts",
        functionName: functionRoleNames.lookUpActivity,
        roleName: functionRoleNames.lookUpActivity,
        description: "Exposed key: looks up what it did",
        environment: {
          ...memberEnvironment(args),
          GOVERNED_REGIONS: args.governedRegions.join(","),
          LOOKBACK_HOURS: String(args.lookbackHours),
        },
        statements: [investigateStatement(args)],
        timeoutSeconds: functionSeconds.lookUp,
        memoryMb: 512,
      },
      { parent: this },
    );
  }

  private createNotify(name: string, args: ExposedKeyWorkflowArgs) {
    return new InlineFunction<NotifyEnvironment>(
      `${name}-notify`,
      {
        entry: "functions/handlers/notify-exposure.ts",
        functionName: functionRoleNames.notifyExposure,
        roleName: functionRoleNames.notifyExposure,
        description: "Exposed key: notifies the responders",
        environment: { NOTICE_TOPIC_ARN: args.noticeTopicArn },
        statements: publishStatements(args),
        timeoutSeconds: functionSeconds.notify,
        memoryMb: 256,
      },
      { parent: this },
    );
  }

  private createMachine(
    name: string,
    args: ExposedKeyWorkflowArgs,
    functions: Record<"cut" | "lookUp" | "notify", { functionArn: pulumi.Output<string> }>,
  ): aws.sfn.StateMachine {
    const arns = {
      cut: functions.cut.functionArn,
      lookUp: functions.lookUp.functionArn,
      notify: functions.notify.functionArn,
      topic: args.noticeTopicArn,
    };
    const { role, policy } = serviceRole(
      `${name}-machine`,
      {
        roleName: functionRoleNames.exposedKeyWorkflow,
        description: "Lets the exposed-key workflow invoke its functions, and publish without them",
        service: "states.amazonaws.com",
        securityAccount: args.securityAccount,
        statements: [
          {
            actions: ["lambda:InvokeFunction"],
            resources: [arns.cut, arns.lookUp, arns.notify],
          },
          ...publishStatements(args),
        ],
      },
      { parent: this },
    );
    // Neither logging nor tracing: both take permissions on everything. Step Functions keeps the
    // history of every run for 90 days by itself.
    return new aws.sfn.StateMachine(
      `${name}-machine`,
      {
        name: workflowName,
        type: "STANDARD",
        roleArn: role.arn,
        definition: pulumi
          .output(arns)
          .apply((known) => JSON.stringify(exposedKeyDefinition(known))),
      },
      { parent: this, dependsOn: [policy] },
    );
  }

  private createRoute(
    name: string,
    args: ExposedKeyWorkflowArgs,
    machine: aws.sfn.StateMachine,
    deadLetters: aws.sqs.Queue,
  ): void {
    const rule = new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        name: workflowName,
        description: "Exposed access keys: starts their workflow",
        eventBusName: args.hubBusName,
        eventPattern: JSON.stringify(exposedKeyPattern),
      },
      { parent: this },
    );
    const { role, policy } = serviceRole(
      `${name}-start`,
      {
        roleName: "cordon-start-exposed-key",
        description: "Lets the hub's rule start the exposed-key workflow",
        service: "events.amazonaws.com",
        securityAccount: args.securityAccount,
        statements: [{ actions: ["states:StartExecution"], resources: [machine.arn] }],
      },
      { parent: this },
    );
    const admission = admitRule(`${name}-dead-letters-policy`, deadLetters, rule, { parent: this });
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        eventBusName: args.hubBusName,
        targetId: workflowName,
        arn: machine.arn,
        roleArn: role.arn,
        deadLetterConfig: { arn: deadLetters.arn },
      },
      { parent: this, dependsOn: [policy, admission] },
    );
  }
}

/** Allows the sessions that look and change nothing. */
export function investigateStatement(access: MemberAccess): StatementArgs {
  return sessionStatement(access, memberRoleName("identity", "investigate"));
}
