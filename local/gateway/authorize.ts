/**
 * Decides calls as IAM does: identity and session policies, permission boundaries, resource and
 * trust policies, service control policies, with conditions, evaluated by
 * @cloud-copilot/iam-simulate.
 *
 * The library drops context keys that its service data does not list for an action or resource
 * type. A dropped key would make an Allow stricter but a Deny weaker, so any dropped key is an
 * error here, never a decision. Global keys, ec2:SourceInstanceArn among them, are kept for every
 * action of every service.
 */
import {
  isWildcardOnlyAction,
  type RequestAnalysis,
  runSimulation,
} from "@cloud-copilot/iam-simulate";
import { organizationId } from "../organization";
import { type Caller, loopback } from "./callers";
import { keepCollators } from "./collation";
import { conditionKeys, isKnownKey } from "./condition-keys";
import type { Membership } from "./membership";
import type { NamedPolicy, Policies } from "./policies";
import type { ControlLevel } from "./stand-ins/service-control-policies";

keepCollators();

export interface AuthorizeRequest {
  readonly principal: Caller | { service: string; sourceArn?: string; sourceAccount?: string };
  /** IAM action, for example "s3:ListAllMyBuckets". */
  readonly action: string;
  /** ARN, or "*" for actions without resource types; an id of "*" means a resource yet to be made. */
  readonly resource: string;
  readonly resourceAccount: string;
  readonly region: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** Condition keys that cost a read, asked for only when a policy mentions a key of `keys`. */
  readonly lazy?: LazyContext;
}

export interface LazyContext {
  /** Keys, or prefixes ending in "/", that load() answers. */
  readonly keys: readonly string[];
  /** Keys that are known to be absent, as the tags of a resource yet to be made. */
  readonly absent?: readonly string[];
  load(): Promise<Readonly<Record<string, string | string[]>>>;
}

export interface Decision {
  readonly allowed: boolean;
  /** The sentence AWS ends its message with, for example "because no identity-based policy …". */
  readonly why: string;
}

/** Decides one action on one resource. Throws on a request the evaluator cannot judge. */
export async function authorize(policies: Policies, request: AuthorizeRequest): Promise<Decision> {
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
  const unknown = [...mentioned].find(([key]) => !isKnownKey(key));
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
  if (untold && !(await isWildcardOnlyAction(...split(action)))) {
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

interface Involved {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  readonly sessionPolicy?: object;
  readonly resourcePolicy?: object;
  /** From the root to the caller's account; empty where none binds. */
  readonly control: readonly ControlLevel[];
}

// A response asks for some twenty sessions of one role at once: the same question, word for word.
const decided = new Map<string, Promise<Decision>>();
const rememberedDecisions = 2_000;
const clockKeys = ["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"];

/** Judges a request, or repeats the judgement of an identical one under identical policies. */
function simulate(
  request: AuthorizeRequest,
  context: Readonly<Record<string, string | string[]>>,
  involved: Involved,
): Promise<Decision> {
  const { identity, boundary, sessionPolicy, resourcePolicy, control } = involved;
  const documents = [
    ...identity.map(({ policy }) => policy),
    boundary?.policy,
    sessionPolicy,
    resourcePolicy,
    // One place must allow what another allows, too, so that their order tells them apart.
    ...control.flatMap(({ policies }) => [...policies.map(({ policy }) => policy), undefined]),
  ].map((policy) => policy && documentOf(policy));
  // Where a policy asks for the time, no two requests are the same.
  if (documents.some((document) => document?.asksTheTime)) {
    return judge(request, context, involved);
  }
  const { principal, action, resource, resourceAccount } = request;
  const timeless = Object.entries(context).filter(([key]) => !clockKeys.includes(key));
  const who = "service" in principal ? principal.service : principal.arn;
  const ids = documents.map((document) => document?.id);
  const key = JSON.stringify([who, action, resource, resourceAccount, timeless, ids]);
  const known = decided.get(key);
  if (known) return known;
  const decision = judge(request, context, involved);
  if (decided.size >= rememberedDecisions) {
    decided.clear();
    documentsByText.clear();
  }
  decided.set(key, decision);
  decision.catch(() => decided.delete(key));
  return decision;
}

/** A policy's text, numbered: comparing numbers is what makes remembering cheaper than judging. */
interface Document {
  readonly id: number;
  readonly asksTheTime: boolean;
}

const documents = new WeakMap<object, Document>();
const documentsByText = new Map<string, Document>();
let numbered = 0;

/** Numbers a policy: different texts never share a number. A policy is not changed once read. */
function documentOf(policy: object): Document {
  const seen = documents.get(policy);
  if (seen) return seen;
  const text = JSON.stringify(policy);
  const known = documentsByText.get(text) ?? {
    id: ++numbered,
    asksTheTime: clockKeys.some((key) => text.toLowerCase().includes(key.toLowerCase())),
  };
  documentsByText.set(text, known);
  documents.set(policy, known);
  return known;
}

let turns: Promise<void> = Promise.resolve();

/**
 * Waits for a turn of its own in the event loop. Judgements come in bursts and nothing else here
 * takes as long: one after the other, they would keep the calls that arrive meanwhile waiting.
 */
function turn(): Promise<void> {
  turns = turns.then(() => new Promise((resolve) => setImmediate(resolve)));
  return turns;
}

/**
 * Names an owner where the ARN of a document that is AWS's names no account: the library's data has
 * an account in every ARN of Systems Manager.
 */
function withOwner<T>(part: T): T {
  return JSON.parse(JSON.stringify(part).replace(/(:ssm:[^:"]*)::/g, "$1:amazon:")) as T;
}

async function judge(
  given: AuthorizeRequest,
  context: Readonly<Record<string, string | string[]>>,
  policies: Involved,
): Promise<Decision> {
  await turn();
  const accountless = /^arn:[^:]*:ssm:[^:]*::/.test(given.resource);
  const request = accountless ? { ...given, resource: withOwner(given.resource) } : given;
  const involved = accountless ? withOwner(policies) : policies;
  const { principal, action, resourceAccount } = request;
  const wildcardOnly = await isWildcardOnlyAction(...split(action));
  const results = await runSimulation(
    {
      request: {
        principal: "service" in principal ? principal.service : principal.arn,
        action,
        // A trailing "*" would make the library judge every matching pattern of every policy; the
        // id of a resource yet to be made is simply one that no policy can name.
        resource: {
          resource: wildcardOnly ? "*" : request.resource.replace(/\*$/, "new"),
          accountId: resourceAccount,
        },
        contextVariables: { ...context },
      },
      identityPolicies: [...involved.identity],
      serviceControlPolicies: involved.control.map(({ orgIdentifier, policies }) => ({
        orgIdentifier,
        policies: [...policies],
      })),
      resourceControlPolicies: [],
      ...(involved.sessionPolicy && { sessionPolicy: involved.sessionPolicy }),
      ...(involved.boundary && { permissionBoundaryPolicies: [involved.boundary] }),
      ...(involved.resourcePolicy && { resourcePolicy: involved.resourcePolicy }),
    },
    {},
  );
  if (results.resultType !== "single") {
    const detail = results.resultType === "error" ? JSON.stringify(results.errors) : "wildcard";
    throw new Error(`Cannot judge ${action} on ${request.resource}: ${detail}`);
  }
  const ignored = results.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) {
    throw new Error(`${action} on ${request.resource} does not take ${ignored.join(", ")}`);
  }
  return results.overallResult === "Allowed"
    ? { allowed: true, why: "" }
    : deny(reason(results.result.analysis, action));
}

/** Tells whether a caller holds temporary credentials of a user, which GetSessionToken gave. */
export function isSessionOfUser(caller: Caller): boolean {
  return caller.userName !== undefined && caller.context["aws:TokenIssueTime"] !== undefined;
}

/** AWS keeps all of IAM and most of STS from GetSessionToken credentials without MFA. */
export function isClosedToUserSessions(action: string): boolean {
  return (
    action.startsWith("iam:") ||
    (action.startsWith("sts:") && !["sts:AssumeRole", "sts:GetCallerIdentity"].includes(action))
  );
}

function isServiceLinked({ roleArn }: Caller): boolean {
  return /:role\/aws-service-role\//.test(roleArn ?? "");
}

function deny(why: string): Decision {
  return { allowed: false, why };
}

// AWS's own wording: which kind of policy denied, or which kind failed to allow.
function reason(analysis: RequestAnalysis, action: string): string {
  const { sessionAnalysis, identityAnalysis, resourceAnalysis, permissionBoundaryAnalysis } =
    analysis;
  const control = analysis.scpAnalysis?.result;
  if (control === "ExplicitlyDenied") {
    return "with an explicit deny in a service control policy";
  }
  if (control === "ImplicitlyDenied") {
    return `because no service control policy allows the ${action} action`;
  }
  if (identityAnalysis?.result === "ExplicitlyDenied") {
    return "with an explicit deny in an identity-based policy";
  }
  if (sessionAnalysis?.result === "ExplicitlyDenied") {
    return "with an explicit deny in a session policy";
  }
  if (/ExplicitlyDenied|DeniedForAccount/.test(resourceAnalysis?.result ?? "")) {
    return "with an explicit deny in a resource-based policy";
  }
  if (permissionBoundaryAnalysis && permissionBoundaryAnalysis.result !== "Allowed") {
    return `because no permissions boundary allows the ${action} action`;
  }
  if (identityAnalysis?.result === "Allowed") {
    return sessionAnalysis && sessionAnalysis.result !== "Allowed"
      ? `because no session policy allows the ${action} action`
      : `because no resource-based policy allows the ${action} action`;
  }
  return `because no identity-based policy allows the ${action} action`;
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
    // The SDKs reach AWS by TLS; plain HTTP to this process stands for it.
    "aws:SecureTransport": "true",
    "aws:RequestedRegion": request.region,
    "aws:ResourceAccount": request.resourceAccount,
    ...(membership.has(request.resourceAccount) && { "aws:ResourceOrgID": organizationId }),
  };
}

function isResourceKey(key: string): boolean {
  return /^(aws|ec2|iam|autoscaling|elasticloadbalancing):resourcetag\//.test(key);
}

function split(action: string): [service: string, name: string] {
  return action.split(":") as [string, string];
}
