/** Sends JSON to other teams' queues and topics, of any account and region, by their ARNs. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ChannelRefused } from "../notify/channel";
import { clientConfig } from "./client";
import { isFinal } from "./errors";

type Values = Readonly<Record<string, string | number>>;

export async function sendToQueue(arn: string, body: string, values: Values): Promise<void> {
  const [, , , region = "", account, name] = arn.split(":");
  const client = new SQSClient({
    ...clientConfig(region),
    // The URL below is derived from the ARN: requests go to the client's own endpoint.
    useQueueUrlAsEndpoint: false,
  });
  await client
    .send(
      new SendMessageCommand({
        QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
        MessageBody: body,
        MessageAttributes: attributes(values),
      }),
    )
    .catch((error: Error) => fail(`The queue ${arn}`, error));
}

export async function publishToTopic(arn: string, body: string, values: Values): Promise<void> {
  const client = new SNSClient(clientConfig(arn.split(":")[3] ?? ""));
  await client
    .send(
      new PublishCommand({
        TopicArn: arn,
        Message: body,
        MessageAttributes: attributes(values),
      }),
    )
    .catch((error: Error) => fail(`The topic ${arn}`, error));
}

function attributes(values: Values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { DataType: typeof value === "number" ? "Number" : "String", StringValue: String(value) },
    ]),
  );
}

/** Codes of SQS and SNS for what is not there, admits nobody, or takes no such message. */
const refusals =
  /^(AuthorizationError|Invalid(Parameter|Security|MessageContents|Address)|MissingParameter|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)/;

function fail(who: string, error: Error): never {
  const why = `${who} refused the message: ${error.name}`;
  // So begin KMS's codes: the key's policy does not admit the function.
  const isKey = /^kms(?!thrott)/i.test(error.name);
  const isRefused = isKey || isFinal(error) || refusals.test(error.name);
  throw isRefused ? new ChannelRefused(why) : new Error(why, { cause: error });
}
