/** Where Cordon tells people what it did, would do, or could not do. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface NotificationsArgs {
  readonly partition: string;
  readonly securityAccount: string;
  readonly homeRegion: string;
  readonly keyArn: pulumi.Input<string>;
  /** Names of the roles whose sessions may publish. */
  readonly publisherRoles: readonly string[];
}

/** One encrypted topic; people and ticket systems subscribe to it. */
export class Notifications extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: NotificationsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:record:Notifications", name, {}, opts);
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { name: "cordon-notices", kmsMasterKeyId: args.keyArn },
      { parent: this },
    );
    const policy = new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: topic.arn, policy: pulumi.jsonStringify(topicPolicy(args, topic.arn)) },
      { parent: this },
    );
    // Whoever learns the ARN may rely on the policy.
    this.topicArn = policy.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function topicPolicy(args: NotificationsArgs, topicArn: pulumi.Input<string>): object {
  const { partition, securityAccount, homeRegion } = args;
  const account = `arn:${partition}:iam::${securityAccount}`;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Functions",
        Effect: "Allow",
        Principal: { AWS: `${account}:root` },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: {
          ArnEquals: {
            "aws:PrincipalArn": args.publisherRoles.map((role) => `${account}:role/${role}`),
          },
        },
      },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: {
          StringEquals: { "aws:SourceAccount": securityAccount },
          ArnLike: {
            "aws:SourceArn": `arn:${partition}:cloudwatch:${homeRegion}:${securityAccount}:alarm:cordon-*`,
          },
        },
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
