import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import * as input from "../resource-type";
import type { Place } from "../session";

const bucket = input.resourceType({
  inputs: z.strictObject({
    // S3's rules for general purpose buckets, as far as one expression says them.
    bucket: input.text.check(z.regex(/^(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn", "bucketDomainName", "bucketRegionalDomainName"],
  async create({ bucket: name }, place, tags) {
    const s3 = place.client(S3Client);
    // In us-east-1 S3 would answer the owner as if it had made the bucket; the real provider looks.
    if (await exists(name, place)) {
      throw new Error(`BucketAlreadyExists: the bucket ${name} exists already`);
    }
    const constraint = { LocationConstraint: place.region as BucketLocationConstraint };
    await s3.send(
      new CreateBucketCommand({
        Bucket: name,
        // us-east-1 is said by saying nothing.
        ...(place.region !== "us-east-1" && { CreateBucketConfiguration: constraint }),
      }),
    );
    if (Object.keys(tags).length > 0)
      await s3.send(
        new PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet: input.tagList(tags) } }),
      );
    return { id: name, outputs: outputsOf(name, place) };
  },
  async delete(id, _state, place) {
    await place.client(S3Client).send(new DeleteBucketCommand({ Bucket: id }));
  },
  async read(id, place) {
    return (await exists(id, place))
      ? { inputs: { bucket: id, region: place.region }, outputs: outputsOf(id, place) }
      : undefined;
  },
});

function outputsOf(name: string, { region }: Place) {
  return {
    arn: `arn:aws:s3:::${name}`,
    bucketDomainName: `${name}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  };
}

/** Says whether the account has a bucket of this name. @throws where another account has it */
async function exists(name: string, place: Place): Promise<boolean> {
  try {
    await place.client(S3Client).send(new HeadBucketCommand({ Bucket: name }));
    return true;
  } catch (error) {
    const { httpStatusCode } = (error as S3ServiceException).$metadata ?? {};
    if (httpStatusCode === 404) return false;
    // The answer to HEAD has no body, and so no code.
    if (httpStatusCode === 403)
      throw new Error(`Forbidden: another account has the bucket ${name}`);
    throw error;
  }
}

const encryption = input.resourceType({
  inputs: z.strictObject({
    bucket: input.text,
    rules: z
      .array(
        z.strictObject({
          applyServerSideEncryptionByDefault: z.strictObject({
            sseAlgorithm: z.enum(["AES256", "aws:kms"]),
            kmsMasterKeyId: input.optionalText,
          }),
          bucketKeyEnabled: input.optionalFlag,
        }),
      )
      .check(z.length(1)),
    ...input.regional,
  }),
  async create(inputs, place) {
    await place.client(S3Client).send(
      new PutBucketEncryptionCommand({
        Bucket: inputs.bucket,
        ServerSideEncryptionConfiguration: {
          Rules: inputs.rules.map(({ applyServerSideEncryptionByDefault, bucketKeyEnabled }) => ({
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: applyServerSideEncryptionByDefault.sseAlgorithm,
              KMSMasterKeyID: applyServerSideEncryptionByDefault.kmsMasterKeyId,
            },
            BucketKeyEnabled: bucketKeyEnabled,
          })),
        },
      }),
    );
    return { id: inputs.bucket, outputs: {} };
  },
  async delete(id, _state, place) {
    await place.client(S3Client).send(new DeleteBucketEncryptionCommand({ Bucket: id }));
  },
});

const publicAccessBlock = input.resourceType({
  inputs: z.strictObject({
    bucket: input.text,
    blockPublicAcls: input.optionalFlag,
    blockPublicPolicy: input.optionalFlag,
    ignorePublicAcls: input.optionalFlag,
    restrictPublicBuckets: input.optionalFlag,
    ...input.regional,
  }),
  async create(inputs, place) {
    await place.client(S3Client).send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls ?? false,
          BlockPublicPolicy: inputs.blockPublicPolicy ?? false,
          IgnorePublicAcls: inputs.ignorePublicAcls ?? false,
          RestrictPublicBuckets: inputs.restrictPublicBuckets ?? false,
        },
      }),
    );
    return { id: inputs.bucket, outputs: {} };
  },
  async delete(id, _state, place) {
    await place.client(S3Client).send(new DeletePublicAccessBlockCommand({ Bucket: id }));
  },
});

const bucketPolicy = input.resourceType({
  inputs: z.strictObject({ bucket: input.text, policy: input.text, ...input.regional }),
  documents: ["policy"],
  updatable: ["policy"],
  async create({ bucket: Bucket, policy }, place) {
    await place.client(S3Client).send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
    return { id: Bucket, outputs: {} };
  },
  async update(id, { policy }, place) {
    await place.client(S3Client).send(new PutBucketPolicyCommand({ Bucket: id, Policy: policy }));
    return {};
  },
  async delete(id, _state, place) {
    await place.client(S3Client).send(new DeleteBucketPolicyCommand({ Bucket: id }));
  },
});

const object = input.resourceType({
  inputs: z.strictObject({
    bucket: input.text,
    key: input.text,
    content: input.text,
    contentType: input.optionalText,
    ...input.regional,
  }),
  computed: ["arn", "etag", "versionId"],
  async create(inputs, place) {
    const put = await place.client(S3Client).send(
      new PutObjectCommand({
        Bucket: inputs.bucket,
        Key: inputs.key,
        Body: inputs.content,
        ContentType: inputs.contentType,
      }),
    );
    return {
      id: `${inputs.bucket}/${inputs.key}`,
      outputs: {
        arn: `arn:aws:s3:::${inputs.bucket}/${inputs.key}`,
        etag: put.ETag?.replaceAll('"', ""),
      },
    };
  },
  async delete(_id, { bucket: Bucket, key: Key }, place) {
    await place.client(S3Client).send(new DeleteObjectCommand({ Bucket, Key }));
  },
});

export const resources = {
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    encryption,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": publicAccessBlock,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
  "aws:s3/bucketObjectv2:BucketObjectv2": object,
};
