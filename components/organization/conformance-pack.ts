/** Deploys the posture rules of AWS Config in every account: misconfigurations that invite incidents. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PostureRule } from "../../functions/catalogue/compliance-rules";
import type { Settings } from "../../settings";

export interface ConformancePackArgs {
  /** Sets the name apart from those of other stages in the organization. */
  readonly stage: Settings["stage"];
  readonly governedRegions: readonly string[];
  /** IAM is evaluated here and nowhere else. */
  readonly homeRegion: string;
  /** Accounts without a configuration recorder: one of them would fail the whole pack. */
  readonly excludedAccounts: readonly string[];
}

/** A rule that AWS wrote. Over the API none of its parameters has a default. */
interface ManagedRule {
  /** Notices name the rule so. */
  readonly name: PostureRule;
  readonly description: string;
  readonly identifier: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Evaluated once a day; the others whenever a resource changes. */
  readonly daily?: boolean;
}

// Access keys are not included: the baseline's own rule evaluates them, with a remediation that rules of
// a pack cannot be given, and a second rule would cost, and notify of each key, twice.
const regionalRules: readonly ManagedRule[] = [
  {
    name: "cordon-restricted-ssh",
    description: "No security group lets the whole internet in by SSH",
    identifier: "INCOMING_SSH_DISABLED",
  },
  {
    name: "cordon-restricted-rdp",
    description: "No security group lets the whole internet in by RDP",
    identifier: "RESTRICTED_INCOMING_TRAFFIC",
    parameters: { blockedPort1: "3389" },
  },
  {
    name: "cordon-bucket-encryption",
    description: "Every bucket is encrypted by default",
    identifier: "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
  },
  {
    name: "cordon-bucket-public-access",
    description: "Every bucket blocks public access",
    identifier: "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
  },
  {
    name: "cordon-bucket-public-read",
    description: "No bucket allows public read access",
    identifier: "S3_BUCKET_PUBLIC_READ_PROHIBITED",
  },
  {
    name: "cordon-bucket-public-write",
    description: "No bucket allows public write access",
    identifier: "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
  },
  {
    name: "cordon-volume-encryption",
    description: "Every attached volume is encrypted",
    identifier: "ENCRYPTED_VOLUMES",
  },
  {
    name: "cordon-volume-encryption-by-default",
    description: "New volumes are encrypted by default",
    identifier: "EC2_EBS_ENCRYPTION_BY_DEFAULT",
    daily: true,
  },
  {
    name: "cordon-instance-metadata",
    description: "Every instance's metadata service wants tokens",
    identifier: "EC2_IMDSV2_CHECK",
  },
  {
    name: "cordon-kms-key-rotation",
    description: "KMS rotates every customer managed key",
    identifier: "CMK_BACKING_KEY_ROTATION_ENABLED",
    daily: true,
  },
  {
    name: "cordon-subnet-public-addresses",
    description: "No subnet gives instances a public address by default",
    identifier: "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
  },
  {
    name: "cordon-table-recovery",
    description: "Every table can be restored to any second",
    identifier: "DYNAMODB_PITR_ENABLED",
    daily: true,
  },
];

const globalRules: readonly ManagedRule[] = [
  {
    name: "cordon-console-mfa",
    description: "Every user with a password signs in with a second factor",
    identifier: "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    daily: true,
  },
  {
    name: "cordon-root-mfa",
    description: "Root signs in with a second factor",
    identifier: "ROOT_ACCOUNT_MFA_ENABLED",
    daily: true,
  },
];

/**
 * One pack for each governed region, put by the security account as the organization's delegated
 * administrator of config-multiaccountsetup.amazonaws.com, which the management account must have
 * made it before. AWS Config makes the rules in the members with its own service-linked role.
 */
export class ConformancePack extends pulumi.ComponentResource {
  constructor(name: string, args: ConformancePackArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:ConformancePack", name, {}, opts);
    for (const region of args.governedRegions) {
      const rules = region === args.homeRegion ? [...regionalRules, ...globalRules] : regionalRules;
      new aws.cfg.OrganizationConformancePack(
        `${name}-${region}`,
        {
          region,
          name: `cordon-posture-${args.stage}`,
          templateBody: template(rules),
          ...(args.excludedAccounts.length > 0 && {
            excludedAccounts: [...args.excludedAccounts],
          }),
        },
        // Ten minutes are the provider's own patience, for however many accounts.
        { parent: this, customTimeouts: { create: "2h", update: "2h", delete: "2h" } },
      );
    }
    this.registerOutputs({});
  }
}

/** Writes the template as YAML, the one form that conformance packs are documented to take. */
function template(rules: readonly ManagedRule[]): string {
  return ["Resources:", ...rules.flatMap(resource), ""].join("\n");
}

function resource({ name, description, identifier, parameters = {}, daily }: ManagedRule) {
  const logicalId = name.replace(/(^|-)[a-z]/g, (start) => start.replace("-", "").toUpperCase());
  const given = Object.entries(parameters);
  return [
    `  ${logicalId}:`,
    "    Type: AWS::Config::ConfigRule",
    "    Properties:",
    `      ConfigRuleName: ${name}`,
    `      Description: ${JSON.stringify(description)}`,
    ...(given.length > 0 ? ["      InputParameters:"] : []),
    ...given.map(([key, value]) => `        ${key}: ${JSON.stringify(value)}`),
    ...(daily ? ["      MaximumExecutionFrequency: TwentyFour_Hours"] : []),
    "      Source:",
    "        Owner: AWS",
    `        SourceIdentifier: ${identifier}`,
  ];
}
