/** Calls that CloudTrail reports to EventBridge, and after which the sweeper or the watch looks. */

/** The detail type of a call that CloudTrail reports to EventBridge. */
export const apiCall = "AWS API Call via CloudTrail";

/**
 * Calls after which a VPC may lack its quarantine group, or the group's egress its endpoints. Only
 * a trail that records management events makes CloudTrail report them.
 */
export const networkCalls = {
  source: "aws.ec2",
  detailType: apiCall,
  eventSource: "ec2.amazonaws.com",
  eventNames: [
    "CreateVpc",
    "CreateDefaultVpc",
    "CreateVpcEndpoint",
    "DeleteVpcEndpoints",
    "ModifyVpcEndpoint",
  ],
} as const;

/** Matches the calls that the sweeper answers. */
export const networkEvents = callPattern([networkCalls]);

/**
 * Calls after which a look may find that a contained target is not contained any more. Not CreateTags:
 * too much of what accounts do every day tags. IAM's calls are reported in us-east-1 alone.
 */
export const driftCalls = [
  {
    source: "aws.ec2",
    detailType: apiCall,
    eventSource: "ec2.amazonaws.com",
    eventNames: [
      "AssociateIamInstanceProfile",
      "AssociateTrunkInterface",
      "AttachNetworkInterface",
      "AuthorizeSecurityGroupEgress",
      "AuthorizeSecurityGroupIngress",
      "DeleteTags",
      "ModifyInstanceAttribute",
      "ModifyNetworkInterfaceAttribute",
      "ModifySecurityGroupRules",
      "ReplaceIamInstanceProfileAssociation",
    ],
  },
  {
    source: "aws.iam",
    detailType: apiCall,
    eventSource: "iam.amazonaws.com",
    eventNames: [
      "AddRoleToInstanceProfile",
      "CreateAccessKey",
      "CreatePolicyVersion",
      "DeleteRolePermissionsBoundary",
      "DeleteRolePolicy",
      "DeleteUserPermissionsBoundary",
      "DeleteUserPolicy",
      "DetachRolePolicy",
      "DetachUserPolicy",
      "PutRolePolicy",
      "PutUserPermissionsBoundary",
      "PutUserPolicy",
      "SetDefaultPolicyVersion",
      "TagRole",
      "TagUser",
      "UntagRole",
      "UntagUser",
      "UpdateAccessKey",
      "UpdateUser",
    ],
  },
] as const satisfies readonly ApiCalls[];

/** Matches these calls, by whomever. */
export const driftEvents = callPattern(driftCalls);

/**
 * Matches these calls by all principals but the sessions of some roles. By the role's ARN: a thief may
 * name a user like a role of Cordon's, and the sessions of a user's federation name it as their issuer.
 */
export function driftEventsExcept(roleArns: readonly string[]): object {
  const arn = [{ exists: false }, { "anything-but": roleArns }];
  return callPattern(driftCalls, { userIdentity: { sessionContext: { sessionIssuer: { arn } } } });
}

export interface ApiCalls {
  readonly source: string;
  readonly detailType: string;
  readonly eventSource: string;
  readonly eventNames: readonly string[];
}

/** A call that AWS refused changed nothing. */
function callPattern(calls: readonly ApiCalls[], more: object = {}) {
  const names = calls.map(({ eventSource, eventNames }) => ({
    eventSource: [eventSource],
    eventName: eventNames,
  }));
  return {
    source: calls.map(({ source }) => source),
    "detail-type": [apiCall],
    detail: {
      ...(names.length === 1 ? names[0] : { $or: names }),
      errorCode: [{ exists: false }],
      ...more,
    },
  };
}
