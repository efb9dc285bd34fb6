/** Checks whether policies of the organization deny actions of the member roles. */
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import {
  type ContextEntry,
  type EvaluationResult,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  cordonTag,
  quarantineGroupDescription,
  quarantineTagValue,
} from "../../functions/catalogue/quarantine-group";
import { allowedStatements, deployedMemberRoles } from "../../functions/iam/member-roles";
import type { Clients } from "./clients";
import { controlPolicyOf, fail, isRefusal, ok, read, Unread, type Verdict } from "./finding";
import { vpcsOf } from "./region";

export interface Question {
  /** ARN of the role or user whose calls are simulated. */
  readonly principal: string;
  readonly account: string;
  readonly region: string;
  /** The region in which services without regions are asked, too. */
  readonly home: boolean;
  /** Whether Cordon may block addresses. @default false */
  readonly blocksAddresses?: boolean;
}

// Their calls bear us-east-1, wherever the target is.
const withoutRegion = /^(iam|support):/;

/** Every action the member roles are given, of the services that answer in the region. */
function actionsIn({ account, home, blocksAddresses = false }: Question): readonly string[] {
  const actions = deployedMemberRoles(blocksAddresses)
    .flatMap((role) => allowedStatements(role, account))
    .flatMap((statement) => statement.actions)
    .filter((action) => home || !withoutRegion.test(action));
  return [...new Set(actions)].sort();
}

/**
 * Has IAM simulate every action of the member roles. IAM reports whether service control policies
 * allow an action, but not which of them denies it.
 */
export async function serviceControlPolicies(
  { iam }: Clients,
  question: Question,
): Promise<Verdict> {
  const { principal, region } = question;
  const actions = actionsIn(question);
  const results: EvaluationResult[] = [];
  let Marker: string | undefined;
  do {
    const page = await read(
      "iam:SimulatePrincipalPolicy",
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: principal,
          ActionNames: [...actions],
          // The keys that most policies of organizations use; without a key an action can look denied.
          ContextEntries: [
            entry("aws:RequestedRegion", region),
            entry("aws:PrincipalArn", principal),
          ],
          ...(Marker && { Marker }),
        }),
      ),
    );
    results.push(...(page.EvaluationResults ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  const name = principal.slice(principal.indexOf("/") + 1);
  const denied = results.filter(allowedByOrganization(false)).map(nameOf);
  if (denied.length > 0) {
    return fail(
      `service control policies deny ${name} ${listed(denied)}`,
      `Exempt Cordon's roles (role/cordon-*) from the policy that denies ${denied.length === 1 ? "it" : "them"}.`,
    );
  }
  const judged = results.filter(allowedByOrganization(true)).map(nameOf);
  const unjudged = actions.filter((action) => !judged.includes(action));
  if (unjudged.length > 0) {
    const unjudgedError = new Error(
      `IAM did not judge ${listed(unjudged)} by the organization's policies`,
    );
    unjudgedError.name = "NoAnswer";
    throw new Unread("iam:SimulatePrincipalPolicy", unjudgedError);
  }
  return ok(`${actions.length} actions of ${name} are allowed by service control policies`);
}

function entry(ContextKeyName: string, value: string): ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType: "string" };
}

function allowedByOrganization(allowed: boolean) {
  return ({ OrganizationsDecisionDetail: detail }: EvaluationResult) =>
    detail?.AllowedByOrganizations === allowed;
}

function nameOf({ EvalActionName = "" }: EvaluationResult): string {
  return EvalActionName;
}

function listed(actions: readonly string[]): string {
  const shown = actions.slice(0, 5).join(", ");
  return actions.length > 5 ? `${shown} and ${actions.length - 5} more` : shown;
}

/**
 * Has EC2 say whether it would make a quarantine group, with its tags: as it decides the call
 * itself, with every condition of every policy. It makes nothing.
 */
export async function dryRun(clients: Clients): Promise<Verdict> {
  const [VpcId] = await vpcsOf(clients);
  if (VpcId === undefined) return ok("no VPC here to ask about");
  const action = "ec2:CreateSecurityGroup";
  try {
    await clients.ec2.send(
      new CreateSecurityGroupCommand({
        DryRun: true,
        VpcId,
        GroupName: "cordon-check",
        Description: quarantineGroupDescription,
        TagSpecifications: [
          {
            ResourceType: "security-group",
            Tags: [{ Key: cordonTag, Value: quarantineTagValue }],
          },
        ],
      }),
    );
  } catch (error) {
    const answer = error as Error;
    if (answer.name === "DryRunOperation") return ok("a quarantine group can be made");
    const policy = controlPolicyOf(answer);
    if (isRefusal(answer) && policy !== undefined) {
      return fail(
        `a ${policy} denies ${/to perform: (\S+)/.exec(answer.message)?.[1] ?? action}`,
        "Exempt Cordon's roles (role/cordon-*) and its deployment from that policy.",
      );
    }
    throw new Unread(action, answer);
  }
  throw new Unread(action, new Error("EC2 did not take the dry run for one"));
}
