/** Publishes notices of what Cordon did, would do, or could not do. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface NotificationsArgs {
  readonly securityAccount: string;
  readonly homeRegion: string;
  readonly keyArn: pulumi.Input<string>;
  /** Names of the roles whose sessions may publish. */
  readonly publisherRoles: readonly string[];
  readonly organizationId: string;
  /** Accounts of the organization that may subscribe; "organization" means all of them. */
  readonly consumerAccounts: "organization" | readonly string[];
}

/** One encrypted topic; responders, ticket systems and other accounts' queues subscribe to it. */
export class Notifications extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: NotificationsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Notifications", name, {}, opts);
    this.topicArn = encryptedTopic(
      name,
      {
        topicName: "cordon-notices",
        keyArn: args.keyArn,
        policy: (topicArn) => topicPolicy(args, topicArn),
      },
      { parent: this },
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * Makes an encrypted topic with its policy. The ARN resolves once both exist: its users may rely
 * on them.
 */
export function encryptedTopic(
  name: string,
  args: {
    readonly topicName: string;
    readonly keyArn: pulumi.Input<string>;
    policy(topicArn: pulumi.Input<string>): object;
  },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const topic = new aws.sns.Topic(
    `${name}-topic`,
    { name: args.topicName, kmsMasterKeyId: args.keyArn },
    opts,
  );
  const policy = new aws.sns.TopicPolicy(
    `${name}-policy`,
    { arn: topic.arn, policy: pulumi.jsonStringify(args.policy(topic.arn)) },
    opts,
  );
  return policy.arn;
}

/** Denies to publish to a topic over plain HTTP. */
export function encryptedTransportOnly(topicArn: pulumi.Input<string>): object {
  return {
    Sid: "EncryptedTransportOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

function topicPolicy(args: NotificationsArgs, topicArn: pulumi.Input<string>): object {
  const { securityAccount, homeRegion } = args;
  const account = `arn:aws:iam::${securityAccount}`;
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
            "aws:SourceArn": `arn:aws:cloudwatch:${homeRegion}:${securityAccount}:alarm:cordon-*`,
          },
        },
      },
      encryptedTransportOnly(topicArn),
      ...consumerStatements(args, topicArn),
    ],
  };
}

/**
 * Lets accounts of the organization subscribe queues of their own: who subscribes for another
 * account, or an address outside AWS, is refused. SNS decrypts for itself what it delivers, so that
 * subscribers need no use of the key.
 */
function consumerStatements(
  { organizationId, consumerAccounts }: NotificationsArgs,
  topicArn: pulumi.Input<string>,
): readonly object[] {
  if (consumerAccounts.length === 0) return [];
  const listed =
    consumerAccounts === "organization" ? {} : { "aws:PrincipalAccount": consumerAccounts };
  return [
    {
      Sid: "Consumers",
      Effect: "Allow",
      // Named by condition: SNS refuses a policy that names an account which was closed since.
      Principal: { AWS: "*" },
      Action: "sns:Subscribe",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": organizationId, "sns:Protocol": "sqs", ...listed },
        StringLike: { "sns:Endpoint": `arn:aws:sqs:*:\${aws:PrincipalAccount}:*` },
      },
    },
  ];
}
