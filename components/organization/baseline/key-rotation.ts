/**
 * The part of the baseline that finds old access keys: an AWS Config rule, and the automation that
 * AWS Config starts for every user the rule finds. It tells the security account and changes nothing.
 *
 * Stands in one region of an account only. Wherever AWS Config records IAM users at all, the rule
 * finds the account's users in every region it stands in; and SNS takes a message in the topic's
 * own region alone, which is the home region.
 */
import { accessKeysRule } from "../../../functions/catalogue/compliance-rules";
import { type PolicyDocument, policyDocument } from "../../../functions/model/policy-document";
import type { AccessKeySettings } from "../../../settings/key-rotation";
import type { BaselinePart, BaselinePlace } from "./resource";
import { type RoleShape, shapeProperties } from "./roles";

export interface AccessKeysArgs
  extends RoleShape,
    Pick<
      AccessKeySettings,
      "accessKeyMaxAgeDays" | "accessKeyCheckHours" | "accessKeyAttempts" | "accessKeyRetrySeconds"
    > {
  readonly securityAccount: string;
  readonly homeRegion: string;
}

/** Names the role of the automation; the central topic admits sessions of it alone. */
export const accessKeysRole = "cordon-tell-access-keys";
/** Names the central topic in the security account's home region. */
export const accessKeysTopic = "cordon-access-keys";

/** The document of AWS that publishes one message; its parameters are TopicArn and Message. */
const publishDocument = "AWS-PublishSNSNotification";

const frequencies = {
  "1": "One_Hour",
  "3": "Three_Hours",
  "6": "Six_Hours",
  "12": "Twelve_Hours",
  "24": "TwentyFour_Hours",
} as const;

/**
 * Makes the part. AWS Config must have a recorder in the account and region, which records IAM
 * users: without one it takes no rule, and without the users the automation finds no name.
 */
export function accessKeysPart(args: AccessKeysArgs): BaselinePart {
  return (place) => {
    const roleArn = `arn:aws:iam::${place.account}:role${args.rolePath}${accessKeysRole}`;
    return [
      {
        id: "AccessKeysRole",
        type: "AWS::IAM::Role",
        properties: {
          RoleName: accessKeysRole,
          Description: "Lets AWS Config tell Cordon of users with old access keys",
          AssumeRolePolicyDocument: trust(place),
          Policies: [{ PolicyName: "tell", PolicyDocument: permissions(args, place) }],
          ...shapeProperties(args, place),
        },
      },
      {
        id: "AccessKeysDocument",
        type: "AWS::SSM::Document",
        properties: {
          Name: accessKeysRule,
          DocumentType: "Automation",
          DocumentFormat: "JSON",
          // Replacing it would take it from the remediation that names it.
          UpdateMethod: "NewVersion",
          Content: content(args),
        },
      },
      {
        id: "AccessKeysRule",
        type: "AWS::Config::ConfigRule",
        properties: {
          ConfigRuleName: accessKeysRule,
          Description: `Finds users whose active access keys are older than ${args.accessKeyMaxAgeDays} days`,
          InputParameters: { maxAccessKeyAge: String(args.accessKeyMaxAgeDays) },
          MaximumExecutionFrequency: frequencies[args.accessKeyCheckHours],
          Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
        },
      },
      {
        id: "AccessKeysRemediation",
        type: "AWS::Config::RemediationConfiguration",
        dependsOn: ["AccessKeysRole", "AccessKeysDocument", "AccessKeysRule"],
        properties: {
          ConfigRuleName: accessKeysRule,
          TargetType: "SSM_DOCUMENT",
          TargetId: accessKeysRule,
          Automatic: true,
          MaximumAutomaticAttempts: args.accessKeyAttempts,
          RetryAttemptSeconds: args.accessKeyRetrySeconds,
          Parameters: {
            ResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
            AutomationAssumeRole: { StaticValue: { Values: [roleArn] } },
          },
        },
      },
    ];
  };
}

/** Writes down the ARN of the central topic: what is deployed apart from it cannot ask for it. */
function topicArn({ homeRegion, securityAccount }: AccessKeysArgs): string {
  return `arn:aws:sns:${homeRegion}:${securityAccount}:${accessKeysTopic}`;
}

/** Trusts Systems Manager for automations of this account: the service acts for all of them. */
function trust({ account }: BaselinePlace): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  };
}

function permissions(args: AccessKeysArgs, place: BaselinePlace): PolicyDocument {
  const { account, region } = place;
  const ssm = `arn:aws:ssm:${region}`;
  const executions = `${ssm}:${account}:automation-execution/*`;
  return policyDocument([
    { actions: ["config:ListDiscoveredResources"], resources: ["*"] },
    {
      // The second automation runs as the first. ARNs of AWS's documents name no account. IAM asks
      // for the document and the execution to be, where it asked for the definition before.
      actions: ["ssm:StartAutomationExecution"],
      resources: [
        `${ssm}::document/${publishDocument}`,
        `${ssm}::automation-definition/${publishDocument}:*`,
        executions,
      ],
    },
    { actions: ["ssm:GetAutomationExecution"], resources: [executions] },
    { actions: ["sns:Publish"], resources: [topicArn(args)] },
    {
      // The topic's key, whose id nobody knows beforehand. Of the account's other keys none admits
      // this role: across accounts the key's own policy has to.
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
      resources: [`arn:aws:kms:${args.homeRegion}:${args.securityAccount}:key/*`],
      conditions: {
        StringEquals: { "kms:ViaService": `sns.${args.homeRegion}.amazonaws.com` },
      },
    },
  ]);
}

/** The automation: from the id of a user, AIDA…, to its name, and the name to the topic. */
function content(args: AccessKeysArgs): object {
  return {
    schemaVersion: "0.3",
    description: "Tells the security account of a user with an old access key",
    assumeRole: "{{AutomationAssumeRole}}",
    parameters: {
      ResourceId: { type: "String", description: "Id of the user, AIDA and 17 characters" },
      AutomationAssumeRole: { type: "String", description: "ARN of the role that this runs as" },
    },
    mainSteps: [
      {
        name: "configStep",
        action: "aws:executeAwsApi",
        inputs: {
          Service: "config",
          Api: "ListDiscoveredResources",
          resourceType: "AWS::IAM::User",
          resourceIds: ["{{ResourceId}}"],
        },
        outputs: [
          {
            Name: "configUserName",
            Selector: "$.resourceIdentifiers[0].resourceName",
            Type: "String",
          },
        ],
      },
      {
        name: "publishMessage",
        action: "aws:executeAutomation",
        maxAttempts: 1,
        timeoutSeconds: 30,
        onFailure: "Abort",
        inputs: {
          DocumentName: publishDocument,
          RuntimeParameters: {
            TopicArn: topicArn(args),
            Message:
              'Account "{{global:ACCOUNT_ID}}" User "{{configStep.configUserName}}" needs to rotate their access key.',
          },
        },
      },
    ],
  };
}
