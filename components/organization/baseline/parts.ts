/** Composes the member baseline's two parts: once in an account, and once in every region. */
import { type ForwardingArgs, forwarding } from "./forwarding";
import type { BaselinePart } from "./resource";
import { type MemberRolesArgs, memberRolesPart } from "./roles";

export type BaselineArgs = MemberRolesArgs & ForwardingArgs;

/**
 * Builds what exists in the home region alone: the roles of the whole account, and what AWS reports, or
 * needs to be watched, in one region only.
 */
export function globalPart(args: BaselineArgs): BaselinePart {
  return together(memberRolesPart(args), forwarding("exposures", args));
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
  );
}

function together(...parts: readonly BaselinePart[]): BaselinePart {
  return (place) => parts.flatMap((part) => part(place));
}
