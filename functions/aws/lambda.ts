/** Invokes functions of Cordon's own. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { clientConfig } from "./client";

export function functionCaller(region: string, FunctionName: string) {
  // The answer to a change must not be lost and asked for again: each try would be a call of its own.
  const client = new LambdaClient({ ...clientConfig(region), maxAttempts: 1 });
  return {
    /** @throws when the function could not be called, or failed */
    async call(request: object): Promise<unknown> {
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
      );
      const text = Buffer.from(Payload ?? []).toString();
      if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${text}`);
      return JSON.parse(text);
    },
  };
}
