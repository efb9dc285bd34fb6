/** Whether SQS encrypts the messages of a queue with keys of its own; the key where it uses one of KMS. */
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new SQSClient(memberConfig(region, credentials));
  const urlOf = (QueueName: string) =>
    orUndefined(
      client.send(new GetQueueUrlCommand({ QueueName })),
      "QueueDoesNotExist",
      "AWS.SimpleQueueService.NonExistentQueue",
    );
  return {
    async read(name) {
      const found = await urlOf(name);
      if (found === undefined) return undefined;
      const { QueueUrl } = found;
      const [{ Attributes = {} }, { Tags: tags = {} }] = await Promise.all([
        client.send(
          new GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: ["KmsMasterKeyId", "SqsManagedSseEnabled"],
          }),
        ),
        client.send(new ListQueueTagsCommand({ QueueUrl })),
      ]);
      const { KmsMasterKeyId, SqsManagedSseEnabled } = Attributes;
      return {
        value: KmsMasterKeyId || SqsManagedSseEnabled === "true",
        // A key of KMS is encryption, too: nothing better is wanted.
        wanted: KmsMasterKeyId || true,
        tags,
        ...leftIfOwn("Queue", name, tags),
      };
    },
    async write(name, value) {
      const found = await urlOf(name);
      const Attributes: Record<string, string> =
        typeof value === "string"
          ? { KmsMasterKeyId: value }
          : { SqsManagedSseEnabled: String(value === true) };
      await client.send(new SetQueueAttributesCommand({ QueueUrl: found?.QueueUrl, Attributes }));
    },
  };
};
