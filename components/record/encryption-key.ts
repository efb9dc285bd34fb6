/** The customer's key under everything Cordon remembers and announces. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface EncryptionKeyArgs {
  readonly securityAccount: string;
}

/** One key for journal and notices, rotated every year. */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:EncryptionKey", name, {}, opts);
    const key = customerKey(
      name,
      {
        description: "Encrypts Cordon's journal and notices",
        alias: "alias/cordon",
        policy: keyPolicy(args),
      },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/** Makes a key of the customer's with its alias; one that encrypts is rotated every year. */
export function customerKey(
  name: string,
  args: {
    readonly description: string;
    readonly alias: string;
    readonly policy: object;
    /** Computes message authentication codes instead: KMS rotates no such key. */
    readonly authenticates?: true;
  },
  opts: pulumi.CustomResourceOptions,
): aws.kms.Key {
  const key = new aws.kms.Key(
    `${name}-key`,
    {
      description: args.description,
      ...(args.authenticates
        ? { keyUsage: "GENERATE_VERIFY_MAC", customerMasterKeySpec: "HMAC_256" }
        : { enableKeyRotation: true }),
      deletionWindowInDays: 30,
      policy: JSON.stringify(args.policy),
    },
    opts,
  );
  new aws.kms.Alias(`${name}-alias`, { name: args.alias, targetKeyId: key.keyId }, opts);
  return key;
}

/** Hands the decision about a key to IAM; without it a lost role could lock everyone out. */
export function administration({ securityAccount }: EncryptionKeyArgs): object {
  return {
    Sid: "Administration",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${securityAccount}:root` },
    Action: "kms:*",
    Resource: "*",
  };
}

function keyPolicy(key: EncryptionKeyArgs): object {
  return {
    Version: "2012-10-17",
    Statement: [
      administration(key),
      {
        // An alarm on an encrypted topic stays silent if CloudWatch may not use the key.
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": key.securityAccount } },
      },
    ],
  };
}
