/**
 * Stands in for AWS Organizations over the accounts of the local organization. Strict: only reads,
 * only from where AWS allows them (the management account and delegated administrators), and every
 * other operation is left to the emulator or refused by name.
 */
import { management, organizationId } from "../accounts";
import type { Membership } from "../iam/membership";
import { type Answer, type ApiCall, ApiError, json, text } from "../wire/protocol";
import type { Administrators } from "./administrators";
import { organizationTree, treeOperations } from "./organization-tree";

/** Answers a read of the organization; undefined for operations this stand-in does not know. */
export function organizations(
  call: ApiCall,
  account: string,
  membership: Membership,
  administrators: Administrators,
): Answer | undefined {
  switch (call.operation) {
    case "DescribeAccount": {
      administrators.require(account);
      const id = text(call.parameters.AccountId) ?? "";
      if (!/^\d{12}$/.test(id)) {
        throw new ApiError("InvalidInputException", `AccountId "${id}" is not a 12-digit number`);
      }
      const found = membership.find(id);
      if (!found) {
        throw new ApiError(
          "AccountNotFoundException",
          "You specified an account that doesn't exist.",
        );
      }
      return json({ Account: describe(found) });
    }
    case "ListAccounts":
      administrators.require(account);
      return json({ Accounts: membership.accounts.map(describe) });
    case "DescribeOrganization":
      if (!membership.has(account)) {
        throw new ApiError(
          "AWSOrganizationsNotInUseException",
          "Your account is not a member of an organization.",
        );
      }
      return json({
        Organization: {
          Id: organizationId,
          Arn: `arn:aws:organizations::${management.id}:organization/${organizationId}`,
          FeatureSet: "ALL",
          MasterAccountId: management.id,
          MasterAccountArn: accountArn(management.id),
          MasterAccountEmail: "management@example.com",
          AvailablePolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }],
        },
      });
    default:
      if (!treeOperations.has(call.operation)) return undefined;
      administrators.require(account);
      return organizationTree(call, membership, describe);
  }
}

function describe(account: {
  readonly id: string;
  readonly name: string;
  readonly state?: "SUSPENDED";
}) {
  return {
    Id: account.id,
    Arn: accountArn(account.id),
    Email: `${account.name}@example.com`,
    Name: account.name,
    Status: account.state ?? "ACTIVE",
    State: account.state ?? "ACTIVE",
    JoinedMethod: "CREATED",
    JoinedTimestamp: 1735689600,
  };
}

function accountArn(id: string): string {
  return `arn:aws:organizations::${management.id}:account/${organizationId}/${id}`;
}
