/** EventBridge patterns, derived from the catalogue so that routing and code cannot disagree. */
import { type Answers, catalogue, type Described, type PlaybookId, playbookFor } from "./catalogue";
import { accessKeysRule, forwardedRuleNames } from "./compliance-rules";
import { field, list } from "./event-fields";
import { isPlaybookRequest, playbookRequests } from "./security-hub-actions";

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
 * Checks of Trusted Advisor that are forwarded to the hub, by the name their events bear. What no
 * workflow answers, triage tells people of.
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

/** What AWS Health sends when AWS finds a key in public, or sees it used as a stolen one is. */
export const healthRiskEvents = {
  source: "aws.health",
  detailType: "AWS Health Event",
  eventTypeCodes: ["AWS_RISK_CREDENTIALS_EXPOSED", "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED"],
} as const;

/** What CloudTrail tells EventBridge of a call that changed something. */
const apiCalls = "AWS API Call via CloudTrail";

/**
 * Calls after which a VPC may lack its quarantine group, or the group's egress its endpoints. Only
 * a trail that records management events makes CloudTrail tell of them.
 */
export const networkCalls = {
  source: "aws.ec2",
  detailType: apiCalls,
  eventSource: "ec2.amazonaws.com",
  eventNames: [
    "CreateVpc",
    "CreateDefaultVpc",
    "CreateVpcEndpoint",
    "DeleteVpcEndpoints",
    "ModifyVpcEndpoint",
  ],
} as const;

/** Matches the calls that the sweeper answers; a call that AWS refused changed nothing. */
export const networkEvents = {
  source: [networkCalls.source],
  "detail-type": [networkCalls.detailType],
  detail: {
    eventSource: [networkCalls.eventSource],
    eventName: networkCalls.eventNames,
    errorCode: [{ exists: false }],
  },
};

/** Tells whether the sweeper's rule matches an event, so that triage leaves it alone. */
export function matchesSweeper(event: unknown): boolean {
  const detail = field(event, "detail");
  return (
    field(event, "source") === networkCalls.source &&
    field(event, "detail-type") === networkCalls.detailType &&
    field(detail, "eventSource") === networkCalls.eventSource &&
    networkCalls.eventNames.some((name) => name === field(detail, "eventName")) &&
    (typeof detail !== "object" || detail === null || !Object.hasOwn(detail, "errorCode"))
  );
}

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

/** What Systems Manager sends when an automation has ended, or stands otherwise. */
export const automationChanges = {
  source: "aws.ssm",
  detailType: "EC2 Automation Execution Status-change Notification",
  /** Ends after which nobody was told what the automation had to tell. */
  failures: ["Failed", "TimedOut", "Cancelled"],
} as const;

/** Matches such ends of the automation that reports old access keys. */
export const failedReports = {
  source: [automationChanges.source],
  "detail-type": [automationChanges.detailType],
  detail: { Definition: [accessKeysRule], Status: automationChanges.failures },
};

/** Matches what AWS Config, and what it starts, has every account forward to the hub. */
export const complianceNews = {
  $or: [complianceEvents(forwardedRuleNames), failedReports] as const,
};

/** Tells whether the reports' own rule matches an event, so that triage leaves it alone. */
export function matchesFailedReport(event: unknown): boolean {
  const detail = field(event, "detail");
  return (
    field(event, "source") === automationChanges.source &&
    field(event, "detail-type") === automationChanges.detailType &&
    field(detail, "Definition") === accessKeysRule &&
    automationChanges.failures.some((status) => status === field(detail, "Status"))
  );
}

/** Source of what Cordon's own reconcile starts the workflow with. No bus of ours takes it. */
export const reconcileSource = "cordon.reconcile";

const riskPattern = {
  source: [healthRiskEvents.source],
  "detail-type": [healthRiskEvents.detailType],
  detail: { eventTypeCode: healthRiskEvents.eventTypeCodes },
};

/** Matches the events about credentials that every account forwards to the hub. */
export const exposureEvents = {
  $or: [advisorPattern(Object.keys(trustedAdvisorChecks)), riskPattern],
};

/** Matches what the workflow for exposed keys answers. */
export const exposedKeyPattern = {
  $or: [
    advisorPattern(
      Object.keys(trustedAdvisorChecks).filter((name) => workflowOfCheck(name) !== undefined),
    ),
    riskPattern,
  ],
};

/** Tells whether the workflow's rule matches an event, so that triage leaves it alone. */
export function matchesWorkflow(event: unknown): boolean {
  const source = field(event, "source");
  const detailType = field(event, "detail-type");
  const detail = field(event, "detail");
  if (source === trustedAdvisorEvents.source && detailType === trustedAdvisorEvents.detailType) {
    return workflowOfCheck(field(detail, "check-name")) !== undefined;
  }
  return (
    source === healthRiskEvents.source &&
    detailType === healthRiskEvents.detailType &&
    healthRiskEvents.eventTypeCodes.some((code) => code === field(detail, "eventTypeCode"))
  );
}

function workflowOfCheck(name: unknown): string | undefined {
  return typeof name === "string" && Object.hasOwn(trustedAdvisorChecks, name)
    ? trustedAdvisorChecks[name]?.workflow
    : undefined;
}

function advisorPattern(names: readonly string[]): object {
  return {
    source: [trustedAdvisorEvents.source],
    "detail-type": [trustedAdvisorEvents.detailType],
    detail: { "check-name": names },
  };
}

/** Matches what one playbook answers. */
export function playbookPattern(id: PlaybookId): object {
  const answers: readonly Answers[] = catalogue[id].answers;
  const patterns = answers.map((answer) =>
    answer.source === "guardduty"
      ? { ...guardDutyFindings, detail: guardDutyDetail(answer) }
      : { ...playbookRequests, detail: securityHubDetail(answer) },
  );
  return patterns.length === 1 ? (patterns[0] as object) : { $or: patterns };
}

/** Severity is not here: below 7 people are still told. */
function guardDutyDetail(answer: Answers): object {
  return {
    ...(answer.prefixes && { type: answer.prefixes.map((prefix) => ({ prefix })) }),
    resource: {
      resourceType: [answer.resourceType],
      ...(answer.userTypes && { accessKeyDetails: { userType: answer.userTypes } }),
    },
  };
}

function securityHubDetail(answer: Answers): object {
  return {
    findings: {
      Resources: {
        Type: [answer.resourceType],
        ...(answer.userTypes && {
          Details: { AwsIamAccessKey: { PrincipalType: answer.userTypes } },
        }),
      },
    },
  };
}

/**
 * Matches what triage sees, to speak for the unanswered: everything on the hub but three sources. All
 * that is forwarded of these another rule answers; whatever else comes from them, a member sent by a
 * role of its own, and as a refused event it would keep the alarm on triage's dead letters for itself.
 */
export const triagePattern = {
  source: [
    {
      "anything-but": [automationChanges.source, healthRiskEvents.source, networkCalls.source],
    },
  ],
};

/** Tells whether one of the playbooks' patterns matches an event, so that triage leaves it alone. */
export function matchesPlaybook(event: unknown): boolean {
  return speakerFor(event) !== undefined;
}

/**
 * Names the playbook that speaks for an event that none answers in the end. The rules of more than
 * one match where a finding of Security Hub lists several resources.
 */
export function speakerFor(event: unknown): PlaybookId | undefined {
  return describe(event).flatMap((each) => playbookFor(each) ?? [])[0];
}

/** Reads what the patterns look at out of an event that may be anything. */
function describe(event: unknown): readonly Described[] {
  const source = field(event, "source");
  const detailType = field(event, "detail-type");
  const detail = field(event, "detail");
  if (
    source === guardDutyFindings.source[0] &&
    detailType === guardDutyFindings["detail-type"][0]
  ) {
    const resource = field(detail, "resource");
    return complete("guardduty", {
      resourceType: field(resource, "resourceType"),
      userType: field(field(resource, "accessKeyDetails"), "userType"),
      type: field(detail, "type"),
    });
  }
  if (isPlaybookRequest(event)) {
    return list(field(detail, "findings")).flatMap((finding) =>
      list(field(finding, "Resources")).flatMap((resource) =>
        complete("security-hub", {
          resourceType: field(resource, "Type"),
          userType: field(field(field(resource, "Details"), "AwsIamAccessKey"), "PrincipalType"),
          type: "",
        }),
      ),
    );
  }
  return [];
}

function complete(
  source: Described["source"],
  { resourceType, userType, type }: Record<"resourceType" | "userType" | "type", unknown>,
): readonly Described[] {
  if (typeof resourceType !== "string" || typeof type !== "string") return [];
  return [
    { source, resourceType, type, userType: typeof userType === "string" ? userType : undefined },
  ];
}
