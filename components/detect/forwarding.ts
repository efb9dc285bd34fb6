/** What is carried from default buses to the hub, and by which role. Data only. */
import { containActions, exposureEvents, guardDutyFindings } from "../../functions/patterns";
import { forwarderRoleName } from "./hub-bus";

/** What can be forwarded. The hub admits of each account's forwarders only what they are for. */
export type Forwarded = "guardduty" | "security-hub" | "exposures" | "network" | "compliance";

/** Matches what CloudTrail tells, by a trail, of calls that made or changed a VPC's surroundings. */
const networkEvents = {
  source: ["aws.ec2"],
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: {
    eventSource: ["ec2.amazonaws.com"],
    eventName: [
      "CreateVpc",
      "CreateDefaultVpc",
      "CreateVpcEndpoint",
      "DeleteVpcEndpoints",
      "ModifyVpcEndpoint",
    ],
    // A call that AWS refused changed nothing.
    errorCode: [{ exists: false }],
  },
};

/** Matches what AWS Config tells when a rule of the baseline finds a resource not compliant. */
const complianceEvents = {
  source: ["aws.config"],
  "detail-type": ["Config Rules Compliance Change"],
  detail: {
    configRuleName: ["cordon-access-keys-rotated"],
    newEvaluationResult: { complianceType: ["NON_COMPLIANT"] },
  },
};

export const forwarded: Readonly<
  Record<
    Forwarded,
    { readonly words: string; readonly pattern: object; role(region: string): string }
  >
> = {
  guardduty: { words: "GuardDuty findings", pattern: guardDutyFindings, role: forwarderRoleName },
  "security-hub": {
    words: "what people send by Security Hub's custom action",
    pattern: containActions,
    role: () => forwarderRoleName("security-hub"),
  },
  exposures: {
    words: "exposed credentials of Trusted Advisor and AWS Health",
    pattern: exposureEvents,
    role: () => forwarderRoleName("exposures"),
  },
  // Roles are of the whole account, and these two are forwarded from each of its regions.
  network: {
    words: "changes of VPCs and their endpoints",
    pattern: networkEvents,
    role: (region) => forwarderRoleName(`network-${region}`),
  },
  compliance: {
    words: "what breaks the listed rules of AWS Config",
    pattern: complianceEvents,
    role: (region) => forwarderRoleName(`compliance-${region}`),
  },
};

export function forwardingRuleName(what: Forwarded): string {
  return `cordon-forward-${what}`;
}
