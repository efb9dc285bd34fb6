/** The policy of a bucket, as JSON; null where it has none. */
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Value } from "../../catalogue/controls/control";
import { memberConfig } from "../client";
import { hasCode, orUndefined } from "../errors";
import { leftIfOwn } from "./own";
import { servicesIn } from "./policy-services";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new S3Client({
    ...memberConfig(region, credentials),
    followRegionRedirects: true,
  });
  return {
    async read(Bucket) {
      try {
        const found = await orUndefined(
          client.send(new GetBucketPolicyCommand({ Bucket })),
          "NoSuchBucketPolicy",
        );
        const value: Value = found?.Policy === undefined ? null : JSON.parse(found.Policy);
        const services = servicesIn(value);
        return {
          value,
          tags: {},
          ...leftIfOwn("Bucket", Bucket, {}, "people need to release"),
          ...(services.length > 0 && {
            asks: `The policy of bucket ${Bucket} lets ${services.join(", ")} use it, which it could not any more: logs that are delivered to it would be lost`,
          }),
        };
      } catch (error) {
        if (hasCode(error, "NoSuchBucket")) return undefined;
        throw error;
      }
    },
    async write(Bucket, value) {
      if (value === null) await client.send(new DeleteBucketPolicyCommand({ Bucket }));
      else {
        const Policy = JSON.stringify(value);
        await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      }
    },
  };
};
