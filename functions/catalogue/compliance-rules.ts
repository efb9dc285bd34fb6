/** Lists the AWS Config rules whose results Cordon evaluates, by the names that Cordon gives them. */

/** How Cordon handles a resource that does not comply with a rule. */
export interface ComplianceRule {
  /**
   * AWS Config assigns no severity. 4: responders are notified at once. 3: only logged, for the
   * weekly review: the first evaluation of an account may find hundreds of such resources.
   */
  readonly severity: 3 | 4;
  /** What responders should do about the resource. */
  readonly manualSteps: readonly string[];
  /** What else notifies about each such resource: its event is only logged. */
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
    manualSteps: [
      "Create a second access key, update the applications to use it, and delete the old key.",
    ],
    notifiedBy: "the rule's own remediation",
  },
};

/** Rules of the conformance pack. Cordon has no playbook for them. */
const postureRules = {
  "cordon-restricted-ssh": {
    severity: 4,
    manualSteps: [
      "Remove the rule that allows 0.0.0.0/0 or ::/0 on port 22 from the security group.",
    ],
  },
  "cordon-restricted-rdp": {
    severity: 4,
    manualSteps: [
      "Remove the rule that allows 0.0.0.0/0 or ::/0 on port 3389 from the security group.",
    ],
  },
  "cordon-bucket-encryption": {
    severity: 3,
    manualSteps: [
      "Enable default encryption of the bucket, with a customer managed key for secret data.",
    ],
  },
  "cordon-bucket-public-access": {
    severity: 3,
    manualSteps: ["Enable all four Block Public Access settings of the bucket."],
  },
  "cordon-bucket-public-read": {
    severity: 4,
    manualSteps: [
      "Unless the bucket is meant to be public, enable its Block Public Access settings.",
      "Check the bucket's access log, or CloudTrail data events, for who read what.",
    ],
  },
  "cordon-bucket-public-write": {
    severity: 4,
    manualSteps: [
      "Enable the bucket's Block Public Access settings: hardly any bucket needs public writes.",
      "Look for objects that your organization did not put there.",
    ],
  },
  "cordon-volume-encryption": {
    severity: 3,
    manualSteps: [
      "Create an encrypted copy of a snapshot of the volume, and attach a volume made from it.",
    ],
  },
  "cordon-volume-encryption-by-default": {
    severity: 3,
    manualSteps: ["Enable EBS encryption by default in the EC2 settings of this region."],
  },
  "cordon-console-mfa": {
    severity: 4,
    manualSteps: ["Have the user register an MFA device, or delete the user's password."],
  },
  "cordon-root-mfa": {
    severity: 4,
    manualSteps: ["Sign in as root and register an MFA device, or delete the root credentials."],
  },
} as const satisfies Readonly<Record<string, ComplianceRule>>;

export type PostureRule = keyof typeof postureRules;

/** What AWS Config appends to the name of a pack's rule, before letters and digits of its own. */
const packSuffix = "-conformance-pack-";

/**
 * Values of configRuleName in the events that are forwarded, as an event pattern has them. AWS Config
 * evaluates continuously: results of other rules are not forwarded.
 */
export const forwardedRuleNames: readonly (string | { readonly prefix: string })[] = [
  ...Object.keys(baselineRules),
  ...Object.keys(postureRules).map((name) => ({ prefix: `${name}${packSuffix}` })),
];

/** Finds a rule by its name in an account's AWS Config; undefined for any other. */
export function complianceRule(
  configRuleName: string,
): { readonly name: string; readonly rule: ComplianceRule } | undefined {
  const [name = ""] = configRuleName.split(packSuffix, 1);
  const rules: Readonly<Record<string, ComplianceRule>> =
    name === configRuleName ? baselineRules : postureRules;
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return rule && { name, rule };
}
