/** Sends messages to other teams' queues, of any account and region, by their ARNs. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientConfig } from "./client";

/** Opens a queue of another team: the queue's own policy must allow the function's role. */
export function consumerQueue(arn: string) {
  const [, , , region = "", account, name] = arn.split(":");
  const client = new SQSClient({
    ...clientConfig(region),
    // The URL below is derived from the ARN: requests go to the client's own endpoint.
    useQueueUrlAsEndpoint: false,
  });
  return {
    /** @throws an Error that names the queue, so that its owner can be found */
    async send(message: object): Promise<void> {
      const sent = client.send(
        new SendMessageCommand({
          QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
          MessageBody: JSON.stringify(message),
        }),
      );
      await sent.catch((error: Error) => {
        throw new Error(`The queue ${arn} refused the message: ${error.name}`, { cause: error });
      });
    },
  };
}
