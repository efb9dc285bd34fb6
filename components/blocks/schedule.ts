/** Invokes a function time and again; invocations that fail become dead letters and raise an alarm. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { admitRule, alarmOnDeadLetters, deadLetterQueue } from "./queue";

export interface ScheduleArgs {
  /** Name of the rule on the default bus. */
  readonly ruleName: string;
  readonly description: string;
  /** Time between two calls, of 2 minutes or more; EventBridge counts it from when the rule is made. */
  readonly every: { readonly hours: number } | { readonly minutes: number };
  readonly deadLetterQueueName: string;
  /** A name for the dead letters: "Calls of X that never came". */
  readonly what: string;
  readonly alarmTopicArn: pulumi.Input<string>;
  readonly opts: pulumi.CustomResourceOptions;
}

/** Declares the schedule of a function, beside it. */
export function callEvery(
  name: string,
  worker: {
    readonly functionName: pulumi.Output<string>;
    readonly functionArn: pulumi.Output<string>;
  },
  args: ScheduleArgs,
): void {
  const { every, opts } = args;
  const rule = new aws.cloudwatch.EventRule(
    `${name}-schedule`,
    {
      name: args.ruleName,
      description: args.description,
      scheduleExpression:
        "minutes" in every
          ? `rate(${every.minutes} minutes)`
          : `rate(${every.hours} ${every.hours === 1 ? "hour" : "hours"})`,
    },
    opts,
  );
  const permission = new aws.lambda.Permission(
    `${name}-permission`,
    {
      statementId: "schedule",
      action: "lambda:InvokeFunction",
      function: worker.functionName,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    },
    opts,
  );
  const queueName = args.deadLetterQueueName;
  const deadLetters = deadLetterQueue(`${name}-dead-letters`, queueName, opts);
  const { what, alarmTopicArn } = args;
  alarmOnDeadLetters(`${name}-dead-letters-alarm`, deadLetters, {
    queueName,
    what,
    kept: false,
    alarmTopicArn,
    opts,
  });
  const admission = admitRule(`${name}-dead-letters-policy`, deadLetters, rule, opts);
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    {
      rule: rule.name,
      targetId: args.ruleName,
      arn: worker.functionArn,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { ...opts, dependsOn: [permission, admission] },
  );
}
