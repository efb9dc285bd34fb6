/**
 * Judges one request under the policies that decide it, by @cloud-copilot/iam-simulate, and remembers
 * judgements.
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
import { keepCollators } from "./collation";
import type { AuthorizeRequest, Decision } from "./decision";
import type { ControlLevel, NamedPolicy } from "./policies";

keepCollators();

/** The policies that decide a request. */
export interface Involved {
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
export function simulate(
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
    // Places may allow the same, so their order identifies them.
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
  const wildcardOnly = await isWildcardOnly(action);
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

export function deny(why: string): Decision {
  return { allowed: false, why };
}

/** Says whether an action supports no resource but "*". */
export function isWildcardOnly(action: string): Promise<boolean> {
  const [service, name] = action.split(":") as [string, string];
  return isWildcardOnlyAction(service, name);
}
