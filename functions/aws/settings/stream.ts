/** How a Kinesis stream is encrypted, and for how many hours it keeps records. */
import {
  DecreaseStreamRetentionPeriodCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListTagsForStreamCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  type StreamDescriptionSummary,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import type { Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

/** The key that AWS keeps for streams in every account. */
const ownKey = "alias/aws/kinesis";
const leastHours = 168;
const EncryptionType = "KMS";

/** The most that a stream has, and that Kinesis lists at once. */
const mostTags = 50;

/** Makes a setting out of how its value is read from what Kinesis tells of a stream, and how it is changed. */
const setting =
  (
    read: (stream: StreamDescriptionSummary) => Required<Pick<SettingState, "value" | "wanted">>,
    change: (
      client: KinesisClient,
      StreamName: string,
      now: Value,
      value: Value,
    ) => Promise<unknown>,
  ): OpenSetting =>
  (region, credentials) => {
    const client = new KinesisClient(memberConfig(region, credentials));
    const find = async (StreamName: string) => {
      const found = client.send(new DescribeStreamSummaryCommand({ StreamName }));
      return (await orUndefined(found, "ResourceNotFoundException"))?.StreamDescriptionSummary;
    };
    return {
      async read(StreamName) {
        const found = await find(StreamName);
        if (found === undefined) return undefined;
        const { Tags } = await client.send(
          new ListTagsForStreamCommand({ StreamName, Limit: mostTags }),
        );
        return { ...read(found), tags: tagsOf(Tags) };
      },
      async write(StreamName, value) {
        const found = await find(StreamName);
        const now = found && read(found).value;
        if (now === undefined || now === value) return;
        await change(client, StreamName, now, value);
        // Seconds: until then Kinesis may still tell the former value, which would look changed back.
        await waitUntilStreamExists(
          { client, minDelay: 1, maxDelay: 2, maxWaitTime: 30 },
          { StreamName },
        );
      },
    };
  };

/** The key that the stream is encrypted with; null where it is not. */
export const encryption = setting(
  ({ EncryptionType: type, KeyId = ownKey }) => {
    if (type !== EncryptionType) return { value: null, wanted: ownKey };
    // Kinesis takes the name of an alias or its ARN, and does not say which it tells.
    const key = KeyId.endsWith(`:${ownKey}`) ? ownKey : KeyId;
    return { value: key, wanted: key };
  },
  (client, StreamName, now, value) =>
    value === null
      ? client.send(
          new StopStreamEncryptionCommand({ StreamName, EncryptionType, KeyId: String(now) }),
        )
      : client.send(
          new StartStreamEncryptionCommand({ StreamName, EncryptionType, KeyId: String(value) }),
        ),
);

export const retention = setting(
  ({ RetentionPeriodHours: hours = 0 }) => ({ value: hours, wanted: Math.max(hours, leastHours) }),
  (client, StreamName, now, value) => {
    const period = { StreamName, RetentionPeriodHours: Number(value) };
    return Number(value) > Number(now)
      ? client.send(new IncreaseStreamRetentionPeriodCommand(period))
      : client.send(new DecreaseStreamRetentionPeriodCommand(period));
  },
);
