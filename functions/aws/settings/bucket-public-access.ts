/**
 * The four settings of a bucket's Block Public Access; null where none was ever set. The account's own
 * block, which adds to them, is not looked at.
 */
import {
  DeletePublicAccessBlockCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { memberConfig } from "../client";
import { hasCode, orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  // The incident has the bucket's region; of a bucket that another one has, S3 answers which.
  const client = new S3Client({
    ...memberConfig(region, credentials),
    followRegionRedirects: true,
  });
  return {
    async read(Bucket) {
      try {
        const [block, website, tagging] = await Promise.all([
          orUndefined(
            client.send(new GetPublicAccessBlockCommand({ Bucket })),
            "NoSuchPublicAccessBlockConfiguration",
          ),
          orUndefined(
            client.send(new GetBucketWebsiteCommand({ Bucket })),
            "NoSuchWebsiteConfiguration",
          ),
          orUndefined(client.send(new GetBucketTaggingCommand({ Bucket })), "NoSuchTagSet"),
        ]);
        return {
          value: settingsOf(block?.PublicAccessBlockConfiguration),
          tags: tagsOf(tagging?.TagSet),
          ...(website !== undefined && {
            asks: `Bucket ${Bucket} serves a website, which nobody could read any more`,
          }),
        };
      } catch (error) {
        if (hasCode(error, "NoSuchBucket")) return undefined;
        throw error;
      }
    },
    async write(Bucket, value) {
      if (value === null) {
        await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
        return;
      }
      const PublicAccessBlockConfiguration = value as PublicAccessBlockConfiguration;
      await client.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }),
      );
    },
  };
};

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
