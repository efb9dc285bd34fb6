/** Reads who subscribes to a topic. */
import { paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";
import { clientConfig } from "./client";

/** Lists the e-mail addresses whose owners confirmed it: until then SNS names no ARN. */
export async function confirmedAddresses(
  region: string,
  topicArn: string,
): Promise<readonly string[]> {
  const client = new SNSClient(clientConfig(region));
  const found: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client },
    { TopicArn: topicArn },
  )) {
    for (const { Protocol, Endpoint = "", SubscriptionArn = "" } of Subscriptions) {
      if (Protocol === "email" && SubscriptionArn.startsWith("arn:")) found.push(Endpoint);
    }
  }
  return found;
}
