/** Posture controls of Amazon EC2, its networks and its volumes. Data only. */
import type { Control } from "./control";

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
    config: {
      rules: [`cordon-restricted-${what}`],
      resourceType: "AWS::EC2::SecurityGroup",
    },
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

/** A snapshot or an image that is shared, whose ARN does not say whose it is. */
const sharedOf = (type: "snapshot" | "image") => `arn:aws:ec2:{region}::${type}/{id}`;
// What Cordon makes is its own affair.
const notOwn = { Null: { "aws:ResourceTag/cordon": "true" } };
const ofAccount = { StringEquals: { "ec2:Owner": "{account}" } };

/** Shares a snapshot or an image with nobody but whom it names. */
function sharing(type: "snapshot" | "image", attribute: string, describe: string, modify: string) {
  return {
    does: `no longer share ${type} {id} with everybody`,
    undoes: `share ${type} {id} with whom it was shared before`,
    names: `${type} {id}`,
    arn: sharedOf(type),
    // Security Hub reports snapshots by account, and no images.
    published: [],
    idForm: `${type === "image" ? "ami" : "snap"}-(?:[0-9a-f]{8}|[0-9a-f]{17})`,
    reads: [
      { actions: [describe], resources: ["*"] },
      { actions: [attribute], resources: [sharedOf(type)], conditions: ofAccount },
    ],
    changes: [
      {
        actions: [modify],
        resources: [sharedOf(type)],
        conditions: { ...ofAccount, ...notOwn },
      },
    ],
    residual: `Who copied the ${type} while it was public keeps the copy.`,
    nextStep: `Take what the ${type} holds for known: replace the secrets in it.`,
  } as const satisfies Control;
}

const anySubnet = "arn:aws:ec2:{region}:{account}:subnet/{id}";

export const ec2Controls = {
  "open-ssh": openPort(22, "ssh", "EC2.13"),
  "open-rdp": openPort(3389, "rdp", "EC2.14"),
  "public-snapshots": {
    does: "make the public EBS snapshots of account {id} in {region} private",
    undoes: "make those EBS snapshots of account {id} in {region} public again that were",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["EC2.1"],
    idForm: "{account}",
    wanted: [],
    reads: [{ actions: ["ec2:DescribeSnapshots"], resources: ["*"] }],
    changes: [
      {
        actions: ["ec2:ModifySnapshotAttribute"],
        resources: ["arn:aws:ec2:{region}::snapshot/*"],
        conditions: { StringEquals: { "ec2:Owner": "{account}", "ec2:Remove/group": "all" } },
      },
    ],
    undoing: [
      {
        actions: ["ec2:ModifySnapshotAttribute"],
        resources: ["arn:aws:ec2:{region}::snapshot/*"],
        conditions: { StringEquals: { "ec2:Owner": "{account}", "ec2:Add/group": "all" } },
      },
    ],
    residual: "Who copied a snapshot while it was public keeps the copy.",
    nextStep:
      "Take what the snapshots hold for known: replace the secrets in them. Block public sharing for the whole account.",
  },
  "snapshot-sharing": sharing(
    "snapshot",
    "ec2:DescribeSnapshotAttribute",
    "ec2:DescribeSnapshots",
    "ec2:ModifySnapshotAttribute",
  ),
  "image-sharing": sharing(
    "image",
    "ec2:DescribeImageAttribute",
    "ec2:DescribeImages",
    "ec2:ModifyImageAttribute",
  ),
  "instance-metadata": {
    does: "have the metadata service of instance {id} answer to tokens alone (IMDSv2)",
    undoes: "have the metadata service of instance {id} answer without tokens, too (IMDSv1)",
    names: "instance {id}",
    arn: "arn:aws:ec2:{region}:{account}:instance/{id}",
    published: ["EC2.8"],
    config: { rules: ["cordon-instance-metadata"], resourceType: "AWS::EC2::Instance" },
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
  "subnet-public-addresses": {
    does: "give new instances in subnet {id} no public address by default",
    undoes: "give new instances in subnet {id} a public address by default",
    names: "subnet {id}",
    arn: anySubnet,
    published: ["EC2.15"],
    config: { rules: ["cordon-subnet-public-addresses"], resourceType: "AWS::EC2::Subnet" },
    idForm: "subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})",
    wanted: false,
    reads: [{ actions: ["ec2:DescribeSubnets"], resources: ["*"] }],
    changes: [{ actions: ["ec2:ModifySubnetAttribute"], resources: [anySubnet] }],
    asks: "New instances in it would be without a public address, which those of a public subnet may need",
    residual:
      "Instances that have a public address keep it. IPv6 addresses that are assigned by default are not changed.",
    nextStep: "Have what needs a public address ask for it when it is launched.",
  },
  "volume-encryption-by-default": {
    does: "encrypt new EBS volumes of account {id} in {region} by default",
    undoes: "no longer encrypt new EBS volumes of account {id} in {region} by default",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["EC2.7"],
    config: { rules: ["cordon-volume-encryption-by-default"], resourceType: "AWS::::Account" },
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
