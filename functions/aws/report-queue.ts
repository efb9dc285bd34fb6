/** Sends messages to queues that are named by their ARNs, in whichever account and region. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientConfig } from "./client";

/** Opens a queue of another team: its own policy must admit the function's role. */
export function reportQueue(arn: string) {
  const [, , , region = "", account, name] = arn.split(":");
  const client = new SQSClient({
    ...clientConfig(region),
    // The URL is only put together: the client's own endpoint is the one to ask.
    useQueueUrlAsEndpoint: false,
  });
  return {
    /** @throws naming the queue, so that its owner is found */
    async send(message: object): Promise<void> {
      const sent = client.send(
        new SendMessageCommand({
          QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
          MessageBody: JSON.stringify(message),
        }),
      );
      await sent.catch((error: Error) => {
        throw new Error(`The queue ${arn} took no report: ${error.name}`, { cause: error });
      });
    },
  };
}
