/**
 * Makes the emulator answer as IAM does about an account's own managed policies. Each check's comment
 * says what the emulator does instead.
 */
import { items, missing } from "../iam/policies";
import { type ApiCall, ApiError, member, text } from "../wire/protocol";
import type { Place, World } from "../world";
import type { StrictCheck } from "./check";
import { requireSize } from "./principals";

/** Characters of a policy, white space left out; and policies of an account whose quota was not raised. */
const sizeLimit = 6_144;
const policyLimit = 1_500;

export const managedPolicyChecks: Readonly<Record<string, StrictCheck>> = {
  // Takes any size and number, and a name again under another path or in other letters.
  "iam:CreatePolicy": async (call, place, world) => {
    await requireManagedSize(call);
    const name = text(call.parameters.PolicyName) ?? "";
    const answer = await read("ListPolicies", { Scope: "Local", MaxItems: "1000" }, place, world);
    const names = items(member(answer, "Policies")).map((each) => text(member(each, "PolicyName")));
    if (names.some((each) => each?.toLowerCase() === name.toLowerCase())) {
      throw new ApiError(
        "EntityAlreadyExists",
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
        409,
      );
    }
    if (names.length >= policyLimit) {
      throw new ApiError(
        "LimitExceeded",
        `Cannot exceed quota for PoliciesPerAccount: ${policyLimit}`,
        409,
      );
    }
  },
  "iam:CreatePolicyVersion": requireManagedSize,
  // Deletes a policy with its versions, whoever has it.
  "iam:DeletePolicy": async (call, place, world) => {
    const of = { PolicyArn: text(call.parameters.PolicyArn) ?? "" };
    const [entities, versions] = await Promise.all([
      read("ListEntitiesForPolicy", of, place, world),
      read("ListPolicyVersions", of, place, world),
    ]);
    const holders = ["PolicyRoles", "PolicyUsers", "PolicyGroups"].flatMap((kind) =>
      items(member(entities, kind)),
    );
    if (holders.length > 0) throw conflict("Cannot delete a policy attached to entities.");
    if (items(member(versions, "Versions")).length > 1) {
      throw conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
  },
};

async function read(
  action: string,
  parameters: Readonly<Record<string, string>>,
  { account }: Place,
  { state }: World,
): Promise<unknown> {
  const answer = await state
    .query({ account, region: "us-east-1" }, "iam", action, { ...parameters })
    .catch(missing);
  return member(answer, `${action}Result`);
}

async function requireManagedSize({ parameters }: ApiCall): Promise<void> {
  requireSize(text(parameters.PolicyDocument) ?? "", sizeLimit, "PolicySize");
}

function conflict(message: string): ApiError {
  return new ApiError("DeleteConflict", message, 409);
}
