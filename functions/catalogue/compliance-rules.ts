/** The rules of AWS Config whose verdicts reach people, by the names that Cordon gives them. */

/** What people hear of a resource that breaks a rule. */
export interface ComplianceRule {
  /**
   * AWS Config scores nothing. 4: people are told at once. 3: logged alone, for the weekly look; an
   * account that is evaluated for the first time may break such a rule a hundred times over.
   */
  readonly severity: 3 | 4;
  /** What people should do about the resource. */
  readonly instead: readonly string[];
  /** Who else tells people of each breach; such an event is only logged. */
  readonly toldBy?: string;
}

/** The rule of the baseline about old access keys, and its automation; the same in every account. */
export const accessKeysRule = "cordon-access-keys-rotated";

/** Rules of the baseline, which bear exactly these names. */
const baselineRules: Readonly<Record<string, ComplianceRule>> = {
  [accessKeysRule]: {
    severity: 4,
    instead: ["Make a new access key, put it to use, and delete the old one."],
    toldBy: "the rule's own remediation",
  },
};

/** Rules of the conformance pack. Nothing answers them but people. */
const postureRules = {
  "cordon-restricted-ssh": {
    severity: 4,
    instead: ["Take the rule that admits 0.0.0.0/0 or ::/0 to port 22 out of the security group."],
  },
  "cordon-restricted-rdp": {
    severity: 4,
    instead: [
      "Take the rule that admits 0.0.0.0/0 or ::/0 to port 3389 out of the security group.",
    ],
  },
  "cordon-bucket-encryption": {
    severity: 3,
    instead: ["Give the bucket a default encryption, with a key of your own where data is secret."],
  },
  "cordon-bucket-public-access": {
    severity: 3,
    instead: ["Switch all four settings of the bucket's public access block on."],
  },
  "cordon-bucket-public-read": {
    severity: 4,
    instead: [
      "Unless it is meant to be public, switch the bucket's public access block on.",
      "Look up in the bucket's access log, or CloudTrail's data events, who read what.",
    ],
  },
  "cordon-bucket-public-write": {
    severity: 4,
    instead: [
      "Switch the bucket's public access block on: hardly any bucket is meant for this.",
      "Look for objects that nobody of yours put there.",
    ],
  },
  "cordon-volume-encryption": {
    severity: 3,
    instead: ["Copy the volume by way of a snapshot that is encrypted, and attach the copy."],
  },
  "cordon-volume-encryption-by-default": {
    severity: 3,
    instead: ["Switch encryption by default on: EC2, account attributes, in this region."],
  },
  "cordon-console-mfa": {
    severity: 4,
    instead: ["Have the user register a second factor, or delete its password."],
  },
  "cordon-root-mfa": {
    severity: 4,
    instead: ["Sign in as root and register a second factor, or delete root's credentials."],
  },
} as const satisfies Readonly<Record<string, ComplianceRule>>;

export type PostureRule = keyof typeof postureRules;

/** What AWS Config appends to the name of a pack's rule, before letters and digits of its own. */
const packSuffix = "-conformance-pack-";

/**
 * Values of configRuleName in the verdicts that are forwarded, as an event pattern has them. Config
 * evaluates without end: no other rule's verdicts are.
 */
export const forwardedRuleNames: readonly (string | { readonly prefix: string })[] = [
  ...Object.keys(baselineRules),
  ...Object.keys(postureRules).map((name) => ({ prefix: `${name}${packSuffix}` })),
];

/** Finds a rule by the name that an account's AWS Config knows it by; undefined for any other. */
export function complianceRule(
  configRuleName: string,
): { readonly name: string; readonly rule: ComplianceRule } | undefined {
  const [name = ""] = configRuleName.split(packSuffix, 1);
  const rules: Readonly<Record<string, ComplianceRule>> =
    name === configRuleName ? baselineRules : postureRules;
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return rule && { name, rule };
}
