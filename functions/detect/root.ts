/** Parses what CloudTrail reports of an account's root user: sign-ins, and calls of IAM that change something. */
import * as z from "zod/mini";
import { rootCalls, rootSignIns } from "../catalogue/account-events";
import { homeRegion } from "../catalogue/names";
import { lookUpEvents } from "../model/command";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import { rootUser } from "./credentials";
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
  account: accountId,
  // Both are reported here alone.
  region: z.literal(homeRegion),
  time: timestamp,
};
const called = {
  awsRegion: z.literal(homeRegion),
  recipientAccountId: z.optional(accountId),
  eventID: textOrNone,
  errorCode: textOrNone,
  errorMessage: textOrNone,
  sourceIPAddress: textOrNone,
  userIdentity: z.object({ type: z.literal("Root") }),
  responseElements: z.nullish(z.record(z.string(), z.unknown())),
  additionalEventData: z.nullish(z.object({ MFAUsed: textOrNone })),
};
const event = z.discriminatedUnion("source", [
  z.object({
    ...fields,
    source: z.literal(rootSignIns.source),
    "detail-type": z.literal(rootSignIns.detailType),
    detail: z.object({
      ...called,
      eventSource: z.literal(rootSignIns.eventSource),
      eventName: z.enum(rootSignIns.eventNames),
    }),
  }),
  z.object({
    ...fields,
    source: z.literal(rootCalls.source),
    "detail-type": z.literal(rootCalls.detailType),
    detail: z.object({
      ...called,
      eventSource: z.literal(rootCalls.eventSource),
      eventName: z.string().check(z.regex(/^\w{1,64}$/, "must be a call's name")),
      errorCode: z.optional(z.undefined()),
      readOnly: z.literal(false),
    }),
  }),
]);

/** What the sign-ins say, and what they say where they failed. */
const signIns: Readonly<
  Record<(typeof rootSignIns.eventNames)[number], { readonly did: string; readonly tried: string }>
> = {
  ConsoleLogin: {
    did: "Root signed in to the console",
    tried: "A sign-in to the console as root failed",
  },
  EmailUpdated: {
    did: "Root changed the account's e-mail address",
    tried: "A change of the account's e-mail address failed",
  },
  PasswordRecoveryCompleted: {
    did: "Root's password was recovered by e-mail",
    tried: "A recovery of root's password failed",
  },
  PasswordRecoveryRequested: {
    did: "Somebody asked for a recovery of root's password",
    tried: "A request for a recovery of root's password failed",
  },
  PasswordUpdated: {
    did: "Root's password was changed",
    tried: "A change of root's password failed",
  },
};

/**
 * Parses one event, of which Cordon only notifies: nothing contains root. What succeeded is urgent, and
 * again where the address is another one; what anybody can cause who knows an e-mail address is notified
 * once a day. CloudTrail names the outcome: what it does not name counts as a success.
 */
export function detectRoot(input: unknown): Detected {
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("an event of root", parsed.error);
  const { account, time, detail } = parsed.data;
  const foreign = ofAnother(account, detail);
  if (foreign !== undefined) return foreign;
  const { eventName } = detail;
  const { said, isOutsiders } = describe(parsed.data);
  const address =
    detail.sourceIPAddress === undefined
      ? "an address that is not named"
      : plain(detail.sourceIPAddress, 100);
  const mfa = detail.additionalEventData?.MFAUsed;
  const finding: Finding = {
    // What succeeds has one for all of its kind: what a notice says makes it another one.
    id: isOutsiders ? idOf(detail.eventID) : `root-${eventName}`,
    type: `CloudTrail:Root/${eventName}`,
    severity: isOutsiders ? 5 : 8,
    title: `CloudTrail: ${said} from ${address}${mfa === undefined ? "" : `, MFA used: ${plain(mfa, 10)}`}`,
    sample: false,
    lastSeen: time,
    link: `https://${homeRegion}.console.aws.amazon.com/cloudtrailv2/home?region=${homeRegion}#/events?Username=root`,
  };
  const about = {
    kind: "unanswered",
    finding,
    place: { account, region: homeRegion },
    resource: "root user",
  } as const;
  return isOutsiders
    ? {
        ...about,
        daily: `${finding.type} by others`,
        advice: {
          why: `${said}: whoever knows the e-mail address of root may try`,
          manualSteps: afterTries,
        },
      }
    : {
        ...about,
        advice: {
          ...rootUser(homeRegion).advice,
          why: `${said}: no IAM policy restricts root, so that Cordon cannot contain it`,
        },
      };
}

function describe({ source, detail }: z.infer<typeof event>) {
  if (source === rootCalls.source) {
    return { said: `Root called iam:${detail.eventName}`, isOutsiders: false };
  }
  const { eventName, errorCode, errorMessage, responseElements } = detail;
  const failed =
    responseElements?.[eventName] === "Failure" ||
    (responseElements?.[eventName] !== "Success" && (errorCode ?? errorMessage) !== undefined);
  const { did, tried } = signIns[eventName];
  return {
    said: failed ? tried : did,
    isOutsiders: failed || eventName === "PasswordRecoveryRequested",
  };
}

const afterTries = [
  "If nobody of your organization tried: see that root has MFA and a mailbox that only you read, or delete root's password where root access is centralized.",
  `Find the addresses: ${lookUpEvents("Username", "root", homeRegion)}`,
];
