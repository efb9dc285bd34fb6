/** Lists the calls whose effect outlives the credential that made them. Data. */

const kinds: Readonly<Record<string, readonly string[]>> = {
  user: ["iam:CreateUser", "iam:AddUserToGroup", "identitystore:CreateUser"],
  "access key": ["iam:CreateAccessKey", "iam:UpdateAccessKey"],
  "console password": ["iam:ChangePassword", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
  "MFA device": ["iam:CreateVirtualMFADevice", "iam:DeactivateMFADevice", "iam:EnableMFADevice"],
  "other credential": [
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
  ],
  role: ["iam:CreateRole", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"],
  "trust policy": ["iam:UpdateAssumeRolePolicy"],
  "trusted identity provider": [
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreateSAMLProvider",
    "iam:UpdateSAMLProvider",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:CreateTrustAnchor",
  ],
  "key grant": ["kms:CreateGrant", "kms:PutKeyPolicy"],
  "Identity Center access": [
    "identitystore:CreateGroupMembership",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:CreatePermissionSet",
    "sso:PutInlinePolicyToPermissionSet",
  ],
  policy: [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
  ],
  session: ["sts:AssumeRole", "sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"],
  function: [
    "lambda:AddPermission",
    "lambda:CreateEventSourceMapping",
    "lambda:CreateFunction",
    "lambda:CreateFunctionUrlConfig",
    "lambda:PublishLayerVersion",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
  ],
  instance: [
    "ec2:CreateFleet",
    "ec2:CreateLaunchTemplate",
    "ec2:ModifyInstanceAttribute",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "autoscaling:CreateAutoScalingGroup",
    "ecs:CreateService",
    "ecs:RunTask",
    "lightsail:CreateInstances",
  ],
  "way in": [
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateKeyPair",
    "ec2:ImportKeyPair",
    "ssm:CreateActivation",
    "ssm:SendCommand",
    "ssm:StartSession",
  ],
  // Each goes on making calls as a role of its own.
  automation: [
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:UpdateStack",
    "codebuild:CreateProject",
    "codebuild:UpdateProject",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
  ],
  schedule: [
    "events:PutRule",
    "events:PutTargets",
    "scheduler:CreateSchedule",
    "ssm:CreateAssociation",
  ],
  "shared data": [
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "ecr:SetRepositoryPolicy",
    "ram:CreateResourceShare",
    "rds:ModifyDBSnapshotAttribute",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutBucketReplication",
    "secretsmanager:PutResourcePolicy",
  ],
  "detection switched off": [
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:StopConfigurationRecorder",
    "guardduty:CreateFilter",
    "guardduty:DeleteDetector",
    "guardduty:UpdateDetector",
    "securityhub:DisableSecurityHub",
  ],
};

const byCall = new Map(
  Object.entries(kinds).flatMap(([what, calls]) => calls.map((call) => [call, what] as const)),
);

/**
 * Names what a call leaves behind; undefined for what leaves nothing.
 *
 * @param call "iam:CreateUser". CloudTrail dates Lambda's calls: CreateFunction20150331,
 *   UpdateFunctionCode20150331v2.
 */
export function kindOfTrace(call: string): string | undefined {
  return byCall.get(call.replace(/\d{8}(v\d+)?$/, ""));
}
