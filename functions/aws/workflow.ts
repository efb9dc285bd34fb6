/** Runs of workflows, and answers to those that wait for one. */
import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { clientConfig } from "./client";
import { hasCode } from "./errors";

export function workflow(region: string, stateMachineArn: string) {
  const client = new SFNClient(clientConfig(region));
  return {
    /**
     * Starts a run; false when one of this name has run within 90 days, which is no error. One that
     * still runs with the same input is the same run.
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

/** Opens the answers to tasks that wait with a token, which AWS grants on no resource. */
export function waitingTasks(region: string) {
  const client = new SFNClient(clientConfig(region));
  return {
    /** Ends a task's wait; false where nothing waits with this token any more. */
    async succeed(taskToken: string, output: object): Promise<boolean> {
      try {
        await client.send(
          new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }),
        );
        return true;
      } catch (error) {
        if (hasCode(error, "TaskTimedOut", "TaskDoesNotExist", "InvalidToken")) return false;
        throw error;
      }
    },
  };
}
