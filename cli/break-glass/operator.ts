/** The responder whose credentials are used, and the account that they belong to. */
import { setTimeout as wait } from "node:timers/promises";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { memberAccount } from "../../functions/aws/sessions";
import type { MemberAccount } from "../../functions/model/member-account";
import type { Waiting } from "../../functions/model/time-limit";

export interface Operator extends Waiting {
  /** ARN of the caller, as STS gives it. */
  readonly by: string;
  /** The account of the credentials: nothing elsewhere is touched. */
  readonly account: string;
  /** The account, as these credentials reach it. */
  readonly member: MemberAccount;
  now(): Date;
}

/**
 * Asks STS in the target's own region who the caller is: the home region may be the one that is down.
 *
 * @throws CredentialsProviderError where there are no credentials
 */
export async function signIn(region: string): Promise<Operator> {
  const sts = new STSClient({ region });
  const [{ Arn = "", Account = "" }, { accessKeyId, secretAccessKey, sessionToken }] =
    await Promise.all([sts.send(new GetCallerIdentityCommand({})), sts.config.credentials()]);
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return {
    by: Arn,
    account: Account,
    member: memberAccount(region, credentials, Account),
    now: () => new Date(),
    sleep: (ms, signal) => wait(ms, undefined, signal && { signal }),
  };
}
