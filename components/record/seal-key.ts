/** Keys that only compute and check codes: who may do either is in the key's own policy. */
import * as pulumi from "@pulumi/pulumi";
import { administration, customerKey } from "./encryption-key";

export interface SealKeyArgs {
  readonly securityAccount: string;
  /** What it seals, to end a sentence. */
  readonly seals: string;
  /** Such as "alias/cordon-seals". */
  readonly alias: string;
  /** Names of the roles that seal. */
  readonly sealingRoles: readonly string[];
  /** Names of the roles that check seals. */
  readonly checkingRoles: readonly string[];
}

/** One key, with which some roles compute codes and others verify them, and no role does both. */
export class SealKey extends pulumi.ComponentResource {
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: SealKeyArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:SealKey", name, {}, opts);
    const key = customerKey(
      name,
      {
        description: `Seals ${args.seals}`,
        alias: args.alias,
        policy: {
          Version: "2012-10-17",
          Statement: [
            administration(args),
            onlyFor("Seal", "kms:GenerateMac", args.sealingRoles, args),
            onlyFor("Check", "kms:VerifyMac", args.checkingRoles, args),
          ],
        },
        authenticates: true,
      },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/** Denies an action to all other principals, whatever the policies or grants of the account allow. */
function onlyFor(
  Sid: string,
  Action: string,
  roles: readonly string[],
  { securityAccount }: SealKeyArgs,
): object {
  return {
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource: "*",
    Condition: {
      ArnNotEquals: {
        "aws:PrincipalArn": roles.map((role) => `arn:aws:iam::${securityAccount}:role/${role}`),
      },
    },
  };
}
