/** CloudTrail's reports that AWS's quarantine policy was attached to a user, or detached. */
import { randomUUID } from "node:crypto";
import { type EventBridgeEvent, inEnvelope, toSeconds } from "../gateway/wire/event";

export interface QuarantineShape {
  readonly account: string;
  readonly userName: string;
  /** Name of the user of the account who called. @default AWS itself */
  readonly by?: string;
}

/** Writes the report of the attach, as whoever: AWS does not document as whom it calls. */
export function quarantineAttached(shape: QuarantineShape): EventBridgeEvent {
  return policyCall("AttachUserPolicy", shape);
}

/** Writes the report of the detach. */
export function quarantineDetached(shape: QuarantineShape): EventBridgeEvent {
  return policyCall("DetachUserPolicy", shape);
}

function policyCall(
  eventName: string,
  { account, userName, by }: QuarantineShape,
): EventBridgeEvent {
  // IAM's calls are reported here alone.
  const site = { account, region: "us-east-1" };
  const time = toSeconds(new Date());
  const detail = {
    eventVersion: "1.11",
    userIdentity:
      by === undefined
        ? { type: "AWSService", invokedBy: "AWS Internal" }
        : {
            type: "IAMUser",
            arn: `arn:aws:iam::${account}:user/${by}`,
            accountId: account,
            userName: by,
          },
    eventTime: time,
    eventSource: "iam.amazonaws.com",
    eventName,
    awsRegion: site.region,
    sourceIPAddress: by === undefined ? "AWS Internal" : "192.0.2.10",
    userAgent: by === undefined ? "AWS Internal" : "aws-cli/2.15.0",
    requestParameters: {
      userName,
      policyArn: "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    },
    responseElements: null,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
  };
  return inEnvelope(site, {
    source: "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    time,
    detail,
  });
}
