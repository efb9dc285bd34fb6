/**
 * Patterns of what says that an account's credentials are lost or its resources open: CloudTrail's calls
 * and sign-ins, which only a trail that records management events makes it report, and Access Analyzer.
 */
import { apiCall, driftCalls } from "./calls";

/** IAM's calls are reported in us-east-1 alone. */
const iam = { source: "aws.iam", eventSource: "iam.amazonaws.com" } as const;

/**
 * AWS attaches this managed policy to the user of a key that it finds in public: versions 1 to 3 so far.
 * The account "aws" owns it, so that no policy of a customer's has such an ARN.
 */
const quarantinePolicy = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine";

export const quarantineCalls = {
  ...iam,
  detailType: apiCall,
  attach: "AttachUserPolicy",
  detach: "DetachUserPolicy",
  policy: new RegExp(`^${quarantinePolicy}(V\\d{1,3})?$`),
} as const;

/**
 * Matches the attach of AWS's quarantine policy to a user, by whomever: AWS does not document as whom it
 * calls. To roles and groups AWS does not attach it.
 */
export const quarantineAttached = quarantineCall(quarantineCalls.attach);

/** Matches the detach. The calls by which a contained target may be let out include it. */
export const quarantineDetached = quarantineCall(quarantineCalls.detach);

function quarantineCall(eventName: string) {
  return {
    source: [iam.source],
    "detail-type": [apiCall],
    detail: {
      eventSource: [iam.eventSource],
      eventName: [eventName],
      // A call that AWS refused changed nothing.
      errorCode: [{ exists: false }],
      requestParameters: { policyArn: [{ prefix: quarantinePolicy }] },
    },
  };
}

/** Root's sign-ins are reported in us-east-1 alone, whatever the endpoint. */
export const rootSignIns = {
  source: "aws.signin",
  detailType: "AWS Console Sign In via CloudTrail",
  eventSource: "signin.amazonaws.com",
  eventNames: [
    "ConsoleLogin",
    "EmailUpdated",
    "PasswordRecoveryCompleted",
    "PasswordRecoveryRequested",
    "PasswordUpdated",
  ],
} as const;

export const rootSignInEvents = {
  source: [rootSignIns.source],
  "detail-type": [rootSignIns.detailType],
  detail: {
    eventSource: [rootSignIns.eventSource],
    eventName: rootSignIns.eventNames,
    userIdentity: { type: ["Root"] },
  },
};

/**
 * Root's calls of IAM that change something: keys, passwords, MFA, users. GuardDuty reports root's other
 * calls. Not what a service of AWS did for root; of calls by the console CloudTrail names its sign-in.
 */
export const rootCalls = { ...iam, detailType: apiCall } as const;

export const rootCallEvents = rootCall({});

/** Matches those of them that no other rule forwards: a call that came twice would be notified twice. */
export const rootCallsBesideDrift = rootCall({
  eventName: [
    {
      "anything-but": driftCalls.flatMap(({ source, eventNames }) =>
        source === iam.source ? eventNames : [],
      ),
    },
  ],
});

function rootCall(more: object) {
  return {
    source: [rootCalls.source],
    "detail-type": [rootCalls.detailType],
    detail: {
      eventSource: [rootCalls.eventSource],
      readOnly: [false],
      errorCode: [{ exists: false }],
      userIdentity: {
        type: ["Root"],
        invokedBy: [{ exists: false }, null, rootSignIns.eventSource],
      },
      ...more,
    },
  };
}

/**
 * What IAM Access Analyzer sends of access from outside, where the analyzer is. It sends what is used by
 * nobody, and access from within, under other detail types: nobody breaks in by those.
 */
export const externalAccess = {
  source: "aws.access-analyzer",
  detailType: "Access Analyzer Finding",
} as const;

export const externalAccessEvents = {
  source: [externalAccess.source],
  "detail-type": [externalAccess.detailType],
};

/** Matches the events of sources that triage leaves to others, but for these. */
export const triageCalls = [rootSignInEvents, rootCallEvents, quarantineDetached] as const;
