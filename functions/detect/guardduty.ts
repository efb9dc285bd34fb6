/** Reads a GuardDuty finding out of an EventBridge event, or says why it cannot be one. */
import * as z from "zod/mini";
import { containmentFor } from "../catalogue/containments";
import { assignmentOf } from "../catalogue/finding-types/assignment";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import { begunBy } from "./begun-by";
import { credentialOf, type Principal } from "./credentials";
import {
  accountId,
  type Detected,
  incidentOf,
  refusal,
  refused,
  regionName,
  textOrNone,
  timestamp,
  titleLimit,
  typeName,
} from "./detected";
import { indicators } from "./indicators";
import { namedResources } from "./named-resources";
import { actorSteps, begunTo, namedIn, principalSteps } from "./resource";
import { sequenceOf, sequenceResource } from "./sequence";

/** What any GuardDuty event must have before anything in it is believed. */
const event = z.object({
  source: z.literal("aws.guardduty"),
  "detail-type": z.literal("GuardDuty Finding"),
  account: accountId,
  time: z.optional(timestamp),
  region: z.optional(regionName),
  detail: z.object({
    id: z.string().check(z.regex(/^[0-9a-zA-Z-]{1,64}$/, "must be a finding id")),
    type: z.string().check(z.regex(/^[\w!&.:/ -]{3,150}$/, "must be a finding type")),
    severity: z.number().check(z.gte(0), z.lte(10)),
    accountId,
    region: regionName,
    arn: z.catch(z.optional(z.string()), undefined),
    partition: z.optional(z.string()),
    title: z.optional(z.string()),
    updatedAt: z.optional(timestamp),
    resource: z.object({ resourceType: z.string() }),
    service: z.object({
      action: z.optional(z.unknown()),
      featureName: z.optional(z.unknown()),
      archived: z.optional(z.boolean()),
      count: z.catch(z.optional(z.int()), undefined),
      eventFirstSeen: z.optional(timestamp),
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

const accessKeyDetails = z.object({
  accessKeyDetails: z.nullish(
    z.object({
      userType: textOrNone,
      userName: textOrNone,
      principalId: textOrNone,
      accessKeyId: textOrNone,
    }),
  ),
});

/** Reads the credentials that a finding about something else names. */
function principalIn(details: unknown): Principal {
  return accessKeyDetails.safeParse(details).data?.accessKeyDetails ?? {};
}

/**
 * Parses one event.
 *
 * @param input undefined for a message that was not JSON.
 * @param securityAccount must be the account of the envelope: GuardDuty's administrator reports
 *   for all members, and an event from elsewhere could make Cordon contain any resource.
 */
export function detectGuardDuty(input: unknown, securityAccount: string): Detected {
  if (input === undefined) return refusal("The message is not JSON");
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a GuardDuty finding", parsed.error);
  const { account, detail, time, region } = parsed.data;
  if (account !== securityAccount) {
    return refusal(
      `The event comes from account ${account}; findings are accepted only from the security account ${securityAccount}`,
    );
  }
  const partition = detail.partition ?? "aws";
  if (partition !== "aws") {
    return refusal(`Partition ${partition} is not supported, only aws`);
  }
  const place: Place = { account: detail.accountId, region: detail.region };
  const { resource: details, service } = (input as { detail: Readonly<Record<string, unknown>> })
    .detail;
  const named = namedResources(details, service);
  const seen = indicators(service);
  const finding: Finding = {
    id: detail.id,
    type: detail.type,
    severity: detail.severity,
    title: plain(detail.title ?? detail.type, titleLimit),
    sample: isSample(detail.service.additionalInfo),
    ...(named.length > 0 && { named }),
    ...(seen.length > 0 && { seen }),
    ...(detail.service.count !== undefined && { count: detail.service.count }),
    ...(detail.service.eventFirstSeen && { firstSeen: detail.service.eventFirstSeen }),
    lastSeen: detail.service.eventLastSeen ?? detail.updatedAt ?? new Date(0).toISOString(),
    ...inSecurityHub(detail),
    ...(time !== undefined && {
      report: {
        sentAt: time,
        region: region ?? detail.region,
        ...(detail.updatedAt !== undefined && { updatedAt: detail.updatedAt }),
      },
    }),
  };
  if (detail.service.archived === true) return { kind: "archived", finding, place };
  const { resourceType } = detail.resource;
  const credentials =
    resourceType === "AccessKey" ? accessKeyDetails.safeParse(details) : undefined;
  const principal: Principal = credentials?.data?.accessKeyDetails ?? {};
  const credential = credentialOf(principal, place.region);
  const assigned = assignmentOf(detail.type, resourceType);
  if (!("playbooks" in assigned)) {
    // Root's acts are urgent, whatever they are.
    if (credential.kind === "advice" && credential.advice.urgent) {
      return { ...credential, kind: "unanswered", finding, place, assigned };
    }
    // It need not name an instance, nor credentials.
    const resource = named[0] ?? typeName(resourceType);
    const steps = assigned.namesVictim ? [] : principalSteps(principalIn(details), place);
    const heard = { ...finding, ...(steps.length > 0 && { actorSteps: steps }) };
    return { kind: "unanswered", finding: heard, place, resource, assigned };
  }
  const asked = { ...finding, ...(assigned.asks !== undefined && { mustAsk: assigned.asks }) };
  const described = { source: "guardduty", resourceType, type: detail.type } as const;
  if (assigned.playbooks.includes("contain-sequence")) {
    const sequence = sequenceOf(detail.type, service, place);
    if (sequence.parts.length === 0) return nothingIn(sequence, { finding: asked, place });
    const resource = sequenceResource(detail.id, sequence);
    return incidentOf(described, { place, resource, finding: asked });
  }
  const contained = containmentFor(detail.type, resourceType);
  if (contained !== undefined) {
    const by = principalIn(details);
    const found = namedIn(contained, details, place);
    const steps = actorSteps(contained, details, by, place);
    const judged = {
      ...asked,
      ...(contained === "bucket" && { begunBy: begunTo(by) }),
      // No policy of a bucket keeps its account's root user out.
      ...(by.userType === "Root" && {
        mustAsk:
          "The account's root user did it, whom no containment of a resource keeps out: secure root first",
      }),
      ...(steps.length > 0 && { actorSteps: steps }),
    };
    if ("why" in found) {
      const resource = named[0] ?? typeName(resourceType);
      const advice = { why: found.why, manualSteps: [...(found.steps ?? []), ...steps] };
      return { kind: "unanswered", finding: judged, place, resource, advice };
    }
    return incidentOf(described, { place, resource: found.resource, finding: judged });
  }
  if (credentials !== undefined) {
    if (!credentials.success) return refused("a finding about credentials", credentials.error);
    if (credential.kind === "advice") {
      return { ...credential, kind: "unanswered", finding: asked, place };
    }
    const { resource } = credential;
    return incidentOf(
      { ...described, userType: principal.userType },
      { place, resource, finding: asked },
    );
  }
  const instance = instanceDetails.safeParse(details);
  if (!instance.success) return refused("a finding about an instance", instance.error);
  const resource = { kind: "instance", id: instance.data.instanceDetails.instanceId } as const;
  const judged = { ...asked, begunBy: begunBy({ type: detail.type, ...detail.service }) };
  return incidentOf(described, { place, resource, finding: judged });
}

/** Says of a sequence that names nothing that Cordon contains what to do about what it names. */
function nothingIn(
  { asides, urgent }: ReturnType<typeof sequenceOf>,
  found: { readonly finding: Finding; readonly place: Place },
): Detected {
  const of = asides.map(({ what, why }) => `${what}: ${why}`);
  return {
    ...found,
    kind: "unanswered",
    resource: asides[0]?.what ?? "attack sequence",
    advice: {
      why: ["The attack sequence names nothing that Cordon contains", ...of].join(". "),
      manualSteps: asides.flatMap(({ manualSteps }) => manualSteps),
      ...(urgent && { urgent }),
    },
  };
}

/**
 * Names a finding as Security Hub does: by its ARN, which has the detector of the account that the finding
 * is about (GuardDuty User Guide, "Integrating with AWS Security Hub"). Nobody is kept from containing by
 * an ARN of another form.
 */
function inSecurityHub(detail: {
  readonly id: string;
  readonly arn?: string | undefined;
}): Pick<Finding, "inSecurityHub"> {
  const { id, arn = "" } = detail;
  // The detector's region, which of a finding about a global service may be another than the finding's.
  const [, region, itsId] =
    /^arn:aws:guardduty:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:detector\/[0-9a-z]{1,64}\/finding\/([0-9a-zA-Z-]{1,64})$/.exec(
      arn,
    ) ?? [];
  if (itsId !== id) return {};
  return {
    inSecurityHub: { id: arn, product: `arn:aws:securityhub:${region}::product/aws/guardduty` },
  };
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
