/**
 * The statement of a bucket's policy by which Cordon denies requests without TLS; null where the policy has
 * none. All other statements stay as they are. S3 has no lock: the policy is read once more before it is
 * written, and somebody who changes it in the moment between is overwritten.
 */
import { isDeepStrictEqual } from "node:util";
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { Value } from "../../catalogue/controls/control";
import { bucketSetting, policyOfBucket, servesWebsite, tagsOfBucket } from "./bucket";
import { leftIfOwn } from "./own";

interface Policy {
  readonly Version?: string;
  readonly Statement: readonly Readonly<Record<string, Value>>[];
}

const sid = "CordonDeniesRequestsWithoutTls";
/** Bytes of a bucket's policy (S3 user guide, "Bucket policies and user policies"). */
const longestPolicy = 20_480;

export const open = bucketSetting((client) => {
  const policyOf = async (bucket: string): Promise<Policy> => {
    const found = await policyOfBucket(client, bucket);
    if (found === undefined) return { Statement: [] };
    const { Statement = [], ...rest } = JSON.parse(found);
    return { ...rest, Statement: [Statement].flat() };
  };
  return {
    async read(Bucket) {
      const [policy, isWebsite, tags] = await Promise.all([
        policyOf(Bucket),
        servesWebsite(client, Bucket),
        tagsOfBucket(client, Bucket),
      ]);
      const value = policy.Statement.find(({ Sid }) => Sid === sid) ?? null;
      const wanted = denial(Bucket);
      const full = value === null && lengthOf(withStatement(policy, wanted)) > longestPolicy;
      return {
        value,
        wanted,
        tags,
        ...(isWebsite && {
          asks: `Bucket ${Bucket} serves a website, which S3 serves without TLS`,
        }),
        ...(full && {
          left: `The policy of bucket ${Bucket} has no room for one more statement`,
        }),
        ...leftIfOwn("Bucket", Bucket, tags),
      };
    },
    async write(Bucket, value) {
      const policy = await policyOf(Bucket);
      const changed = withStatement(policy, value as Policy["Statement"][number] | null);
      if (isDeepStrictEqual(changed, policy)) return;
      if (!isDeepStrictEqual(await policyOf(Bucket), policy)) {
        throw new Error(`Somebody else is changing the policy of bucket ${Bucket}`);
      }
      await (changed.Statement.length === 0
        ? client.send(new DeleteBucketPolicyCommand({ Bucket }))
        : client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(changed) })));
    },
  };
});

function denial(bucket: string) {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

function withStatement(policy: Policy, statement: Policy["Statement"][number] | null): Policy {
  const others = policy.Statement.filter(({ Sid }) => Sid !== sid);
  return {
    Version: "2012-10-17",
    ...policy,
    Statement: statement === null ? others : [...others, statement],
  };
}

function lengthOf(policy: Policy): number {
  return Buffer.byteLength(JSON.stringify(policy));
}
