/** Where GuardDuty's findings are kept longer than the 90 days that GuardDuty keeps them. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { administration } from "../record/encryption-key";
import { PrivateBucket } from "../record/private-bucket";

export interface PublishedFindingsArgs {
  readonly partition: string;
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Region to the id of the detector that publishes from there. */
  readonly detectorIds: Readonly<Record<string, pulumi.Input<string>>>;
}

/** One bucket and its key in the home region, which the detectors of every region write to. */
export class PublishedFindings extends pulumi.ComponentResource {
  readonly bucketArn: pulumi.Output<string>;

  constructor(
    name: string,
    args: PublishedFindingsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:detect:PublishedFindings", name, {}, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        region: args.homeRegion,
        description: "Encrypts the findings that GuardDuty publishes",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: pulumi.jsonStringify(keyPolicy(args)),
      },
      // Without the key nobody could read what was published.
      { parent: this, retainOnDelete: true },
    );
    const bucket = new PrivateBucket(
      `${name}-store`,
      {
        bucketName: `cordon-findings-${args.securityAccount}`,
        region: args.homeRegion,
        keyArn: key.arn,
        keep: true,
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
    this.registerOutputs({ bucketArn: this.bucketArn });
  }
}

/** Holds for calls that GuardDuty makes for these detectors and no one else's. */
function forDetectors({ partition, securityAccount, detectorIds }: PublishedFindingsArgs) {
  return {
    StringEquals: {
      "aws:SourceAccount": securityAccount,
      "aws:SourceArn": Object.entries(detectorIds).map(
        ([region, id]) =>
          pulumi.interpolate`arn:${partition}:guardduty:${region}:${securityAccount}:detector/${id}`,
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
        Principal: { Service: "guardduty.amazonaws.com" },
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
  const guardDuty = { Service: "guardduty.amazonaws.com" };
  return [
    {
      Sid: "GuardDutyFindsBucket",
      Effect: "Allow",
      Principal: guardDuty,
      Action: "s3:GetBucketLocation",
      Resource: bucketArn,
      Condition: forDetectors(args),
    },
    {
      Sid: "GuardDutyWrites",
      Effect: "Allow",
      Principal: guardDuty,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/*`,
      Condition: forDetectors(args),
    },
    {
      Sid: "UnderThisKeyOnly",
      Effect: "Deny",
      Principal: guardDuty,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/*`,
      Condition: {
        StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": keyArn },
      },
    },
  ];
}
