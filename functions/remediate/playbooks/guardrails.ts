/** Marks a user or role, and says who can take the deny off it. */
import { principalTags, quarantined } from "../../catalogue/tags";
import { command } from "../../model/command";
import type { PlaybookOptions } from "../playbook";
import { type StepOf, step } from "../steps";
import { principalMarking, type TagPrincipal } from "../steps/tag-principal";

/**
 * Plans the mark of a user or role, which puts it under the guardrails. Of its tags SecurityStatus
 * comes first; a thief may have filled all fifty places, and then nothing guards the deny.
 */
export function markOf(
  {
    tags,
    ...principal
  }: TagPrincipal["principal"] & {
    readonly tags: Readonly<Record<string, string>>;
  },
  after: Parameters<typeof principalMarking>[1],
  guardrails: PlaybookOptions["guardrails"],
): {
  readonly steps: readonly StepOf<"tag-principal">[];
  readonly open: readonly string[];
  readonly residual: readonly string[];
} {
  const marking = principalMarking(tags, after);
  const { type, name } = principal;
  const missing = principalTags.filter((key) => !(key in marking.after));
  if (!("SecurityStatus" in marking.after)) {
    return {
      steps: [],
      open: [
        `IAM has no room for the tag SecurityStatus=${quarantined} on ${type} ${name}, which has 50 others: no service control policy guards the deny. Delete tags that nothing needs: ${command`aws iam untag-${type} --${type}-name=${name} --tag-keys KEY`}`,
      ],
      residual: [removalRisk("unmarked")],
    };
  }
  return {
    steps: [step("tag-principal", { principal, ...marking })],
    open: [],
    residual: [
      removalRisk(guardrails),
      ...(missing.length === 0
        ? []
        : [`IAM has no room for the tags ${missing.join(", ")} on ${type} ${name}.`]),
    ],
  };
}

/** Writes the sentence for the residual risk of a plan that denies a user, or a whole role. */
function removalRisk(guardrails: PlaybookOptions["guardrails"] | "unmarked"): string {
  switch (guardrails) {
    case "unmarked":
      return "Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect.";
    case "all":
      return "Cordon's service control policies keep all other principals of the account, except for break-glass principals and the deployment, from removing the deny.";
    case "some":
      return "Any principal that can change IAM in the account can remove the deny, unless the account is in one of cordon:serviceControlPolicyTargets.";
    case "none":
      return "Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect: attach Cordon's service control policies (cordon:serviceControlPolicy).";
  }
}
