import { principalTags } from "../../catalogue/tags";
import type { Principal } from "../../model/member-account";
import type { StepKind } from "../../model/step";
import { onlyTags, withoutPath } from "./shared/arns";
import { type Marking, marking, markingStep } from "./shared/marks";

/** Shows on the user or role itself what the journal records. */
export interface TagPrincipal extends Marking {
  readonly kind: "tag-principal";
  readonly principal: Principal & { readonly arn: string };
}

/** Writes the marking of a principal, in the characters that IAM accepts. */
export function principalMarking(
  current: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Marking {
  const accepted = Object.entries(after).map(([key, value]) => [key, tagValue(value)]);
  return marking(current, Object.fromEntries(accepted));
}

/** Writes a tag value as IAM accepts it: at most 256 characters of its own alphabet. */
function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
}

export const tagPrincipal: StepKind<TagPrincipal> = {
  ...markingStep<TagPrincipal>({
    name: ({ principal }) => `${principal.type} ${principal.name}`,
    read: async ({ principal: { type, name } }, { identity }) =>
      (type === "user" ? await identity.user(name) : await identity.role(name))?.tags,
    set: ({ principal }, { identity }, tags) => identity.setPrincipalTags(principal, tags),
    remove: ({ principal }, { identity }, keys) => identity.removePrincipalTags(principal, keys),
  }),
  target: (step) => step.principal.name,
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
