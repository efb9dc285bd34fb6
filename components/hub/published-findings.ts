/** Stores GuardDuty's findings longer than the 90 days of GuardDuty itself. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { RetainedResources } from "../blocks/retained";
import { administration } from "../record/encryption-key";
import { PrivateBucket } from "../record/private-bucket";

export interface PublishedFindingsArgs {
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Region to the id of the detector that publishes from there. */
  readonly detectorIds: Readonly<Record<string, pulumi.Input<string>>>;
  readonly retained: RetainedResources;
}

/** One bucket and its key in the home region, which the detectors of every region write to. */
export class PublishedFindings extends pulumi.ComponentResource {
  readonly bucketArn: pulumi.Output<string>;
  /** The retained resources that AWS allows only once, by name. */
  readonly retainedIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: PublishedFindingsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:PublishedFindings", name, {}, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        region: args.homeRegion,
        description: "Encrypts the findings that GuardDuty publishes",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: pulumi.jsonStringify(keyPolicy(args)),
      },
      // Without the key the published findings are unreadable. The next deployment creates another key.
      { parent: this, retainOnDelete: true },
    );
    const bucket = new PrivateBucket(
      `${name}-store`,
      {
        bucketName: `cordon-findings-${args.securityAccount}`,
        region: args.homeRegion,
        keyArn: key.arn,
        retained: args.retained,
        statements: (arn) => bucketStatements(args, arn, key.arn),
      },
      { parent: this },
    );
    for (const [region, detectorId] of Object.entries(args.detectorIds)) {
      new aws.guardduty.PublishingDestination(
        `${name}-${region}`,
        { region, detectorId, destinationArn: bucket.bucketArn, kmsKeyArn: key.arn },
        // GuardDuty writes a first object at once, and refuses where it may not.
        { parent: this, dependsOn: [bucket] },
      );
    }
    this.bucketArn = bucket.bucketArn;
    this.retainedIds = { [`${name}-store-bucket`]: bucket.bucketName };
    this.registerOutputs({ bucketArn: this.bucketArn });
  }
}

/** Regions that no account has to opt in to: all that AWS opened before 20 March 2019. */
const openToAll: readonly string[] = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

/** GuardDuty's principals: in a region that accounts opt in to it has one of its own. */
function guardDuty({ detectorIds }: PublishedFindingsArgs): {
  readonly Service: string | readonly string[];
} {
  const ofRegions = Object.keys(detectorIds)
    .filter((region) => !openToAll.includes(region))
    .map((region) => `guardduty.${region}.amazonaws.com`);
  const everywhere = "guardduty.amazonaws.com";
  return { Service: ofRegions.length === 0 ? everywhere : [everywhere, ...ofRegions] };
}

/** Holds for calls that GuardDuty makes for these detectors and no one else's. */
function forDetectors({ securityAccount, detectorIds }: PublishedFindingsArgs) {
  return {
    StringEquals: {
      "aws:SourceAccount": securityAccount,
      "aws:SourceArn": Object.entries(detectorIds).map(
        ([region, id]) =>
          pulumi.interpolate`arn:aws:guardduty:${region}:${securityAccount}:detector/${id}`,
      ),
    },
  };
}

function keyPolicy(args: PublishedFindingsArgs): object {
  return {
    Version: "2012-10-17",
    Statement: [
      administration(args),
      {
        Sid: "GuardDuty",
        Effect: "Allow",
        Principal: guardDuty(args),
        Action: "kms:GenerateDataKey",
        Resource: "*",
        Condition: forDetectors(args),
      },
    ],
  };
}

function bucketStatements(
  args: PublishedFindingsArgs,
  bucketArn: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
): readonly object[] {
  const Principal = guardDuty(args);
  return [
    {
      Sid: "GuardDutyFindsBucket",
      Effect: "Allow",
      Principal,
      Action: "s3:GetBucketLocation",
      Resource: bucketArn,
      Condition: forDetectors(args),
    },
    {
      Sid: "GuardDutyWrites",
      Effect: "Allow",
      Principal,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/*`,
      Condition: forDetectors(args),
    },
    {
      Sid: "UnderThisKeyOnly",
      Effect: "Deny",
      Principal,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/*`,
      Condition: {
        StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": keyArn },
      },
    },
  ];
}
