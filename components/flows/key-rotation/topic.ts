/** Where the accounts' automations report users with old access keys. */
import * as pulumi from "@pulumi/pulumi";
import type { AccessKeySettings } from "../../../settings/key-rotation";
import { accessKeysRole, accessKeysTopic } from "../../organization/baseline/key-rotation";
import { administration, customerKey } from "../../record/encryption-key";
import { encryptedTopic, encryptedTransportOnly } from "../../record/notifications";

export interface AccessKeyTopicArgs
  extends Pick<AccessKeySettings, "accessKeyPublishers" | "accessKeyPublisherAccounts"> {
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
    super("cordon:index:AccessKeyTopic", name, {}, opts);
    const key = customerKey(
      name,
      {
        description: "Encrypts reports of old access keys",
        alias: `alias/${accessKeysTopic}`,
        policy: keyPolicy(args),
      },
      { parent: this },
    );
    this.topicArn = encryptedTopic(
      name,
      {
        topicName: accessKeysTopic,
        keyArn: key.arn,
        policy: (topicArn) => topicPolicy(args, topicArn),
      },
      { parent: this },
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * Narrows "everybody" to the automations' role, in the accounts that may publish. Root of an account
 * as Principal would not do for an organization, whose accounts come and go.
 *
 * Who administers an admitted account can publish with that role what it likes, and name another
 * account in the text: SNS does not say who published. So a report is held against the user's keys
 * before anybody is told (functions/flows/key-rotation/notify.ts): what it can bring about is true, once a week and user.
 */
function publishers(args: AccessKeyTopicArgs): Record<string, object> {
  const { organizationId, rolePath, accessKeyPublishers } = args;
  const role = (account: string) => `arn:aws:iam::${account}:role${rolePath}${accessKeysRole}`;
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
      encryptedTransportOnly(topicArn),
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
