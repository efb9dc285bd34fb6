/** Reads a GuardDuty finding out of an EventBridge event, or says why it cannot be one. */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { type PlaybookId, playbookFor } from "../catalogue";
import type { Finding, Incident, Place } from "../incident";

// zod/mini speaks no language by itself: every reason would read "Invalid input".
z.config(en());

/** What any GuardDuty event must have before anything in it is believed. */
const accountId = z.string().check(z.regex(/^\d{12}$/, "must be a 12-digit account id"));
const regionName = z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region"));
const timestamp = z
  .string()
  .check(z.refine((text) => !Number.isNaN(Date.parse(text)), "must be a time"));
const event = z.object({
  source: z.literal("aws.guardduty"),
  "detail-type": z.literal("GuardDuty Finding"),
  account: accountId,
  detail: z.object({
    id: z.string().check(z.regex(/^[0-9a-zA-Z-]{1,64}$/, "must be a finding id")),
    type: z.string().check(z.regex(/^[\w!&.:/ -]{3,150}$/, "must be a finding type")),
    severity: z.number().check(z.gte(0), z.lte(10)),
    accountId,
    region: regionName,
    partition: z.optional(z.string()),
    title: z.optional(z.string()),
    updatedAt: z.optional(timestamp),
    resource: z.object({ resourceType: z.string() }),
    service: z.object({
      resourceRole: z.optional(z.string()),
      archived: z.optional(z.boolean()),
      eventLastSeen: z.optional(timestamp),
      additionalInfo: z.optional(z.unknown()),
    }),
  }),
});
const instanceDetails = z.object({
  instanceDetails: z.object({
    instanceId: z
      .string()
      .check(z.regex(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/, "must be an instance id")),
  }),
});

export type Detected =
  /** A playbook answers it. */
  | { readonly kind: "incident"; readonly incident: Incident }
  /** It is a finding, but none that a playbook answers. */
  | {
      readonly kind: "unanswered";
      readonly finding: Finding;
      readonly place: Place;
      readonly resourceType: string;
    }
  /** GuardDuty, or a suppression filter, says that it does not matter. */
  | { readonly kind: "archived"; readonly finding: Finding; readonly place: Place }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Parses one event.
 *
 * @param input undefined stands for a message that was not even JSON.
 * @param securityAccount must be the account of the envelope: GuardDuty's administrator reports
 *   for all members, and an event from elsewhere could aim the responder at anyone.
 */
export function detectGuardDuty(input: unknown, securityAccount: string): Detected {
  if (input === undefined) return { kind: "refused", reason: "The message is not JSON" };
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a GuardDuty finding", parsed.error);
  const { account, detail } = parsed.data;
  if (account !== securityAccount) {
    return {
      kind: "refused",
      reason: `The event comes from account ${account}; findings are accepted only from the security account ${securityAccount}`,
    };
  }
  const partition = detail.partition ?? "aws";
  if (partition !== "aws") {
    return { kind: "refused", reason: `Partition ${partition} is not supported, only aws` };
  }
  const place: Place = { partition, account: detail.accountId, region: detail.region };
  const finding: Finding = {
    id: detail.id,
    type: detail.type,
    severity: detail.severity,
    title: detail.title ?? detail.type,
    role: roleOf(detail.service.resourceRole),
    sample: isSample(detail.service.additionalInfo),
    lastSeen: detail.service.eventLastSeen ?? detail.updatedAt ?? new Date(0).toISOString(),
  };
  if (detail.service.archived === true) return { kind: "archived", finding, place };
  const { resourceType } = detail.resource;
  const playbook = playbookFor({ source: "guardduty", resourceType, type: detail.type });
  if (playbook === undefined) return { kind: "unanswered", finding, place, resourceType };
  const instance = instanceDetails.safeParse(
    (input as { detail: { resource: unknown } }).detail.resource,
  );
  if (!instance.success) return refused("a finding about an instance", instance.error);
  const resource = { kind: "instance", id: instance.data.instanceDetails.instanceId } as const;
  const key = incidentKey(place, resource.id, playbook);
  return { kind: "incident", incident: { key, playbook, place, resource, finding } };
}

/** Names an incident by what it is about, so that every re-emission meets the same record. */
export function incidentKey(place: Place, resource: string, playbook: PlaybookId): string {
  return createHash("sha256")
    .update([place.account, place.region, resource, playbook].join("\n"))
    .digest("hex")
    .slice(0, 16);
}

function roleOf(role: string | undefined): Finding["role"] {
  return role === "ACTOR" || role === "TARGET" ? role : "unknown";
}

/** GuardDuty puts additionalInfo as an object; since 2022 the same JSON also comes as a string. */
function isSample(additionalInfo: unknown): boolean {
  if (typeof additionalInfo !== "object" || additionalInfo === null) return false;
  const { sample, value } = additionalInfo as { sample?: unknown; value?: unknown };
  if (sample === true) return true;
  if (typeof value !== "string") return false;
  try {
    return (JSON.parse(value) as { sample?: unknown } | null)?.sample === true;
  } catch {
    return false;
  }
}

function refused(what: string, error: z.core.$ZodError): Detected {
  const issues = error.issues.slice(0, 3).map((issue) => {
    const path = issue.path.join(".") || "the event";
    return `${path}: ${issue.message}`;
  });
  return { kind: "refused", reason: `Not ${what}: ${issues.join("; ")}` };
}
