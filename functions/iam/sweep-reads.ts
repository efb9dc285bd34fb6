/** The sweeper's permissions in a member account: reads, and the steps of two kinds. */

import { forwardingDeadLetters } from "../catalogue/forwarding";
import type { Place } from "../model/resource";
import type { Statement } from "../model/statement";
import type { Kind } from "../remediate/steps";

/** The changes a sweep makes; its member role allows no other. */
export const sweepSteps = [
  "provide-quarantine-group",
  "remove-untrack-group",
] as const satisfies readonly Kind[];

/** Reads an account's VPCs, groups and endpoints, and the dead letters of forwarding. */
export function surveyStatements({ account }: Place): readonly Statement[] {
  return [
    {
      actions: [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
      ],
      resources: ["*"],
    },
    {
      actions: ["sqs:GetQueueAttributes"],
      resources: [`arn:aws:sqs:*:${account}:${forwardingDeadLetters("*")}`],
    },
  ];
}
