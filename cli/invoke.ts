/** Invokes a function of Cordon for a person, who needs lambda:InvokeFunction on it and nothing else. */
import { InvokeCommand, LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import { homeRegion } from "../functions/catalogue/names";
import { UserError } from "./caller";

/** @throws UserError saying in one sentence what keeps the caller from it, or that the function failed */
export async function invoke<Report>(functionName: string, request: object): Promise<Report> {
  const client = new LambdaClient({ region: homeRegion });
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }),
    );
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) {
      throw new UserError(
        `The function ${functionName} failed; its log is /aws/lambda/${functionName}. Its answer: ${text}`,
      );
    }
    return JSON.parse(text) as Report;
  } catch (error) {
    throw error instanceof LambdaServiceException
      ? new UserError(helpWith(error, functionName))
      : error;
  }
}

function helpWith(error: LambdaServiceException, functionName: string): string {
  const hint =
    error.name === "ResourceNotFoundException"
      ? "Are these the credentials of the security account, and is Cordon deployed there?"
      : error.name === "AccessDeniedException"
        ? `These credentials need lambda:InvokeFunction on ${functionName} in ${homeRegion}.`
        : "Nothing was changed.";
  return `${functionName} could not be invoked: ${error.message} ${hint}`;
}
