/** Inline policies by which Cordon denies a role's sessions: writes, compares and deletes them. */
import { isDeepStrictEqual } from "node:util";
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
    describeUndo: (step) => `delete the inline policy ${step.policy} of role ${step.role.name}`,
    async inspect(step, account) {
      const current = await account.identity.rolePolicy(step.role.name, step.policy);
      if (current === undefined) return "before";
      return isDeepStrictEqual(current, document(step)) ? "after" : "other";
    },
    apply: (step, account) =>
      account.identity.putRolePolicy(step.role.name, step.policy, document(step)),
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
