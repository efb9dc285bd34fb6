/** What the deployed patterns are held against, in literals. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../support/cases";
import { type Json, spoiled } from "../support/events";
import { typeEvents } from "../support/finding-events";
import { root } from "./subjects";

const fixtures = readdirSync(join(root, "test/fixtures"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(/\.json$/, ""));

/** Events as JSON texts, by name: all fixtures, and some with one value changed. */
export const events: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    ...Object.fromEntries(fixtures.map((name) => [name, fixture(name)])),
    "guardduty-role-session": spoiled(
      fixture("guardduty-access-key"),
      ["detail", "resource", "accessKeyDetails", "userType"],
      "AssumedRole",
    ),
    "guardduty-instance-medium": spoiled(
      fixture("guardduty-instance"),
      ["detail", "severity"],
      6.9,
    ),
    "guardduty-instance-text": spoiled(fixture("guardduty-instance"), ["detail", "severity"], "8"),
    // Of management events the access key is the resource.
    "guardduty-bucket-key": spoiled(
      fixture("guardduty-bucket-read"),
      ["detail", "resource", "resourceType"],
      "AccessKey",
    ),
    // Somebody looked around: triage's.
    "guardduty-bucket-discovery": spoiled(
      fixture("guardduty-bucket-read"),
      ["detail", "type"],
      "Discovery:S3/MaliciousIPCaller",
    ),
    // What no playbook answers, is over, was refused, or is somebody else's.
    "guardduty-archived": spoiled(
      fixture("guardduty-bucket"),
      ["detail", "service", "archived"],
      true,
    ),
    "guardduty-other-event": spoiled(
      fixture("guardduty-runtime"),
      ["detail-type"],
      "GuardDuty Runtime Protection Unhealthy",
    ),
    "health-other-code": spoiled(
      fixture("health-iam-quarantine"),
      ["detail", "eventTypeCode"],
      "AWS_RISK_ABUSE_SUSPECTED",
    ),
    "access-analyzer-unused": spoiled(
      fixture("access-analyzer-finding"),
      ["detail-type"],
      "Unused Access Finding for IAM entities",
    ),
    "ssm-automation-succeeded": spoiled(
      fixture("ssm-automation-failed"),
      ["detail", "Status"],
      "Success",
    ),
    "config-compliant": spoiled(
      fixture("config-compliance-change"),
      ["detail", "newEvaluationResult", "complianceType"],
      "COMPLIANT",
    ),
    "config-open-ssh": spoiled(
      fixture("config-compliance-change"),
      ["detail", "configRuleName"],
      "cordon-restricted-ssh-conformance-pack-a1b2c3",
    ),
    // A rule that somebody named alike, of their own.
    "config-look-alike": spoiled(
      fixture("config-compliance-change"),
      ["detail", "configRuleName"],
      "cordon-restricted-ssh",
    ),
    "security-hub-release": spoiled(
      fixture("security-hub-instance"),
      ["resources"],
      ["arn:aws:securityhub:us-east-1:123456789012:action/custom/CordonRelease"],
    ),
    "security-hub-imported-control-passed": spoiled(
      fixture("security-hub-imported-control"),
      ["detail", "findings", "0", "Compliance", "Status"],
      "PASSED",
    ),
    "cloudtrail-detach-user-policy": (
      [
        [["source"], "aws.iam"],
        [["detail", "eventSource"], "iam.amazonaws.com"],
        [["detail", "eventName"], "DetachUserPolicy"],
      ] as const
    ).reduce<Json>(
      (event, [path, value]) => spoiled(event, path, value),
      fixture("cloudtrail-modify-network-interface"),
    ),
    "cloudtrail-quarantine-refused": spoiled(
      fixture("cloudtrail-quarantine-attach"),
      ["detail", "errorCode"],
      "AccessDenied",
    ),
    "cloudtrail-attach-look-alike": spoiled(
      fixture("cloudtrail-quarantine-attach"),
      ["detail", "requestParameters", "policyArn"],
      "arn:aws:iam::123456789012:policy/AWSCompromisedKeyQuarantineV3",
    ),
    "cloudtrail-root-read": spoiled(
      spoiled(fixture("cloudtrail-root-call"), ["detail", "readOnly"], true),
      ["detail", "eventName"],
      "ListUsers",
    ),
    "cloudtrail-root-mfa": spoiled(
      fixture("cloudtrail-root-call"),
      ["detail", "eventName"],
      "DeactivateMFADevice",
    ),
    "cloudtrail-user-sign-in": spoiled(
      fixture("cloudtrail-root-sign-in"),
      ["detail", "userIdentity", "type"],
      "IAMUser",
    ),
    "cloudtrail-create-vpc-refused": spoiled(
      fixture("cloudtrail-create-vpc"),
      ["detail", "errorCode"],
      "Client.VpcLimitExceeded",
    ),
  }).map(([name, event]) => [name, JSON.stringify(event)]),
);

const guardDuty = [
  "guardduty-access-key",
  "guardduty-access-key-sample",
  "guardduty-archived",
  "guardduty-bucket",
  "guardduty-bucket-discovery",
  "guardduty-bucket-key",
  "guardduty-bucket-read",
  "guardduty-database",
  "guardduty-eks-runtime",
  "guardduty-function",
  "guardduty-instance",
  "guardduty-instance-medium",
  "guardduty-instance-sample",
  "guardduty-instance-text",
  "guardduty-role-session",
  "guardduty-runtime",
  "guardduty-sequence",
];

const driftCalls = [
  "cloudtrail-detach-user-policy",
  "cloudtrail-modify-network-interface",
  "cloudtrail-quarantine-detach",
  // A new key, as root's.
  "cloudtrail-root-call",
];

/** What Security Hub imports, without what GuardDuty sent it. */
const imported = [
  "security-hub-imported-control",
  "security-hub-imported-own-product",
  "security-hub-imported-partner",
  "security-hub-imported-v2-access-key",
  "security-hub-imported-v2-control",
  "security-hub-imported-v2-sensitive-data",
  "security-hub-imported-v2-vulnerability",
  "security-hub-imported-vulnerability",
];

/** By a deployed rule, the events that its pattern must match, and no other. */
export const expectedMatches: Readonly<Record<string, readonly string[]>> = {
  "cordon-contain-access-key": [
    "guardduty-access-key",
    "guardduty-access-key-sample",
    "security-hub-access-key",
    "security-hub-penetration-test",
  ],
  "cordon-contain-instance": ["guardduty-instance-medium", "guardduty-instance-text"],
  "cordon-contain-instance-urgent": [
    "guardduty-instance",
    "guardduty-instance-sample",
    "guardduty-runtime",
    "security-hub-instance",
    "security-hub-own-product-instance",
  ],
  "cordon-contain-sequence": ["guardduty-sequence"],
  "cordon-contain-resource": [
    "guardduty-archived",
    "guardduty-bucket",
    "guardduty-bucket-key",
    "guardduty-bucket-read",
    "guardduty-function",
  ],
  "cordon-exposed-key": [
    "cloudtrail-quarantine-attach",
    "health-credentials-exposed",
    "health-iam-quarantine",
    "trusted-advisor-exposed-key",
  ],
  "cordon-fix-posture": ["config-open-ssh", "security-hub-imported-control"],
  "cordon-forward-compliance": [
    "access-analyzer-finding",
    "config-compliance-change",
    "config-open-ssh",
    "ssm-automation-failed",
  ],
  "cordon-forward-drift": driftCalls,
  "cordon-forward-exposures": [
    "cloudtrail-quarantine-attach",
    "cloudtrail-root-mfa",
    "cloudtrail-root-sign-in",
    "health-credentials-exposed",
    "health-iam-quarantine",
    "trusted-advisor-exposed-key",
  ],
  "cordon-forward-guardduty": guardDuty,
  "cordon-forward-security-hub": [
    "security-hub-access-key",
    ...imported,
    "security-hub-instance",
    "security-hub-own-product-instance",
    "security-hub-penetration-test",
    "security-hub-release",
  ],
  "cordon-key-rotation": ["ssm-automation-failed"],
  "cordon-release": ["security-hub-release"],
  "cordon-revoke-sessions": ["guardduty-role-session"],
  "cordon-sweep": ["cloudtrail-create-vpc"],
  "cordon-watch": driftCalls,
  // What no flow answers is triage's: all but what automations, AWS Health, EC2, IAM and sign-ins send,
  // and of these what root does and what ends AWS's quarantine.
  "cordon-triage": [
    "access-analyzer-finding",
    "access-analyzer-unused",
    "cloudtrail-quarantine-detach",
    "cloudtrail-root-call",
    "cloudtrail-root-mfa",
    "cloudtrail-root-sign-in",
    "config-compliance-change",
    "config-compliant",
    "config-look-alike",
    "config-open-ssh",
    ...guardDuty,
    "guardduty-other-event",
    "security-hub-access-key",
    "security-hub-console-login",
    "security-hub-instance",
    "security-hub-own-product-instance",
    "security-hub-penetration-test",
    "security-hub-release",
    "trusted-advisor-bucket-permissions",
    "trusted-advisor-exposed-key",
  ],
  // No forwarder sends GuardDuty's or what passed: whatever comes all the same is accounted for.
  "cordon-triage-imported": [
    "security-hub-imported-control-passed",
    "security-hub-imported-guardduty",
    "security-hub-imported-v2-guardduty",
    ...imported,
  ],
};

/**
 * An event of each documented finding type, about each kind of resource, and the rules that must match it.
 * One queue answers it: the one of a playbook, or else triage's. Triage's rule matches every finding, and
 * its function leaves alone what another queue has.
 */
export const typesExpected: readonly {
  readonly name: string;
  readonly text: string;
  readonly rules: readonly string[];
}[] = [...typeEvents(), ...typeEvents(8)].map(({ name, does, severity, event }) => {
  const lane = does === "contain-instance" && severity >= 7 ? "-urgent" : "";
  return {
    name: `${name}, severity ${severity}`,
    text: JSON.stringify(event),
    rules: [
      "cordon-forward-guardduty",
      "cordon-triage",
      ...(does === "notify" || does === "log" ? [] : [`cordon-${does}${lane}`]),
    ],
  };
});
