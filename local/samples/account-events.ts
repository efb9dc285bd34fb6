/** What CloudTrail reports of root's sign-ins, and IAM Access Analyzer of access from outside. */
import { randomUUID } from "node:crypto";
import { type EventBridgeEvent, inEnvelope, toSeconds } from "../gateway/wire/event";
import type { Site } from "../seeds/owner";

/** Writes the report of a sign-in as root, which CloudTrail makes in us-east-1, whatever the endpoint. */
export function rootSignIn(
  account: string,
  outcome: "Success" | "Failure",
  sourceIPAddress: string,
): EventBridgeEvent {
  const site = { account, region: "us-east-1" };
  const detail = {
    eventVersion: "1.11",
    userIdentity: {
      type: "Root",
      principalId: account,
      arn: `arn:aws:iam::${account}:root`,
      accountId: account,
      accessKeyId: "",
    },
    eventTime: toSeconds(new Date()),
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
  };
  return inEnvelope(site, {
    source: "aws.signin",
    "detail-type": "AWS Console Sign In via CloudTrail",
    detail,
  });
}

/** Writes the finding that everybody may read a bucket, as an analyzer of the bucket's account reports it. */
export function publicBucket(site: Site, bucket: string): EventBridgeEvent {
  const { account, region } = site;
  const analyzer = `arn:aws:access-analyzer:${region}:${account}:analyzer/account`;
  const now = toSeconds(new Date());
  const detail = {
    version: "1.0",
    id: randomUUID(),
    status: "ACTIVE",
    resourceType: "AWS::S3::Bucket",
    resource: `arn:aws:s3:::${bucket}`,
    createdAt: now,
    analyzedAt: now,
    updatedAt: now,
    accountId: account,
    region,
    principal: { AWS: "*" },
    action: ["s3:GetObject"],
    condition: {},
    isDeleted: false,
    isPublic: true,
  };
  return inEnvelope(site, {
    source: "aws.access-analyzer",
    "detail-type": "Access Analyzer Finding",
    resources: [analyzer],
    detail,
  });
}
