/** Changes of compliance, as AWS Config reports them from the account and region of the resource. */
import { type EventBridgeEvent, inEnvelope } from "../gateway/wire/event";

type Compliance = "COMPLIANT" | "NON_COMPLIANT";

export interface ComplianceChange {
  readonly account: string;
  readonly region: string;
  /** Name of the rule in the account's AWS Config. */
  readonly rule: string;
  readonly ruleArn?: string | undefined;
  readonly resourceType: string;
  readonly resource: string;
  /** Absent where this is the first result of a resource. */
  readonly before?: Compliance | undefined;
  readonly now: Compliance;
  readonly at: Date;
}

/** Writes the event. Shape: AWS Config Developer Guide, "Example Amazon EventBridge events". */
export function complianceChange(change: ComplianceChange): EventBridgeEvent {
  const { account, region, rule, resourceType, resource, before, now, at } = change;
  const moment = at.toISOString();
  const result = (complianceType: Compliance) => ({
    evaluationResultIdentifier: {
      evaluationResultQualifier: { configRuleName: rule, resourceType, resourceId: resource },
      orderingTimestamp: moment,
    },
    complianceType,
    resultRecordedTime: moment,
    configRuleInvokedTime: moment,
  });
  const detail = {
    resourceId: resource,
    awsRegion: region,
    awsAccountId: account,
    configRuleName: rule,
    recordVersion: "1.0",
    configRuleARN:
      change.ruleArn ?? `arn:aws:config:${region}:${account}:config-rule/config-rule-a1b2c3`,
    messageType: "ComplianceChangeNotification",
    newEvaluationResult: result(now),
    ...(before && { oldEvaluationResult: result(before) }),
    notificationCreationTime: moment,
    resourceType,
  };
  return inEnvelope(change, {
    source: "aws.config",
    "detail-type": "Config Rules Compliance Change",
    time: moment,
    detail,
  });
}
