/** What the sweeper needs in a member account: the reads of a look around, and two kinds of step. */

import { forwardingDeadLetters } from "../catalogue/forwarding";
import type { Place } from "../model/resource";
import type { Statement } from "../model/statement";
import type { Kind } from "../remediate/steps";

/** The changes a sweep makes; its member role allows no other. */
export const sweepSteps = [
  "provide-quarantine-group",
  "remove-untrack-group",
] as const satisfies readonly Kind[];

/** Looks at an account's VPCs, groups and endpoints, and at what forwarding could not deliver. */
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
