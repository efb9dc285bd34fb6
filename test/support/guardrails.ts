/** Who may do what under the service control policies: every attack and every legitimate call. */

export const member = "777788889999";
export const security = "444455556666";

/** What the policies are written for. */
export const guarded = {
  partition: "aws",
  securityAccount: security,
  deploymentRole: "OrganizationAccountAccessRole",
  breakGlassRoles: ["BreakGlass"],
  breakGlassUsers: ["rescue"],
  deployers: ["role/CordonDeployer", "user/pipelines/cordon"],
};

export interface Who {
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

function session(words: string, account: string, role: string, name = "ann"): Who {
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

const admin = session("an administrator", member, "Admin");
const sso = session(
  "a federated administrator",
  member,
  "aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
);
const workload = session("the contained workload", member, "web-server", "i-0123456789abcdef0");
const pipeline = session("another team's pipeline", member, "terraform");
const root: Who = {
  words: "the account's root",
  arn: `arn:aws:iam::${member}:root`,
  principalArn: `arn:aws:iam::${member}:root`,
};
const contained = user("the contained user", member, "mallory");
const forwarder = session("a forwarder's role", member, "cordon-forward-exposures");
const investigator = session("the role that investigates", member, "cordon-investigate-identity");
const containIdentity = session(
  "the role to contain identities",
  member,
  "cordon-contain-identity",
  "cordon-0f3a9c1d2b4e5f60-1",
);
const containInstance = session(
  "the role to contain instances",
  member,
  "cordon-contain-instance",
  "cordon-0f3a9c1d2b4e5f60-1",
);
const releaseIdentity = session(
  "the role to release identities",
  member,
  "cordon-release-identity",
  "cordon-0f3a9c1d2b4e5f60-1",
);
const releaseInstance = session(
  "the role to release instances",
  member,
  "cordon-release-instance",
  "cordon-0f3a9c1d2b4e5f60-1",
);
const preparer = session(
  "the role that prepares VPCs",
  member,
  "cordon-prepare-instance",
  "cordon-sweep",
);
const responder = session(
  "a responder's function",
  security,
  "cordon-respond-contain-instance",
  "cordon-respond-contain-instance",
);
const securityAdmin = session("an administrator of the security account", security, "Admin");
const deployment = session("the deployment in a member", member, "OrganizationAccountAccessRole");
const stackSets = session(
  "StackSets",
  member,
  "stacksets-exec-0123456789abcdef0123456789abcdef",
  "StackSet-cordon-global",
);
const deployer = session("the deployment", security, "CordonDeployer");
const deployingUser = user("the deployment's user", security, "pipelines/cordon");
const breakGlass = session("break-glass", member, "BreakGlass");
const rescue = user("the break-glass user", member, "rescue");

const role = (name: string, account = member) => `arn:aws:iam::${account}:role/${name}`;
const userArn = (name: string, account = member) => `arn:aws:iam::${account}:user/${name}`;
const ec2 = (resource: string) => `arn:aws:ec2:eu-west-1:${member}:${resource}`;
const instance = ec2("instance/i-0123456789abcdef0");
const eni = ec2("network-interface/eni-0123456789abcdef0");
const group = ec2("security-group/sg-0123456789abcdef0");
const snapshot = "arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0";

const quarantined = { "aws:ResourceTag/SecurityStatus": "Quarantined" };
const restored = { "aws:ResourceTag/SecurityStatus": "Restored" };
const isContained = { "aws:ResourceTag/SecurityStatus": "Contained" };
const cut = { "aws:ResourceTag/CordonConnectionsCut": "0f3a9c1d2b4e5f60-1" };
const ours = { "aws:ResourceTag/cordon": "quarantine" };
const forensic = { "aws:ResourceTag/Purpose": "Forensic", "aws:ResourceTag/CreatedBy": "Cordon" };
const keys = (...names: string[]) => ({ "aws:TagKeys": names });

const roleChanges = [
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
const groupRules = [
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:ModifySecurityGroupRules",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
  "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
  "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
];
const instanceChanges = [
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
const sendingAway = [
  "ec2:AttachNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DetachNetworkInterface",
  "ec2:ModifyNetworkInterfaceAttribute",
  "ec2:ResetNetworkInterfaceAttribute",
];
const snapshotChanges = [
  "ec2:DeleteSnapshot",
  "ec2:ModifySnapshotAttribute",
  "ec2:ModifySnapshotTier",
  "ec2:ResetSnapshotAttribute",
  "ec2:UnlockSnapshot",
];
const stackChanges = [
  "cloudformation:CancelUpdateStack",
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:SetStackPolicy",
  "cloudformation:UpdateStack",
  "cloudformation:UpdateTerminationProtection",
];
const ruleChanges = [
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
];
const queueChanges = [
  "sqs:AddPermission",
  "sqs:DeleteQueue",
  "sqs:PurgeQueue",
  "sqs:RemovePermission",
  "sqs:SetQueueAttributes",
];
const documentChanges = [
  "ssm:CreateDocument",
  "ssm:DeleteDocument",
  "ssm:ModifyDocumentPermission",
  "ssm:UpdateDocument",
  "ssm:UpdateDocumentDefaultVersion",
];
const takeovers = [
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

function row(
  who: Who,
  does: string,
  actions: readonly string[],
  resource: string,
  context?: Row["context"],
): Row {
  return { who, does, actions, resource, ...(context && { context }) };
}

/** What the policies deny, although the caller's own policies allow everything. */
export const attacks: readonly Row[] = [
  row(admin, "changes Cordon's role", roleChanges, role("cordon-contain-instance")),
  row(root, "deletes Cordon's role", ["iam:DeleteRole"], role("cordon-release-instance")),
  row(sso, "makes a role that looks like Cordon's", ["iam:CreateRole"], role("cordon-contain-x")),
  row(
    admin,
    "makes a role whose path looks like Cordon's role",
    ["iam:CreateRole"],
    role("cordon-contain-instance/mine"),
  ),
  row(
    admin,
    "hands Cordon's role to a function",
    ["iam:PassRole"],
    role("cordon-contain-identity"),
  ),
  row(
    admin,
    "makes a break-glass role where there is none",
    ["iam:CreateRole"],
    role("BreakGlass"),
  ),
  row(
    pipeline,
    "opens the break-glass role to itself",
    ["iam:UpdateAssumeRolePolicy"],
    role("BreakGlass"),
  ),
  row(
    admin,
    "opens the deployment's role to itself",
    ["iam:UpdateAssumeRolePolicy"],
    role("OrganizationAccountAccessRole"),
  ),
  row(
    admin,
    "makes a role that looks like StackSets'",
    ["iam:CreateRole"],
    role("stacksets-exec-mine"),
  ),
  row(
    securityAdmin,
    "opens the deployment's role to itself",
    ["iam:UpdateAssumeRolePolicy"],
    role("CordonDeployer", security),
  ),
  row(
    securityAdmin,
    "makes a role that may become Cordon's in every member",
    ["iam:CreateRole"],
    role("cordon-respond-mine", security),
  ),
  row(
    containIdentity,
    "is led to change Cordon's own role, its policy widened",
    ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
    role("cordon-release-identity"),
  ),
  row(
    containIdentity,
    "is led to change break-glass, its policy widened",
    ["iam:PutRolePolicy"],
    role("BreakGlass"),
  ),
  row(admin, "takes over the break-glass user", takeovers, userArn("rescue")),
  row(
    containIdentity,
    "is led to disable the break-glass user's key",
    ["iam:UpdateAccessKey"],
    userArn("rescue"),
  ),
  row(
    securityAdmin,
    "makes a key of the deployment's user",
    ["iam:CreateAccessKey"],
    userArn("pipelines/cordon", security),
  ),
  row(
    admin,
    "becomes Cordon's role, whose trust was loosened",
    ["sts:AssumeRole"],
    role("cordon-release-instance"),
  ),
  row(
    admin,
    "becomes Cordon's role of another account",
    ["sts:AssumeRole"],
    role("cordon-contain-identity", "888899990000"),
  ),
  row(
    breakGlass,
    "becomes Cordon's role, of which nothing would be recorded",
    ["sts:AssumeRole"],
    role("cordon-contain-instance"),
  ),
  row(
    session("a member's role named like a responder's", member, "cordon-respond-contain-instance"),
    "becomes Cordon's role",
    ["sts:AssumeRole"],
    role("cordon-contain-instance"),
  ),
  row(
    securityAdmin,
    "becomes Cordon's role in a member",
    ["sts:AssumeRole"],
    role("cordon-contain-instance"),
  ),
  row(
    admin,
    "removes the baseline's stack",
    stackChanges,
    `arn:aws:cloudformation:us-east-1:${member}:stack/StackSet-cordon-global-0a1b2c3d/0a1b2c3d-1`,
  ),
  row(
    admin,
    "silences the forwarding",
    ruleChanges,
    `arn:aws:events:us-east-1:${member}:rule/cordon-forward-exposures`,
  ),
  row(
    pipeline,
    "loses what could not be forwarded",
    queueChanges,
    `arn:aws:sqs:us-east-1:${member}:cordon-forward-exposures-dead-letters`,
  ),
  row(
    admin,
    "rewrites the remediation's document",
    documentChanges,
    `arn:aws:ssm:us-east-1:${member}:document/cordon-notify-key-owner`,
  ),
  row(
    workload,
    "keeps Cordon off its instance",
    ["ec2:CreateTags"],
    instance,
    keys("AutoRemediation"),
  ),
  row(
    contained,
    "keeps Cordon off itself",
    ["iam:TagUser"],
    userArn("mallory"),
    keys("AutoRemediation"),
  ),
  row(
    admin,
    "marks an instance as restored",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    instance,
    keys("SecurityStatus"),
  ),
  row(
    admin,
    "forges Cordon's tag in other letters on a role",
    ["iam:TagRole", "iam:UntagRole"],
    role("web-server"),
    keys("Team", "SECURITYSTATUS"),
  ),
  row(
    admin,
    "forges a tag on a user",
    ["iam:TagUser", "iam:UntagUser"],
    userArn("carol"),
    keys("CordonIncident"),
  ),
  row(
    pipeline,
    "makes an open group that passes for the quarantine group",
    ["ec2:CreateTags"],
    group,
    keys("cordon"),
  ),
  row(forwarder, "forges a tag", ["ec2:CreateTags"], eni, keys("CordonConnectionsCut")),
  row(investigator, "forges a tag", ["ec2:CreateTags"], group, keys("CordonMadeBy")),
  row(admin, "opens the quarantine group", groupRules, group, ours),
  row(root, "opens the quarantine group", ["ec2:AuthorizeSecurityGroupIngress"], group, ours),
  row(
    pipeline,
    "removes every tag of the quarantine group, naming none",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    group,
    ours,
  ),
  row(admin, "takes an interface out of quarantine", sendingAway, eni, cut),
  row(workload, "takes its own interface out of quarantine", sendingAway, eni, cut),
  row(
    admin,
    "removes every tag of a quarantined interface, naming none",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    eni,
    cut,
  ),
  row(admin, "changes a quarantined instance", instanceChanges, instance, quarantined),
  row(root, "terminates a quarantined instance", ["ec2:TerminateInstances"], instance, quarantined),
  row(
    workload,
    "removes every tag of its instance, naming none",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    instance,
    quarantined,
  ),
  row(
    session("a role of the deployment's name", member, "CordonDeployer"),
    "terminates a quarantined instance",
    ["ec2:TerminateInstances"],
    instance,
    quarantined,
  ),
  row(admin, "destroys or gives away evidence", snapshotChanges, snapshot, forensic),
  row(
    admin,
    "removes every tag of the evidence, naming none",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    snapshot,
    forensic,
  ),
  row(
    admin,
    "takes back what was done to a user",
    [
      "iam:DeleteUserPermissionsBoundary",
      "iam:DeleteUserPolicy",
      "iam:DetachUserPolicy",
      "iam:PutUserPermissionsBoundary",
      "iam:PutUserPolicy",
      "iam:UpdateAccessKey",
      "iam:TagUser",
      "iam:UntagUser",
    ],
    userArn("mallory"),
    isContained,
  ),
  row(
    admin,
    "takes back what was done to a role",
    ["iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole"],
    role("web-server"),
    isContained,
  ),
  row(
    forwarder,
    "takes back what was done to a role",
    ["iam:DeleteRolePolicy"],
    role("web-server"),
    isContained,
  ),
];

/** What must go on: Cordon's own calls, break-glass, StackSets, and everybody's ordinary work. */
export const legitimate: readonly Row[] = [
  row(responder, "becomes the member's role", ["sts:AssumeRole"], role("cordon-contain-instance")),
  row(
    containInstance,
    "isolates an interface, and once more after a crash",
    ["ec2:ModifyNetworkInterfaceAttribute", "ec2:CreateTags"],
    eni,
    cut,
  ),
  row(containInstance, "closes the quarantine group", groupRules, group, ours),
  row(containInstance, "removes the untrack group", ["ec2:DeleteSecurityGroup"], group, {
    "aws:ResourceTag/cordon": "untrack",
  }),
  row(containInstance, "tags its group", ["ec2:CreateTags"], group, keys("cordon", "CordonMadeBy")),
  row(
    containInstance,
    "tags the instance",
    ["ec2:CreateTags"],
    instance,
    keys("SecurityStatus", "QuarantinedAt", "CordonIncident", "OriginalSecurityGroups"),
  ),
  row(containInstance, "tags the interface", ["ec2:CreateTags"], eni, keys("CordonConnectionsCut")),
  row(
    containInstance,
    "protects a quarantined instance again",
    ["ec2:ModifyInstanceAttribute"],
    instance,
    quarantined,
  ),
  row(
    containInstance,
    "denies the credentials of an instance whose role is contained",
    ["iam:PutRolePolicy"],
    role("web-server"),
    isContained,
  ),
  row(
    containIdentity,
    "cuts a user off",
    ["iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:UpdateAccessKey"],
    userArn("mallory"),
  ),
  row(
    containIdentity,
    "tags a user",
    ["iam:TagUser"],
    userArn("mallory"),
    keys("SecurityStatus", "ContainedAt", "CordonIncident", "FindingId", "FindingType"),
  ),
  row(
    containIdentity,
    "finishes what another delivery began",
    ["iam:PutRolePolicy", "iam:TagRole"],
    role("web-server"),
    isContained,
  ),
  row(preparer, "closes the quarantine group again", groupRules, group, ours),
  row(
    preparer,
    "tags the group it makes",
    ["ec2:CreateTags"],
    group,
    keys("cordon", "CordonMadeBy"),
  ),
  row(releaseInstance, "releases an interface", ["ec2:ModifyNetworkInterfaceAttribute"], eni, cut),
  row(releaseInstance, "untags an interface", ["ec2:DeleteTags"], eni, {
    ...cut,
    ...keys("CordonConnectionsCut"),
  }),
  row(
    releaseInstance,
    "releases an instance",
    ["ec2:ModifyInstanceAttribute", "ec2:CreateTags", "ec2:DeleteTags"],
    instance,
    quarantined,
  ),
  row(releaseInstance, "gives credentials back", ["iam:DeleteRolePolicy"], role("web-server")),
  row(
    releaseIdentity,
    "releases a user",
    [
      "iam:DeleteUserPermissionsBoundary",
      "iam:DeleteUserPolicy",
      "iam:DetachUserPolicy",
      "iam:PutUserPermissionsBoundary",
      "iam:TagUser",
      "iam:UntagUser",
      "iam:UpdateAccessKey",
    ],
    userArn("mallory"),
    isContained,
  ),
  row(
    releaseIdentity,
    "releases a role",
    ["iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"],
    role("web-server"),
    isContained,
  ),
  row(
    deployment,
    "builds the roles",
    ["iam:CreateRole", "iam:PassRole", ...roleChanges],
    role("cordon-contain-instance"),
  ),
  row(deployment, "builds the quarantine group", groupRules, group, ours),
  row(
    stackSets,
    "builds the roles",
    ["iam:CreateRole", "iam:PassRole", ...roleChanges],
    role("cordon-forward-exposures"),
  ),
  row(
    stackSets,
    "builds the forwarding",
    ruleChanges,
    `arn:aws:events:us-east-1:${member}:rule/cordon-forward-exposures`,
  ),
  row(
    stackSets,
    "builds the queues",
    queueChanges,
    `arn:aws:sqs:us-east-1:${member}:cordon-forward-exposures-dead-letters`,
  ),
  row(
    stackSets,
    "builds the document",
    documentChanges,
    `arn:aws:ssm:us-east-1:${member}:document/cordon-notify-key-owner`,
  ),
  row(
    deployer,
    "builds the functions' roles",
    ["iam:CreateRole", "iam:PassRole", ...roleChanges],
    role("cordon-respond-contain-instance", security),
  ),
  row(
    deployingUser,
    "builds the functions' roles",
    ["iam:CreateRole", "iam:PassRole"],
    role("cordon-release", security),
  ),
  row(
    breakGlass,
    "releases by hand",
    ["ec2:ModifyNetworkInterfaceAttribute", "ec2:DeleteTags"],
    eni,
    cut,
  ),
  row(breakGlass, "ends what cannot be saved", instanceChanges, instance, quarantined),
  row(breakGlass, "hands evidence over", snapshotChanges, snapshot, forensic),
  row(breakGlass, "repairs Cordon", roleChanges, role("cordon-contain-instance")),
  row(rescue, "gives a user back", ["iam:DetachUserPolicy"], userArn("mallory"), isContained),
  row(rescue, "changes its own credentials", takeovers, userArn("rescue")),
  row(admin, "edits another group", groupRules, group),
  row(
    admin,
    "takes a VPC down, its quarantine group included",
    ["ec2:DeleteSecurityGroup"],
    group,
    ours,
  ),
  row(admin, "deletes another group", ["ec2:DeleteSecurityGroup"], group, {
    "aws:ResourceTag/Name": "cordon",
  }),
  row(pipeline, "works on an instance", instanceChanges, instance),
  row(pipeline, "works on a released instance", instanceChanges, instance, restored),
  row(pipeline, "moves an interface", sendingAway, eni),
  row(
    pipeline,
    "tags what it makes",
    ["ec2:CreateTags", "ec2:DeleteTags"],
    instance,
    keys("Name", "Purpose", "CreatedBy"),
  ),
  row(pipeline, "clears every tag of a volume", ["ec2:DeleteTags"], ec2("volume/vol-0abc")),
  row(
    admin,
    "tags people and roles",
    ["iam:TagUser", "iam:UntagUser"],
    userArn("carol"),
    keys("Team", "Owner"),
  ),
  row(pipeline, "deletes its own snapshots", snapshotChanges, snapshot),
  row(pipeline, "deletes another tool's forensic snapshots", snapshotChanges, snapshot, {
    "aws:ResourceTag/Purpose": "Forensic",
    "aws:ResourceTag/CreatedBy": "another-tool",
  }),
  row(
    pipeline,
    "makes and uses its own roles",
    ["iam:CreateRole", "iam:PassRole", ...roleChanges],
    role("checkout"),
  ),
  row(admin, "works on a released role", roleChanges, role("web-server"), restored),
  row(pipeline, "becomes another role", ["sts:AssumeRole"], role("checkout")),
  row(admin, "looks after other users", takeovers, userArn("carol")),
  row(
    admin,
    "undoes a deny of its own",
    ["iam:DetachUserPolicy", "iam:DeleteUserPolicy"],
    userArn("carol"),
  ),
  row(
    admin,
    "replaces the key of a contained user",
    ["iam:CreateAccessKey", "iam:DeleteAccessKey"],
    userArn("mallory"),
    isContained,
  ),
  row(
    pipeline,
    "has rules of its own",
    ruleChanges,
    `arn:aws:events:us-east-1:${member}:rule/nightly`,
  ),
  row(pipeline, "has queues of its own", queueChanges, `arn:aws:sqs:us-east-1:${member}:orders`),
  row(
    pipeline,
    "has documents of its own",
    documentChanges,
    `arn:aws:ssm:us-east-1:${member}:document/patch`,
  ),
  row(
    pipeline,
    "has stacks and stack sets of its own",
    stackChanges,
    `arn:aws:cloudformation:us-east-1:${member}:stack/StackSet-network-0a1b2c3d/0a1b2c3d-1`,
  ),
];
