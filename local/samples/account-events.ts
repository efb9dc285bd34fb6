/** What CloudTrail reports of root's sign-ins, and IAM Access Analyzer of access from outside. */
import { randomUUID } from "node:crypto";
import type { Site } from "../seeds/owner";
import type { EventBridgeEvent } from "../services/eventbridge/events";

/** Writes the report of a sign-in as root, which CloudTrail makes in us-east-1, whatever the endpoint. */
export function rootSignIn(
  account: string,
  outcome: "Success" | "Failure",
  sourceIPAddress: string,
): EventBridgeEvent {
  const site = { account, region: "us-east-1" };
  return envelope(site, "aws.signin", "AWS Console Sign In via CloudTrail", [], {
    eventVersion: "1.11",
    userIdentity: {
      type: "Root",
      principalId: account,
      arn: `arn:aws:iam::${account}:root`,
      accountId: account,
      accessKeyId: "",
    },
    eventTime: now(),
    eventSource: "signin.amazonaws.com",
    eventName: "ConsoleLogin",
    awsRegion: site.region,
    sourceIPAddress,
    userAgent: "Mozilla/5.0",
    ...(outcome === "Failure" && { errorMessage: "Failed authentication" }),
    requestParameters: null,
    responseElements: { ConsoleLogin: outcome },
    additionalEventData: {
      LoginTo: "https://console.aws.amazon.com/console/home",
      MobileVersion: "No",
      MFAUsed: "No",
    },
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsConsoleSignIn",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
  });
}

/** Writes the finding that everybody may read a bucket, as an analyzer of the bucket's account reports it. */
export function publicBucket(site: Site, bucket: string): EventBridgeEvent {
  const { account, region } = site;
  const analyzer = `arn:aws:access-analyzer:${region}:${account}:analyzer/account`;
  return envelope(site, "aws.access-analyzer", "Access Analyzer Finding", [analyzer], {
    version: "1.0",
    id: randomUUID(),
    status: "ACTIVE",
    resourceType: "AWS::S3::Bucket",
    resource: `arn:aws:s3:::${bucket}`,
    createdAt: now(),
    analyzedAt: now(),
    updatedAt: now(),
    accountId: account,
    region,
    principal: { AWS: "*" },
    action: ["s3:GetObject"],
    condition: {},
    isDeleted: false,
    isPublic: true,
  });
}

function envelope(
  { account, region }: Site,
  source: string,
  detailType: string,
  resources: string[],
  detail: object,
): EventBridgeEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": detailType,
    source,
    account,
    time: now(),
    region,
    resources,
    detail,
  };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
