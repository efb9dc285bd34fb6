/** Decides the calls of a recorded deployment again, without one statement of its roles after another. */
import type { Kind } from "../../deploy/bootstrap/template";
import { management, members, organizationId, security } from "../../local/gateway/accounts";
import type { RecordedCall } from "../../local/gateway/record";
import { deploymentRoleOf, type Statement } from "../../local/seeds/deployment-roles";
import { allowed } from "./simulate";

/** Parameters with which the roles have every policy that goes with StackSets, but the range's. */
export const everything = {
  MemberDeployment: "stack-sets",
  Detection: "managed",
  ServiceControlPolicy: "attach",
  ConformancePack: "deploy",
  GovernManagementAccount: "true",
};

const kindOf = (account: string): Kind =>
  account === security.id ? "security" : account === management.id ? "management" : "member";

/** A permission that a call of the deployment needed. */
export interface Need {
  readonly account: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** Lists what the deployment's sessions needed, once each. */
export function needsOf(entries: readonly RecordedCall[]): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const { account, principal, checks } of ofDeployment(entries)) {
    for (const { action, resource, context = {} } of checks) {
      const need = { account, principal, action, resource, context: { ...context } } as Need;
      needs.set(JSON.stringify([account, action, resource, context]), need);
    }
  }
  return [...needs.values()];
}

export function ofDeployment(entries: readonly RecordedCall[]): readonly RecordedCall[] {
  return entries.filter(({ principal }) => principal.includes(":assumed-role/cordon-deploy/"));
}

/** Decides a call again under some statements; where a resource has a policy of its own, with that. */
function isAllowed(need: Need, statements: readonly Statement[]): Promise<boolean> {
  const { account, principal, action, resource } = need;
  const entered = resource.split(":")[4] || account;
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const ofKey = { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
  return allowed({
    principal,
    identity: [{ Version: "2012-10-17", Statement: statements }],
    action,
    // The evaluator takes a wildcard for many resources.
    resource: resource === "*" ? "*" : resource.replace(/\*$/, "new"),
    account: action.startsWith("kms:") || action === "sts:AssumeRole" ? entered : account,
    context: {
      ...need.context,
      // A quarantine group has its tag from its creation on.
      ...(/:security-group\/sg-/.test(resource) && { "aws:ResourceTag/cordon": "quarantine" }),
      ...(action === "sts:AssumeRole" && {
        "aws:PrincipalArn": `arn:aws:iam::${account}:role/cordon-deploy`,
        "aws:PrincipalOrgID": organizationId,
        "aws:ResourceOrgID": organizationId,
      }),
    },
    ...(action.startsWith("kms:") &&
      resource.includes(":key/") && {
        resourcePolicy: { Version: "2012-10-17", Statement: [ofKey] },
      }),
    ...(action === "sts:AssumeRole" && {
      resourcePolicy: deploymentRoleOf(entered, kindOf(entered), everything).trust,
    }),
  });
}

/**
 * Names the statements without which every call would still be allowed, as `account Sid`.
 *
 * @throws when a call is denied under all statements
 */
export async function needless(needs: readonly Need[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { id } of [security, management, ...members.slice(0, 1)]) {
    const kind = kindOf(id);
    const statements = [everything, { ...everything, MemberDeployment: "direct" }].flatMap(
      (given) =>
        deploymentRoleOf(id, kind, given).policies.flatMap(({ document }) => document.Statement),
    );
    const distinct = [...new Map(statements.map((each) => [JSON.stringify(each), each])).values()];
    for (const statement of distinct) {
      const about = needs.filter(
        ({ account, action }) => account === id && statement.Action.includes(action),
      );
      if (!(await isNeeded(statement, distinct, about))) found.add(`${kind} ${statement.Sid}`);
    }
  }
  return [...found].sort();
}

async function isNeeded(
  statement: Statement,
  all: readonly Statement[],
  needs: readonly Need[],
): Promise<boolean> {
  for (const need of needs) {
    // Statements about other actions decide nothing.
    const relevant = all.filter(({ Action }) => Action.includes(need.action));
    const others = relevant.filter((each) => each !== statement);
    if (await isAllowed(need, others)) continue;
    if (await isAllowed(need, relevant)) return true;
    throw new Error(`${need.principal} may not ${need.action} on ${need.resource}`);
  }
  return false;
}
