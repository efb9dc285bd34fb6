/** The roles through which responders act in an account: derived from the catalogue, all of them. */

import type { Family } from "../../../functions/catalogue/playbooks";
import { cordonTag } from "../../../functions/catalogue/quarantine-group";
import {
  deployedMemberRoles,
  type MemberRole,
  memberRoleStatements,
  trustPolicy,
  type Untouched,
} from "../../../functions/iam/member-roles";
import { policyDocument } from "../../../functions/model/policy-document";
import type { BaselinePart, BaselinePlace, BaselineResource } from "./resource";

/** Settings shared by every role of the baseline. */
export interface RoleShape {
  /** "/" or "/one/or/more/". */
  readonly rolePath: string;
  /** ARN of a policy of AWS's, or the name of one that exists in every account. */
  readonly permissionsBoundary?: string;
}

export interface MemberRolesArgs extends RoleShape, Untouched {
  readonly organizationId: string;
  readonly externalId: string;
  /** Whether Cordon may block addresses. @default false */
  readonly blocksAddresses?: boolean;
}

/** The roles of some families, by their duties, as far as they are deployed. */
export function memberRolesPart(args: MemberRolesArgs, of: readonly Family[]): BaselinePart {
  const deployed = deployedMemberRoles(args.blocksAddresses === true);
  const roles = deployed.filter(({ family }) => of.includes(family));
  return (place) => roles.map((role) => remediationRole(role, args, place));
}

function remediationRole(
  role: MemberRole,
  args: MemberRolesArgs,
  place: BaselinePlace,
): BaselineResource {
  const { account } = place;
  return {
    id: logicalId(role.name),
    type: "AWS::IAM::Role",
    properties: {
      RoleName: role.name,
      Description: `Lets Cordon ${role.duty} resources of the ${role.family} family`,
      AssumeRolePolicyDocument: trustPolicy(role, args),
      Policies: [
        {
          PolicyName: "derived",
          PolicyDocument: policyDocument(memberRoleStatements(role, account, args)),
        },
      ],
      MaxSessionDuration: 3600,
      Tags: [{ Key: cordonTag, Value: "role" }],
      ...shapeProperties(args, place),
    },
  };
}

/** Writes path and boundary of a role. A boundary must exist in the role's own account. */
export function shapeProperties(
  { rolePath, permissionsBoundary }: RoleShape,
  { account }: BaselinePlace,
): { readonly Path: string; readonly PermissionsBoundary?: string } {
  const boundary = permissionsBoundary?.startsWith("arn:aws:")
    ? permissionsBoundary
    : `arn:aws:iam::${account}:policy/${permissionsBoundary}`;
  return {
    Path: rolePath,
    ...(permissionsBoundary !== undefined && { PermissionsBoundary: boundary }),
  };
}

/** Turns a name into a logical id: "cordon-contain-instance" becomes "CordonContainInstance". */
export function logicalId(name: string): string {
  return name.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase());
}
