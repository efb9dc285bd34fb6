/** Parses AWS Config's report that a resource violates a rule: a control may answer it. */
import * as z from "zod/mini";
import { complianceRule } from "../catalogue/compliance-rules";
import { controlFor, isIdOf } from "../catalogue/controls";
import { complianceChanges } from "../catalogue/patterns";
import { configType } from "../catalogue/playbooks";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import {
  accountId,
  type Detected,
  incidentOf,
  refusal,
  refused,
  regionName,
  timestamp,
} from "./detected";
import { settingOf } from "./setting";

const event = z.object({
  id: z.string().check(z.regex(/^[0-9a-f-]{1,64}$/, "must be an event's id")),
  source: z.literal(complianceChanges.source),
  "detail-type": z.literal(complianceChanges.detailType),
  account: accountId,
  region: regionName,
  time: timestamp,
  detail: z.object({
    awsAccountId: accountId,
    awsRegion: regionName,
    configRuleName: z.string().check(z.minLength(1), z.maxLength(128)),
    resourceType: z.string().check(z.minLength(1), z.maxLength(256)),
    resourceId: z.string().check(z.minLength(1), z.maxLength(768)),
    newEvaluationResult: z.object({ complianceType: z.string() }),
  }),
});

/**
 * Parses one event. Account and region are the envelope's, and the detail must agree with them.
 *
 * @param ruleOf finds a rule by its name in AWS Config
 */
export function detectCompliance(input: unknown, ruleOf = complianceRule): Detected {
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a change of compliance of AWS Config's", parsed.error);
  const { id, account, region, time, detail } = parsed.data;
  if (detail.awsAccountId !== account || detail.awsRegion !== region) {
    return refusal(
      `The event of ${account}, ${region} is about ${detail.awsAccountId}, ${detail.awsRegion}`,
    );
  }
  const known = ruleOf(detail.configRuleName);
  const written = plain(detail.configRuleName, 128);
  // As Cordon calls it: a pack's rules have an ending of their own in every account.
  const name = known?.name ?? written;
  const about = `${plain(detail.resourceType, 60)} ${plain(detail.resourceId, 100)}`;
  const rule = known?.rule;
  const place: Place = { account, region };
  const finding: Finding = {
    id,
    type: configType(name.replace(/[^A-Za-z0-9-]/g, "")),
    severity: rule?.severity ?? 4,
    title: `AWS Config: ${about} violates the rule ${name}`,
    sample: false,
    lastSeen: time,
    link: `https://${region}.console.aws.amazon.com/config/home?region=${region}#/rules/details?configRuleName=${encodeURIComponent(written)}`,
  };
  const broken = detail.newEvaluationResult.complianceType === "NON_COMPLIANT";
  const control = rule && controlFor(name, detail.resourceType);
  if (broken && control !== undefined && isIdOf(control, detail.resourceId, account)) {
    const resource = settingOf(control, detail.resourceId, place);
    const described = { source: "config", resourceType: detail.resourceType } as const;
    return incidentOf({ ...described, type: finding.type }, { place, resource, finding });
  }
  const suppressedBecause = broken
    ? rule === undefined
      ? `Cordon does not notify about rule ${name}`
      : rule.notifiedBy && `${rule.notifiedBy} notifies the responders`
    : `No violation of rule ${name}`;
  return {
    kind: "unanswered",
    finding,
    place,
    resource: about,
    ...(suppressedBecause && { suppressedBecause }),
    ...(rule && {
      breach: name,
      advice: {
        why: `${about} in account ${account} violates the rule ${name}, which no playbook covers`,
        manualSteps: rule.manualSteps,
      },
    }),
  };
}
