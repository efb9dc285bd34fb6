/** Creates a bucket for Cordon's data: encrypted, never public, over TLS only. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type RetainedResources, retain } from "../blocks/retained";

export interface PrivateBucketArgs {
  /** Unique among all buckets of the partition. */
  readonly bucketName: string;
  readonly region: string;
  /** The key under every object. @default S3's own key */
  readonly keyArn?: pulumi.Input<string>;
  /**
   * Given where the bucket, its content and its protection are retained: what an earlier deployment
   * retained. @default they are destroyed with Cordon
   */
  readonly retained?: RetainedResources;
  /** Policy statements beside the one that demands TLS, given the bucket's ARN. */
  readonly statements?: (bucketArn: pulumi.Output<string>) => readonly object[];
}

/** Made to be read and written by named services and by the account itself. */
export class PrivateBucket extends pulumi.ComponentResource {
  readonly bucketArn: pulumi.Output<string>;
  /** Resolves once the bucket is closed and has its policy. */
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: PrivateBucketArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:PrivateBucket", name, {}, opts);
    const { region } = args;
    // S3 deletes no bucket that holds anything, so a store is retained.
    const own = { parent: this, ...(args.retained && { retainOnDelete: true }) };
    const bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      { region, bucket: args.bucketName },
      { ...own, ...(args.retained && retain(`${name}-bucket`, args.retained)) },
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      { region, bucket: bucket.bucket, rules: [encryptionRule(args)] },
      own,
    );
    const closed = new aws.s3.BucketPublicAccessBlock(
      `${name}-closed`,
      {
        region,
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      own,
    );
    const policy = new aws.s3.BucketPolicy(
      `${name}-policy`,
      {
        region,
        bucket: bucket.bucket,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [overTlsOnly(bucket.arn), ...(args.statements?.(bucket.arn) ?? [])],
        }),
      },
      // S3 takes one change of a bucket's access at a time.
      { ...own, dependsOn: [closed] },
    );
    this.bucketArn = bucket.arn;
    this.bucketName = policy.bucket;
    this.registerOutputs({ bucketArn: this.bucketArn, bucketName: this.bucketName });
  }
}

function encryptionRule({ keyArn }: PrivateBucketArgs) {
  return keyArn === undefined
    ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
    : {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
        // One call to KMS serves many objects.
        bucketKeyEnabled: true,
      };
}

function overTlsOnly(arn: pulumi.Output<string>): object {
  return {
    Sid: "OverTlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, pulumi.interpolate`${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
