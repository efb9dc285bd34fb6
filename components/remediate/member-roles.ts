/** The roles through which responders act in one account: derived from the catalogue, all of them. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type BreakGlass,
  type MemberRole,
  memberRoleStatements,
  memberRoles,
  trustPolicy,
} from "../../functions/permissions";
import { policyDocument } from "../../functions/policy-document";
import { cordonTag } from "../../functions/remediate/quarantine-group";

export interface MemberRolesArgs extends BreakGlass {
  /** The account in which the roles stand. */
  readonly account: string;
  readonly partition: string;
  readonly securityAccount: string;
  readonly organizationId: string;
  readonly externalId: string;
}

// What IAM allows a role: all inline policies together, and the trust policy without a raised quota.
const inlinePolicyLimit = 10_240;
const trustPolicyLimit = 2_048;

/** The roles of every family, those that prepare and investigate included, in one account. */
export class MemberRoles extends pulumi.ComponentResource {
  constructor(name: string, args: MemberRolesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:remediate:MemberRoles", name, {}, opts);
    for (const role of memberRoles) {
      this.createRole(name, args, role);
    }
    this.registerOutputs({});
  }

  private createRole(name: string, args: MemberRolesArgs, memberRole: MemberRole): void {
    const role = new aws.iam.Role(
      `${name}-${memberRole.name}`,
      {
        name: memberRole.name,
        description: `Lets Cordon ${memberRole.move} resources of the ${memberRole.family} family`,
        assumeRolePolicy: document(
          `trust policy of ${memberRole.name}`,
          trustPolicy(memberRole, args),
          trustPolicyLimit,
        ),
        maxSessionDuration: 3600,
        tags: { [cordonTag]: "role" },
      },
      { parent: this },
    );
    const statements = memberRoleStatements(memberRole, args.partition, args.account, args);
    new aws.iam.RolePolicy(
      `${name}-${memberRole.name}-policy`,
      {
        name: "derived",
        role: role.name,
        policy: document(
          `policy of ${memberRole.name}`,
          policyDocument(statements),
          inlinePolicyLimit,
        ),
      },
      { parent: this },
    );
  }
}

/**
 * Writes a policy as IAM stores and measures it, without white space.
 *
 * @throws pulumi.RunError when it is too long; fewer break-glass roles make it shorter
 */
export function document(what: string, policy: object, limit: number): string {
  const text = JSON.stringify(policy);
  if (text.length > limit) {
    throw new pulumi.RunError(
      `the ${what} must take at most ${limit} characters, but ${text.length} were needed`,
    );
  }
  return text;
}
