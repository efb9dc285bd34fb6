/** Posture controls of Amazon EC2, its networks and its volumes. Data only. */
import type { Control } from "./control";

const groupId = "sg-(?:[0-9a-f]{8}|[0-9a-f]{17})";

const anyGroup = "arn:aws:ec2:{region}:{account}:security-group/{id}";

/** What Security Hub's control EC2.19 calls ports of high risk; its list cannot be changed. */
export const riskyPorts = [
  20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500,
  5601, 8080, 8088, 8888, 9200, 9300,
] as const;

const readsOfGroups = [
  { actions: ["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"], resources: ["*"] },
] as const;
// Quarantine groups are the sweeper's, and whatever else Cordon made is its own affair.
const notOwn = { Null: { "aws:ResourceTag/cordon": "true" } };
/** The group, and the rules that it gets. */
const groupAndRules = [anyGroup, "arn:aws:ec2:{region}:{account}:security-group-rule/*"] as const;

/** Removes the rules of a security group that let the whole internet reach some ports. */
function openPorts(ports: string, published: readonly string[]) {
  return {
    does: `remove the rules of security group {id} that open ${ports} to the internet`,
    undoes: `give security group {id} back its rules that open ${ports} to the internet`,
    names: "security group {id}",
    arn: anyGroup,
    published,
    idForm: groupId,
    wanted: [],
    reads: readsOfGroups,
    changes: [
      {
        actions: ["ec2:RevokeSecurityGroupIngress"],
        resources: [anyGroup],
        conditions: notOwn,
      },
    ],
    undoing: [{ actions: ["ec2:AuthorizeSecurityGroupIngress"], resources: groupAndRules }],
    residual:
      "Connections that are open already go on: EC2 tracks them, whatever the group's rules become.",
    nextStep:
      "Find who opened the port, and whether a template will open it again. Give people Session Manager, or a rule for their own addresses.",
  } as const satisfies Control;
}

/** The same of one port, which a rule of the conformance pack reports, too. */
function openPort(port: number, what: string, published: string) {
  return {
    ...openPorts(`port ${port}`, [published]),
    config: {
      rules: [`cordon-restricted-${what}`],
      resourceType: "AWS::EC2::SecurityGroup",
    },
  } as const satisfies Control;
}

/** A snapshot or an image that is shared, whose ARN does not say whose it is. */
const anySubnet = "arn:aws:ec2:{region}:{account}:subnet/{id}";

export const ec2Controls = {
  "open-ssh": openPort(22, "ssh", "EC2.13"),
  "open-rdp": openPort(3389, "rdp", "EC2.14"),
  "open-administration": openPorts("port 22 or 3389", ["EC2.53", "EC2.54"]),
  "open-risky-ports": openPorts("a port of high risk", ["EC2.19"]),
  "default-group-rules": {
    does: "remove all rules of the default security group {id}",
    undoes: "give the default security group {id} its rules back",
    names: "security group {id}",
    arn: anyGroup,
    published: ["EC2.2"],
    idForm: groupId,
    wanted: [],
    reads: readsOfGroups,
    changes: [
      {
        actions: ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
        resources: [anyGroup],
        conditions: notOwn,
      },
    ],
    undoing: [
      {
        actions: ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
        resources: groupAndRules,
      },
    ],
    asks: "Whatever is in the default group would reach nothing, and nothing would reach it: look first which interfaces have the group",
    residual: "Connections that are open already go on, as far as EC2 tracks them.",
    nextStep:
      "Give what is in the group a group of its own: aws ec2 describe-network-interfaces --region {region} --filters Name=group-id,Values={id}.",
  },
  "transit-gateway-sharing": {
    does: "have transit gateway {id} accept no attachments of other accounts by itself",
    undoes: "have transit gateway {id} accept attachments of other accounts by itself",
    names: "transit gateway {id}",
    arn: "arn:aws:ec2:{region}:{account}:transit-gateway/{id}",
    published: ["EC2.23"],
    idForm: "tgw-[0-9a-f]{17}",
    wanted: "disable",
    reads: [{ actions: ["ec2:DescribeTransitGateways"], resources: ["*"] }],
    changes: [
      {
        actions: ["ec2:ModifyTransitGateway"],
        resources: ["arn:aws:ec2:{region}:{account}:transit-gateway/{id}"],
      },
    ],
    asks: "New attachments of other accounts would wait until somebody accepts them",
    residual: "Attachments that were accepted stay.",
    nextStep: "Look which accounts are attached, and whether each belongs there.",
  },
  "source-destination-check": {
    does: "have EC2 check source and destination of the traffic of interface {id}",
    undoes: "have EC2 no longer check source and destination of the traffic of interface {id}",
    names: "network interface {id}",
    arn: "arn:aws:ec2:{region}:{account}:network-interface/{id}",
    published: ["EC2.180"],
    idForm: "eni-(?:[0-9a-f]{8}|[0-9a-f]{17})",
    wanted: true,
    reads: [{ actions: ["ec2:DescribeNetworkInterfaces"], resources: ["*"] }],
    changes: [
      {
        actions: ["ec2:ModifyNetworkInterfaceAttribute"],
        resources: ["arn:aws:ec2:{region}:{account}:network-interface/{id}"],
        // EC2 is not consistent in how it writes the attribute.
        conditions: { StringEqualsIgnoreCase: { "ec2:Attribute": "SourceDestCheck" } },
      },
      {
        // AWS lists these for the action, too. A shared subnet bears its owner's account.
        actions: ["ec2:ModifyNetworkInterfaceAttribute"],
        resources: ["arn:aws:ec2:{region}:{account}:instance/*", "arn:aws:ec2:{region}:*:subnet/*"],
      },
    ],
    asks: "An instance that forwards for others, such as a firewall or for NAT, would forward nothing any more",
    residual: "What the interface forwarded before is in the flow logs alone.",
    nextStep: "Declare the check where the interface is declared.",
  },
  "snapshot-public-sharing": {
    does: "block that EBS snapshots of account {id} in {region} are shared with everybody",
    undoes: "block public sharing of EBS snapshots of account {id} in {region} as far as before",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["EC2.182"],
    ofAccount: true,
    idForm: "{account}",
    wanted: "block-all-sharing",
    reads: [{ actions: ["ec2:GetSnapshotBlockPublicAccessState"], resources: ["*"] }],
    changes: [{ actions: ["ec2:EnableSnapshotBlockPublicAccess"], resources: ["*"] }],
    undoing: [
      {
        actions: ["ec2:DisableSnapshotBlockPublicAccess", "ec2:EnableSnapshotBlockPublicAccess"],
        resources: ["*"],
      },
    ],
    asks: "Snapshots that are public now could be used by nobody else",
    residual:
      "Snapshots that are shared with everybody stay marked so, and are public again once the block ends.",
    nextStep:
      "List them: aws ec2 describe-snapshots --region {region} --owner-ids self --restorable-by-user-ids all.",
  },
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
