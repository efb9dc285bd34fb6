/** Where the accounts' automations report users with old access keys. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccessKeySettings } from "../../settings/access-keys";
import { accessKeysRole, accessKeysTopic } from "../organization/baseline/access-keys";
import { administration } from "./encryption-key";

export interface AccessKeyTopicArgs
  extends Pick<AccessKeySettings, "accessKeyPublishers" | "accessKeyPublisherAccounts"> {
  readonly partition: string;
  readonly securityAccount: string;
  readonly homeRegion: string;
  readonly organizationId: string;
  /** IAM path of the automations' role. */
  readonly rolePath: string;
}

/**
 * One encrypted topic under a key of its own. Other accounts use that key, through SNS; the key of
 * journal and notices stays Cordon's alone.
 */
export class AccessKeyTopic extends pulumi.ComponentResource {
  /** Resolves once topic, key and both policies stand. */
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AccessKeyTopicArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:record:AccessKeyTopic", name, {}, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: "Encrypts reports of old access keys",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: JSON.stringify(keyPolicy(args)),
      },
      { parent: this },
    );
    new aws.kms.Alias(
      `${name}-alias`,
      { name: `alias/${accessKeysTopic}`, targetKeyId: key.keyId },
      { parent: this },
    );
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { name: accessKeysTopic, kmsMasterKeyId: key.arn },
      { parent: this },
    );
    const policy = new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: topic.arn, policy: pulumi.jsonStringify(topicPolicy(args, topic.arn)) },
      { parent: this },
    );
    this.topicArn = policy.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * Narrows "everybody" to the automations' role, in the accounts that may publish. Root of an account
 * as Principal would not do for an organization, whose accounts come and go.
 *
 * Who administers an admitted account can publish with that role what it likes, and name another
 * account in the text: SNS does not say who published. So a report is held against the user's keys
 * before anybody is told (functions/old-key.ts): what it can bring about is true, once a week and user.
 */
function publishers(args: AccessKeyTopicArgs): Record<string, object> {
  const { partition, organizationId, rolePath, accessKeyPublishers } = args;
  const role = (account: string) =>
    `arn:${partition}:iam::${account}:role${rolePath}${accessKeysRole}`;
  return accessKeyPublishers === "organization"
    ? {
        ArnLike: { "aws:PrincipalArn": role("*") },
        StringEquals: { "aws:PrincipalOrgID": organizationId },
      }
    : { ArnEquals: { "aws:PrincipalArn": args.accessKeyPublisherAccounts.map(role) } };
}

function topicPolicy(args: AccessKeyTopicArgs, topicArn: pulumi.Input<string>): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Automations",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: publishers(args),
      },
      {
        Sid: "EncryptedTransportOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}

function keyPolicy(args: AccessKeyTopicArgs): object {
  const { homeRegion } = args;
  const { StringEquals, ...condition } = publishers(args);
  return {
    Version: "2012-10-17",
    Statement: [
      administration(args),
      {
        // SNS asks for a data key in the publisher's name, so the topic's policy is not enough.
        Sid: "AutomationsThroughSns",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: {
          ...condition,
          StringEquals: { ...StringEquals, "kms:ViaService": `sns.${homeRegion}.amazonaws.com` },
        },
      },
    ],
  };
}
