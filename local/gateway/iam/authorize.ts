/**
 * Decides calls as IAM does: identity and session policies, permission boundaries, resource and
 * trust policies, service control policies, with conditions. What the local organization cannot
 * supply to a condition is denied by name.
 */
import { organizationId } from "../accounts";
import { type Caller, loopback } from "./caller";
import { conditionKeys, isKnownKey } from "./condition-keys";
import type { AuthorizeRequest, Decision } from "./decision";
import { isOfForwarding } from "./forwarded";
import { deny, isWildcardOnly, simulate } from "./judge";
import type { Membership } from "./membership";
import type { NamedPolicy, Policies } from "./policies";

/** What decides: the emulated state, or that of a simulation. */
type Deciding = Pick<Policies, "membership" | "identity" | "ofResource" | "serviceControl">;

/** Decides one action on one resource. Throws on a request the evaluator cannot judge. */
export async function authorize(policies: Deciding, request: AuthorizeRequest): Promise<Decision> {
  const { principal, action } = request;
  const { membership } = policies;
  // STS allows these to every authenticated caller, whatever the policies say.
  if (action === "sts:GetCallerIdentity") return { allowed: true, why: "" };
  const isService = "service" in principal;
  if (action === "sts:GetSessionToken") {
    return !isService && principal.userName !== undefined && !isSessionOfUser(principal)
      ? { allowed: true, why: "" }
      : deny("because session credentials cannot call it");
  }
  if (!isService && isSessionOfUser(principal) && isClosedToUserSessions(action)) {
    return deny(`because GetSessionToken credentials without MFA cannot call ${action}`);
  }
  const [identity, resourcePolicy] = await Promise.all([
    isService ? undefined : policies.identity(principal),
    policies.ofResource(action, request.resource),
  ]);
  const sessionPolicy = isService ? undefined : principal.sessionPolicy;
  // Those of the caller's account, wherever the resource is; they bind no service and none of its
  // service-linked roles.
  const control =
    isService || isServiceLinked(principal) ? [] : policies.serviceControl(principal.account);
  const involved: NamedPolicy[] = [
    ...control.flatMap((level) => level.policies),
    ...(identity?.policies ?? []),
    ...(identity?.boundary ? [identity.boundary] : []),
    ...(sessionPolicy ? [{ name: "session policy", policy: sessionPolicy }] : []),
    ...(resourcePolicy ? [{ name: "resource policy", policy: resourcePolicy }] : []),
  ];
  const mentioned = conditionKeys(involved, action);
  const isForwarded = request.context?.["aws:ViaAWSService"] === "true";
  const unknown = [...mentioned].find(
    ([key]) => !isKnownKey(key) || (isForwarded && isOfForwarding(key)),
  );
  if (unknown) {
    const [key, policy] = unknown;
    return deny(
      `because the local organization does not supply the condition key ${key} of ${policy}`,
    );
  }
  const lazyKeys = (request.lazy?.keys ?? []).map((key) => key.toLowerCase());
  const absentKeys = (request.lazy?.absent ?? []).map((key) => key.toLowerCase());
  const needed = [...mentioned.keys()].some((key) =>
    lazyKeys.some((lazy) => (lazy.endsWith("/") ? key.startsWith(lazy) : key === lazy)),
  );
  const untold = [...mentioned.keys()].find(
    (key) => isResourceKey(key) && ![...lazyKeys, ...absentKeys].some((one) => key.startsWith(one)),
  );
  if (untold && !(await isWildcardOnly(action))) {
    return deny(`because the local organization does not supply ${untold} for ${action}`);
  }
  const context = {
    ...(isService
      ? serviceContext(principal, membership)
      : principalContext(principal, identity?.tags ?? {}, membership)),
    ...requestContext(request, membership),
    ...request.context,
    ...(needed ? await request.lazy?.load() : {}),
  };
  return simulate(request, context, {
    identity: identity?.policies ?? [],
    ...(identity?.boundary && { boundary: identity.boundary }),
    ...(sessionPolicy && { sessionPolicy }),
    ...(resourcePolicy && { resourcePolicy }),
    control,
  });
}

/** Says whether a caller holds temporary credentials of a user, which GetSessionToken gave. */
export function isSessionOfUser(caller: Caller): boolean {
  return caller.userName !== undefined && caller.context["aws:TokenIssueTime"] !== undefined;
}

/** AWS keeps all of IAM and most of STS from GetSessionToken credentials without MFA. */
export function isClosedToUserSessions(action: string): boolean {
  return (
    action.startsWith("iam:") ||
    (action.startsWith("sts:") &&
      !["sts:AssumeRole", "sts:GetCallerIdentity", "sts:SetSourceIdentity"].includes(action))
  );
}

function isServiceLinked({ roleArn }: Caller): boolean {
  return /:role\/aws-service-role\//.test(roleArn ?? "");
}

function principalContext(
  caller: Caller,
  tags: Readonly<Record<string, string>>,
  membership: Membership,
): Record<string, string> {
  return {
    ...caller.context,
    "aws:PrincipalArn": caller.roleArn ?? caller.arn,
    "aws:PrincipalAccount": caller.account,
    "aws:SourceIp": caller.sourceAddress ?? loopback,
    "aws:PrincipalIsAWSService": "false",
    "aws:ViaAWSService": "false",
    ...(membership.has(caller.account) && { "aws:PrincipalOrgID": organizationId }),
    ...Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
  };
}

function serviceContext(
  principal: { service: string; sourceArn?: string; sourceAccount?: string },
  membership: Membership,
): Record<string, string> {
  return {
    "aws:PrincipalIsAWSService": "true",
    "aws:PrincipalServiceName": principal.service,
    ...(principal.sourceArn && { "aws:SourceArn": principal.sourceArn }),
    ...(principal.sourceAccount && {
      "aws:SourceAccount": principal.sourceAccount,
      ...(membership.has(principal.sourceAccount) && { "aws:SourceOrgID": organizationId }),
    }),
  };
}

function requestContext(request: AuthorizeRequest, membership: Membership): Record<string, string> {
  const now = new Date();
  return {
    "aws:CurrentTime": now.toISOString(),
    "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
    // The SDKs reach AWS by TLS; plain HTTP to this process counts as TLS.
    "aws:SecureTransport": "true",
    "aws:RequestedRegion": request.region,
    "aws:ResourceAccount": request.resourceAccount,
    ...(membership.has(request.resourceAccount) && { "aws:ResourceOrgID": organizationId }),
  };
}

function isResourceKey(key: string): boolean {
  return /^(aws|ec2|iam|autoscaling|elasticloadbalancing):resourcetag\//.test(key);
}
