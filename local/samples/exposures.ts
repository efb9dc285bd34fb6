/** Reports about an exposed key, as Trusted Advisor and AWS Health send them from its own account. */
import { randomBytes, randomUUID } from "node:crypto";
import { type EventBridgeEvent, inEnvelope } from "../gateway/wire/event";

export interface ExposedKeyShape {
  readonly account: string;
  readonly accessKeyId: string;
  /** Name of the user, or "root". */
  readonly userName: string;
  /** Where the key was found. @default "https://code.example.com/shop" */
  readonly location?: string;
  /** @default "Exposed" */
  readonly fraudType?: string;
  readonly at?: Date;
}

const foundAt = "https://code.example.com/shop";

// Both services of AWS send these from us-east-1, into the account whose key it is.
function fromOwnAccount(
  source: string,
  detailType: string,
  account: string,
  at: Date,
  resources: readonly string[],
  detail: object,
): EventBridgeEvent {
  return inEnvelope(
    { account, region: "us-east-1" },
    { source, "detail-type": detailType, time: at.toISOString(), resources, detail },
  );
}

/** Writes what Trusted Advisor sends when its check finds an access key on the Internet. */
export function exposedKeyEvent(shape: ExposedKeyShape): EventBridgeEvent {
  const { account, accessKeyId, userName, location, fraudType, at = new Date() } = shape;
  return fromOwnAccount(
    "aws.trustedadvisor",
    "Trusted Advisor Check Item Refresh Notification",
    account,
    at,
    [],
    {
      "check-name": "Exposed Access Keys",
      "check-item-detail": {
        "Case ID": "12345678-1234-1234-abcd-1234567890ab",
        "Usage (USD per Day)": "0",
        "User Name (IAM or Root)": userName,
        Deadline: String(at.getTime() + 5 * day),
        "Access Key ID": accessKeyId,
        "Time Updated": String(at.getTime()),
        "Fraud Type": fraudType ?? "Exposed",
        Location: location ?? foundAt,
      },
      status: "ERROR",
      resource_id: "",
      uuid: randomUUID(),
    },
  );
}

const day = 24 * 60 * 60 * 1000;

/** Writes what AWS Health sends about an exposed key, to accounts without a support plan too. */
export function healthExposedEvent(shape: ExposedKeyShape): EventBridgeEvent {
  const { account, accessKeyId, userName, location, at = new Date() } = shape;
  const code = "AWS_RISK_CREDENTIALS_EXPOSED";
  const date = at.toUTCString();
  return fromOwnAccount("aws.health", "AWS Health Event", account, at, [accessKeyId], {
    eventArn: `arn:aws:health:us-east-1::event/RISK/${code}/${code}-${randomBytes(5).toString("hex")}`,
    service: "RISK",
    eventTypeCode: code,
    eventTypeCategory: "issue",
    eventScopeCode: "ACCOUNT_SPECIFIC",
    communicationId: randomBytes(22).toString("hex"),
    startTime: date,
    endTime: new Date(at.getTime() + 14 * day).toUTCString(),
    lastUpdatedTime: date,
    statusCode: "open",
    eventRegion: "us-east-1",
    eventDescription: [
      {
        language: "en_US",
        latestDescription: "Your AWS account may be compromised: review the support case.",
      },
    ],
    eventMetadata: {
      accountId: account,
      publicKey: accessKeyId,
      userName,
      exposedUrl: location ?? foundAt,
      truncated: "false",
    },
    affectedEntities: [{ entityValue: accessKeyId, lastUpdatedTime: date }],
    affectedAccount: account,
    page: "1",
    totalPages: "1",
  });
}
