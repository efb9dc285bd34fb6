/** The actions by which people ask in Security Hub, and the patterns of what that sends. */

/** The actions by which people have Cordon do something about a finding in Security Hub. */
export const customActions = {
  contain: "CordonContain",
  /** Plans what a containment would do, and tells it. */
  dryRun: "CordonDryRun",
  release: "CordonRelease",
} as const;
export type CustomAction = (typeof customActions)[keyof typeof customActions];

/** What Security Hub sends when a person chooses an action. */
export const customActionEvents = {
  source: "aws.securityhub",
  detailType: "Security Hub Findings - Custom Action",
} as const;

/** What playbooks answer; the release function answers the rest. */
export const playbookActions: readonly CustomAction[] = [
  customActions.contain,
  customActions.dryRun,
];

/** Matches what people send to Cordon from Security Hub, for whatever it is to be done. */
export const requests = patternOf(Object.values(customActions));

/** Matches what playbooks answer, whatever the finding is about. */
export const playbookRequests = patternOf(playbookActions);

/** Matches the findings whose containment people want taken back. */
export const releaseRequests = patternOf([customActions.release]);

function patternOf(actions: readonly CustomAction[]) {
  return {
    source: [customActionEvents.source],
    "detail-type": [customActionEvents.detailType],
    resources: actions.map((action) => ({ suffix: arnEnd(action) })),
  };
}

/** Tells whether the resource of such an event, the ARN of the action, is that of one of ours. */
export function isActionArn(arn: unknown, action: CustomAction): boolean {
  return typeof arn === "string" && arn.endsWith(arnEnd(action));
}

function arnEnd(action: CustomAction): string {
  return `:action/custom/${action}`;
}
