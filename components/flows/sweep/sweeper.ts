/** Gives every VPC of the organization a quarantine group, and monitors what no alarm covers. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { networkEvents } from "../../../functions/catalogue/calls";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import { type Metric, metrics } from "../../../functions/catalogue/metrics";
import type { Environment } from "../../../functions/handlers/sweep";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  accountStatement,
  listAccountsStatements,
  type MemberAccess,
  memberEnvironment,
  type NoticeAccess,
  type OrganizationAccess,
  publishStatements,
  sessionStatement,
} from "../../blocks/access";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction } from "../../blocks/queued-function";
import { callEvery } from "../../blocks/schedule";

export interface SweeperArgs extends NoticeAccess, OrganizationAccess, MemberAccess, RedriveAccess {
  readonly governedRegions: readonly string[];
  /** Hours between two rounds through all accounts. */
  readonly sweepHours: number;
  /** Accounts of the organization that nothing is deployed to. */
  readonly excludedAccounts: readonly string[];
  /** Units and accounts to which something is deployed; none for every account. */
  readonly targetUnits: readonly string[];
  readonly hubBusName: pulumi.Input<string>;
}

const sweepName = functionRoleNames.sweep;

// Less than the queue's visibility timeout. One account takes seconds, a round as long as its sessions take to open.
const timeoutSeconds = 150;

/** Answers changes of VPCs and endpoints, and goes through all accounts every few hours. */
export class Sweeper extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: SweeperArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Sweeper", name, {}, opts);
    const sweeper = this.createFunction(name, args);
    callEvery(name, sweeper, {
      ruleName: sweepName,
      description: "Sends the sweeper through all accounts",
      every: { hours: args.sweepHours },
      deadLetterQueueName: `${sweepName}-schedule-dead-letters`,
      what: "Calls of the sweeper that never came",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    this.createAlarms(name, args);
    this.contract = sweeper.contract;
    this.registerOutputs({ contract: this.contract });
  }

  private createFunction(name: string, args: SweeperArgs): QueuedFunction<Environment> {
    return new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: sweepName,
        sources: [{ eventBusName: args.hubBusName, pattern: networkEvents }],
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/sweep.ts",
        functionName: sweepName,
        roleName: sweepName,
        description: "Keeps a closed quarantine group in every VPC",
        environment: {
          ...memberEnvironment(args),
          GOVERNED_REGIONS: args.governedRegions.join(","),
          SECURITY_ACCOUNT: args.securityAccount,
          EXCLUDED_ACCOUNTS: args.excludedAccounts.join(","),
          TARGET_UNITS: args.targetUnits.join(","),
          SWEEP_HOURS: String(args.sweepHours),
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
        },
        sendsItself: true,
        senders: [...redrivers(args), `arn:aws:iam::${args.securityAccount}:role/${sweepName}`],
        statements: [
          sessionStatement(args, memberRoleName("instance", "prepare")),
          accountStatement(args),
          ...listAccountsStatements(args),
          ...publishStatements(args),
        ],
        // New accounts bring dozens of VPCs at once.
        patienceMinutes: 15,
        ownErrorsAlarm: true,
        timeoutSeconds,
        memoryMb: 512,
      },
      { parent: this },
    );
  }

  private createAlarms(name: string, args: SweeperArgs): void {
    const alarm = (
      suffix: string,
      metric: Metric,
      alarmDescription: string,
      missing: "ignore" | "notBreaching",
    ) =>
      new aws.cloudwatch.MetricAlarm(
        `${name}-${suffix}-alarm`,
        {
          name: `${sweepName}-${suffix}`,
          alarmDescription,
          ...metric,
          statistic: "Maximum",
          comparisonOperator: "GreaterThanThreshold",
          threshold: 0,
          period: 300,
          evaluationPeriods: 1,
          treatMissingData: missing,
          alarmActions: [args.noticeTopicArn],
        },
        { parent: this },
      );
    alarm(
      "errors",
      {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: sweepName },
      },
      `${sweepName} could not start its round through all accounts: see its log.`,
      "notBreaching",
    );
    alarm(
      "uncontainable",
      metrics.accountsUncontainable,
      `${sweepName} cannot open a session in an account, so nothing in it can be contained: its log and a daily notice name the account.`,
      // Each round writes the number, none included: the alarm keeps its state in between.
      "ignore",
    );
    alarm(
      "undelivered",
      metrics.eventsUndelivered,
      `Events wait in a dead-letter queue of a forwarding rule: sweep.done in the log of ${sweepName} names account, region and queue.`,
      "notBreaching",
    );
    alarm(
      "forwarding-missing",
      metrics.forwardingMissing,
      `Nothing is forwarded from an account or region: sweep.done in the log of ${sweepName} names it. Its part of the baseline failed.`,
      "notBreaching",
    );
  }
}
