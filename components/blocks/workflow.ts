/** What the workflows of Step Functions share: a role that a service takes, and alarms on their ends. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../../functions/model/policy-document";
import { alarmAbove } from "./alarm";
import type { StatementArgs } from "./inline-function";

/** Makes a role for a service, which must act for this account: no other's may borrow it. */
export function serviceRole(
  name: string,
  args: {
    readonly roleName: string;
    readonly description: string;
    readonly service: string;
    readonly securityAccount: string;
    readonly statements: readonly StatementArgs[];
  },
  opts: pulumi.CustomResourceOptions,
): { role: aws.iam.Role; policy: aws.iam.RolePolicy } {
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      name: args.roleName,
      description: args.description,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: args.service },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": args.securityAccount } },
          },
        ],
      }),
    },
    opts,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    {
      name: "work",
      role: role.name,
      policy: pulumi
        .output(args.statements)
        .apply((known) => JSON.stringify(policyDocument(known))),
    },
    opts,
  );
  return { role, policy };
}

/** Raises an alarm for every run that fails, times out or is aborted. */
export function alarmOnExecutions(
  name: string,
  machine: aws.sfn.StateMachine,
  args: {
    readonly workflowName: string;
    /** What may not have happened: "the responders may not be notified of …". */
    readonly consequence: string;
    readonly alarmTopicArn: pulumi.Input<string>;
    readonly opts: pulumi.CustomResourceOptions;
  },
): void {
  const { workflowName, consequence } = args;
  for (const [metricName, how] of [
    ["ExecutionsFailed", "failed"],
    ["ExecutionsTimedOut", "timed-out"],
    ["ExecutionsAborted", "aborted"],
  ] as const) {
    alarmAbove(
      `${name}-${how}-alarm`,
      {
        alarmName: `${workflowName}-${how}`,
        description: `A run of ${workflowName} ${how.replace("-", " ")}: ${consequence}.`,
        namespace: "AWS/States",
        metricName,
        dimensions: { StateMachineArn: machine.arn },
        statistic: "Sum",
        period: 60,
        alarmTopicArn: args.alarmTopicArn,
      },
      args.opts,
    );
  }
}
