/** Whose credentials a command works with, and what its user is told when they do not do. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { homeRegion } from "../functions/catalogue/names";
import { parseIncidentId } from "../functions/record/journal";

/** One clear sentence for the user of the command. */
export class UserError extends Error {}

/** Reads an incident's name. @throws UserError where the text is none; `nothing` says what has not happened */
export function readIncidentId(text: string, nothing: string): { key: string; epoch: number } {
  const id = parseIncidentId(text);
  if (id !== undefined) return id;
  throw new UserError(
    `"${text}" is not an incident id: every notice has one, such as 0f3a9c1d2b4e5f60-1. ${nothing}`,
  );
}

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
