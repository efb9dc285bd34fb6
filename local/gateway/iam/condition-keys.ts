/** Finds the condition keys policies depend on, so that none is met by accident. */

import { list } from "../wire/protocol";
import type { NamedPolicy } from "./policies";

/**
 * Keys the gateway supplies where AWS does. Prefixes end in "/" or ":". A policy with a key that is
 * in neither list is refused by name: guessing "absent" could allow what AWS denies.
 */
const supplied = [
  "aws:CurrentTime",
  "aws:EpochTime",
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalOrgID",
  "aws:PrincipalServiceName",
  "aws:PrincipalTag/",
  "aws:PrincipalType",
  "aws:RequestTag/",
  "aws:RequestedRegion",
  "aws:ResourceAccount",
  "aws:ResourceOrgID",
  "aws:ResourceTag/",
  "aws:SecureTransport",
  "aws:SourceAccount",
  "aws:SourceArn",
  "aws:SourceIdentity",
  "aws:SourceIp",
  "aws:SourceOrgID",
  "aws:TagKeys",
  "aws:TokenIssueTime",
  "aws:ViaAWSService",
  "aws:userid",
  "aws:username",
  "autoscaling:ResourceTag/",
  "cloudwatch:namespace",
  "dynamodb:Attributes",
  "dynamodb:LeadingKeys",
  "dynamodb:ReturnValues",
  "ec2:Add/",
  "ec2:Attribute",
  "ec2:Attribute/",
  "ec2:CreateAction",
  "ec2:Owner",
  "ec2:Region",
  "ec2:Remove/",
  "ec2:ResourceTag/",
  "ec2:SourceInstanceARN",
  "ec2:Vpc",
  "elasticloadbalancing:ResourceTag/",
  "events:detail-type",
  "events:source",
  "iam:AWSServiceName",
  "iam:PassedToService",
  "iam:PermissionsBoundary",
  "iam:PolicyARN",
  "iam:ResourceTag/",
  "kms:CallerAccount",
  "kms:GrantIsForAWSResource",
  "kms:ViaService",
  "lambda:FunctionArn",
  "organizations:PolicyType",
  "organizations:ServicePrincipal",
  "s3:ResourceAccount",
  "securityhub:ASFFSyntaxPath/",
  "ses:FromAddress",
  "ses:Recipients",
  "sns:Endpoint",
  "sns:Protocol",
  "sts:ExternalId",
  "sts:RoleSessionName",
  "sts:SourceIdentity",
].map((key) => key.toLowerCase());

/**
 * Keys that are truly absent from every call made here: none comes through a VPC endpoint, with
 * MFA, or by a chain of services. A session context may still carry them.
 * aws:SourceOwner, in every default topic policy, is a retired key that only SNS itself knew.
 */
const absent = [
  "aws:CalledVia",
  "aws:CalledViaFirst",
  "aws:CalledViaLast",
  "aws:FederatedProvider",
  "aws:MultiFactorAuthAge",
  "aws:MultiFactorAuthPresent",
  "aws:SourceOwner",
  "aws:SourceVpc",
  "aws:SourceVpce",
  "aws:VpcSourceIp",
  "ec2:RoleDelivery",
  // Requests to function URLs are decided by their stand-in.
  "lambda:FunctionUrlAuthType",
  "lambda:InvokedViaFunctionUrl",
  "lambda:SourceFunctionArn",
].map((key) => key.toLowerCase());

const known = [...supplied, ...absent];

export function isKnownKey(key: string): boolean {
  return known.some((name) => (name.endsWith("/") ? key.startsWith(name) : key === name));
}

/** Lists the keys (lower case) in statements that may apply to an action, with their policy. */
export function conditionKeys(
  policies: readonly NamedPolicy[],
  action: string,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { name, policy } of policies) {
    for (const statement of list<Statement>((policy as { Statement?: unknown }).Statement)) {
      if (!statement.Condition || !mayApply(statement, action)) continue;
      for (const operator of Object.values(statement.Condition)) {
        for (const key of Object.keys(operator)) keys.set(key.toLowerCase(), name);
      }
    }
  }
  return keys;
}

interface Statement {
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function mayApply(statement: Statement, action: string): boolean {
  if (statement.NotAction) return true;
  return list<string>(statement.Action).some((pattern) => matches(pattern, action));
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, action: string): boolean {
  let expression = patterns.get(pattern);
  if (!expression) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    expression = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
    patterns.set(pattern, expression);
  }
  return expression.test(action);
}
