/** Composes the member baseline's parts: two once in an account, one in every region. */
import { sortOf } from "../../../functions/catalogue/playbooks";
import { families } from "../../../functions/iam/member-roles";
import { blockingPart } from "./blocking";
import { type ForwardingArgs, forwarding } from "./forwarding";
import type { BaselinePart } from "./resource";
import { type MemberRolesArgs, memberRolesPart } from "./roles";

export type BaselineArgs = MemberRolesArgs & ForwardingArgs;

/** Families whose steps change settings of resources of any service. */
const ofResources = families.filter((family) => ["posture", "resource"].includes(sortOf(family)));

/**
 * Builds what exists in the home region alone: the roles that contain instances and identities, and what
 * AWS reports, or needs to be watched, in one region only.
 */
export function globalPart(args: BaselineArgs): BaselinePart {
  const others = families.filter((family) => !ofResources.includes(family));
  return together(memberRolesPart(args, others), forwarding("exposures", args));
}

/**
 * Builds the roles that change settings of resources, in the home region alone. They are a part of their
 * own because a template holds 51,200 bytes, and they grow with every control.
 */
export function resourceRolesPart(args: BaselineArgs): BaselinePart {
  return memberRolesPart(args, ofResources);
}

/**
 * Builds what exists in every governed region. It needs nothing of the global part: in an account that
 * joins, AWS does not document which of two StackSets comes first.
 */
export function regionalPart(args: BaselineArgs): BaselinePart {
  return together(
    forwarding("network", args),
    forwarding("drift", args),
    forwarding("compliance", args),
    ...(args.blocksAddresses ? [blockingPart] : []),
  );
}

function together(...parts: readonly BaselinePart[]): BaselinePart {
  return (place) => parts.flatMap((part) => part(place));
}
