/** What the settings of buckets share: their client, and what several of them read. */
import {
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting, Setting } from "./setting";

/** Makes a setting of a bucket; `read` may fail where the bucket is gone. */
export const bucketSetting =
  (
    make: (
      client: S3Client,
    ) => Pick<Setting, "write"> & { read(bucket: string): Promise<SettingState> },
  ): OpenSetting =>
  (region, credentials) => {
    // The incident has the bucket's region; of a bucket that another one has, S3 answers which.
    const client = new S3Client({
      ...memberConfig(region, credentials),
      followRegionRedirects: true,
    });
    const { read, write } = make(client);
    return { read: (bucket) => orUndefined(read(bucket), "NoSuchBucket"), write };
  };

export async function tagsOfBucket(client: S3Client, Bucket: string) {
  const found = client.send(new GetBucketTaggingCommand({ Bucket }));
  return tagsOf((await orUndefined(found, "NoSuchTagSet"))?.TagSet);
}

export async function servesWebsite(client: S3Client, Bucket: string): Promise<boolean> {
  const found = client.send(new GetBucketWebsiteCommand({ Bucket }));
  return (await orUndefined(found, "NoSuchWebsiteConfiguration")) !== undefined;
}

/** Reads the policy, as the text that S3 holds; undefined where the bucket has none. */
export async function policyOfBucket(
  client: S3Client,
  Bucket: string,
): Promise<string | undefined> {
  const found = client.send(new GetBucketPolicyCommand({ Bucket }));
  return (await orUndefined(found, "NoSuchBucketPolicy"))?.Policy;
}
