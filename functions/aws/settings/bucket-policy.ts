/** The policy of a bucket, as JSON; null where it has none. */
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { Value } from "../../catalogue/controls/control";
import { bucketSetting, policyOfBucket } from "./bucket";
import { leftIfOwn } from "./own";
import { servicesIn } from "./policy-services";

export const open = bucketSetting((client) => ({
  async read(Bucket) {
    const policy = await policyOfBucket(client, Bucket);
    const value: Value = policy === undefined ? null : JSON.parse(policy);
    const services = servicesIn(value);
    return {
      value,
      tags: {},
      ...leftIfOwn("Bucket", Bucket, {}, "people need to release"),
      ...(services.length > 0 && {
        asks: `The policy of bucket ${Bucket} lets ${services.join(", ")} use it, which it could not any more: logs that are delivered to it would be lost`,
      }),
    };
  },
  async write(Bucket, value) {
    if (value === null) await client.send(new DeleteBucketPolicyCommand({ Bucket }));
    else {
      const Policy = JSON.stringify(value);
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }
  },
}));
