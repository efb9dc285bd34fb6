/**
 * Posture controls: settings that ought to have one value, who reports that they have another, and what
 * setting them takes. Data only. A control is an entry here and a file in functions/aws/settings.
 */

/** What an entry allows. In texts, {id}, {account} and {region} stand for the setting's own. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Control {
  /** Says what the control does, such as "block public access to bucket {id}". */
  readonly does: string;
  readonly undoes: string;
  /** Names the resource, such as "bucket {id}". */
  readonly names: string;
  /** What Cordon's notices and exceptions call it; of what has no ARN, as Security Hub names it. */
  readonly arn: string;
  /** Ids under which AWS Security Hub publishes the control. */
  readonly published: readonly string[];
  /** Rules of AWS Config, by the names that Cordon gives them, whose breach it answers. */
  readonly rules: readonly string[];
  /** Type of the resource, as AWS Config has it. */
  readonly resourceType: string;
  /** What an id of such a resource is like, as a regular expression. */
  readonly idForm: string;
  /** The value that the setting ought to have, as its file in functions/aws/settings reads it. */
  readonly wanted: Value;
  readonly reads: readonly Grant[];
  readonly changes: readonly Grant[];
  /** What giving the former value back takes. @default what the change takes */
  readonly undoing?: readonly Grant[];
  /** Why a person must approve each change; absent where the change stops nothing that is in use. */
  readonly asks?: string;
  /** What the control leaves open, in a sentence for the notice. */
  readonly residual: string;
  /** What people do next. */
  readonly nextStep: string;
}

/** The value of a setting: JSON, as the journal holds it. null where it is not set. */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

const bucketName = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
const groupId = "sg-(?:[0-9a-f]{8}|[0-9a-f]{17})";

const anyGroup = "arn:aws:ec2:{region}:{account}:security-group/{id}";

/** Removes the rules of a security group that let the whole internet reach one port. */
function openPort(port: number, what: string, published: string) {
  return {
    does: `remove the rules of security group {id} that open port ${port} to the internet`,
    undoes: `give security group {id} back its rules that open port ${port} to the internet`,
    names: "security group {id}",
    arn: anyGroup,
    published: [published],
    rules: [`cordon-restricted-${what}`],
    resourceType: "AWS::EC2::SecurityGroup",
    idForm: groupId,
    wanted: [],
    reads: [
      {
        actions: ["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"],
        resources: ["*"],
      },
    ],
    changes: [
      {
        actions: ["ec2:RevokeSecurityGroupIngress"],
        resources: [anyGroup],
        // Quarantine groups are the sweeper's.
        conditions: { Null: { "aws:ResourceTag/cordon": "true" } },
      },
    ],
    undoing: [
      {
        actions: ["ec2:AuthorizeSecurityGroupIngress"],
        // The group, and the rules that it gets.
        resources: [anyGroup, "arn:aws:ec2:{region}:{account}:security-group-rule/*"],
      },
    ],
    residual:
      "Connections that are open already go on: EC2 tracks them, whatever the group's rules become.",
    nextStep:
      "Find who opened the port, and whether a template will open it again. Give people Session Manager, or a rule for their own addresses.",
  } as const satisfies Control;
}

const anyKey = "arn:aws:kms:{region}:{account}:key/{id}";
const anySubnet = "arn:aws:ec2:{region}:{account}:subnet/{id}";
const anyTable = "arn:aws:dynamodb:{region}:{account}:table/{id}";
const anyBucket = "arn:aws:s3:::{id}";
// A bucket's ARN does not say whose it is.
const ownBucket = { StringEquals: { "s3:ResourceAccount": "{account}" } };

export const controls = {
  "bucket-public-access": {
    does: "block public access to bucket {id}",
    undoes: "give bucket {id} its former settings of Block Public Access",
    names: "bucket {id}",
    arn: anyBucket,
    published: ["S3.2", "S3.3", "S3.8"],
    rules: [
      "cordon-bucket-public-access",
      "cordon-bucket-public-read",
      "cordon-bucket-public-write",
    ],
    resourceType: "AWS::S3::Bucket",
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
  "open-ssh": openPort(22, "ssh", "EC2.13"),
  "open-rdp": openPort(3389, "rdp", "EC2.14"),
  "instance-metadata": {
    does: "have the metadata service of instance {id} answer to tokens alone (IMDSv2)",
    undoes: "have the metadata service of instance {id} answer without tokens, too (IMDSv1)",
    names: "instance {id}",
    arn: "arn:aws:ec2:{region}:{account}:instance/{id}",
    published: ["EC2.8"],
    rules: ["cordon-instance-metadata"],
    resourceType: "AWS::EC2::Instance",
    idForm: "i-(?:[0-9a-f]{8}|[0-9a-f]{17})",
    wanted: "required",
    reads: [{ actions: ["ec2:DescribeInstances"], resources: ["*"] }],
    changes: [
      {
        actions: ["ec2:ModifyInstanceMetadataOptions"],
        resources: ["arn:aws:ec2:{region}:{account}:instance/{id}"],
      },
    ],
    asks: "Software that asks without a token loses its role's credentials: look at the metric MetadataNoToken first",
    residual: "Credentials that were read without a token before stay valid until they expire.",
    nextStep: "Have the launch template or image require tokens, so that new instances do.",
  },
  "kms-key-rotation": {
    does: "have KMS rotate key {id} every year",
    undoes: "have KMS no longer rotate key {id}",
    names: "KMS key {id}",
    arn: anyKey,
    published: ["KMS.4"],
    rules: ["cordon-kms-key-rotation"],
    resourceType: "AWS::KMS::Key",
    idForm: "[0-9a-f-]{36}|mrk-[0-9a-f]{32}",
    wanted: true,
    reads: [{ actions: ["kms:GetKeyRotationStatus", "kms:ListResourceTags"], resources: [anyKey] }],
    changes: [{ actions: ["kms:EnableKeyRotation"], resources: [anyKey] }],
    undoing: [{ actions: ["kms:DisableKeyRotation"], resources: [anyKey] }],
    residual:
      "What is encrypted already is not encrypted again: KMS keeps the former key material.",
    nextStep: "Declare the rotation where the key is declared.",
  },
  "subnet-public-addresses": {
    does: "give new instances in subnet {id} no public address by default",
    undoes: "give new instances in subnet {id} a public address by default",
    names: "subnet {id}",
    arn: anySubnet,
    published: ["EC2.15"],
    rules: ["cordon-subnet-public-addresses"],
    resourceType: "AWS::EC2::Subnet",
    idForm: "subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})",
    wanted: false,
    reads: [{ actions: ["ec2:DescribeSubnets"], resources: ["*"] }],
    changes: [{ actions: ["ec2:ModifySubnetAttribute"], resources: [anySubnet] }],
    asks: "New instances in it would be without a public address, which those of a public subnet may need",
    residual:
      "Instances that have a public address keep it. IPv6 addresses that are assigned by default are not changed.",
    nextStep: "Have what needs a public address ask for it when it is launched.",
  },
  "table-recovery": {
    does: "have DynamoDB keep table {id} restorable to any second",
    undoes: "have DynamoDB no longer keep table {id} restorable, and delete what it has kept",
    names: "table {id}",
    arn: anyTable,
    published: ["DynamoDB.2"],
    rules: ["cordon-table-recovery"],
    resourceType: "AWS::DynamoDB::Table",
    idForm: "[\\w.-]{3,255}",
    wanted: true,
    reads: [
      {
        actions: [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:ListTagsOfResource",
        ],
        resources: [anyTable],
      },
    ],
    changes: [{ actions: ["dynamodb:UpdateContinuousBackups"], resources: [anyTable] }],
    asks: "AWS charges for it by the size of the table",
    residual: "What was deleted before cannot be restored.",
    nextStep: "Declare the recovery where the table is declared.",
  },
  "volume-encryption-by-default": {
    does: "encrypt new EBS volumes of account {id} in {region} by default",
    undoes: "no longer encrypt new EBS volumes of account {id} in {region} by default",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["EC2.7"],
    rules: ["cordon-volume-encryption-by-default"],
    resourceType: "AWS::::Account",
    idForm: "{account}",
    wanted: true,
    reads: [{ actions: ["ec2:GetEbsEncryptionByDefault"], resources: ["*"] }],
    changes: [{ actions: ["ec2:EnableEbsEncryptionByDefault"], resources: ["*"] }],
    undoing: [{ actions: ["ec2:DisableEbsEncryptionByDefault"], resources: ["*"] }],
    asks: "Images and snapshots that are encrypted with AWS's own key cannot be shared with other accounts, and some builds share theirs",
    residual: "Volumes and snapshots that exist stay as they are.",
    nextStep:
      "List the volumes that are not encrypted: aws ec2 describe-volumes --region {region} --filters Name=encrypted,Values=false. Copy each through an encrypted snapshot.",
  },
} as const satisfies Record<string, Control>;

export type ControlId = keyof typeof controls;
export const controlIds = Object.keys(controls) as ControlId[];

/** Finds the control that answers a breach of a rule. */
export function controlFor(rule: string, resourceType: string): ControlId | undefined {
  return controlIds.find((id) => {
    const control: Control = controls[id];
    return control.rules.includes(rule) && control.resourceType === resourceType;
  });
}

/** Checks whether a resource's id is one that the control can have in an account. */
export function isIdOf(control: ControlId, id: string, account: string): boolean {
  return new RegExp(`^(?:${filled(controls[control].idForm, { id: "", account })})$`).test(id);
}

/** Fills in what a text of a control leaves open. */
export function filled(
  text: string,
  of: { readonly id: string; readonly account?: string; readonly region?: string },
): string {
  return text
    .replaceAll("{id}", of.id)
    .replaceAll("{account}", of.account ?? "*")
    .replaceAll("{region}", of.region ?? "*");
}
