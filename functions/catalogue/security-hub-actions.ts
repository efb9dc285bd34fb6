/** The custom actions of Security Hub, and the patterns of their events. */

/** The custom actions by which responders send a finding to Cordon. */
export const customActions = {
  contain: "CordonContain",
  /** Plans a containment and announces the plan. */
  dryRun: "CordonDryRun",
  release: "CordonRelease",
} as const;
export type CustomAction = (typeof customActions)[keyof typeof customActions];

/** The event that Security Hub sends when a responder chooses an action. */
export const customActionEvents = {
  source: "aws.securityhub",
  detailType: "Security Hub Findings - Custom Action",
} as const;

/** What playbooks answer; the release function answers the rest. */
export const playbookActions: readonly CustomAction[] = [
  customActions.contain,
  customActions.dryRun,
];

/** Matches the findings that responders send for containment, or for a dry run of it. */
export const requests = patternOf(Object.values(customActions));

/** Matches what playbooks answer, whatever the finding is about. */
export const playbookRequests = patternOf(playbookActions);

/** Matches the findings that responders send for release. */
export const releaseRequests = patternOf([customActions.release]);

function patternOf(actions: readonly CustomAction[]) {
  return {
    source: [customActionEvents.source],
    "detail-type": [customActionEvents.detailType],
    resources: actions.map((action) => ({ suffix: arnEnd(action) })),
  };
}

/** Checks whether such an event's resource, the ARN of the action, is one of Cordon's. */
export function isActionArn(arn: unknown, action: CustomAction): boolean {
  return typeof arn === "string" && arn.endsWith(arnEnd(action));
}

function arnEnd(action: CustomAction): string {
  return `:action/custom/${action}`;
}
