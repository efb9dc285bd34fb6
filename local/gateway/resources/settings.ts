/** Resource table: resources whose settings posture controls, containments and custom playbooks read and change. */

import { toArn } from "../wire/arn";
import { list, text } from "../wire/protocol";
import { prefixed } from "../world";
import { all, byArn, name, named, on } from "./named";
import type { Operation, Request } from "./operation";

/** Operations with the permissions that S3 asks for, which are not all called alike. */
const permissions = {
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketTagging: "GetBucketTagging",
  GetBucketWebsite: "GetBucketWebsite",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
} as const;

/** One service in its cluster. */
const service = (nameIn: (request: Request) => string | undefined) => (request: Request) =>
  toArn(
    "ecs",
    request.region,
    request.account,
    `service/${name(request, "cluster")}/${nameIn(request)}`,
  );
const bucket = (request: Request) => `arn:aws:s3:::${name(request, "Bucket")}`;
const fn = named("lambda", "FunctionName", "function:");
/** Another account's bucket is not known here: the emulator answers that it does not exist. */
const owner = ({ account }: Request) => ({ "s3:ResourceAccount": account });

/** A call on one bucket of the caller's. */
export const ofBucket = (permission: string) => on(`s3:${permission}`, bucket, undefined, owner);

export const settingOperations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    Object.entries(permissions).map(([operation, permission]) => [
      `s3:${operation}`,
      ofBucket(permission),
    ]),
  ),
  ...all(
    "dynamodb",
    ["DescribeContinuousBackups", "DescribeTable", "UpdateContinuousBackups"],
    named("dynamodb", "TableName", "table/"),
  ),
  ...all(
    "lambda",
    ["DeleteFunctionConcurrency", "GetFunctionConcurrency", "PutFunctionConcurrency"],
    named("lambda", "FunctionName", "function:"),
  ),
  "ecs:DescribeServices": on(
    "ecs:DescribeServices",
    service(({ parameters }) => text(list(parameters.services)[0])),
  ),
  "ecs:UpdateService": on(
    "ecs:UpdateService",
    service(({ parameters }) => text(parameters.service)),
  ),
  ...all(
    "secretsmanager",
    ["DeleteResourcePolicy", "DescribeSecret", "GetResourcePolicy", "PutResourcePolicy"],
    byArn("SecretId"),
  ),
  "dynamodb:ListTagsOfResource": on("dynamodb:ListTagsOfResource", byArn("ResourceArn")),
  "lambda:GetFunctionUrlConfig": on("lambda:GetFunctionUrlConfig", fn),
  "lambda:ListTags": on("lambda:ListTags", byArn("Resource")),
  "lambda:UpdateFunctionUrlConfig": (request) => [
    {
      action: "lambda:UpdateFunctionUrlConfig",
      resource: fn(request),
      account: request.account,
      context: { "lambda:FunctionUrlAuthType": text(request.parameters.AuthType) ?? "" },
      lazy: {
        keys: ["aws:ResourceTag/"],
        load: async () => prefixed("aws:ResourceTag/", request.world.functionTags(fn(request))),
      },
    },
  ],
  ...Object.fromEntries(
    ["DisableKeyRotation", "EnableKeyRotation", "GetKeyRotationStatus", "ListResourceTags"].map(
      (each) => [
        `kms:${each}`,
        on(`kms:${each}`, named("kms", "KeyId", "key/"), undefined, ({ account }) => ({
          "kms:CallerAccount": account,
        })),
      ],
    ),
  ),
};
