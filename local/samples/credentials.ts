/** Builds findings about credentials as GuardDuty reports them. */
import { randomBytes } from "node:crypto";
import type { EventBridgeEvent } from "../gateway/wire/event";
import { detector, envelope, findingArn } from "./guardduty";

export interface AccessKeyFindingShape {
  readonly account: string;
  readonly region: string;
  /** Name of the user or of the role; "Root" for the root user. */
  readonly userName: string;
  readonly userType: "IAMUser" | "AssumedRole" | "Role" | "Root" | "FederatedUser" | string;
  readonly accessKeyId: string;
  /** AIDA… of a user, AROA…:SESSION of a session, the account's number of the root user. */
  readonly principalId: string;
  /** @default "UnauthorizedAccess:IAMUser/TorIPCaller" */
  readonly type?: string;
  /** @default 5, as GuardDuty rates the default type */
  readonly severity?: number;
  /** The API that was called and from where. @default s3 ListBuckets, from 198.51.100.23 */
  readonly api?: string;
  readonly serviceName?: string;
  readonly address?: string;
  readonly sample?: boolean;
  readonly lastSeen?: Date;
}

/** Says of a finding what its shape leaves open. */
export function filled(shape: AccessKeyFindingShape) {
  return {
    type: "UnauthorizedAccess:IAMUser/TorIPCaller",
    severity: 5,
    api: "ListBuckets",
    serviceName: "s3.amazonaws.com",
    address: "198.51.100.23",
    sample: false,
    lastSeen: new Date(),
    ...shape,
  };
}

/** Writes a finding about the use of an access key: by default, a call from Tor. */
export function accessKeyFinding(shape: AccessKeyFindingShape): EventBridgeEvent {
  const finding = filled(shape);
  const { account, region, accessKeyId, principalId, userName, userType } = finding;
  const id = randomBytes(16).toString("hex");
  const at = finding.lastSeen.toISOString();
  return envelope(region, {
    schemaVersion: "2.0",
    accountId: account,
    region,
    partition: "aws",
    id,
    arn: findingArn(region, id),
    type: finding.type,
    resource: {
      resourceType: "AccessKey",
      accessKeyDetails: { accessKeyId, principalId, userType, userName },
    },
    service: {
      serviceName: "guardduty",
      detectorId: detector,
      action: {
        actionType: "AWS_API_CALL",
        awsApiCallAction: {
          api: finding.api,
          serviceName: finding.serviceName,
          callerType: "Remote IP",
          remoteIpDetails: remote(finding.address),
          affectedResources: {},
        },
      },
      // As of every finding of GuardDuty about an access key.
      resourceRole: "TARGET",
      additionalInfo: finding.sample ? { sample: true } : {},
      eventFirstSeen: at,
      eventLastSeen: at,
      archived: false,
      count: 1,
    },
    severity: finding.severity,
    createdAt: at,
    updatedAt: at,
    title: `API ${finding.api} was invoked from an unusual address.`,
    description: `API ${finding.api} was invoked from the IP address ${finding.address}.`,
  });
}

function remote(address: string) {
  return {
    ipAddressV4: address,
    organization: { asn: "64496", asnOrg: "Example", isp: "Example", org: "Example" },
    country: { countryName: "Netherlands" },
    city: { cityName: "Amsterdam" },
    geoLocation: { lat: 52.37, lon: 4.9 },
  };
}
