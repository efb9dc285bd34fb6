/** Parses an exposed access key from an event of Trusted Advisor, AWS Health, CloudTrail or Cordon itself. */
import * as z from "zod/mini";
import { quarantineCalls } from "../catalogue/account-events";
import {
  exposedKeyCheck,
  healthRiskEvents,
  quarantineSource,
  reconcileSource,
  trustedAdvisorEvents,
} from "../catalogue/patterns";
import { command } from "../model/command";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import { keyShape, nameShape, rootUser } from "./credentials";
import { type Advice, accountId, type Detected, idOf, refusal, refused } from "./detected";
import { detectQuarantine } from "./quarantine-policy";

export type ExposureDetected =
  | {
      readonly kind: "exposure";
      readonly place: Place;
      readonly accessKey: string;
      /** AWS Health names none: IAM knows. */
      readonly userName?: string;
      /** How the event writes root, as a user may be named too: IAM knows which of them has the key. */
      readonly rootOrUser?: string;
      readonly finding: Finding;
      /** An event of the same shape for each further key this one names. */
      readonly others: readonly { readonly accessKey: string; readonly event: object }[];
    }
  /** AWS quarantined the user, and does not say for which key. */
  | Extract<ReturnType<typeof detectQuarantine>, { readonly kind: "quarantined" }>
  /** Not containable here: Cordon notifies, and looks up what the key did if one is named. */
  | (Extract<Detected, { kind: "unanswered" }> & {
      readonly advice: Advice;
      readonly accessKey?: string;
    })
  /** Trusted Advisor or AWS Health reports that it is resolved. */
  | { readonly kind: "settled"; readonly finding: Finding; readonly place: Place }
  | { readonly kind: "refused"; readonly reason: string };

/** What AWS Health's codes mean of the credentials. Exposed: in the hands of others for certain. */
const risks = {
  AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE: { exposed: true, state: "or password is used by others" },
  AWS_RISK_CREDENTIALS_COMPROMISED: { exposed: true, state: "is used by others" },
  AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED: {
    exposed: false,
    state: "is suspected to be used by others",
  },
  AWS_RISK_CREDENTIALS_EXPOSED: { exposed: true, state: "is exposed" },
  AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED: {
    exposed: false,
    state: "is suspected to be exposed",
  },
  AWS_RISK_IAM_QUARANTINE: {
    exposed: true,
    state: "is exposed, so that AWS put its user into quarantine",
  },
} as const satisfies Record<
  (typeof healthRiskEvents.eventTypeCodes)[number],
  { readonly exposed: boolean; readonly state: string }
>;

/** The public key: an attacker needs nothing more. Suspected: strange use, and nothing found. */
const severity = { exposed: 9, suspected: 6 } as const;

const accessKeyId = z.string().check(z.regex(keyShape, "must be an access key id"));
const advisorEvent = z.object({
  id: z.optional(z.string()),
  source: z.enum([trustedAdvisorEvents.source, reconcileSource]),
  "detail-type": z.literal(trustedAdvisorEvents.detailType),
  account: accountId,
  detail: z.object({
    "check-name": z.literal(exposedKeyCheck.name),
    "check-item-detail": z.object({
      "Access Key ID": accessKeyId,
      "User Name (IAM or Root)": z.optional(z.string()),
      "Fraud Type": z.optional(z.string()),
      /** Milliseconds since 1970, as text. */
      "Time Updated": z.optional(z.string()),
      Location: z.optional(z.string()),
    }),
    status: z.enum(["OK", "WARN", "ERROR"]),
    uuid: z.optional(z.string()),
  }),
});
const healthEvent = z.object({
  id: z.optional(z.string()),
  source: z.literal(healthRiskEvents.source),
  "detail-type": z.literal(healthRiskEvents.detailType),
  account: accountId,
  detail: z.object({
    eventArn: z.string().check(z.minLength(1), z.maxLength(1_600)),
    eventTypeCode: z.enum(healthRiskEvents.eventTypeCodes),
    statusCode: z.optional(z.string()),
    affectedAccount: z.optional(accountId),
    startTime: z.optional(z.string()),
    lastUpdatedTime: z.optional(z.string()),
    eventMetadata: z.optional(z.object({ exposedUrl: z.optional(z.string()) })),
    affectedEntities: z.array(z.object({ entityValue: z.string() })),
  }),
});

/**
 * Parses one event.
 *
 * @param input what EventBridge delivered, or Cordon's own reconcile. EventBridge writes the envelope
 *   of an event of AWS, its account included, and PutEvents refuses the sources of AWS to everyone
 *   else: so the acting account is the envelope's, whatever the event's body says.
 * @param securityAccount may be AWS Health's delegated administrator, whose bus gets the events of
 *   the whole organization; there alone the affected account may be another one.
 */
export function detectExposedKey(input: unknown, securityAccount: string): ExposureDetected {
  const { source } = (input ?? {}) as { source?: unknown };
  if (source === healthRiskEvents.source) return fromHealth(input, securityAccount);
  return source === quarantineCalls.source || source === quarantineSource
    ? fromQuarantine(input)
    : fromAdvisor(input);
}

function fromQuarantine(input: unknown): ExposureDetected {
  const detected = detectQuarantine(input);
  if (detected.kind === "refused" || detected.accessKey === undefined) return detected;
  const { place, userName, accessKey, finding } = detected;
  return { kind: "exposure", place, accessKey, userName, finding, others: [] };
}

function fromAdvisor(input: unknown): ExposureDetected {
  const parsed = advisorEvent.safeParse(input);
  if (!parsed.success) return refused("an exposed access key of Trusted Advisor", parsed.error);
  const { account, detail, id } = parsed.data;
  const item = detail["check-item-detail"];
  const accessKey = item["Access Key ID"];
  const userName = item["User Name (IAM or Root)"]?.trim() ?? "";
  // Exposed, Potentially compromised (exposed and used), Suspected; other values reach the notice.
  const fraud = item["Fraud Type"] ?? "";
  const exposed = /^(exposed|potentially compromised)/i.test(fraud);
  const place: Place = { account, region: "us-east-1" };
  const finding: Finding = {
    id: idOf(detail.uuid ?? id),
    type: exposedKeyCheck.findingType,
    severity: exposed ? severity.exposed : severity.suspected,
    title: `Trusted Advisor: access key ${accessKey} ${stateOf(exposed, item.Location)}`,
    sample: false,
    lastSeen: timeOf(Number(item["Time Updated"] || Number.NaN)),
    link: `https://us-east-1.console.aws.amazon.com/trustedadvisor/home#/category/security?checkId=${exposedKeyCheck.id}`,
    ...(exposed && { exposed }),
  };
  if (detail.status === "OK") return { kind: "settled", finding, place };
  if (isRoot(userName)) {
    return mayBeUser(userName)
      ? { kind: "exposure", place, accessKey, rootOrUser: userName, finding, others: [] }
      : ofRoot(finding, place, accessKey);
  }
  if (userName === "") {
    return {
      kind: "unanswered",
      finding,
      place,
      resource: `access key ${accessKey}`,
      accessKey,
      advice: {
        why: `Trusted Advisor does not name the owner of access key ${accessKey}`,
        manualSteps: findOwner(accessKey),
        urgent: true,
      },
    };
  }
  return { kind: "exposure", place, accessKey, userName, finding, others: [] };
}

function fromHealth(input: unknown, securityAccount: string): ExposureDetected {
  const parsed = healthEvent.safeParse(input);
  if (!parsed.success) return refused("an exposed access key of AWS Health", parsed.error);
  const { account, detail, id } = parsed.data;
  const affected = detail.affectedAccount ?? account;
  if (affected !== account && account !== securityAccount) {
    return refusal(`The event comes from account ${account}, but is about account ${affected}`);
  }
  const { exposed, state } = risks[detail.eventTypeCode];
  const place: Place = { account: affected, region: "us-east-1" };
  const keys = [...new Set(detail.affectedEntities.map((entity) => entity.entityValue))].filter(
    (value) => keyShape.test(value),
  );
  const [accessKey, ...further] = keys;
  const finding: Finding = {
    id: idOf(detail.eventArn.split("/").pop() || id),
    type: `Health:${detail.eventTypeCode}`,
    severity: exposed ? severity.exposed : severity.suspected,
    title: `AWS Health: ${accessKey === undefined ? "an access key" : `access key ${accessKey}`} ${foundAt(state, detail.eventMetadata?.exposedUrl)}`,
    sample: false,
    // "Sat, 05 Jun 2016 15:10:09 GMT"
    lastSeen: timeOf(Date.parse(detail.lastUpdatedTime ?? detail.startTime ?? "")),
    link: "https://health.aws.amazon.com/health/home#/account/event-log",
    ...(exposed && { exposed }),
  };
  if (detail.statusCode === "closed") return { kind: "settled", finding, place };
  if (accessKey === undefined) {
    return {
      kind: "unanswered",
      finding,
      place,
      resource: "access key",
      advice: {
        why: "AWS Health names no access key",
        manualSteps: ["Read the event in AWS Health, and AWS's e-mail to the account's contacts."],
        urgent: true,
      },
    };
  }
  const event = input as { detail: object };
  const others = further.map((key) => ({
    accessKey: key,
    event: { ...event, detail: { ...event.detail, affectedEntities: [{ entityValue: key }] } },
  }));
  return { kind: "exposure", place, accessKey, finding, others };
}

function stateOf(exposed: boolean, where: string | undefined): string {
  return foundAt(exposed ? "is exposed" : "is suspected to be exposed", where);
}

function foundAt(state: string, where: string | undefined): string {
  return where ? `${state}, found at ${plain(where, 120)}` : state;
}

/** Recognizes root as AWS writes it: in words here, "<root_account>" in IAM's reports. */
export function isRoot(userName: string): boolean {
  return /^<?root( user|[_ ]account)?>?$/i.test(userName);
}

/** Checks whether IAM accepts this as a user's name: it takes "root", and no "<root_account>". */
export function mayBeUser(userName: string): boolean {
  return nameShape.test(userName);
}

/** The advice about a key of the root user, which no IAM policy restricts. */
export function ofRoot(
  finding: Finding,
  place: Place,
  accessKey: string,
): Extract<ExposureDetected, { kind: "unanswered" }> {
  const { resource, advice } = rootUser(place.region);
  return {
    kind: "unanswered",
    finding,
    place,
    resource,
    accessKey,
    advice: {
      ...advice,
      why: `Access key ${accessKey} belongs to the root user: no IAM policy restricts root, so that Cordon cannot contain it`,
    },
  };
}

/** Manual steps that find the owner of a key. */
export function findOwner(accessKey: string): readonly string[] {
  return [
    `Ask IAM whose it is: ${command`aws iam get-access-key-last-used --access-key-id=${accessKey}`}`,
    `Then end it: ${command`aws iam update-access-key --user-name USER --access-key-id=${accessKey} --status Inactive`}`,
    "Then: aws iam attach-user-policy --user-name USER --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
  ];
}

/** Treats an invalid time as the oldest: after a release it must not count as newer. */
function timeOf(milliseconds: number): string {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}
