/** Runs of the workflow for exposed keys. */
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { clientConfig } from "./client";
import { hasCode } from "./errors";

export function workflow(region: string, stateMachineArn: string) {
  const client = new SFNClient(clientConfig(region));
  return {
    /**
     * Starts a run; false when one of this name has run within 90 days, which is no error.
     *
     * @param name at most 80 letters, digits, - and _
     */
    async start(name: string, event: object): Promise<boolean> {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(event) }),
        );
        return true;
      } catch (error) {
        if (hasCode(error, "ExecutionAlreadyExists")) return false;
        throw error;
      }
    },
  };
}
