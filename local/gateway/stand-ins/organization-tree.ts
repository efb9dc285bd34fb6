/**
 * Stands in for the operations of AWS Organizations that read the root, its units and which account
 * is where. Strict as the stand-in it belongs to, which asks who calls.
 */
import {
  management,
  type OrganizationalUnit,
  organizationalUnits,
  organizationId,
  rootId,
} from "../accounts";
import type { Membership } from "../iam/membership";
import { type Answer, type ApiCall, ApiError, json, text } from "../wire/protocol";

export const treeOperations: ReadonlySet<string> = new Set([
  "DescribeOrganizationalUnit",
  "ListAccountsForParent",
  "ListOrganizationalUnitsForParent",
  "ListParents",
  "ListRoots",
]);

/** Answers one of these; undefined for any other operation. */
export function organizationTree(
  call: ApiCall,
  membership: Membership,
  describeAccount: (account: { readonly id: string; readonly name: string }) => object,
): Answer | undefined {
  const { parameters } = call;
  switch (call.operation) {
    case "ListRoots":
      return json({
        Roots: [
          {
            Id: rootId,
            Arn: arnOf(`root/${organizationId}/${rootId}`),
            Name: "Root",
            PolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }],
          },
        ],
      });
    case "ListAccountsForParent": {
      const parent = requireParent(text(parameters.ParentId) ?? "");
      const within = membership.accounts.filter(({ id }) => membership.parentOf(id) === parent);
      return json({ Accounts: within.map(describeAccount) });
    }
    case "ListOrganizationalUnitsForParent": {
      const parent = requireParent(text(parameters.ParentId) ?? "");
      const units = parent === rootId ? organizationalUnits : [];
      return json({ OrganizationalUnits: units.map(describe) });
    }
    case "ListParents": {
      const child = text(parameters.ChildId) ?? "";
      const unit = organizationalUnits.find(({ id }) => id === child);
      const parent = unit ? rootId : membership.parentOf(child);
      if (parent === undefined) {
        throw new ApiError(
          "ChildNotFoundException",
          "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
        );
      }
      const type = parent === rootId ? "ROOT" : "ORGANIZATIONAL_UNIT";
      return json({ Parents: [{ Id: parent, Type: type }] });
    }
    case "DescribeOrganizationalUnit": {
      const id = text(parameters.OrganizationalUnitId) ?? "";
      const unit = organizationalUnits.find((candidate) => candidate.id === id);
      if (!unit) {
        throw new ApiError(
          "OrganizationalUnitNotFoundException",
          "We can't find an OU with the OrganizationalUnitId that you specified.",
        );
      }
      return json({ OrganizationalUnit: describe(unit) });
    }
    default:
      return undefined;
  }
}

function requireParent(id: string): string {
  if (id === rootId || organizationalUnits.some((unit) => unit.id === id)) return id;
  throw new ApiError(
    "ParentNotFoundException",
    "We can't find a root or OU with the ParentId that you specified.",
  );
}

function describe({ id, name }: OrganizationalUnit) {
  return { Id: id, Arn: arnOf(`ou/${organizationId}/${id}`), Name: name };
}

function arnOf(resource: string): string {
  return `arn:aws:organizations::${management.id}:${resource}`;
}
