/** Asks Trusted Advisor on a schedule: its events come on best effort, and a lost one is an open key. */
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../functions/handlers/reconcile-exposed-keys";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  listAccountsStatements,
  type MemberAccess,
  memberEnvironment,
  type OrganizationAccess,
} from "../../blocks/access";
import { alarmOnErrors } from "../../blocks/function-alarms";
import { InlineFunction } from "../../blocks/inline-function";
import { callEvery } from "../../blocks/schedule";
import { exposedKeyWorkflowArn, investigateStatement } from "./workflow";

export interface ExposedKeyReconcileArgs extends MemberAccess, OrganizationAccess {
  readonly policyRevision: Environment["POLICY_REVISION"];
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Accounts of the organization that nothing is deployed to. */
  readonly excludedAccounts: readonly string[];
  /** Units and accounts to which something is deployed; none for every account. */
  readonly targetUnits: readonly string[];
  readonly noticeTopicArn: pulumi.Input<string>;
  /** Hours between two runs. */
  readonly reconcileHours: number;
}

const reconcileName = functionRoleNames.reconcileExposedKeys;

/** The function behind the schedule. */
export class ExposedKeyReconcile extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;

  constructor(
    name: string,
    args: ExposedKeyReconcileArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:ExposedKeyReconcile", name, {}, opts);
    const worker = this.createWorker(name, args);
    this.createSchedule(name, args, worker);
    this.createAlarm(name, args);
    this.functionName = worker.functionName;
    this.registerOutputs({ functionName: this.functionName });
  }

  private createWorker(name: string, args: ExposedKeyReconcileArgs): InlineFunction<Environment> {
    const stateMachineArn = exposedKeyWorkflowArn(args);
    return new InlineFunction<Environment>(
      `${name}-worker`,
      {
        entry: "functions/handlers/reconcile-exposed-keys.ts",
        functionName: reconcileName,
        roleName: reconcileName,
        description: "Starts the exposed-key workflow for keys whose events did not come",
        environment: {
          POLICY_REVISION: args.policyRevision,
          ...memberEnvironment(args),
          EXCLUDED_ACCOUNTS: args.excludedAccounts.join(","),
          TARGET_UNITS: args.targetUnits.join(","),
          STATE_MACHINE_ARN: stateMachineArn,
        },
        statements: [
          investigateStatement(args),
          ...listAccountsStatements(args),
          { actions: ["states:StartExecution"], resources: [stateMachineArn] },
        ],
        // Ten accounts are asked side by side: several thousand take as long as a function may.
        timeoutSeconds: 900,
        memoryMb: 512,
      },
      { parent: this },
    );
  }

  private createSchedule(
    name: string,
    args: ExposedKeyReconcileArgs,
    worker: InlineFunction<Environment>,
  ): void {
    callEvery(name, worker, {
      ruleName: reconcileName,
      description: "Asks Trusted Advisor for exposed keys whose events did not come",
      every: { hours: args.reconcileHours },
      deadLetterQueueName: `${reconcileName}-dead-letters`,
      alarmTopicArn: args.noticeTopicArn,
      what: "Calls of the reconcile that never came",
      opts: { parent: this },
    });
  }

  private createAlarm(name: string, args: ExposedKeyReconcileArgs): void {
    alarmOnErrors(`${name}-errors-alarm`, {
      functionName: reconcileName,
      what: "could not ask every account: its log names them",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
  }
}
