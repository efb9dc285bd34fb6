/** EventBridge patterns, derived from the catalogue so that routing and code cannot disagree. */

import {
  externalAccessEvents,
  quarantineAttached,
  rootCallsBesideDrift,
  rootSignInEvents,
  rootSignIns,
  triageCalls,
} from "./account-events";
import { driftCalls } from "./calls";
import { customRuleNames, forwardedRuleNames, keyRotationRule, packRule } from "./compliance-rules";
import { controlOf, ownControlIds } from "./controls";
import { isCustom } from "./custom";
import { catalogue, type FindingMatch, type PlaybookId } from "./playbooks";
import { playbookRequests } from "./security-hub-actions";
import { failuresOf, importedPattern } from "./security-hub-imports";

/** What GuardDuty sends for every finding, in every account and region. */
export const guardDutyFindings = {
  source: ["aws.guardduty"],
  "detail-type": ["GuardDuty Finding"],
};

/** The one check the workflow for exposed keys answers. */
export const exposedKeyCheck = {
  name: "Exposed Access Keys",
  id: "12Fnkpl8Y5",
  findingType: "TrustedAdvisor:ExposedAccessKeys",
} as const;

/**
 * Checks of Trusted Advisor that are forwarded to the hub, by the name their events bear. Triage
 * notifies about those that no workflow covers.
 */
export const trustedAdvisorChecks: Readonly<
  Record<string, { readonly id: string; readonly workflow?: "exposed-key" }>
> = {
  [exposedKeyCheck.name]: { id: exposedKeyCheck.id, workflow: "exposed-key" },
};

/** What Trusted Advisor sends of one item of a check; of all regions, in us-east-1 only. */
export const trustedAdvisorEvents = {
  source: "aws.trustedadvisor",
  detailType: "Trusted Advisor Check Item Refresh Notification",
} as const;

/**
 * What AWS Health sends when AWS finds a key in public, sees it or the console used as thieves do, or
 * attaches its quarantine policy to a key's user.
 */
export const healthRiskEvents = {
  source: "aws.health",
  detailType: "AWS Health Event",
  eventTypeCodes: [
    "AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE",
    "AWS_RISK_CREDENTIALS_COMPROMISED",
    "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED",
    "AWS_RISK_CREDENTIALS_EXPOSED",
    "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
    "AWS_RISK_IAM_QUARANTINE",
  ],
} as const;

/** What AWS Config sends when a rule's verdict about a resource changes. */
export const complianceChanges = {
  source: "aws.config",
  detailType: "Config Rules Compliance Change",
} as const;

/** Matches these rules' verdicts that something breaks them. */
export function complianceEvents(ruleNames: readonly (string | { readonly prefix: string })[]) {
  return {
    source: [complianceChanges.source],
    "detail-type": [complianceChanges.detailType],
    detail: {
      configRuleName: ruleNames,
      newEvaluationResult: { complianceType: ["NON_COMPLIANT"] },
    },
  };
}

/** The event that Systems Manager sends when an automation changes its status. */
export const automationChanges = {
  source: "aws.ssm",
  detailType: "EC2 Automation Execution Status-change Notification",
  /** Ends after which the automation's report was not sent. */
  failures: ["Failed", "TimedOut", "Cancelled"],
} as const;

/** Matches such ends of the key rotation rule's automation. */
export const failedReports = {
  source: [automationChanges.source],
  "detail-type": [automationChanges.detailType],
  detail: { Definition: [keyRotationRule], Status: automationChanges.failures },
};

/** Matches what AWS Config, what it starts, and Access Analyzer have every account forward to the hub. */
export const complianceNews = {
  $or: [complianceEvents(forwardedRuleNames), failedReports, externalAccessEvents] as const,
};

/** Source of what Cordon's own reconcile starts the workflow with. No bus of ours takes it. */
export const reconcileSource = "cordon.reconcile";

/** Source of what a run starts further runs with, one for each key of a quarantined user. Nor this. */
export const quarantineSource = "cordon.quarantine";

const riskPattern = {
  source: [healthRiskEvents.source],
  "detail-type": [healthRiskEvents.detailType],
  detail: { eventTypeCode: healthRiskEvents.eventTypeCodes },
};

/**
 * Matches the events about credentials that every account forwards to the hub, and root's. That AWS's
 * quarantine policy was detached, and root's calls that may let a contained target out, are forwarded
 * with all such calls.
 */
export const exposureEvents = {
  $or: [
    advisorPattern(Object.keys(trustedAdvisorChecks)),
    riskPattern,
    quarantineAttached,
    rootSignInEvents,
    rootCallsBesideDrift,
  ],
};

/** Matches what the workflow for exposed keys answers. */
export const exposedKeyPattern = {
  $or: [
    advisorPattern(
      Object.entries(trustedAdvisorChecks)
        .filter(([, { workflow }]) => workflow !== undefined)
        .map(([name]) => name),
    ),
    riskPattern,
    quarantineAttached,
  ],
};

function advisorPattern(names: readonly string[]): object {
  return {
    source: [trustedAdvisorEvents.source],
    "detail-type": [trustedAdvisorEvents.detailType],
    detail: { "check-name": names },
  };
}

/**
 * The playbook whose findings have two queues: an outsider can cause findings about instances without
 * end, by scanning ports. Findings about credentials come of who has them.
 */
export const inTwoLanes = "contain-instance" satisfies PlaybookId;

/**
 * What the severity of a finding in each lane is. Severe ones are 7 and above, as GuardDuty has it; a
 * severity that is no number is a defect, which goes where it delays nothing. Each value is in one lane.
 */
const lanes = {
  urgent: [{ numeric: [">=", 7] }],
  ordinary: [{ numeric: ["<", 7] }, { exists: false }, { prefix: "" }, null, true, false],
} as const;

export type Lane = keyof typeof lanes;

const ownControls = ownControlIds.map(controlOf);

/** Matches the breaches that Cordon's own controls answer, by whom they are reported. */
const postureEvents = {
  $or: [
    complianceEvents(ownControls.flatMap(({ config }) => (config?.rules ?? []).map(packRule))),
    failuresOf([...new Set(ownControls.flatMap(({ published }) => published))]),
  ],
};

/**
 * Matches the findings that one playbook answers.
 *
 * @param lane only those of this lane; what a person sends is in the urgent one. @default all
 */
export function playbookPattern(id: PlaybookId, lane?: Lane): object {
  const matches: readonly FindingMatch[] = catalogue[id].matches;
  // The names of rules and controls are enough: each is about one type of resource.
  if (isCustom(id)) return complianceEvents(customRuleNames(id));
  if (catalogue[id].family === "posture") return postureEvents;
  const of = (source: FindingMatch["source"]) =>
    together(matches.filter((each) => each.source === source));
  const found = of("guardduty").map((match) => guardDutyDetail(match, lane));
  const sent = lane === "ordinary" ? [] : of("security-hub").map(securityHubDetail);
  // An envelope for each of many would leave no room in the 2,048 characters of a pattern.
  return oneOf([
    ...(found.length > 0 ? [{ ...guardDutyFindings, detail: oneOf(found) }] : []),
    ...sent.map((detail) => ({ ...playbookRequests, detail })),
  ]);
}

function oneOf(patterns: readonly object[]): object {
  return patterns.length === 1 ? (patterns[0] as object) : { $or: patterns };
}

interface Grouped extends Omit<FindingMatch, "resourceType"> {
  readonly resourceTypes: readonly string[];
}

/** Puts together what differs in the type of the resource alone. */
function together(matches: readonly FindingMatch[]): readonly Grouped[] {
  const groups = new Map<string, Grouped>();
  for (const { resourceType, ...match } of matches) {
    const key = JSON.stringify(match);
    const { resourceTypes = [] } = groups.get(key) ?? {};
    groups.set(key, { ...match, resourceTypes: [...resourceTypes, resourceType] });
  }
  return [...groups.values()];
}

/** Where there are no lanes, severity is not here: Cordon still notifies below 7. */
function guardDutyDetail(match: Grouped, lane: Lane | undefined): object {
  return {
    ...(lane && { severity: lanes[lane] }),
    ...(match.prefixes && { type: match.prefixes.map((prefix) => ({ prefix })) }),
    resource: {
      resourceType: match.resourceTypes,
      ...(match.userTypes && { accessKeyDetails: { userType: match.userTypes } }),
    },
  };
}

function securityHubDetail(match: Grouped): object {
  return {
    findings: {
      Resources: {
        Type: match.resourceTypes,
        ...(match.userTypes && {
          Details: { AwsIamAccessKey: { PrincipalType: match.userTypes } },
        }),
      },
    },
  };
}

/**
 * Matches the events that triage reads: everything on the hub except what Security Hub imports, which has a
 * queue of its own, and five sources, and of two of these what is about root or ends AWS's quarantine.
 * Other rules match all other events that are forwarded from the five. A member sends any other with a role
 * of its own, and as refused events those would keep the alarm on triage's dead letters active.
 */
export const triagePattern = {
  $or: [
    {
      source: [
        {
          "anything-but": [
            automationChanges.source,
            healthRiskEvents.source,
            ...driftCalls.map(({ source }) => source),
            rootSignIns.source,
          ],
        },
      ],
      "detail-type": [{ "anything-but": importedPattern["detail-type"] }],
    },
    ...triageCalls,
  ],
};
