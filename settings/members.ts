/** The settings of the member baseline: which accounts get it, by what means, and under which limits. */
import {
  between,
  boundary,
  listOf,
  matching,
  oneOf,
  type Read,
  refusal,
  rolePath,
  unit,
} from "./values";

/** Settings of how Cordon's roles and forwarding reach the governed accounts. */
export interface MemberSettings {
  readonly memberDeployment: "stack-sets" | "direct";
  /** Ids of the root or of organizational units that the StackSets deploy to. */
  readonly organizationalUnits: readonly string[];
  /** IAM path of every role of the baseline, "/" or "/one/or/more/". */
  readonly rolePath: string;
  /** ARN of a policy of AWS's, or the name of one that exists in every account. */
  readonly permissionsBoundary?: string;
  /** Of the accounts of a region: how many may fail before CloudFormation stops there. */
  readonly failureTolerancePercentage: number;
  /** Of the accounts of a region: how many CloudFormation works on at one time. */
  readonly maxConcurrentPercentage: number;
  readonly governManagementAccount: boolean;
}

export const memberKeys = [
  "memberDeployment",
  "organizationalUnits",
  "rolePath",
  "permissionsBoundary",
  "failureTolerancePercentage",
  "maxConcurrentPercentage",
  "governManagementAccount",
] as const satisfies readonly (keyof MemberSettings)[];

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readMembers(text: Read): MemberSettings {
  const memberDeployment = oneOf(
    "memberDeployment",
    ["stack-sets", "direct"],
    text("memberDeployment"),
  );
  const organizationalUnits = listOf("organizationalUnits", unit, text("organizationalUnits"));
  if (memberDeployment === "stack-sets" && organizationalUnits.length === 0) {
    throw refusal(
      "organizationalUnits",
      "a list of at least one root or organizational unit where cordon:memberDeployment is stack-sets",
      organizationalUnits,
    );
  }
  const permissionsBoundary = matching(
    "permissionsBoundary",
    boundary,
    text("permissionsBoundary"),
  );
  return {
    memberDeployment,
    organizationalUnits,
    rolePath: matching("rolePath", rolePath, text("rolePath")),
    ...(permissionsBoundary !== "none" && { permissionsBoundary }),
    failureTolerancePercentage: between(
      "failureTolerancePercentage",
      0,
      100,
      text("failureTolerancePercentage"),
    ),
    maxConcurrentPercentage: between(
      "maxConcurrentPercentage",
      1,
      100,
      text("maxConcurrentPercentage"),
    ),
    governManagementAccount:
      oneOf("governManagementAccount", ["true", "false"], text("governManagementAccount")) ===
      "true",
  };
}

/**
 * Names, as a pattern after `role/`, the roles of the baseline that have a path of their
 * own: protected like a break-glass principal, for `cordon-*` alone does not match them.
 */
export function ownRolesAt(path: string): readonly string[] {
  return path === "/" ? [] : [`${path.slice(1)}cordon-*`];
}
