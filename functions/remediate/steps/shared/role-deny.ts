/** Inline policies by which Cordon denies a role's sessions: writes, compares and deletes them. */
import { isDeepStrictEqual } from "node:util";
import { command } from "../../../model/command";
import type { StepKind } from "../../../model/step";

/** A step that leaves one inline policy on a role. */
export interface RoleDeny {
  readonly kind: string;
  readonly role: { readonly name: string; readonly arn: string };
  /** Name of the policy: the incident's, so that no other principal uses it. */
  readonly policy: string;
}

/** Carries out every step whose whole effect is an inline policy with this document. */
export function denyingRole<S extends RoleDeny>(document: (step: S) => object) {
  return {
    undonePart: "credentials",
    cuts: true,
    target: (step) => `${step.role.name} ${step.policy}`,
    // A role that was made again under the name has another id, and perhaps another path.
    adapted: (step, today) => ({ ...step, role: today.role }),
    describeUndo: (step) => `delete the inline policy ${step.policy} of role ${step.role.name}`,
    sides: ({ policy }) => [`no inline policy ${policy}`, `inline policy ${policy} denies them`],
    async inspect(step, account) {
      const current = await account.identity.rolePolicy(step.role.name, step.policy);
      if (current === undefined) return "before";
      return isDeepStrictEqual(current, document(step)) ? "after" : "other";
    },
    async apply(step, account) {
      try {
        await account.identity.putRolePolicy(step.role.name, step.policy, document(step));
      } catch (error) {
        throw isFull(error) ? withoutRoom(step, error) : error;
      }
    },
    undo: (step, account) => account.identity.deleteRolePolicy(step.role.name, step.policy),
    manual: (step) => `Delete the inline policy ${step.policy} of role ${step.role.name}.`,
    permissions: (step) => [
      { actions: ["iam:GetRolePolicy", "iam:PutRolePolicy"], resources: [step.role.arn] },
    ],
    undoPermissions: (step) => [
      { actions: ["iam:DeleteRolePolicy", "iam:GetRolePolicy"], resources: [step.role.arn] },
    ],
  } satisfies Omit<StepKind<S>, "describe" | "widest">;
}

/** Checks for IAM's quota, by the name of the SDK's class and of the wire. */
function isFull(error: unknown): error is Error {
  return error instanceof Error && /^LimitExceeded(Exception)?$/.test(error.name);
}

/** Says what a person can do: to cut off everything that has the role is not Cordon's to decide. */
function withoutRoom({ role: { name } }: RoleDeny, cause: Error): Error {
  const attach = command`aws iam attach-role-policy --role-name=${name} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll`;
  const why = `${cause.message}. Its sessions are alive. To cut off everything that has the role: ${attach}`;
  return Object.assign(new Error(why, { cause }), { name: cause.name });
}
