/** Cordon's own roles by the names that components give them: no response changes them. Data only. */
import { type Duty, memberRoleName } from "./member-role-name";
import {
  type Family,
  familiesOf,
  type OwnFamily,
  type PlaybookId,
  playbookIds,
  sortOf,
} from "./playbooks";

/** Names of the functions' roles, which have no path. */
export const functionRoleNames = {
  respond: (playbook: PlaybookId) => `cordon-respond-${playbook}`,
  watch: "cordon-watch",
  triage: "cordon-triage",
  release: "cordon-release",
  cutExposedKey: "cordon-cut-exposed-key",
  lookUpActivity: "cordon-look-up-activity",
  notifyExposure: "cordon-notify-exposure",
  reconcileExposedKeys: "cordon-reconcile-exposed-keys",
  sweep: "cordon-sweep",
  /** The workflow's own, which invokes the three functions. */
  exposedKeyWorkflow: "cordon-exposed-key",
  notifyKeyRotation: "cordon-notify-key-rotation",
  notifyChannels: "cordon-notify-channels",
  testChannels: "cordon-test-channels",
  approve: "cordon-approve",
  askApproval: "cordon-ask-approval",
  approvalPage: "cordon-approval-page",
  /** The workflow's own, which invokes the function that asks and sends to the responders. */
  approvalWorkflow: "cordon-approval",
  notifyDeadLetters: "cordon-notify-dead-letters",
  redrive: "cordon-redrive",
} as const;

/**
 * Names the workflow of approvals before it exists: responders start its runs, and it sends to their
 * queues.
 */
export function approvalWorkflowArn(region: string, securityAccount: string): string {
  return `arn:aws:states:${region}:${securityAccount}:stateMachine:${functionRoleNames.approvalWorkflow}`;
}

export const families: readonly Family[] = [...new Set(playbookIds.flatMap(familiesOf))];

const duties: Readonly<Record<OwnFamily, readonly Duty[]>> = {
  instance: ["contain", "release", "prepare"],
  identity: ["contain", "release", "investigate"],
  posture: ["contain", "release"],
  address: ["contain", "release"],
  resource: ["contain", "release"],
};

/** Lists the roles of a family in every governed account. */
export function dutiesOf(family: Family): readonly Duty[] {
  return duties[sortOf(family)];
}

/** What the deployment knows of its own roles. */
export interface OwnRoles {
  readonly securityAccount: string;
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  readonly rolePath: string;
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
}

/**
 * Lists the ARNs of Cordon's roles in an account and of its functions' roles: of exactly these, since a
 * thief can give a role any other name that begins alike. Roles of rules and runbooks are not among
 * them: services assume them, so that a response to one needs an approval.
 *
 * @param account may be a placeholder for any.
 */
export function ownRoleArns(account: string, own: OwnRoles): readonly string[] {
  const { securityAccount, rolePath, deploymentRole } = own;
  const { respond, ...others } = functionRoleNames;
  const functions = [...playbookIds.map(respond), ...Object.values(others)];
  return [
    ...memberRoleArns(account, rolePath),
    `arn:aws:iam::${account}:role/${deploymentRole}`,
    ...functions.map((name) => `arn:aws:iam::${securityAccount}:role/${name}`),
  ];
}

/** Lists the ARNs of the roles through which Cordon acts in an account. */
export function memberRoleArns(
  account: string,
  rolePath: string,
  of: readonly Family[] = families,
): readonly string[] {
  return of.flatMap((family) =>
    dutiesOf(family).map(
      (duty) => `arn:aws:iam::${account}:role${rolePath}${memberRoleName(family, duty)}`,
    ),
  );
}

/** Checks whether a role is one of Cordon's own. */
export function isOwnRole(arn: string, own: OwnRoles): boolean {
  return ownRoleArns(arn.split(":")[4] ?? "", own).includes(arn);
}
