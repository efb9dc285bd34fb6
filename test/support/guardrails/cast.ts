/** Who calls, what they call for, and on what, where service control policies are tried out. */

export const member = "777788889999";
export const security = "444455556666";

/** What the policies are written for. */
export const guarded = {
  securityAccount: security,
  deploymentRole: "OrganizationAccountAccessRole",
  breakGlassRoles: ["BreakGlass"],
  breakGlassUsers: ["rescue"],
  deployers: ["role/CordonDeployer", "user/pipelines/cordon"],
};

interface Who {
  readonly words: string;
  /** ARN of the caller. */
  readonly arn: string;
  /** What aws:PrincipalArn holds: of a session its role. */
  readonly principalArn: string;
}

export interface Row {
  readonly who: Who;
  readonly does: string;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export function session(words: string, account: string, role: string, name = "ann"): Who {
  return {
    words,
    arn: `arn:aws:sts::${account}:assumed-role/${role.split("/").at(-1)}/${name}`,
    principalArn: `arn:aws:iam::${account}:role/${role}`,
  };
}

function user(words: string, account: string, path: string): Who {
  const arn = `arn:aws:iam::${account}:user/${path}`;
  return { words, arn, principalArn: arn };
}

export const admin = session("an administrator", member, "Admin");
export const sso = session(
  "a federated administrator",
  member,
  "aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
);
export const workload = session(
  "the contained workload",
  member,
  "web-server",
  "i-0123456789abcdef0",
);
export const pipeline = session("another team's pipeline", member, "terraform");
export const root: Who = {
  words: "the account's root",
  arn: `arn:aws:iam::${member}:root`,
  principalArn: `arn:aws:iam::${member}:root`,
};
export const contained = user("the contained user", member, "mallory");
/** The same once IAM shows its tag: every row of it brings `mark`. */
export const marked = user("the marked user", member, "mallory");
export const forwarder = session("a forwarder's role", member, "cordon-forward-exposures");
export const investigator = session(
  "the role that investigates",
  member,
  "cordon-investigate-identity",
);
export const containIdentity = session(
  "the role to contain identities",
  member,
  "cordon-contain-identity",
  "cordon-0f3a9c1d2b4e5f60-1",
);
export const containInstance = session(
  "the role to contain instances",
  member,
  "cordon-contain-instance",
  "cordon-0f3a9c1d2b4e5f60-1",
);
export const releaseIdentity = session(
  "the role to release identities",
  member,
  "cordon-release-identity",
  "cordon-0f3a9c1d2b4e5f60-1",
);
export const releaseInstance = session(
  "the role to release instances",
  member,
  "cordon-release-instance",
  "cordon-0f3a9c1d2b4e5f60-1",
);
export const preparer = session(
  "the role that prepares VPCs",
  member,
  "cordon-prepare-instance",
  "cordon-sweep",
);
export const responder = session(
  "a responder's function",
  security,
  "cordon-respond-contain-instance",
  "cordon-respond-contain-instance",
);
export const securityAdmin = session("an administrator of the security account", security, "Admin");
export const deployment = session(
  "the deployment in a member",
  member,
  "OrganizationAccountAccessRole",
);
export const stackSets = session(
  "StackSets",
  member,
  "stacksets-exec-0123456789abcdef0123456789abcdef",
  "StackSet-cordon-global",
);
export const deployer = session("the deployment", security, "CordonDeployer");
export const ci = session("a CI of another account", member, "ci/deploys-cordon");
export const cordonDeploy = session("the role of the template", security, "cordon-deploy");
export const deployingUser = user("the deployment's user", security, "pipelines/cordon");
export const breakGlass = session("break-glass", member, "BreakGlass");
export const breakGlassOfSecurity = session("break-glass", security, "BreakGlass");
export const rescue = user("the break-glass user", member, "rescue");

export const role = (name: string, account = member) => `arn:aws:iam::${account}:role/${name}`;
export const userArn = (name: string, account = member) => `arn:aws:iam::${account}:user/${name}`;
/** A function of the security account, perhaps with a version or alias. */
export const fn = (name: string) => `arn:aws:lambda:us-east-1:${security}:function:${name}`;
export const ec2 = (resource: string) => `arn:aws:ec2:eu-west-1:${member}:${resource}`;
export const instance = ec2("instance/i-0123456789abcdef0");
export const eni = ec2("network-interface/eni-0123456789abcdef0");
export const group = ec2("security-group/sg-0123456789abcdef0");
export const scalingGroup = `arn:aws:autoscaling:us-east-1:${member}:autoScalingGroup:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0:autoScalingGroupName/web`;
export const rule = (name: string) => `arn:aws:events:us-east-1:${member}:rule/${name}`;
export const queue = (name: string) => `arn:aws:sqs:us-east-1:${member}:${name}`;
export const document = (name: string) => `arn:aws:ssm:us-east-1:${member}:document/${name}`;
export const stack = (name: string) =>
  `arn:aws:cloudformation:us-east-1:${member}:stack/${name}-0a1b2c3d/0a1b2c3d-1`;
export const snapshot = "arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0";

export const quarantined = { "aws:ResourceTag/SecurityStatus": "Quarantined" };
export const mark = { "aws:PrincipalTag/SecurityStatus": "Quarantined" };
const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
export const ofDenyAll = { "iam:PolicyARN": denyAll };
/** A managed policy of Cordon's, and a call that names it. */
export const ownDeny = `arn:aws:iam::${member}:policy/cordon/Cordon-0f3a9c1d2b4e5f60-1-5eed0001`;
export const ofOwnDeny = { "iam:PolicyARN": ownDeny };
export const ofOtherPolicy = { "iam:PolicyARN": "arn:aws:iam::aws:policy/PowerUserAccess" };
/** What gives a managed policy, or its name, to other contents. */
export const policyChanges = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
];
export const boundedByDenyAll = { "iam:PermissionsBoundary": denyAll };
export const restored = { "aws:ResourceTag/SecurityStatus": "Restored" };
export const cut = { "aws:ResourceTag/cordon": "quarantined" };
export const ours = { "aws:ResourceTag/cordon": "quarantine" };
export const forensic = {
  "aws:ResourceTag/Purpose": "Forensic",
  "aws:ResourceTag/CreatedBy": "Cordon",
};
export const keys = (...names: string[]) => ({ "aws:TagKeys": names });

// Written apart from the policies' own lists, which they check.
export const roleChanges = [
  "iam:AttachRolePolicy",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];
/** What gives a user credentials or permissions, or frees it of a deny. */
export const userChanges = [
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:DeactivateMFADevice",
  "iam:DeleteUser",
  "iam:DeleteUserPermissionsBoundary",
  "iam:DeleteUserPolicy",
  "iam:DetachUserPolicy",
  "iam:EnableMFADevice",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:ResetServiceSpecificCredential",
  "iam:TagUser",
  "iam:UntagUser",
  "iam:UpdateAccessKey",
  "iam:UpdateLoginProfile",
  "iam:UpdateSSHPublicKey",
  "iam:UpdateServiceSpecificCredential",
  "iam:UpdateSigningCertificate",
  "iam:UpdateUser",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
];
export const groupRules = [
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:ModifySecurityGroupRules",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
  "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
  "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
];
export const instanceChanges = [
  "ec2:AssociateIamInstanceProfile",
  "ec2:AttachNetworkInterface",
  "ec2:AttachVolume",
  "ec2:CreateReplaceRootVolumeTask",
  "ec2:DetachNetworkInterface",
  "ec2:DetachVolume",
  "ec2:DisassociateIamInstanceProfile",
  "ec2:ModifyInstanceAttribute",
  "ec2:ModifyInstanceMetadataOptions",
  "ec2:ModifyNetworkInterfaceAttribute",
  "ec2:RebootInstances",
  "ec2:ReplaceIamInstanceProfileAssociation",
  "ec2:ResetInstanceAttribute",
  "ec2:StartInstances",
  "ec2:StopInstances",
  "ec2:TerminateInstances",
];
export const sendingAway = [
  "ec2:AttachNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DetachNetworkInterface",
  "ec2:ModifyNetworkInterfaceAttribute",
  "ec2:ResetNetworkInterfaceAttribute",
];
export const snapshotChanges = [
  "ec2:DeleteSnapshot",
  "ec2:ModifySnapshotAttribute",
  "ec2:ModifySnapshotTier",
  "ec2:ResetSnapshotAttribute",
  "ec2:UnlockSnapshot",
];
export const stackChanges = [
  "cloudformation:CancelUpdateStack",
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:SetStackPolicy",
  "cloudformation:UpdateStack",
  "cloudformation:UpdateTerminationProtection",
];
export const ruleChanges = [
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
];
export const queueChanges = [
  "sqs:AddPermission",
  "sqs:DeleteQueue",
  "sqs:PurgeQueue",
  "sqs:RemovePermission",
  "sqs:SetQueueAttributes",
];
export const documentChanges = [
  "ssm:CreateDocument",
  "ssm:DeleteDocument",
  "ssm:ModifyDocumentPermission",
  "ssm:UpdateDocument",
  "ssm:UpdateDocumentDefaultVersion",
];
export const takeovers = [
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:CreateUser",
  "iam:DeactivateMFADevice",
  "iam:EnableMFADevice",
  "iam:ResetServiceSpecificCredential",
  "iam:UpdateAccessKey",
  "iam:UpdateLoginProfile",
  "iam:UpdateUser",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
];

export function row(
  who: Who,
  does: string,
  actions: readonly string[],
  resource: string,
  context?: Row["context"],
): Row {
  return { who, does, actions, resource, ...(context && { context }) };
}
