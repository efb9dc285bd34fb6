import type { Finding } from "../../model/finding";
import type { Principal } from "../../model/member-account";
import type { StepKind } from "../../model/step";
import { onlyTags, withoutPath } from "./shared/arns";
import { type Marking, restoration, restoreByHand, standingOf } from "./shared/marks";

/** Repeats on the user or role, for people, what the journal knows. */
export interface TagPrincipal extends Marking {
  readonly kind: "tag-principal";
  readonly principal: Principal & { readonly arn: string };
}

/** Writes the tags of a principal that an incident has contained. */
export function containedTags(
  incidentId: string,
  finding: Finding,
  now: Date,
): Record<(typeof principalTags)[number], string> {
  return {
    SecurityStatus: "Contained",
    ContainedAt: now.toISOString(),
    CordonIncident: incidentId,
    FindingId: tagValue(finding.id),
    FindingType: tagValue(finding.type),
  };
}

/** Every key that containment may set. */
export const principalTags = [
  "SecurityStatus",
  "ContainedAt",
  "CordonIncident",
  "FindingId",
  "FindingType",
] as const;

/** Writes a tag value within what IAM takes: 256 characters of its own alphabet. */
function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
}

export const tagPrincipal: StepKind<TagPrincipal> = {
  target: (step) => step.principal.name,
  describe: (step) =>
    `tag ${step.principal.type} ${step.principal.name} SecurityStatus=${step.after.SecurityStatus}`,
  async inspect({ principal, ...step }, { identity }) {
    const found =
      principal.type === "user"
        ? await identity.user(principal.name)
        : await identity.role(principal.name);
    return found === undefined ? "gone" : standingOf(step, found.tags);
  },
  apply: (step, account) => account.identity.setPrincipalTags(step.principal, step.after),
  async undo(step, account, now) {
    const { remove, set } = restoration(step, now);
    await account.identity.removePrincipalTags(step.principal, remove);
    await account.identity.setPrincipalTags(step.principal, set);
  },
  manual: (step) => restoreByHand(`${step.principal.type} ${step.principal.name}`, step),
  permissions: ({ principal }) => [reading(principal), tagging(principal, "Tag", principalTags)],
  undoPermissions: ({ principal }) => [
    reading(principal),
    tagging(principal, "Tag", [...principalTags, "RestoredAt"]),
    tagging(principal, "Untag", principalTags),
  ],
  widest: [sample("user"), sample("role")],
};

function sample(type: Principal["type"]): TagPrincipal {
  return {
    kind: "tag-principal",
    principal: { type, name: "*", arn: `arn:aws:iam::*:${type}/*` },
    before: {},
    after: {},
  };
}

function reading({ type, arn }: TagPrincipal["principal"]) {
  return {
    actions: [type === "user" ? "iam:GetUser" : "iam:GetRole"],
    resources: [withoutPath(arn)],
  };
}

function tagging(
  { type, arn }: TagPrincipal["principal"],
  verb: "Tag" | "Untag",
  keys: readonly string[],
) {
  return {
    actions: [`iam:${verb}${type === "user" ? "User" : "Role"}`],
    resources: [withoutPath(arn)],
    conditions: onlyTags(keys),
  };
}
