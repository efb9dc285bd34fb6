/**
 * Policies by which Cordon denies a role's sessions: inline, or managed where the role has no room for
 * another inline one. Writes, compares and deletes them.
 */
import { isDeepStrictEqual } from "node:util";
import { denyPolicyArn, denyPolicyPath } from "../../../catalogue/deny-policies";
import { command } from "../../../model/command";
import type { Fit, Identity } from "../../../model/member-account";
import { NotVisibleYet } from "../../../model/not-visible-yet";
import type { StepKind } from "../../../model/step";
import { withoutPath } from "./arns";

/** A step that leaves one policy on a role. */
export interface RoleDeny {
  readonly kind: string;
  readonly role: { readonly name: string; readonly arn: string };
  /** Name of the policy: the incident's, so that no other principal uses it. */
  readonly policy: string;
}

/** What a step's managed policy is at the moment. */
interface Managed {
  /** Of its default version; undefined where there is no such policy. */
  readonly document: object | undefined;
  readonly isAttached: boolean;
}

/**
 * Carries out every step whose whole effect is a policy with this document.
 *
 * @param wroteEarlier checks whether an earlier run of the incident wrote a document, where each run
 *   writes another one. @default none did
 */
export function denyingRole<S extends RoleDeny>(
  document: (step: S) => object,
  wroteEarlier?: (step: S, found: object) => boolean,
) {
  const isWanted = (step: S, found: object | undefined) => isDeepStrictEqual(found, document(step));
  const isOwn = (step: S, found: object | undefined): found is object =>
    found !== undefined && (isWanted(step, found) || wroteEarlier?.(step, found) === true);

  /** Makes the managed policy, or finds the one that a run that died has made. */
  const provide = async (step: S, identity: Identity): Promise<Fit> => {
    const arn = managedArn(step);
    const wanted = document(step);
    const made = await identity.createPolicy(denyPolicyPath, step.policy, wanted);
    if (made !== "exists") return made;
    // Whoever knows the name may have made it first: nothing is attached unread.
    const found = await identity.managedPolicy(arn);
    if (isWanted(step, found)) return "done";
    if (isOwn(step, found)) return identity.replacePolicy(arn, wanted);
    throw found === undefined
      ? new NotVisibleYet(
          `IAM says that the policy ${step.policy} exists, and does not show it as ${arn}. ${byHand(step)}`,
        )
      : fail(
          "EntityAlreadyExistsException",
          `Role ${step.role.name} has no room for an inline policy, and ${arn} is not the policy that Cordon writes. ${byHand(step)}`,
        );
  };

  return {
    undonePart: "credentials",
    cuts: true,
    target: (step) => `${step.role.name} ${step.policy}`,
    // A role that was made again under the name has another id, and perhaps another path.
    adapted: (step, today) => ({ ...step, role: today.role }),
    describeUndo: (step) => `delete the policy ${step.policy} of role ${step.role.name}`,
    sides: ({ policy }) => [
      `no policy ${policy}`,
      `inline policy ${policy} denies them; where the role has no room for it, a managed one`,
    ],
    async inspect(step, { identity }) {
      const inline = await identity.rolePolicy(step.role.name, step.policy);
      if (isWanted(step, inline)) return "after";
      const managed = await readManaged(step, identity);
      if (managed.isAttached && isWanted(step, managed.document)) return "after";
      const onRole = [inline, ...(managed.isAttached ? [managed.document] : [])];
      if (onRole.some((found) => found !== undefined && !isOwn(step, found))) return "other";
      // One that is not attached denies nothing: made by a run that died, or by somebody else.
      const isLeft = inline !== undefined || managed.isAttached || isOwn(step, managed.document);
      return isLeft ? "half" : "before";
    },
    async apply(step, { identity }) {
      const { role, policy } = step;
      if ((await identity.putRolePolicy(role.name, policy, document(step))) === "done") return;
      const made = await provide(step, identity);
      if (made === "quota") throw withoutRoom(step);
      const attached = await identity.attachRolePolicy(role.name, managedArn(step));
      if (attached === "quota") throw withoutRoom(step);
      if (attached === "missing") {
        throw new NotVisibleYet(`IAM does not show the policy ${policy} yet. ${byHand(step)}`);
      }
    },
    async undo(step, { identity }) {
      const { role, policy } = step;
      const arn = managedArn(step);
      const [managed] = await Promise.all([
        identity.managedPolicy(arn),
        identity.deleteRolePolicy(role.name, policy),
      ]);
      // A policy of this name with other contents is not ours to delete.
      if (!isOwn(step, managed)) return;
      await identity.detachRolePolicy(role.name, arn);
      if ((await identity.deletePolicy(arn)) === "in use") throw new LeftOver(step);
    },
    manual: ({ role, policy }) =>
      `Delete the inline policy ${policy} of role ${role.name}; if a managed policy ${policy} is attached to it, detach and delete that.`,
    permissions: (step) => [
      {
        actions: ["iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:PutRolePolicy"],
        resources: [withoutPath(step.role.arn)],
      },
      {
        actions: ["iam:AttachRolePolicy"],
        resources: [withoutPath(step.role.arn)],
        ...onlyManaged(step),
      },
      {
        actions: [
          "iam:CreatePolicy",
          ...(wroteEarlier === undefined ? [] : ["iam:CreatePolicyVersion"]),
          "iam:GetPolicy",
          "iam:GetPolicyVersion",
        ],
        resources: [managedArn(step)],
      },
    ],
    undoPermissions: (step) => [
      {
        actions: ["iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
        resources: [withoutPath(step.role.arn)],
      },
      {
        actions: ["iam:DetachRolePolicy"],
        resources: [withoutPath(step.role.arn)],
        ...onlyManaged(step),
      },
      {
        actions: [
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:GetPolicy",
          "iam:GetPolicyVersion",
          "iam:ListPolicyVersions",
        ],
        resources: [managedArn(step)],
      },
    ],
  } satisfies Omit<StepKind<S>, "describe" | "widest">;
}

/** The role has its access back, and something of Cordon's stays in the account. */
export class LeftOver extends Error {
  // As IAM calls it: it may be only that it does not show yet what was just detached.
  override readonly name = "DeleteConflictException";
  constructor(step: RoleDeny) {
    const arn = managedArn(step);
    super(
      `it is detached from role ${step.role.name}, and IAM does not delete it while it is attached to others: ${command`aws iam list-entities-for-policy --policy-arn=${arn}`}`,
    );
  }
}

/** Reads the managed policy; where there is none, the role is not asked. */
async function readManaged(step: RoleDeny, identity: Identity): Promise<Managed> {
  const arn = managedArn(step);
  const document = await identity.managedPolicy(arn);
  if (document === undefined) return { document, isAttached: false };
  const attached = await identity.attachedRolePolicies(step.role.name, denyPolicyPath);
  return { document, isAttached: attached.includes(arn) };
}

function managedArn({ role, policy }: RoleDeny): string {
  return denyPolicyArn(role.arn.split(":")[4] ?? "", policy);
}

function onlyManaged(step: RoleDeny) {
  return { conditions: { ArnLike: { "iam:PolicyARN": managedArn(step) } } };
}

/** Says what a person can do: to cut off everything that has the role is not Cordon's to decide. */
function withoutRoom(step: RoleDeny): Error {
  return fail(
    "LimitExceededException",
    `Role ${step.role.name} has no room for another policy, inline or managed. ${byHand(step)}`,
  );
}

function byHand({ role: { name } }: RoleDeny): string {
  // No quota keeps a boundary from a role, as one may keep AWSDenyAll attached.
  const bound = command`aws iam put-role-permissions-boundary --role-name=${name} --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll`;
  return `Its sessions are alive. To cut off everything that has the role: ${bound}, which replaces the boundary that it may have`;
}

function fail(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
