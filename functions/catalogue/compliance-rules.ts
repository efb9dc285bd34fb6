/** The AWS Config rules whose violations Cordon reports, by the names that Cordon or a team gives them. */
import { customPlaybooks } from "./custom";

/** How Cordon reports a violation of one rule. */
export interface ComplianceRule {
  /**
   * AWS Config gives no severity. 4: notified at once. 3: only logged, for the weekly review; an
   * account that is evaluated for the first time may break such a rule a hundred times over.
   */
  readonly severity: 3 | 4;
  /** Manual steps that remedy the violation. */
  readonly manualSteps: readonly string[];
  /** What else notifies of each violation; such an event is only logged. */
  readonly notifiedBy?: string;
}

/** Names the key rotation rule of the baseline, and its automation: the same in every account. */
export const keyRotationRule = "cordon-access-keys-rotated";

/** Writes the message that this automation publishes about a user. */
export function keyRotationReport(account: string, userName: string): string {
  return `Account "${account}" User "${userName}" needs to rotate their access key.`;
}

/** Rules of the baseline, which have exactly these names. */
const baselineRules: Readonly<Record<string, ComplianceRule>> = {
  [keyRotationRule]: {
    severity: 4,
    manualSteps: ["Create a new access key, update the workload, and delete the old key."],
    notifiedBy: "The rule's own remediation",
  },
};

/** Rules of the conformance pack, whose violations are remedied manually. */
const postureRules = {
  "cordon-restricted-ssh": {
    severity: 4,
    manualSteps: ["Remove the security group rule that allows 0.0.0.0/0 or ::/0 on port 22."],
  },
  "cordon-restricted-rdp": {
    severity: 4,
    manualSteps: ["Remove the security group rule that allows 0.0.0.0/0 or ::/0 on port 3389."],
  },
  "cordon-bucket-encryption": {
    severity: 3,
    manualSteps: [
      "Set default encryption on the bucket, with a customer managed key for confidential data.",
    ],
  },
  "cordon-bucket-public-access": {
    severity: 3,
    manualSteps: ["Enable all four settings of the bucket's Block Public Access."],
  },
  "cordon-bucket-public-read": {
    severity: 4,
    manualSteps: [
      "Unless the bucket must be public, enable its Block Public Access settings.",
      "Check who read the objects, in the bucket's access log or CloudTrail data events.",
    ],
  },
  "cordon-bucket-public-write": {
    severity: 4,
    manualSteps: [
      "Enable the bucket's Block Public Access settings.",
      "Look for objects that unknown principals uploaded.",
    ],
  },
  "cordon-volume-encryption": {
    severity: 3,
    manualSteps: ["Copy the volume through an encrypted snapshot, and attach the copy."],
  },
  "cordon-volume-encryption-by-default": {
    severity: 3,
    manualSteps: ["Enable EBS encryption by default in this region."],
  },
  "cordon-instance-metadata": {
    severity: 3,
    manualSteps: ["Require tokens of the instance's metadata service (IMDSv2)."],
  },
  "cordon-kms-key-rotation": {
    severity: 3,
    manualSteps: ["Enable the key's automatic rotation."],
  },
  "cordon-subnet-public-addresses": {
    severity: 3,
    manualSteps: ["Have the subnet assign no public addresses by default."],
  },
  "cordon-table-recovery": {
    severity: 3,
    manualSteps: ["Enable point-in-time recovery of the table."],
  },
  "cordon-console-mfa": {
    severity: 4,
    manualSteps: ["Have the user register an MFA device, or delete the user's password."],
  },
  "cordon-root-mfa": {
    severity: 4,
    manualSteps: ["Sign in as root and register an MFA device, or delete root's credentials."],
  },
} as const satisfies Readonly<Record<string, ComplianceRule>>;

export type PostureRule = keyof typeof postureRules;

/** Rules that teams deploy, for their custom playbooks. */
const customRules: Readonly<Record<string, ComplianceRule>> = Object.fromEntries(
  [...customPlaybooks().values()].flatMap(({ rules }) => Object.entries(rules)),
);

/** What AWS Config appends to the name of a pack's rule, before letters and digits of its own. */
const packSuffix = "-conformance-pack-";

/**
 * Values of configRuleName in the events that are forwarded, as an event pattern has them. AWS Config
 * evaluates continuously: results of other rules are not forwarded.
 */
export const forwardedRuleNames: readonly (string | { readonly prefix: string })[] = [
  ...Object.keys(baselineRules),
  ...Object.keys(postureRules).map(packRule),
  ...Object.keys(customRules).flatMap(deployedNames),
];

/** Matches the names that the rules of a custom playbook have in an account. */
export function customRuleNames(id: string) {
  return Object.keys(customPlaybooks().get(id)?.rules ?? {}).flatMap(deployedNames);
}

/**
 * Matches a rule however its team deploys it: in the account, by a conformance pack, or as a rule of the
 * organization, which AWS Config names OrgConfigRule-NAME- and eight letters and digits.
 */
function deployedNames(name: string): readonly (string | { readonly prefix: string })[] {
  return [name, packRule(name), { prefix: `OrgConfigRule-${name}-` }];
}

/** Matches the name that a rule of the pack has in an account. */
export function packRule(name: string): { readonly prefix: string } {
  return { prefix: `${name}${packSuffix}` };
}

/** Finds a rule by its name in an account's AWS Config; undefined for any other. */
export function complianceRule(
  configRuleName: string,
): { readonly name: string; readonly rule: ComplianceRule } | undefined {
  const ofOrganization = /^OrgConfigRule-(.+)-[a-z0-9]{8}$/.exec(configRuleName)?.[1];
  const [name = ""] = (ofOrganization ?? configRuleName).split(packSuffix, 1);
  const rules: Readonly<Record<string, ComplianceRule>> = {
    ...(ofOrganization === undefined && (name === configRuleName ? baselineRules : postureRules)),
    ...customRules,
  };
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return rule && { name, rule };
}
