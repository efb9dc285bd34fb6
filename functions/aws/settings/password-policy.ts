/**
 * The account's password policy for its users; null where it has none. Wanted is what it has, made as strict
 * as the controls of Security Hub ask: never less strict than before.
 */
import {
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicyCommand,
  IAMClient,
  type PasswordPolicy,
  UpdateAccountPasswordPolicyCommand,
} from "@aws-sdk/client-iam";
import { memberConfig } from "../client";
import { noSuchEntity, orUndefined, tolerate } from "../errors";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new IAMClient(memberConfig(region, credentials));
  return {
    async read() {
      const found = await orUndefined(
        client.send(new GetAccountPasswordPolicyCommand({})),
        ...noSuchEntity,
      );
      const { PasswordPolicy } = found ?? {};
      return {
        value: PasswordPolicy === undefined ? null : policyOf(PasswordPolicy),
        wanted: stricter(policyOf(PasswordPolicy ?? {})),
        tags: {},
      };
    },
    async write(_account, value) {
      if (value === null) {
        await tolerate(client.send(new DeleteAccountPasswordPolicyCommand({})), ...noSuchEntity);
        return;
      }
      const { MaxPasswordAge, PasswordReusePrevention, ...policy } = value as unknown as Policy;
      // What the call does not name, IAM sets to its default: no age, and no former passwords.
      await client.send(
        new UpdateAccountPasswordPolicyCommand({
          ...policy,
          ...(MaxPasswordAge !== null && { MaxPasswordAge }),
          ...(PasswordReusePrevention !== null && { PasswordReusePrevention }),
        }),
      );
    },
  };
};

type Policy = ReturnType<typeof policyOf>;

function policyOf(policy: Partial<PasswordPolicy>) {
  return {
    AllowUsersToChangePassword: policy.AllowUsersToChangePassword === true,
    HardExpiry: policy.HardExpiry === true,
    MaxPasswordAge: policy.MaxPasswordAge || null,
    // IAM's default.
    MinimumPasswordLength: policy.MinimumPasswordLength ?? 6,
    PasswordReusePrevention: policy.PasswordReusePrevention || null,
    RequireLowercaseCharacters: policy.RequireLowercaseCharacters === true,
    RequireNumbers: policy.RequireNumbers === true,
    RequireSymbols: policy.RequireSymbols === true,
    RequireUppercaseCharacters: policy.RequireUppercaseCharacters === true,
  };
}

function stricter(policy: Policy): Policy {
  return {
    ...policy,
    MinimumPasswordLength: Math.max(policy.MinimumPasswordLength, 14),
    PasswordReusePrevention: Math.max(policy.PasswordReusePrevention ?? 0, 24),
    RequireLowercaseCharacters: true,
    RequireNumbers: true,
    RequireSymbols: true,
    RequireUppercaseCharacters: true,
  };
}
