/**
 * Defines the key rotation part of the baseline: an AWS Config rule, and the automation that AWS
 * Config starts for every user the rule finds. The automation reports to the security account and
 * changes nothing.
 *
 * Each account has it in one region only. The rule would find the same users in every region in which
 * AWS Config records IAM users; and SNS accepts a message only in the topic's own region, which is the
 * home region.
 */
import { keyRotationReport, keyRotationRule } from "../../../functions/catalogue/compliance-rules";
import { type PolicyDocument, policyDocument } from "../../../functions/model/policy-document";
import type { KeyRotationSettings } from "../../../settings/key-rotation";
import type { BaselinePart, BaselinePlace } from "./resource";
import { type RoleShape, shapeProperties } from "./roles";

export interface KeyRotationArgs
  extends RoleShape,
    Pick<
      KeyRotationSettings,
      "accessKeyMaxAgeDays" | "accessKeyCheckHours" | "accessKeyAttempts" | "accessKeyRetrySeconds"
    > {
  readonly securityAccount: string;
  readonly homeRegion: string;
}

/** Names the automation's role: the central topic allows its sessions alone to publish. */
export const keyRotationRole = "cordon-report-key-rotation";
/** Names the central topic in the security account's home region. */
export const keyRotationTopic = "cordon-key-rotation";

/** The AWS document that publishes one message; its parameters are TopicArn and Message. */
const publishDocument = "AWS-PublishSNSNotification";

const frequencies = {
  "1": "One_Hour",
  "3": "Three_Hours",
  "6": "Six_Hours",
  "12": "Twelve_Hours",
  "24": "TwentyFour_Hours",
} as const;

/**
 * Makes the part. AWS Config must have a recorder in the account and region that records IAM users:
 * without a recorder AWS Config refuses the rule, without the users the automation finds no name.
 */
export function keyRotationPart(args: KeyRotationArgs): BaselinePart {
  return (place) => {
    const roleArn = `arn:aws:iam::${place.account}:role${args.rolePath}${keyRotationRole}`;
    return [
      {
        id: "KeyRotationRole",
        type: "AWS::IAM::Role",
        properties: {
          RoleName: keyRotationRole,
          Description: "Lets AWS Config report users who must rotate access keys to Cordon",
          AssumeRolePolicyDocument: trust(place),
          Policies: [{ PolicyName: "report", PolicyDocument: permissions(args, place) }],
          ...shapeProperties(args, place),
        },
      },
      {
        id: "KeyRotationDocument",
        type: "AWS::SSM::Document",
        properties: {
          Name: keyRotationRule,
          DocumentType: "Automation",
          DocumentFormat: "JSON",
          // A replacement would break the remediation that names the document.
          UpdateMethod: "NewVersion",
          Content: content(args),
        },
      },
      {
        id: "KeyRotationRule",
        type: "AWS::Config::ConfigRule",
        properties: {
          ConfigRuleName: keyRotationRule,
          Description: `Finds users whose active access keys are older than ${args.accessKeyMaxAgeDays} days`,
          InputParameters: { maxAccessKeyAge: String(args.accessKeyMaxAgeDays) },
          MaximumExecutionFrequency: frequencies[args.accessKeyCheckHours],
          Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
        },
      },
      {
        id: "KeyRotationRemediation",
        type: "AWS::Config::RemediationConfiguration",
        dependsOn: ["KeyRotationRole", "KeyRotationDocument", "KeyRotationRule"],
        properties: {
          ConfigRuleName: keyRotationRule,
          TargetType: "SSM_DOCUMENT",
          TargetId: keyRotationRule,
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

/** Composes the ARN of the central topic, which another deployment creates. */
function topicArn({ homeRegion, securityAccount }: KeyRotationArgs): string {
  return `arn:aws:sns:${homeRegion}:${securityAccount}:${keyRotationTopic}`;
}

/** Trusts Systems Manager for automations of this account alone: the service acts for all accounts. */
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

function permissions(args: KeyRotationArgs, place: BaselinePlace): PolicyDocument {
  const { account, region } = place;
  const ssm = `arn:aws:ssm:${region}`;
  const executions = `${ssm}:${account}:automation-execution/*`;
  return policyDocument([
    { actions: ["config:ListDiscoveredResources"], resources: ["*"] },
    {
      // The second automation runs as the first. ARNs of AWS documents contain no account. IAM now
      // authorizes the document and the new execution, where it authorized the definition before.
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
      // The topic's key, whose id is not known here. The account's other keys stay closed: across
      // accounts the key's own policy must allow the role, too.
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
      resources: [`arn:aws:kms:${args.homeRegion}:${args.securityAccount}:key/*`],
      conditions: {
        StringEquals: { "kms:ViaService": `sns.${args.homeRegion}.amazonaws.com` },
      },
    },
  ]);
}

/** The automation: from the id of a user, AIDA…, to its name, and the name to the topic. */
function content(args: KeyRotationArgs): object {
  return {
    schemaVersion: "0.3",
    description: "Reports a user who must rotate an access key to the security account",
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
            Message: keyRotationReport("{{global:ACCOUNT_ID}}", "{{configStep.configUserName}}"),
          },
        },
      },
    ],
  };
}
