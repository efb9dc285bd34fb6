/** The key with which SNS encrypts the messages of a topic; null where it does not. */
import {
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

const AttributeName = "KmsMasterKeyId";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new SNSClient(memberConfig(region, credentials));
  const arnOf = (name: string) => `arn:aws:sns:${region}:${account}:${name}`;
  return {
    async read(name) {
      const found = await orUndefined(
        client.send(new GetTopicAttributesCommand({ TopicArn: arnOf(name) })),
        "NotFoundException",
        "NotFound",
      );
      if (found === undefined) return undefined;
      const { Tags } = await client.send(
        new ListTagsForResourceCommand({ ResourceArn: arnOf(name) }),
      );
      const tags = tagsOf(Tags);
      return {
        value: found.Attributes?.[AttributeName] || null,
        tags,
        ...leftIfOwn("Topic", name, tags),
      };
    },
    async write(name, value) {
      const AttributeValue = value === null ? "" : String(value);
      await client.send(
        new SetTopicAttributesCommand({ TopicArn: arnOf(name), AttributeName, AttributeValue }),
      );
    },
  };
};
