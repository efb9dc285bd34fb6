/**
 * The techniques of a public list, and what AWS reports of each: Stratus Red Team's for AWS. Only names,
 * ids and tactics are the list's. Which finding types fit is by the GuardDuty user guide of 2026: the pages
 * of IAM, S3, AI Protection and custom detection rules, which name the calls or signals. Data only.
 */
import type { Report, Technique, When } from "./technique";

/** Where the list is, and as of when. */
export const list = {
  name: "Stratus Red Team",
  address: "https://stratus-red-team.cloud/attack-techniques/AWS/",
  version: "2.36.0",
  commit: "7c9a7a5a63dc370260a6528dd0d30476854806c1",
  date: "2026-08-19",
} as const;

const low = 2;
const medium = 5;
const high = 8;
type Severity = typeof low | typeof medium | typeof high;

const found = (type: string, when: When, severity: Severity): Report => ({
  by: "guardduty",
  type,
  when,
  severity,
});

/** A custom detection rule: its finding type, and the signal by the call. */
const ruled = (type: string, signal: string, severity: Severity): Report => ({
  by: "guardduty",
  type,
  when: "rule",
  severity,
  signal,
});

const anomalous = {
  CredentialAccess: medium,
  DefenseEvasion: medium,
  Discovery: low,
  Exfiltration: high,
  Impact: high,
  InitialAccess: medium,
  Persistence: medium,
  PrivilegeEscalation: medium,
} as const;

const unusual = (tactic: keyof typeof anomalous, when: "anomaly" | "kind" = "anomaly"): Report =>
  found(`${tactic}:IAMUser/AnomalousBehavior`, when, anomalous[tactic]);

const fromOutside: Report = { by: "access-analyzer" };

const noType = "GuardDuty documents no type for it, and Cordon does not hear the call";

export const techniques: readonly Technique[] = [
  {
    id: "aws.initial-access.console-login-without-mfa",
    name: "Console Login without MFA",
    tactics: ["Initial Access"],
    call: "signin:ConsoleLogin",
    // AWS Config tells of the user without MFA before, and of no sign-in.
    reports: [ruled("InitialAccess:IAM/ValidAccounts", "ConsoleLoginWithoutMFA", medium)],
    left: "the password",
  },
  {
    id: "aws.execution.ec2-launch-unusual-instances",
    name: "Launch Unusual EC2 instances",
    tactics: ["Execution"],
    call: "ec2:RunInstances",
    reports: [],
    unheard: noType,
  },
  {
    id: "aws.execution.ec2-user-data",
    name: "Execute Commands on EC2 Instance via User Data",
    tactics: ["Execution", "Privilege Escalation"],
    call: "ec2:ModifyInstanceAttribute",
    abuses: "instance",
    reports: [
      ruled("Persistence:EC2/BootOrLogonInitializationScripts", "EC2UserDataModified", high),
      unusual("Persistence"),
    ],
    left: "the instance, with the script",
  },
  {
    id: "aws.execution.sagemaker-update-lifecycle-config",
    name: "Execute Commands on SageMaker Notebook Instance via Lifecycle Configuration",
    tactics: ["Execution", "Privilege Escalation"],
    call: "sagemaker:UpdateNotebookInstance",
    reports: [
      ruled(
        "Execution:SageMaker/CommandAndScriptingInterpreter",
        "SageMakerLifecycleConfigModified",
        medium,
      ),
    ],
    left: "the notebook, with the script, and its role's credentials",
  },
  {
    id: "aws.execution.ssm-send-command",
    name: "Usage of ssm:SendCommand on multiple instances",
    tactics: ["Execution"],
    call: "ssm:SendCommand",
    abuses: "instance",
    reports: [],
    unheard: noType,
  },
  {
    id: "aws.execution.ssm-start-session",
    name: "Usage of ssm:StartSession on multiple instances",
    tactics: ["Execution"],
    call: "ssm:StartSession",
    abuses: "instance",
    reports: [unusual("InitialAccess")],
    left: "sessions that are open on the instances",
  },
  {
    id: "aws.persistence.iam-backdoor-role",
    name: "Backdoor an IAM Role",
    tactics: ["Persistence"],
    call: "iam:UpdateAssumeRolePolicy",
    abuses: "role",
    reports: [
      fromOutside,
      ruled("Persistence:IAM/AccountManipulation", "IAMRoleTrustPolicyModified", medium),
      unusual("PrivilegeEscalation", "kind"),
    ],
    left: "the role, which the outsider may assume",
  },
  {
    id: "aws.persistence.iam-backdoor-user",
    name: "Create an Access Key on an IAM User",
    tactics: ["Persistence", "Privilege Escalation"],
    call: "iam:CreateAccessKey",
    abuses: "user",
    reports: [
      ruled("Persistence:IAM/AccountManipulation", "IAMAccessKeyCreated", low),
      unusual("Persistence"),
    ],
    left: "the other user, with the new key",
  },
  {
    id: "aws.persistence.iam-create-admin-user",
    name: "Create an administrative IAM User",
    tactics: ["Persistence", "Privilege Escalation"],
    call: "iam:AttachUserPolicy",
    abuses: "user",
    reports: [
      ruled("PrivilegeEscalation:IAM/AccountManipulation", "AdminPolicyAttachedToUser", high),
      unusual("PrivilegeEscalation", "kind"),
    ],
    left: "the new user, with its key",
  },
  {
    id: "aws.persistence.iam-create-backdoor-role",
    name: "Create a backdoored IAM Role",
    tactics: ["Persistence"],
    call: "iam:CreateRole",
    abuses: "role",
    reports: [
      fromOutside,
      ruled("PrivilegeEscalation:IAM/AccountManipulation", "AdminPolicyAttachedToRole", high),
      unusual("PrivilegeEscalation", "kind"),
    ],
    left: "the new role, which the outsider may assume",
  },
  {
    id: "aws.persistence.iam-create-user-login-profile",
    name: "Create a Login Profile on an IAM User",
    tactics: ["Persistence", "Privilege Escalation"],
    call: "iam:CreateLoginProfile",
    abuses: "user",
    reports: [
      { by: "config", rule: "cordon-console-mfa" },
      ruled("Persistence:IAM/AccountManipulation", "IAMUserLoginProfileCreated", high),
      unusual("PrivilegeEscalation", "kind"),
    ],
    left: "the other user, with the new password",
  },
  {
    id: "aws.persistence.lambda-backdoor-function",
    name: "Backdoor Lambda Function Through Resource-Based Policy",
    tactics: ["Persistence"],
    call: "lambda:AddPermission20150331v2",
    abuses: "function",
    reports: [
      fromOutside,
      ruled("Persistence:Lambda/AccountManipulation", "LambdaFunctionPublicAccess", high),
    ],
    left: "the function, which outsiders may invoke",
  },
  {
    id: "aws.persistence.lambda-layer-extension",
    name: "Add a Malicious Lambda Extension",
    tactics: ["Persistence", "Privilege Escalation"],
    call: "lambda:UpdateFunctionConfiguration20150331v2",
    abuses: "function",
    reports: [],
    unheard: noType,
  },
  {
    id: "aws.persistence.lambda-overwrite-code",
    name: "Overwrite Lambda Function Code",
    tactics: ["Persistence"],
    call: "lambda:UpdateFunctionCode20150331v2",
    abuses: "function",
    reports: [],
    unheard: noType,
  },
  {
    id: "aws.persistence.rolesanywhere-create-trust-anchor",
    name: "Create an IAM Roles Anywhere trust anchor",
    tactics: ["Persistence", "Privilege Escalation"],
    call: "rolesanywhere:CreateTrustAnchor",
    reports: [
      ruled(
        "Persistence:RolesAnywhere/AccountManipulation",
        "RolesAnywhereTrustAnchorCreated",
        medium,
      ),
    ],
    left: "the trust anchor, and sessions by its certificates",
  },
  {
    id: "aws.persistence.sts-federation-token",
    name: "Generate temporary AWS credentials using GetFederationToken",
    tactics: ["Persistence"],
    call: "sts:GetFederationToken",
    reports: [unusual("InitialAccess", "kind")],
  },
  {
    id: "aws.privilege-escalation.iam-update-user-login-profile",
    name: "Change IAM user password",
    tactics: ["Privilege Escalation"],
    call: "iam:UpdateLoginProfile",
    abuses: "user",
    reports: [
      ruled("Persistence:IAM/AccountManipulation", "IAMUserLoginProfileUpdated", medium),
      unusual("PrivilegeEscalation", "kind"),
    ],
    left: "the other user, with the new password",
  },
  {
    id: "aws.defense-evasion.cloudtrail-delete",
    name: "Delete CloudTrail Trail",
    tactics: ["Defense Evasion"],
    call: "cloudtrail:DeleteTrail",
    reports: [
      found("Stealth:IAMUser/CloudTrailLoggingDisabled", "always", low),
      unusual("DefenseEvasion", "kind"),
    ],
    left: "the trail",
  },
  {
    id: "aws.defense-evasion.cloudtrail-event-selectors",
    name: "Disable CloudTrail Logging Through Event Selectors",
    tactics: ["Defense Evasion"],
    call: "cloudtrail:PutEventSelectors",
    // The guide names deletions and updates of a trail, not of its selectors.
    reports: [
      {
        by: "security-hub",
        control: "CloudTrail.1",
        unless: "another trail records all management events",
      },
    ],
    left: "the trail's selectors, and who changed them",
  },
  {
    id: "aws.defense-evasion.cloudtrail-lifecycle-rule",
    name: "CloudTrail Logs Impairment Through S3 Lifecycle Rule",
    tactics: ["Defense Evasion"],
    call: "s3:PutBucketLifecycle",
    abuses: "bucket",
    reports: [ruled("Impact:S3/DataDestruction", "S3LifecycleRapidExpiration", medium)],
    left: "the bucket's lifecycle rule",
  },
  {
    id: "aws.defense-evasion.cloudtrail-stop",
    name: "Stop CloudTrail Trail",
    tactics: ["Defense Evasion"],
    call: "cloudtrail:StopLogging",
    reports: [
      found("Stealth:IAMUser/CloudTrailLoggingDisabled", "always", low),
      unusual("DefenseEvasion"),
    ],
    left: "the trail",
  },
  {
    id: "aws.defense-evasion.dns-delete-logs",
    name: "Delete DNS query logs",
    tactics: ["Defense Evasion"],
    call: "route53resolver:DeleteResolverQueryLogConfig",
    reports: [
      ruled(
        "DefenseImpairment:Route53Resolver/DisableOrModifyTools",
        "DNSQueryLogsDeleted",
        medium,
      ),
      unusual("DefenseEvasion", "kind"),
    ],
    left: "the log of queries",
  },
  {
    id: "aws.defense-evasion.organizations-leave",
    name: "Attempt to Leave the AWS Organization",
    tactics: ["Defense Evasion"],
    call: "organizations:LeaveOrganization",
    reports: [
      ruled(
        "DefenseImpairment:Organizations/ModifyCloudResourceHierarchy",
        "OrganizationLeaveAttempt",
        high,
      ),
    ],
  },
  {
    id: "aws.defense-evasion.vpc-remove-flow-logs",
    name: "Remove VPC Flow Logs",
    tactics: ["Defense Evasion"],
    call: "ec2:DeleteFlowLogs",
    reports: [
      ruled("DefenseImpairment:EC2/DisableOrModifyTools", "VPCFlowLogsDeleted", high),
      unusual("DefenseEvasion"),
    ],
    left: "the flow logs",
  },
  {
    id: "aws.credential-access.ec2-get-password-data",
    name: "Retrieve EC2 Password Data",
    tactics: ["Credential Access"],
    call: "ec2:GetPasswordData",
    reports: [
      ruled("CredentialAccess:EC2/UnsecuredCredentials", "EC2PasswordDataRetrieved", medium),
      unusual("CredentialAccess"),
    ],
    left: "passwords that were read",
  },
  {
    id: "aws.credential-access.ec2-steal-instance-credentials",
    name: "Steal EC2 Instance Credentials",
    tactics: ["Credential Access"],
    call: "ec2:DescribeInstances",
    with: "an instance's role",
    abuses: "instance",
    reports: [
      found("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "always", high),
    ],
  },
  {
    id: "aws.credential-access.secretsmanager-batch-retrieve-secrets",
    name: "Retrieve a High Number of Secrets Manager secrets (Batch)",
    tactics: ["Credential Access"],
    call: "secretsmanager:BatchGetSecretValue",
    reports: [unusual("CredentialAccess")],
    left: "secrets that were read",
  },
  {
    id: "aws.credential-access.secretsmanager-retrieve-secrets",
    name: "Retrieve a High Number of Secrets Manager secrets",
    tactics: ["Credential Access"],
    call: "secretsmanager:GetSecretValue",
    reports: [unusual("CredentialAccess")],
    left: "secrets that were read",
  },
  {
    id: "aws.credential-access.ssm-retrieve-securestring-parameters",
    name: "Retrieve And Decrypt SSM Parameters",
    tactics: ["Credential Access"],
    call: "ssm:GetParameters",
    // Not one of the calls of which the guide says that they are all of CredentialAccess.
    reports: [unusual("Discovery", "kind")],
    left: "parameters that were read",
  },
  {
    id: "aws.discovery.ec2-enumerate-from-instance",
    name: "Execute Discovery Commands on an EC2 Instance",
    tactics: ["Discovery"],
    call: "iam:GetAccountAuthorizationDetails",
    with: "an instance's role",
    abuses: "instance",
    reports: [unusual("Discovery", "kind")],
    left: "the instance",
  },
  {
    id: "aws.discovery.ec2-download-user-data",
    name: "Download EC2 Instance User Data",
    tactics: ["Discovery"],
    call: "ec2:DescribeInstanceAttribute",
    reports: [unusual("Discovery", "kind")],
    left: "secrets in the user data",
  },
  {
    id: "aws.discovery.ses-enumerate",
    name: "Enumerate SES",
    tactics: ["Discovery"],
    call: "ses:ListIdentities",
    reports: [unusual("Discovery", "kind")],
  },
  {
    id: "aws.lateral-movement.ec2-serial-console-send-ssh-public-key",
    name: "Usage of EC2 Serial Console to push SSH public key",
    tactics: ["Lateral Movement"],
    call: "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    abuses: "instance",
    reports: [ruled("LateralMovement:EC2/RemoteServices", "EC2InstanceSSHKeyPushed", medium)],
    left: "sessions that are open on the instance",
  },
  {
    id: "aws.lateral-movement.ec2-instance-connect",
    name: "Usage of EC2 Instance Connect on multiple instances",
    tactics: ["Lateral Movement"],
    call: "ec2-instance-connect:SendSSHPublicKey",
    abuses: "instance",
    reports: [ruled("LateralMovement:EC2/RemoteServices", "EC2InstanceSSHKeyPushed", medium)],
    left: "sessions that are open on the instances",
  },
  {
    id: "aws.exfiltration.ec2-security-group-open-port-22-ingress",
    name: "Open Ingress Port 22 on a Security Group",
    tactics: ["Exfiltration"],
    call: "ec2:AuthorizeSecurityGroupIngress",
    abuses: "security group",
    reports: [
      { by: "config", rule: "cordon-restricted-ssh" },
      ruled("Persistence:EC2/ExternalRemoteServices", "EC2SecurityGroupPublicSSH", medium),
    ],
    left: "the group, with the open port",
  },
  {
    id: "aws.exfiltration.ec2-share-ami",
    name: "Exfiltrate an AMI by Sharing It",
    tactics: ["Exfiltration"],
    call: "ec2:ModifyImageAttribute",
    abuses: "image",
    reports: [ruled("Exfiltration:EC2/TransferDataToCloudAccount", "AMIExternalAccess", high)],
    left: "the image, which is still shared",
  },
  {
    id: "aws.exfiltration.ec2-share-ebs-snapshot",
    name: "Exfiltrate EBS Snapshot by Sharing It",
    tactics: ["Exfiltration"],
    call: "ec2:ModifySnapshotAttribute",
    abuses: "snapshot",
    reports: [
      fromOutside,
      ruled("Exfiltration:EC2/TransferDataToCloudAccount", "EBSSnapshotExternalAccess", high),
      unusual("Exfiltration", "kind"),
    ],
    left: "the snapshot, which is still shared",
  },
  {
    id: "aws.exfiltration.rds-share-snapshot",
    name: "Exfiltrate RDS Snapshot by Sharing",
    tactics: ["Exfiltration"],
    call: "rds:ModifyDBSnapshotAttribute",
    abuses: "database snapshot",
    // The custom rule is about snapshots that are public, and this one is shared with one account.
    reports: [fromOutside, unusual("Exfiltration", "kind")],
    left: "the snapshot, which is still shared",
  },
  {
    id: "aws.exfiltration.s3-backdoor-bucket-policy",
    name: "Backdoor an S3 Bucket via its Bucket Policy",
    tactics: ["Exfiltration"],
    call: "s3:PutBucketPolicy",
    abuses: "bucket",
    reports: [
      fromOutside,
      ruled("Exfiltration:S3/TransferDataToCloudAccount", "S3BucketPolicyExternalAccess", high),
      unusual("Impact"),
    ],
    left: "the bucket's policy",
  },
  {
    id: "aws.impact.bedrock-invoke-model",
    name: "Invoke Bedrock Model",
    tactics: ["Impact"],
    call: "bedrock:InvokeModel",
    reports: [found("Impact:IAMUser/AnomalousModelInvocation", "anomaly", low)],
  },
  {
    id: "aws.impact.ec2-deregister-ami",
    name: "Deregister an Amazon EC2 AMI",
    tactics: ["Impact"],
    call: "ec2:DeregisterImage",
    reports: [],
    unheard: noType,
  },
  {
    id: "aws.impact.s3-ransomware-batch-deletion",
    name: "S3 Ransomware through batch file deletion",
    tactics: ["Impact"],
    call: "s3:DeleteObjects",
    abuses: "bucket",
    reports: [found("Impact:S3/AnomalousBehavior.Delete", "anomaly", high)],
    left: "objects that are gone",
  },
  {
    id: "aws.impact.s3-ransomware-client-side-encryption",
    name: "S3 Ransomware through client-side encryption",
    tactics: ["Impact"],
    call: "s3:CopyObject",
    abuses: "bucket",
    reports: [
      found("Exfiltration:S3/AnomalousBehavior", "anomaly", high),
      found("Impact:S3/AnomalousBehavior.Write", "anomaly", medium),
    ],
    left: "objects that are encrypted",
  },
  {
    id: "aws.impact.s3-ransomware-individual-deletion",
    name: "S3 Ransomware through individual file deletion",
    tactics: ["Impact"],
    call: "s3:DeleteObject",
    abuses: "bucket",
    reports: [found("Impact:S3/AnomalousBehavior.Delete", "anomaly", high)],
    left: "objects that are gone",
  },
];
