/** Parses the attach and the detach of the policy that AWS attaches to the user of a public key. */
import * as z from "zod/mini";
import { quarantineCalls } from "../catalogue/account-events";
import { homeRegion } from "../catalogue/names";
import { quarantineSource } from "../catalogue/patterns";
import { command, lookUpEvents } from "../model/command";
import type { Finding } from "../model/finding";
import type { Place } from "../model/resource";
import { callerOf, userIdentity } from "./caller";
import { containCommand } from "./contain-command";
import { keyShape, nameShape } from "./credentials";
import {
  accountId,
  type Detected,
  idOf,
  ofAnother,
  refused,
  textOrNone,
  timestamp,
} from "./detected";

const fields = {
  "detail-type": z.literal(quarantineCalls.detailType),
  account: accountId,
  // IAM's calls are reported here alone.
  region: z.literal(homeRegion),
  time: timestamp,
};
const called = {
  eventSource: z.literal(quarantineCalls.eventSource),
  awsRegion: z.literal(homeRegion),
  recipientAccountId: z.optional(accountId),
  errorCode: z.optional(z.undefined()),
  eventID: textOrNone,
  userIdentity,
  sourceIPAddress: textOrNone,
  requestParameters: z.object({
    userName: z.string().check(z.regex(nameShape, "must be a user's name")),
    policyArn: z.string().check(z.regex(quarantineCalls.policy, "must be AWS's quarantine policy")),
  }),
};
const attached = { ...called, eventName: z.literal(quarantineCalls.attach) };
const attachEvent = z.discriminatedUnion("source", [
  z.object({ ...fields, source: z.literal(quarantineCalls.source), detail: z.object(attached) }),
  // Cordon's own, of one key: no API of AWS names one in such a call.
  z.object({
    ...fields,
    source: z.literal(quarantineSource),
    detail: z.object({
      ...attached,
      accessKeyId: z.string().check(z.regex(keyShape, "must be an access key id")),
    }),
  }),
]);
const detachEvent = z.object({
  ...fields,
  source: z.literal(quarantineCalls.source),
  detail: z.object({ ...called, eventName: z.literal(quarantineCalls.detach) }),
});

interface Quarantined {
  readonly kind: "quarantined";
  readonly place: Place;
  readonly userName: string;
  /** Absent in CloudTrail's event: AWS quarantines users. */
  readonly accessKey?: string;
  readonly finding: Finding;
  /** Writes the event of one key of the user, which starts a run of its own. */
  eventOf(accessKey: string): object;
}

type Refused = Extract<Detected, { readonly kind: "refused" }>;

/**
 * Parses the attach. Account and region are the envelope's, which EventBridge writes, and the detail must
 * agree with them.
 *
 * @returns "exposed" in the finding: AWS attaches the policy where a key is in public. Anybody else who
 *   may attach it may as well attach AWSDenyAll, so that whom AWS calls as need not be known.
 */
export function detectQuarantine(input: unknown): Quarantined | Refused {
  const parsed = attachEvent.safeParse(input);
  if (!parsed.success) return refused("an attach of AWS's quarantine policy", parsed.error);
  const { account, time, detail } = parsed.data;
  const foreign = ofAnother(account, detail);
  if (foreign !== undefined) return foreign;
  const { userName, policyArn } = detail.requestParameters;
  const event = input as { readonly detail: object };
  return {
    kind: "quarantined",
    place: { account, region: homeRegion },
    userName,
    ...("accessKeyId" in detail && { accessKey: detail.accessKeyId }),
    finding: {
      id: idOf(detail.eventID),
      type: "CloudTrail:QuarantinePolicyAttached",
      severity: 9,
      title: `CloudTrail: ${nameOf(policyArn)} was attached to user ${userName}, as AWS does when a key of the user is public, by ${callerOf(detail)}`,
      sample: false,
      lastSeen: time,
      link: linkTo(userName),
      exposed: true,
    },
    eventOf: (accessKeyId) => ({
      ...event,
      source: quarantineSource,
      detail: { ...event.detail, accessKeyId },
    }),
  };
}

/** Parses the detach, of which Cordon notifies: the user's keys may do again what AWS denied them. */
export function detectQuarantineEnd(input: unknown): Detected {
  const parsed = detachEvent.safeParse(input);
  if (!parsed.success) return refused("a detach of AWS's quarantine policy", parsed.error);
  const { account, time, detail } = parsed.data;
  const foreign = ofAnother(account, detail);
  if (foreign !== undefined) return foreign;
  const { userName, policyArn } = detail.requestParameters;
  const caller = callerOf(detail);
  return {
    kind: "unanswered",
    place: { account, region: homeRegion },
    resource: `user ${userName}`,
    finding: {
      // The same caller again within an hour is no news.
      id: idOf(`quarantine-end-${userName}`),
      type: "CloudTrail:QuarantinePolicyDetached",
      severity: 7,
      title: `CloudTrail: ${nameOf(policyArn)} was detached from user ${userName} by ${caller}`,
      sample: false,
      lastSeen: time,
      link: linkTo(userName),
    },
    advice: {
      why: `${caller} detached AWS's quarantine policy from user ${userName}: unless Cordon contains the user, a public key of it may do everything again that its policies allow`,
      manualSteps: [
        `See whether a key of the user is still active: ${command`aws iam list-access-keys --user-name=${userName}`}`,
        "Ask the caller why. Before the exposed key is deleted, AWS asks that the policy stays.",
        `If that was not your organization, attach it again: ${command`aws iam attach-user-policy --user-name=${userName} --policy-arn=${policyArn}`}`,
        `Then contain the user: ${containCommand(`user/${userName}`, { account })}`,
        `Find who else was let out: ${lookUpEvents("EventName", quarantineCalls.detach, homeRegion)}`,
      ],
    },
  };
}

function nameOf(policyArn: string): string {
  return policyArn.slice(policyArn.lastIndexOf("/") + 1);
}

function linkTo(userName: string): string {
  return `https://console.aws.amazon.com/iam/home#/users/details/${encodeURIComponent(userName)}`;
}
