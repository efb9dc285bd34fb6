/**
 * The four settings of a bucket's Block Public Access; null where none was ever set. The account's own
 * block, which adds to them, is not looked at.
 */
import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { orUndefined } from "../errors";
import { bucketSetting, servesWebsite, tagsOfBucket } from "./bucket";

export const open = bucketSetting((client) => ({
  async read(Bucket) {
    const [block, isWebsite, tags] = await Promise.all([
      orUndefined(
        client.send(new GetPublicAccessBlockCommand({ Bucket })),
        "NoSuchPublicAccessBlockConfiguration",
      ),
      servesWebsite(client, Bucket),
      tagsOfBucket(client, Bucket),
    ]);
    return {
      value: settingsOf(block?.PublicAccessBlockConfiguration),
      tags,
      ...(isWebsite && {
        asks: `Bucket ${Bucket} serves a website, which nobody could read any more`,
      }),
    };
  },
  async write(Bucket, value) {
    if (value === null) {
      await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
      return;
    }
    const PublicAccessBlockConfiguration = value as PublicAccessBlockConfiguration;
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  },
}));

/** Reads the four settings, whether of a bucket or an account. */
export function settingsOf(block: PublicAccessBlockConfiguration | undefined) {
  if (block === undefined) return null;
  return {
    BlockPublicAcls: block.BlockPublicAcls === true,
    BlockPublicPolicy: block.BlockPublicPolicy === true,
    IgnorePublicAcls: block.IgnorePublicAcls === true,
    RestrictPublicBuckets: block.RestrictPublicBuckets === true,
  };
}
