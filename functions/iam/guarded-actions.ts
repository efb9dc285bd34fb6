/**
 * The actions by which an account's administrators could disable Cordon or undo a containment, which
 * the service control policies deny. Data only.
 */

export const roleChanges = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PassRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];

/** Every way to obtain a user's credentials; IAM asks for UpdateUser on the new name as well. */
export const userTakeovers = [
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

export const baselineChanges = [
  "cloudformation:CancelUpdateStack",
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:SetStackPolicy",
  "cloudformation:UpdateStack",
  "cloudformation:UpdateTerminationProtection",
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
  "sqs:AddPermission",
  "sqs:DeleteQueue",
  "sqs:PurgeQueue",
  "sqs:RemovePermission",
  "sqs:SetQueueAttributes",
  "ssm:CreateDocument",
  "ssm:DeleteDocument",
  "ssm:ModifyDocumentPermission",
  "ssm:UpdateDocument",
  "ssm:UpdateDocumentDefaultVersion",
];

/** Both ways to invoke a function: the first is deprecated, and still an action. */
export const invocations = ["lambda:InvokeAsync", "lambda:InvokeFunction"];

// EC2 Auto Scaling tags the instances that it launches itself, past these statements: of a tag that it
// propagates, only the group's own tagging shows the key.
export const tagging = [
  "autoscaling:CreateAutoScalingGroup",
  "autoscaling:CreateOrUpdateTags",
  "ec2:CreateTags",
  "ec2:DeleteTags",
  "iam:TagRole",
  "iam:TagUser",
  "iam:UntagRole",
  "iam:UntagUser",
];

// DeleteTags without keys deletes every tag and shows no aws:TagKeys: hence here and below, too.
const retagging = ["ec2:CreateTags", "ec2:DeleteTags"];

// Not DeleteSecurityGroup: EC2 refuses it while an interface holds the group, and the owner of a
// VPC must be able to delete it with everything in it.
export const groupChanges = [
  ...retagging,
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:ModifySecurityGroupRules",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
  "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
  "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
];

export const interfaceChanges = [
  ...retagging,
  "ec2:AttachNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DetachNetworkInterface",
  "ec2:ModifyNetworkInterfaceAttribute",
  "ec2:ResetNetworkInterfaceAttribute",
];

export const instanceChanges = [
  ...retagging,
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

export const snapshotChanges = [
  ...retagging,
  "ec2:DeleteSnapshot",
  "ec2:ModifySnapshotAttribute",
  "ec2:ModifySnapshotTier",
  "ec2:ResetSnapshotAttribute",
  "ec2:UnlockSnapshot",
];

/**
 * Actions that undo, overwrite or go around a containment of a user or role. Not DeleteAccessKey: a
 * contained user's keys may always be deleted.
 */
export const principalChanges = [
  "iam:AttachRolePolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:DeactivateMFADevice",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DeleteUser",
  "iam:DeleteUserPermissionsBoundary",
  "iam:DeleteUserPolicy",
  "iam:DetachRolePolicy",
  "iam:DetachUserPolicy",
  "iam:EnableMFADevice",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:ResetServiceSpecificCredential",
  "iam:TagRole",
  "iam:TagUser",
  "iam:UntagRole",
  "iam:UntagUser",
  "iam:UpdateAccessKey",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateLoginProfile",
  "iam:UpdateSSHPublicKey",
  "iam:UpdateServiceSpecificCredential",
  "iam:UpdateSigningCertificate",
  "iam:UpdateUser",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
];

/** Actions that take a managed deny off; their condition keys show it before any tag is in effect. */
export const detachments = ["iam:DetachRolePolicy", "iam:DetachUserPolicy"];
/** Actions that make, change or delete a managed policy. */
export const policyChanges = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
];
export const boundaryDeletions = [
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteUserPermissionsBoundary",
];

/** Actions by which a principal obtains credentials or permissions other than its own. */
export const bridges = [
  "iam:AddUserToGroup",
  "iam:AttachGroupPolicy",
  "iam:AttachRolePolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateOpenIDConnectProvider",
  "iam:CreatePolicyVersion",
  "iam:CreateRole",
  "iam:CreateSAMLProvider",
  "iam:CreateServiceSpecificCredential",
  "iam:CreateUser",
  "iam:PutGroupPolicy",
  "iam:PutRolePolicy",
  "iam:PutUserPolicy",
  "iam:ResetServiceSpecificCredential",
  "iam:SetDefaultPolicyVersion",
  "iam:UpdateAccessKey",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateLoginProfile",
  "iam:UpdateSAMLProvider",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
  "rolesanywhere:CreateProfile",
  "rolesanywhere:CreateTrustAnchor",
];
