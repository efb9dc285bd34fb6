/** Posture controls of Amazon S3. Data only. */
import type { Control } from "./control";

const bucketName = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
const anyBucket = "arn:aws:s3:::{id}";
// A bucket's ARN does not say whose it is.
const ownBucket = { StringEquals: { "s3:ResourceAccount": "{account}" } };

export const s3Controls = {
  "bucket-public-access": {
    does: "block public access to bucket {id}",
    undoes: "give bucket {id} its former settings of Block Public Access",
    names: "bucket {id}",
    arn: anyBucket,
    published: ["S3.2", "S3.3", "S3.8"],
    config: {
      rules: [
        "cordon-bucket-public-access",
        "cordon-bucket-public-read",
        "cordon-bucket-public-write",
      ],
      resourceType: "AWS::S3::Bucket",
    },
    idForm: bucketName,
    wanted: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    reads: [
      {
        actions: ["s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketWebsite"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    changes: [
      {
        actions: ["s3:PutBucketPublicAccessBlock"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    residual:
      "Who read or wrote the objects while the bucket was public is not known to Cordon. Its policy and its access control lists stay as they are.",
    nextStep:
      "Look who read and wrote its objects, in CloudTrail's data events or the bucket's access log, and remove the public statement or grant itself.",
  },
} as const satisfies Record<string, Control>;
