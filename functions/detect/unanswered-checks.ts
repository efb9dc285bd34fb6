/** Parses an item of a Trusted Advisor check that no workflow covers. */
import * as z from "zod/mini";
import { trustedAdvisorChecks, trustedAdvisorEvents } from "../catalogue/patterns";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import { accountId, type Detected, idOf, refused, regionName, timestamp } from "./detected";

const event = z.object({
  source: z.literal(trustedAdvisorEvents.source),
  "detail-type": z.literal(trustedAdvisorEvents.detailType),
  account: accountId,
  region: regionName,
  time: timestamp,
  detail: z.object({
    "check-name": z.string().check(z.minLength(1), z.maxLength(200)),
    "check-item-detail": z.record(z.string(), z.nullish(z.string())),
    status: z.enum(["OK", "WARN", "ERROR"]),
    resource_id: z.optional(z.string()),
    uuid: z.optional(z.string()),
  }),
});

// Red and yellow are notified; green is logged.
const severities = { ERROR: 6, WARN: 4, OK: 0 } as const;

/** Parses one event, about which Cordon only notifies. */
export function detectTrustedAdvisor(input: unknown): Detected {
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("an item of a Trusted Advisor check", parsed.error);
  const { account, region, time, detail } = parsed.data;
  const name = plain(detail["check-name"], 100);
  const place: Place = { account, region };
  const check = Object.hasOwn(trustedAdvisorChecks, name) ? trustedAdvisorChecks[name] : undefined;
  const finding: Finding = {
    id: idOf(detail.uuid),
    type: `TrustedAdvisor:${name.replace(/[^A-Za-z0-9]/g, "")}`,
    severity: severities[detail.status],
    title: `Trusted Advisor: ${name}`,
    sample: false,
    lastSeen: time,
    link: `https://us-east-1.console.aws.amazon.com/trustedadvisor/home#/category/security${check === undefined ? "" : `?checkId=${check.id}`}`,
  };
  const columns = Object.entries(detail["check-item-detail"])
    .slice(0, 10)
    .map(([column, value]) => `${plain(column, 60)}: ${plain(value ?? "", 200)}`);
  return {
    kind: "unanswered",
    finding,
    place,
    resource: plain(detail.resource_id ?? "", 200) || name,
    // None of these is forwarded: a member sent it by a role of its own.
    ...(check === undefined && {
      suppressedBecause: `Cordon does not forward the check ${name}`,
    }),
    advice: {
      why: `No workflow covers the check ${name} (${columns.join("; ") || "no details"})`,
      manualSteps: ["Follow Trusted Advisor's recommendation for the check."],
    },
  };
}
