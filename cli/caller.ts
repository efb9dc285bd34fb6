/** Whose credentials a command works with, and what its user is told when they do not do. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { homeRegion } from "../functions/catalogue/names";

/** One clear sentence for the user of the command. */
export class UserError extends Error {}

/** Asks STS who the caller is, which needs no permission. */
export async function callerArn(): Promise<string> {
  const sts = new STSClient({ region: homeRegion });
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  return Arn;
}

/** @param nothing what has not happened, as a sentence */
export async function withCredentials<T>(call: () => Promise<T>, nothing: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if ((error as Error).name !== "CredentialsProviderError") throw error;
    throw new UserError(
      `There are no credentials: use those of the security account, for example by AWS_PROFILE. ${(error as Error).message}. ${nothing}`,
    );
  }
}
