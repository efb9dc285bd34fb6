/** Creates the topic to which the accounts' automations report users who must rotate access keys. */
import * as pulumi from "@pulumi/pulumi";
import type { KeyRotationSettings } from "../../../settings/key-rotation";
import { keyRotationRole, keyRotationTopic } from "../../organization/baseline/key-rotation";
import { administration, customerKey } from "../../record/encryption-key";
import { encryptedTopic, encryptedTransportOnly } from "../../record/notifications";

export interface KeyRotationTopicArgs
  extends Pick<KeyRotationSettings, "accessKeyPublishers" | "accessKeyPublisherAccounts"> {
  readonly securityAccount: string;
  readonly homeRegion: string;
  readonly organizationId: string;
  /** IAM path of the automations' role. */
  readonly rolePath: string;
}

/**
 * One encrypted topic with a KMS key of its own. Other accounts use that key, through SNS; the key of
 * journal and notices is for Cordon alone.
 */
export class KeyRotationTopic extends pulumi.ComponentResource {
  /** Resolves once topic, key and both policies exist. */
  readonly topicArn: pulumi.Output<string>;

  constructor(
    name: string,
    args: KeyRotationTopicArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:KeyRotationTopic", name, {}, opts);
    const key = customerKey(
      name,
      {
        description: "Encrypts key rotation reports",
        alias: `alias/${keyRotationTopic}`,
        policy: keyPolicy(args),
      },
      { parent: this },
    );
    this.topicArn = encryptedTopic(
      name,
      {
        topicName: keyRotationTopic,
        keyArn: key.arn,
        policy: (topicArn) => topicPolicy(args, topicArn),
      },
      { parent: this },
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * Restricts the principal "*" to the automations' role, in the accounts that may publish. Account
 * principals would not do for an organization, whose accounts come and go.
 *
 * An administrator of such an account can publish any text with that role, and name another account
 * in it: SNS does not say who published. So functions/flows/key-rotation/notify.ts checks a report
 * against the user's keys before it notifies.
 */
function publishers(args: KeyRotationTopicArgs): Record<string, object> {
  const { organizationId, rolePath, accessKeyPublishers } = args;
  const role = (account: string) => `arn:aws:iam::${account}:role${rolePath}${keyRotationRole}`;
  return accessKeyPublishers === "organization"
    ? {
        ArnLike: { "aws:PrincipalArn": role("*") },
        StringEquals: { "aws:PrincipalOrgID": organizationId },
      }
    : { ArnEquals: { "aws:PrincipalArn": args.accessKeyPublisherAccounts.map(role) } };
}

function topicPolicy(args: KeyRotationTopicArgs, topicArn: pulumi.Input<string>): object {
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

function keyPolicy(args: KeyRotationTopicArgs): object {
  const { homeRegion } = args;
  const { StringEquals, ...condition } = publishers(args);
  return {
    Version: "2012-10-17",
    Statement: [
      administration(args),
      {
        // SNS requests a data key on behalf of the publisher, so the topic's policy is not enough.
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
