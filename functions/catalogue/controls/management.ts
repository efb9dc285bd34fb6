/** Posture controls of identity, documents, stacks, APIs and logs. Data only. */
import type { Control } from "./control";

const anyDocument = "arn:aws:ssm:{region}:{account}:document/{id}";
const anyStack = "arn:aws:cloudformation:{region}:{account}:stack/{id}";
// API Gateway's ARNs name no account: it answers each for its own stages alone.
const anyStage = "arn:aws:apigateway:{region}::/restapis/{id}";
const anyTrail = "arn:aws:cloudtrail:{region}:{account}:trail/{id}";
const anyLogGroup = "arn:aws:logs:{region}:{account}:log-group:{id}";
// CloudWatch takes the second form for all but tags ("Resources" in its user guide on access control).
const ofLogGroup = [anyLogGroup, `${anyLogGroup}:*`];

/** A setting of Systems Manager that an account has once in a region. */
function serviceSetting(name: string) {
  const resources = [`arn:aws:ssm:{region}:{account}:servicesetting${name}`];
  return {
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    idForm: "{account}",
    reads: [{ actions: ["ssm:GetServiceSetting"], resources }],
    changes: [{ actions: ["ssm:UpdateServiceSetting"], resources }],
    undoing: [{ actions: ["ssm:ResetServiceSetting", "ssm:UpdateServiceSetting"], resources }],
  } as const;
}

export const managementControls = {
  "password-policy": {
    does: "have account {id} ask for strong passwords of its users",
    undoes: "give account {id} its former password policy",
    names: "account {id}",
    arn: "AWS::::Account:{id}",
    published: ["IAM.7", "IAM.11", "IAM.12", "IAM.13", "IAM.14", "IAM.15", "IAM.16"],
    idForm: "{account}",
    reads: [{ actions: ["iam:GetAccountPasswordPolicy"], resources: ["*"] }],
    changes: [{ actions: ["iam:UpdateAccountPasswordPolicy"], resources: ["*"] }],
    undoing: [
      {
        actions: ["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"],
        resources: ["*"],
      },
    ],
    asks: "Programs and people that set passwords for users must heed it from now on",
    residual: "Passwords that users have already stay valid.",
    nextStep: "Give people IAM Identity Center in place of users with passwords.",
  },
  "document-sharing": {
    does: "no longer share document {id} with everybody",
    undoes: "share document {id} with whom it was shared before",
    names: "document {id}",
    arn: anyDocument,
    published: ["SSM.4"],
    idForm: "[\\w.-]{3,128}",
    reads: [
      {
        actions: ["ssm:DescribeDocumentPermission", "ssm:ListTagsForResource"],
        resources: [anyDocument],
      },
    ],
    changes: [
      {
        actions: ["ssm:ModifyDocumentPermission"],
        resources: [anyDocument],
      },
    ],
    residual: "Who copied the document while it was public keeps the copy.",
    nextStep: "Take what the document holds for known: replace the secrets in it.",
  },
  "document-public-sharing": {
    ...serviceSetting("/ssm/documents/console/public-sharing-permission"),
    does: "block that documents of account {id} in {region} are shared with everybody",
    undoes: "no longer block that documents of account {id} in {region} are shared with everybody",
    published: ["SSM.7"],
    wanted: "Disable",
    residual: "Documents that are public already stay so.",
    nextStep:
      "List them: aws ssm list-documents --region {region} --filters Key=Owner,Values=Self.",
  },
  "automation-log": {
    ...serviceSetting("/ssm/automation/customer-script-log-destination"),
    does: "have automations of account {id} in {region} log what their scripts write",
    undoes: "have automations of account {id} in {region} log as before",
    published: ["SSM.6"],
    wanted: "CloudWatch",
    asks: "CloudWatch charges for the logs by their size, and they hold whatever the scripts write",
    residual: "The output of earlier runs is with the runs alone.",
    nextStep:
      "Give the log group a retention, and the automations' roles permission to write to it.",
  },
  "stack-protection": {
    does: "protect stack {id} from being deleted",
    undoes: "no longer protect stack {id} from being deleted",
    names: "stack {id}",
    arn: anyStack,
    published: ["CloudFormation.3"],
    idForm: "[a-zA-Z][a-zA-Z0-9-]{0,127}/[0-9a-f-]{36}",
    wanted: true,
    reads: [{ actions: ["cloudformation:DescribeStacks"], resources: [anyStack] }],
    changes: [{ actions: ["cloudformation:UpdateTerminationProtection"], resources: [anyStack] }],
    asks: "Whoever deletes stacks as a matter of course, as for tests, is refused",
    residual: "An update of the stack may still delete or replace what it holds.",
    nextStep: "Have the stack made with its protection.",
  },
  "stage-tracing": {
    does: "have X-Ray trace requests to stage {id}",
    undoes: "have X-Ray no longer trace requests to stage {id}",
    names: "stage {id}",
    arn: anyStage,
    published: ["APIGateway.3"],
    idForm: "[a-z0-9]{1,32}/stages/[\\w-]{1,128}",
    wanted: true,
    reads: [{ actions: ["apigateway:GET"], resources: [anyStage] }],
    changes: [{ actions: ["apigateway:PATCH"], resources: [anyStage] }],
    asks: "X-Ray charges for traces by their number",
    residual: "Of requests from before there are no traces.",
    nextStep: "Declare the tracing where the stage is declared.",
  },
  "log-retention": {
    does: "keep the log of {id} for a year",
    undoes: "keep the log of {id} for as long as before",
    names: "log group {id}",
    arn: `${anyLogGroup}:*`,
    published: ["CloudWatch.16"],
    idForm: "[\\w./#-]{1,512}",
    reads: [
      { actions: ["logs:DescribeLogGroups"], resources: ["*"] },
      { actions: ["logs:ListTagsForResource"], resources: [anyLogGroup] },
    ],
    changes: [{ actions: ["logs:PutRetentionPolicy"], resources: ofLogGroup }],
    undoing: [
      {
        actions: ["logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy"],
        resources: ofLogGroup,
      },
    ],
    asks: "CloudWatch charges for what it keeps, and some logs must not be kept so long",
    residual:
      "What was deleted already is gone. If this is undone, CloudWatch deletes what is older than the former time.",
    nextStep: "Declare the retention where the log group is declared.",
  },
  "trail-validation": {
    does: "have CloudTrail write digests by which the files of trail {id} can be checked",
    undoes: "have CloudTrail no longer write digests for trail {id}",
    names: "trail {id}",
    arn: anyTrail,
    published: ["CloudTrail.4"],
    idForm: "[a-zA-Z0-9._-]{3,128}",
    wanted: true,
    reads: [{ actions: ["cloudtrail:GetTrail", "cloudtrail:ListTags"], resources: [anyTrail] }],
    changes: [{ actions: ["cloudtrail:UpdateTrail"], resources: [anyTrail] }],
    residual: "Files from before have no digest: a change of them cannot be seen.",
    nextStep: "Declare the validation where the trail is declared.",
  },
} as const satisfies Record<string, Control>;
