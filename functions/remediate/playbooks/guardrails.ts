/** Says who can take a deny off a contained user or role. */
import type { PlaybookOptions } from "../playbook";

/** Writes the sentence for the residual risk of a plan that denies a user, or a whole role. */
export function removalRisk(guardrails: PlaybookOptions["guardrails"]): string {
  switch (guardrails) {
    case "all":
      return "Cordon's service control policies keep all other principals of the account, except for break-glass principals and the deployment, from removing the deny.";
    case "some":
      return "Any principal that can change IAM in the account can remove the deny, unless the account is in one of cordon:serviceControlPolicyTargets.";
    case "none":
      return "Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect: attach Cordon's service control policies (cordon:serviceControlPolicy).";
  }
}
