import {
  fitting,
  foldCase,
  principalTags,
  quarantined,
  restored,
  restoredTags,
} from "../../catalogue/tags";
import type { MemberAccount, Principal } from "../../model/member-account";
import type { StepKind } from "../../model/step";
import { onlyTags, withoutPath } from "./shared/arns";
import { type Marking, marking, markingStep } from "./shared/marks";
import { isNamesake, NamesakeHit, refuseNamesake } from "./shared/namesake";

/** Shows on the user or role itself what the journal records. */
export interface TagPrincipal extends Marking {
  readonly kind: "tag-principal";
  readonly principal: Principal & {
    readonly arn: string;
    /** Tells the principal from another of the same name; plans of earlier versions have none. */
    readonly uniqueId?: string;
  };
}

/** Writes the marking of a principal: what there is room for, in the characters that IAM accepts. */
export function principalMarking(
  current: Readonly<Record<string, string>>,
  after: Readonly<Record<(typeof principalTags)[number], string>>,
): Marking {
  const room = fitting(principalTags, current, foldCase);
  return marking(
    named(current),
    Object.fromEntries(room.map((key) => [key, tagValue(after[key])])),
  );
}

/** Gives Cordon's tags the names that Cordon gives them: IAM takes other cases for the same, and keeps them. */
function named(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const ours = [...principalTags, ...restoredTags];
  const nameOf = (key: string) => ours.find((own) => foldCase(own) === foldCase(key)) ?? key;
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [nameOf(key), value]));
}

/** Writes a tag value as IAM accepts it: at most 256 characters of its own alphabet. */
function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
}

const marks = markingStep<TagPrincipal>({
  name: ({ principal }) => `${principal.type} ${principal.name}`,
  async read(step, account) {
    const found = await holder(step, account);
    return found && !isNamesake(step.principal, found) ? named(found.tags) : undefined;
  },
  set: ({ principal }, { identity }, tags) => identity.setPrincipalTags(principal, tags),
  remove: ({ principal }, { identity }, keys) => identity.removePrincipalTags(principal, keys),
});

export const tagPrincipal: StepKind<TagPrincipal> = {
  ...marks,
  async apply(step, account) {
    await refuseNamesake(step.principal, () => holder(step, account));
    await marks.apply(step, account);
  },
  // A containment may not untag: the mark that it must not take off others it overwrites here.
  async takeBack(step, account) {
    const { principal, after } = step;
    const found = await holder(step, account);
    if (found === undefined || !isNamesake(principal, found)) return;
    const isOurs = ["SecurityStatus", "CordonIncident"].every(
      (key) => found.tags[key] === after[key],
    );
    if (!isOurs) return;
    await account.identity.setPrincipalTags(principal, { SecurityStatus: restored });
    const others = Object.keys(after).filter((key) => key !== "SecurityStatus");
    throw new NamesakeHit(
      principal,
      found,
      `Cordon set its SecurityStatus to ${quarantined}, and then to ${restored}. Remove its tags ${others.join(", ")}`,
    );
  },
  async undo(step, account, now) {
    await refuseNamesake(step.principal, () => holder(step, account));
    await marks.undo(step, account, now);
  },
  target: (step) => step.principal.name,
  permissions: ({ principal }) => [reading(principal), tagging(principal, "Tag", principalTags)],
  undoPermissions: ({ principal }) => [
    reading(principal),
    tagging(principal, "Tag", [...principalTags, "RestoredAt"]),
    tagging(principal, "Untag", principalTags),
  ],
  widest: [sample("user"), sample("role")],
};

async function holder({ principal: { type, name } }: TagPrincipal, { identity }: MemberAccount) {
  return type === "user" ? await identity.user(name) : await identity.role(name);
}

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
