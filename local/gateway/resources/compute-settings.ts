/** Resource table: settings of EC2, S3, load balancing, containers, messages, identity and deployment. */
import { toArn } from "../wire/arn";
import { list, member } from "../wire/protocol";
import { classicBalancer, ec2, scalingGroup, unscoped } from "./compute";
import { all, anywhere, byArn, name, named, on } from "./named";
import type { Operation, Request } from "./operation";
import { ofBucket } from "./settings";

/** Another account's is not known here: the emulator answers that it does not exist. */
const owned = ({ account }: Request) => ({ "ec2:Owner": account });

/** A call on one resource of EC2 whose ARN does not say whose it is. */
function ownedBySelf(action: string, type: "snapshot" | "image", parameter: string): Operation {
  return (request) => [ec2(request, action, type, name(request, parameter), owned(request))];
}

/** Which groups and accounts are added or removed are keys of snapshots alone. */
function modifySnapshot(request: Request) {
  const { parameters } = request;
  const kind = parameters.OperationType === "add" ? "Add" : "Remove";
  const permissions = member(parameters.CreateVolumePermission, kind);
  const given = (one: string, many: string, key: string) => {
    const values = [
      ...list<string>(parameters[one]),
      ...list(permissions).flatMap((each) => list<string>(member(each, many))),
    ];
    return values.length > 0 && { [`ec2:${kind}/${key}`]: values };
  };
  return [
    ec2(request, "ModifySnapshotAttribute", "snapshot", name(request, "SnapshotId"), {
      ...owned(request),
      ...given("UserGroup", "Group", "group"),
      ...given("UserId", "UserId", "userId"),
    }),
  ];
}

/** Operations on buckets with the permissions that S3 asks for, which are not all called alike. */
const ofBuckets = {
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketPolicy: "DeleteBucketPolicy",
  GetBucketAcl: "GetBucketAcl",
  GetBucketOwnershipControls: "GetBucketOwnershipControls",
  GetBucketPolicy: "GetBucketPolicy",
  PutBucketOwnershipControls: "PutBucketOwnershipControls",
  PutBucketPolicy: "PutBucketPolicy",
} as const;

/** The load balancing API of before, and that of now, whose operations have the same names. */
const [classic, balancing] = ["2012-06-01", "2015-12-01"].map(
  (version) => `elasticloadbalancing:${version}`,
);

const stage = (request: Request) =>
  `arn:aws:apigateway:${request.region}::/restapis/${name(request, "restApiId")}/stages/${name(request, "stageName")}`;
const logGroup = named("logs", "logGroupName", "log-group:");
const repository = (request: Request) =>
  toArn(
    "ecr",
    request.region,
    request.account,
    `repository/${list<string>(request.parameters.repositoryNames)[0] ?? name(request, "repositoryName")}`,
  );
const cluster = (request: Request) =>
  toArn(
    "ecs",
    request.region,
    request.account,
    `cluster/${list<string>(request.parameters.clusters)[0] ?? name(request, "cluster")}`,
  );
const queue = (request: Request) =>
  toArn("sqs", request.region, request.account, name(request, "QueueUrl").split("/").at(-1) ?? "");

export const computeSettingOperations: Readonly<Record<string, Operation>> = {
  ...anywhere("ec2", [
    "DescribeImages",
    "DescribeTransitGateways",
    "DisableSnapshotBlockPublicAccess",
    "EnableSnapshotBlockPublicAccess",
    "GetSnapshotBlockPublicAccessState",
  ]),
  "ec2:ModifyTransitGateway": (request) => [
    ec2(request, "ModifyTransitGateway", "transit-gateway", name(request, "TransitGatewayId")),
  ],
  "ec2:DescribeImageAttribute": ownedBySelf("DescribeImageAttribute", "image", "ImageId"),
  "ec2:DescribeSnapshotAttribute": ownedBySelf(
    "DescribeSnapshotAttribute",
    "snapshot",
    "SnapshotId",
  ),
  "ec2:ModifyImageAttribute": ownedBySelf("ModifyImageAttribute", "image", "ImageId"),
  "ec2:ModifySnapshotAttribute": modifySnapshot,
  ...Object.fromEntries(
    Object.entries(ofBuckets).map(([operation, permission]) => [
      `s3:${operation}`,
      ofBucket(permission),
    ]),
  ),
  [`${balancing}:DescribeLoadBalancerAttributes`]: unscoped(
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
  ),
  [`${balancing}:DescribeTags`]: unscoped("elasticloadbalancing:DescribeTags"),
  [`${balancing}:ModifyLoadBalancerAttributes`]: on(
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    byArn("LoadBalancerArn"),
  ),
  [`${classic}:DescribeLoadBalancerAttributes`]: unscoped(
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
  ),
  [`${classic}:DescribeTags`]: unscoped("elasticloadbalancing:DescribeTags"),
  [`${classic}:ModifyLoadBalancerAttributes`]: classicBalancer("ModifyLoadBalancerAttributes"),
  "autoscaling:UpdateAutoScalingGroup": scalingGroup("UpdateAutoScalingGroup"),
  ...all(
    "ecr",
    ["DescribeRepositories", "PutImageScanningConfiguration", "PutImageTagMutability"],
    repository,
  ),
  "ecr:ListTagsForResource": on("ecr:ListTagsForResource", byArn("resourceArn")),
  ...all("ecs", ["DescribeClusters", "UpdateClusterSettings"], cluster),
  ...all("sns", ["GetTopicAttributes", "SetTopicAttributes"], byArn("TopicArn")),
  "sns:ListTagsForResource": on("sns:ListTagsForResource", byArn("ResourceArn")),
  "sqs:ListQueueTags": on("sqs:ListQueueTags", queue),
  ...anywhere("iam", [
    "DeleteAccountPasswordPolicy",
    "GetAccountPasswordPolicy",
    "UpdateAccountPasswordPolicy",
  ]),
  ...all(
    "ssm",
    ["DescribeDocumentPermission", "ModifyDocumentPermission"],
    named("ssm", "Name", "document/"),
  ),
  "ssm:ListTagsForResource": on("ssm:ListTagsForResource", named("ssm", "ResourceId", "document/")),
  ...all(
    "ssm",
    ["GetServiceSetting", "ResetServiceSetting", "UpdateServiceSetting"],
    named("ssm", "SettingId", "servicesetting"),
  ),
  "cloudformation:DescribeStacks": on("cloudformation:DescribeStacks", byArn("StackName")),
  "cloudformation:UpdateTerminationProtection": on(
    "cloudformation:UpdateTerminationProtection",
    byArn("StackName"),
  ),
  "apigateway:GetStage": on("apigateway:GET", stage),
  "apigateway:UpdateStage": on("apigateway:PATCH", stage),
  "logs:DescribeLogGroups": unscoped("logs:DescribeLogGroups"),
  "logs:ListTagsForResource": on("logs:ListTagsForResource", byArn("resourceArn")),
  ...all("logs", ["DeleteRetentionPolicy", "PutRetentionPolicy"], logGroup),
  "cloudtrail:GetTrail": on("cloudtrail:GetTrail", byArn("Name")),
  "cloudtrail:ListTags": on(
    "cloudtrail:ListTags",
    ({ parameters }) => list<string>(parameters.ResourceIdList)[0] ?? "",
  ),
  "cloudtrail:UpdateTrail": on("cloudtrail:UpdateTrail", byArn("Name")),
};
