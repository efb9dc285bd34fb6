import { isDeepStrictEqual } from "node:util";
import { quarantined } from "../../catalogue/tags";
import { command } from "../../model/command";
import type { MemberAccount } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { StepKind } from "../../model/step";
import { withoutPath } from "./shared/arns";
import { isNamesake, NamesakeHit, refuseNamesake } from "./shared/namesake";

/**
 * Denies a user everything: by AWS's own managed policy where a place for one is left, else inline,
 * else as the permissions boundary. Unlike a disabled key it also ends the sessions that the user's
 * keys have made, and it knows no time: an hour later a stolen session is as dead as now.
 */
export interface DenyUser {
  readonly kind: "deny-user";
  readonly user: {
    readonly name: string;
    readonly arn: string;
    /** Tells the user from another of the same name; plans of earlier versions have none. */
    readonly uniqueId?: string;
  };
  /** Name of the inline policy, should it come to that. */
  readonly policy: string;
  /** ARN of the permissions boundary the user had; null for none. */
  readonly boundary: string | null;
}

/** The same in every account; only AWS can edit it. */
export const denyAllArn = "arn:aws:iam::aws:policy/AWSDenyAll";

const denyAll = {
  Version: "2012-10-17",
  Statement: [{ Sid: "CordonAll", Effect: "Deny", Action: "*", Resource: "*" }],
};

/** Checks whether an inline policy is the one this step writes, for whatever incident. */
export function isDenyAll(document: object | undefined): boolean {
  return isDeepStrictEqual(document, denyAll);
}

export const denyUser: StepKind<DenyUser> = {
  undonePart: "credentials",
  cuts: true,
  target: (step) => step.user.name,
  describe: (step) => `deny user ${step.user.name} all actions`,
  describeUndo: (step) => `remove the deny of user ${step.user.name}`,
  sides: ({ boundary, policy }) => [
    `permissions boundary: ${boundary ?? "none"}; AWSDenyAll not attached`,
    `AWSDenyAll attached; where it has no room, as inline policy ${policy} or as permissions boundary`,
  ],
  // "other" means that no deny of Cordon's is in effect any more.
  regained: async () => true,
  async inspect(step, account) {
    const { user, attached, inline } = await read(step, account);
    if (user === undefined || isNamesake(step.user, user)) return "gone";
    if (attached || isDenyAll(inline) || user.boundary === denyAllArn) return "after";
    const untouched = inline === undefined && (user.boundary ?? null) === step.boundary;
    return untouched ? "before" : "other";
  },
  async apply(step, account) {
    const { identity } = account;
    const { name } = step.user;
    await refuseNamesake(step.user, () => identity.user(name));
    if ((await identity.attachPolicy(name, denyAllArn)) === "done") return;
    if ((await identity.putUserPolicy(name, step.policy, denyAll)) === "done") return;
    await identity.setBoundary(name, denyAllArn);
  },
  async takeBack(step, account) {
    const { user, attached, inline } = await read(step, account);
    if (user === undefined || !isNamesake(step.user, user)) return;
    const hit = (what: string) => new NamesakeHit(step.user, user, what);
    // Its earlier boundary is not known, nor may a containment delete policies: a person must act.
    if (isDenyAll(inline)) throw hit(`Cordon denied it all actions: ${denyUser.manual(step)}`);
    // A user who is marked is denied by an incident of its own.
    if (!attached || user.tags.SecurityStatus === quarantined) return;
    try {
      await account.identity.detachPolicy(step.user.name, denyAllArn);
    } catch (error) {
      throw hit(
        `Cordon attached AWSDenyAll to it, and could not detach it (${errorText(error)}): ${command`aws iam detach-user-policy --user-name=${step.user.name} --policy-arn ${denyAllArn}`}`,
      );
    }
    throw hit("Cordon attached AWSDenyAll to it, and detached it again");
  },
  async undo(step, account) {
    const { identity } = account;
    const { name } = step.user;
    const { user, attached, inline } = await read(step, account);
    await refuseNamesake(step.user, async () => user);
    // The ways in the order of apply, backwards: a death in between leaves the user denied.
    if (user?.boundary === denyAllArn) await identity.setBoundary(name, step.boundary ?? undefined);
    // A policy of this name with other contents is not ours to delete.
    if (isDenyAll(inline)) await identity.deleteUserPolicy(name, step.policy);
    if (attached) await identity.detachPolicy(name, denyAllArn);
  },
  manual: (step) =>
    `Detach AWSDenyAll from user ${step.user.name}; if there is an inline policy ${step.policy}, delete it; if AWSDenyAll is the permissions boundary, ${step.boundary === null ? "delete the boundary" : `put back ${step.boundary}`}.`,
  permissions: (step) => [
    on(step, "iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"),
    { ...on(step, "iam:AttachUserPolicy"), ...onlyDenyAll("iam:PolicyARN") },
    on(step, "iam:PutUserPolicy"),
    { ...on(step, "iam:PutUserPermissionsBoundary"), ...onlyDenyAll("iam:PermissionsBoundary") },
    // Only off a user whom no containment has ever marked.
    {
      ...on(step, "iam:DetachUserPolicy"),
      conditions: {
        ...onlyDenyAll("iam:PolicyARN").conditions,
        Null: { "aws:ResourceTag/SecurityStatus": "true" },
      },
    },
  ],
  undoPermissions: (step) => [
    on(step, "iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"),
    { ...on(step, "iam:DetachUserPolicy"), ...onlyDenyAll("iam:PolicyARN") },
    on(step, "iam:DeleteUserPolicy"),
    // Of DeleteUserPermissionsBoundary the key is the current boundary, of Put the new one:
    // only ours is taken away, and only the earlier one put back.
    step.boundary === null
      ? {
          ...on(step, "iam:DeleteUserPermissionsBoundary"),
          ...onlyDenyAll("iam:PermissionsBoundary"),
        }
      : {
          ...on(step, "iam:PutUserPermissionsBoundary"),
          conditions: { ArnLike: { "iam:PermissionsBoundary": step.boundary } },
        },
  ],
  widest: [sample(null), sample("arn:aws:iam::*:policy/*")],
};

function sample(boundary: string | null): DenyUser {
  return {
    kind: "deny-user",
    user: { name: "*", arn: "arn:aws:iam::*:user/*" },
    policy: "*",
    boundary,
  };
}

function on(step: DenyUser, ...actions: string[]) {
  return { actions, resources: [withoutPath(step.user.arn)] };
}

function onlyDenyAll(key: string) {
  return { conditions: { ArnEquals: { [key]: denyAllArn } } };
}

async function read(step: DenyUser, { identity }: MemberAccount) {
  const [user, policies, inline] = await Promise.all([
    identity.user(step.user.name),
    identity.attachedPolicies(step.user.name),
    identity.userPolicy(step.user.name, step.policy),
  ]);
  return { user, attached: policies.includes(denyAllArn), inline };
}
