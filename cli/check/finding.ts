/** Defines findings, and turns a read that AWS refused into "unknown", never into "ok". */
import type { Action } from "./permissions";

/** warn: Cordon works, with less. unknown: AWS did not answer, which must not count as ok. */
export type State = "ok" | "warn" | "fail" | "unknown";

/** The checks, in the order in which they are printed. */
export const checkIds = [
  "credentials",
  "organization",
  "account",
  "trusted-access",
  "administrator",
  "policy-type",
  "deployment-role",
  "member-roles",
  "region",
  "control-policies",
  "dry-run",
  "guardduty",
  "security-hub",
  "trail",
  "recorder",
  "support-plan",
  "iam-quota",
  "channels",
  "lambda-quota",
  "stack-set-quota",
  "other-stages",
  "group-quota",
  "rule-quota",
] as const;

export type CheckId = (typeof checkIds)[number];

/** Without these a response in the account ends in a notice, not in containment. */
export const neededToContain: readonly CheckId[] = [
  "account",
  "deployment-role",
  "member-roles",
  "region",
  "control-policies",
  "dry-run",
];

export interface Verdict {
  readonly state: State;
  /** The result, without a full stop. */
  readonly detail: string;
  /** The remedy, in one sentence; absent where the state is ok. */
  readonly todo?: string;
}

export interface Place {
  readonly account: string;
  /** Absent where the check is about the account in all regions. */
  readonly region?: string;
}

export interface Finding extends Place, Verdict {
  readonly check: CheckId;
}

export const ok = (detail: string): Verdict => ({ state: "ok", detail });
export const warn = (detail: string, todo: string): Verdict => ({ state: "warn", detail, todo });
export const fail = (detail: string, todo: string): Verdict => ({ state: "fail", detail, todo });

/** A failure that proves nothing either way. */
export function unsettled(verdict: Verdict): Verdict {
  return verdict.state === "fail" ? { ...verdict, state: "unknown" } : verdict;
}

/** Judges what a deployment will create: missing is a warning before it, and a failure after it. */
export function notYet(deployed: boolean, detail: string, todo: string): Verdict {
  return deployed ? fail(detail, todo) : warn(detail, todo);
}

/** A read that AWS did not answer. */
export class Unread extends Error {
  constructor(
    readonly action: Action,
    override readonly cause: Error,
    /** The account that was asked. @default the account that the finding is about */
    readonly account?: string,
  ) {
    super(`${action}: ${cause.message}`);
    this.name = "Unread";
  }
}

/** Waits for what AWS answers. @throws Unread, which `judge` makes an unknown */
export async function read<T>(action: Action, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Unread(action, error as Error);
  }
}

/** Reads every page of a list, one after the other. @throws Unread */
export async function readPages<P extends { NextToken?: string | undefined }>(
  action: Action,
  ask: (from: { readonly NextToken?: string }) => Promise<P>,
): Promise<readonly P[]> {
  const pages: P[] = [];
  let NextToken: string | undefined;
  do {
    const page = await read(action, ask(NextToken ? { NextToken } : {}));
    pages.push(page);
    ({ NextToken } = page);
    // EC2 ends a list with an empty token, too.
  } while (NextToken);
  return pages;
}

/** Reads what may not be there: these error codes become undefined. @throws Unread */
export async function readIfThere<T>(
  action: Action,
  answer: Promise<T>,
  ...absent: readonly string[]
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (absent.includes((error as Error).name)) return undefined;
    throw new Unread(action, error as Error);
  }
}

/** Runs one check in one place; a read that AWS does not answer makes it unknown. */
export async function judge(
  check: CheckId,
  { account, region }: Place,
  run: () => Promise<Verdict | readonly Verdict[]>,
): Promise<Finding[]> {
  const place = { check, account, ...(region !== undefined && { region }) };
  try {
    return [await run()].flat().map((verdict) => ({ ...place, ...verdict }));
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    return [{ ...place, ...unknown(error, error.account ?? account) }];
  }
}

// What the services of these checks answer where a policy does not allow the call.
const refusals = [
  "AccessDenied",
  "AccessDeniedException",
  "AccessDeniedForDependencyException",
  "AuthorizationError",
  "UnauthorizedOperation",
];
const throttles = [
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
];

export function isRefusal(error: Error): boolean {
  return refusals.includes(error.name);
}

/** Finds which policy of the organization AWS names in its refusal, if it names one. */
export function controlPolicyOf(error: Error): string | undefined {
  // "with an explicit deny in a service control policy", "because no … policy allows the … action"
  return /\b(service|resource) control policy\b/.exec(error.message)?.[0];
}

function unknown({ action, cause }: Unread, account: string): Verdict {
  const policy = controlPolicyOf(cause);
  if (isRefusal(cause) && policy !== undefined) {
    return {
      state: "unknown",
      detail: `a ${policy} denies ${action}`,
      todo: `Exempt the check's role from that policy, or have it allow ${action}.`,
    };
  }
  if (isRefusal(cause) && action.startsWith("organizations:")) {
    return {
      state: "unknown",
      detail: `AWS refused ${action}`,
      todo: `Let the check assume the deployment role of the management account; or register ${account} as a delegated administrator and allow ${action} to these credentials.`,
    };
  }
  if (isRefusal(cause)) {
    return {
      state: "unknown",
      detail: `AWS refused ${action}`,
      todo: `Allow ${action} to the role the check uses in ${account}; docs/preflight.md has the policy.`,
    };
  }
  if (throttles.includes(cause.name)) {
    return {
      state: "unknown",
      detail: `AWS throttled ${action}, several times over`,
      todo: "Run the check again, or of fewer accounts with --account.",
    };
  }
  // Some services end their sentences and some do not; some begin them with the code.
  const reason = cause.message.split("\n")[0]?.replace(`${cause.name}: `, "").replace(/\.$/, "");
  return {
    state: "unknown",
    detail: `${action} failed with ${cause.name}: ${reason}`,
    todo: `Find out why ${action} fails, and run the check again.`,
  };
}
