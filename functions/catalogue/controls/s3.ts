/** Posture controls of Amazon S3. Data only. */
import type { Control } from "./control";

const bucketName = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
const anyBucket = "arn:aws:s3:::{id}";
// A bucket's ARN does not say whose it is.
const ownBucket = { StringEquals: { "s3:ResourceAccount": "{account}" } };

const blocked = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

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
    wanted: blocked,
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
  "account-public-access": {
    does: "block public access to all buckets of account {id}",
    undoes: "give account {id} its former settings of Block Public Access",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["S3.1"],
    idForm: "{account}",
    wanted: blocked,
    reads: [{ actions: ["s3:GetAccountPublicAccessBlock"], resources: ["*"] }],
    changes: [{ actions: ["s3:PutAccountPublicAccessBlock"], resources: ["*"] }],
    asks: "Every bucket of the account that is public on purpose, such as a website's, would be so no longer",
    residual:
      "Who read or wrote objects while buckets were public is not known to Cordon. Policies and access control lists stay as they are.",
    nextStep: "Serve public content through CloudFront, which needs no public bucket.",
  },
  "bucket-tls": {
    does: "deny requests to bucket {id} that come without TLS",
    undoes: "no longer deny requests to bucket {id} that come without TLS",
    names: "bucket {id}",
    arn: anyBucket,
    published: ["S3.5"],
    idForm: bucketName,
    reads: [
      {
        actions: ["s3:GetBucketPolicy", "s3:GetBucketTagging", "s3:GetBucketWebsite"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    changes: [{ actions: ["s3:PutBucketPolicy"], resources: [anyBucket], conditions: ownBucket }],
    undoing: [
      {
        actions: ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    residual:
      "S3 has no lock on a policy: who changed it in the same moment as Cordon may have been overwritten.",
    nextStep: "Declare the statement where the bucket's policy is declared, or it will be lost.",
  },
  "bucket-acls": {
    does: "make access control lists of bucket {id} ineffective",
    undoes:
      "give bucket {id} its former ownership of objects, with which access control lists count",
    names: "bucket {id}",
    arn: anyBucket,
    published: ["S3.12"],
    idForm: bucketName,
    wanted: "BucketOwnerEnforced",
    reads: [
      {
        actions: ["s3:GetBucketAcl", "s3:GetBucketOwnershipControls", "s3:GetBucketTagging"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    changes: [
      {
        actions: ["s3:PutBucketOwnershipControls"],
        resources: [anyBucket],
        conditions: ownBucket,
      },
    ],
    asks: "Who was let in by the access control list of an object is let in no more, and uploads with other lists than bucket-owner-full-control are refused",
    residual: "The lists of objects stay, and count again once this is undone.",
    nextStep:
      "Give access by the bucket's policy, and declare the ownership where the bucket is declared.",
  },
} as const satisfies Record<string, Control>;
