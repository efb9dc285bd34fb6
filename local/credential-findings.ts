/**
 * Reports about credentials, as GuardDuty, Security Hub, Trusted Advisor and AWS Health send them.
 * The first two speak from the security account, the others from the account of the key itself.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { EventBridgeEvent } from "./events";
import { envelope } from "./findings";
import { security } from "./organization";

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
  /** @default "TARGET", as of every finding of GuardDuty about an access key */
  readonly role?: "ACTOR" | "TARGET";
  /** The API that was called and from where. @default s3 ListBuckets, from 198.51.100.23 */
  readonly api?: string;
  readonly serviceName?: string;
  readonly address?: string;
  readonly sample?: boolean;
  readonly lastSeen?: Date;
}

const detector = "d0c0ffee000000000000000000000001";

function filled(shape: AccessKeyFindingShape) {
  return {
    type: "UnauthorizedAccess:IAMUser/TorIPCaller",
    severity: 5,
    role: "TARGET",
    api: "ListBuckets",
    serviceName: "s3.amazonaws.com",
    address: "198.51.100.23",
    sample: false,
    lastSeen: new Date(),
    ...shape,
  };
}

function findingArn(region: string, id: string): string {
  return `arn:aws:guardduty:${region}:${security.id}:detector/${detector}/finding/${id}`;
}

/** Writes a finding about the use of an access key: a call from Tor, unless told otherwise. */
export function accessKeyFinding(shape: AccessKeyFindingShape): EventBridgeEvent {
  const told = filled(shape);
  const { account, region, accessKeyId, principalId, userName, userType } = told;
  const id = randomBytes(16).toString("hex");
  const at = told.lastSeen.toISOString();
  return envelope(region, {
    schemaVersion: "2.0",
    accountId: account,
    region,
    partition: "aws",
    id,
    arn: findingArn(region, id),
    type: told.type,
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
          api: told.api,
          serviceName: told.serviceName,
          callerType: "Remote IP",
          remoteIpDetails: remote(told.address),
          affectedResources: {},
        },
      },
      resourceRole: told.role,
      additionalInfo: told.sample ? { sample: true } : {},
      eventFirstSeen: at,
      eventLastSeen: at,
      archived: false,
      count: 1,
    },
    severity: told.severity,
    createdAt: at,
    updatedAt: at,
    title: `API ${told.api} was invoked from an unusual address.`,
    description: `API ${told.api} was invoked from the IP address ${told.address}.`,
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

/** Writes the same finding as Security Hub passes it on when a person chooses a custom action. */
export function securityHubCustomAction(
  shape: AccessKeyFindingShape,
  action: { readonly id: string; readonly name: string } = { id: "contain", name: "Contain" },
): EventBridgeEvent {
  const told = filled(shape);
  const { account, region, accessKeyId, principalId, userName, userType } = told;
  const id = findingArn(region, randomBytes(16).toString("hex"));
  const at = told.lastSeen.toISOString();
  const call = "aws/guardduty/service/action/awsApiCallAction";
  const product = `arn:aws:securityhub:${region}::product/aws/guardduty`;
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Security Hub Findings - Custom Action",
    source: "aws.securityhub",
    account: security.id,
    time: new Date().toISOString(),
    region,
    resources: [`arn:aws:securityhub:${region}:${security.id}:action/custom/${action.id}`],
    detail: {
      actionName: action.name,
      actionDescription: action.name,
      findings: [
        {
          SchemaVersion: "2018-10-08",
          Id: id,
          ProductArn: product,
          ProductName: "GuardDuty",
          CompanyName: "Amazon",
          Region: region,
          GeneratorId: `arn:aws:guardduty:${region}:${security.id}:detector/${detector}`,
          AwsAccountId: account,
          Types: [asffType(told.type)],
          FirstObservedAt: at,
          LastObservedAt: at,
          CreatedAt: at,
          UpdatedAt: at,
          Severity: { Product: told.severity, ...severityOf(told.severity) },
          Title: `API ${told.api} was invoked from an unusual address.`,
          Description: `API ${told.api} was invoked from the IP address ${told.address}.`,
          ProductFields: {
            "aws/guardduty/service/serviceName": "guardduty",
            "aws/guardduty/service/detectorId": detector,
            "aws/guardduty/service/resourceRole": told.role,
            "aws/guardduty/service/archived": "false",
            "aws/guardduty/service/count": "1",
            "aws/guardduty/service/eventFirstSeen": at,
            "aws/guardduty/service/eventLastSeen": at,
            "aws/guardduty/service/action/actionType": "AWS_API_CALL",
            [`${call}/api`]: told.api,
            [`${call}/serviceName`]: told.serviceName,
            [`${call}/callerType`]: "Remote IP",
            [`${call}/remoteIpDetails/ipAddressV4`]: told.address,
            ...(told.sample && { "aws/guardduty/service/additionalInfo/sample": "true" }),
            "aws/securityhub/FindingId": `${product}/${id}`,
            "aws/securityhub/ProductName": "GuardDuty",
            "aws/securityhub/CompanyName": "Amazon",
          },
          Resources: [
            {
              Type: "AwsIamAccessKey",
              Id: `AWS::IAM::AccessKey:${accessKeyId}`,
              Partition: "aws",
              Region: region,
              Details: {
                AwsIamAccessKey: {
                  AccessKeyId: accessKeyId,
                  AccountId: account,
                  PrincipalId: principalId,
                  PrincipalType: userType,
                  PrincipalName: userName,
                },
              },
            },
          ],
          WorkflowState: "NEW",
          Workflow: { Status: "NEW" },
          RecordState: "ACTIVE",
        },
      ],
    },
  };
}

// The namespaces of GuardDuty's own table of ASFF types, as far as they concern access keys.
const namespaces: readonly (readonly [RegExp, string])[] = [
  [/^UnauthorizedAccess:IAMUser\/TorIPCaller$/, "TTPs/Command and Control"],
  [/CredentialExfiltration\.(In|Out)sideAWS$/, "Effects/Data Exfiltration"],
  [/^Recon:IAMUser\/(MaliciousIPCaller(\.Custom)?|TorIPCaller)$/, "TTPs/Discovery"],
  [/^Stealth:IAMUser\//, "TTPs/Defense Evasion"],
  [/^UnauthorizedAccess:IAMUser\/(ConsoleLoginSuccess\.B|MaliciousIPCaller(\.Custom)?)$/, "TTPs"],
  [/^Policy:IAMUser\/(ShortTerm)?RootCredentialUsage$/, "TTPs"],
];

function asffType(type: string): string {
  const namespace = namespaces.find(([pattern]) => pattern.test(type))?.[1];
  if (namespace === undefined) {
    throw new Error(`How Security Hub names ${type} is not known here`);
  }
  return `${namespace}/${type.replace("/", "-")}`;
}

// Security Hub's labels of GuardDuty's ranges: low to 3.9, medium to 6.9, high to 8.9, critical.
function severityOf(severity: number) {
  const Label =
    severity >= 9 ? "CRITICAL" : severity >= 7 ? "HIGH" : severity >= 4 ? "MEDIUM" : "LOW";
  return { Label, Normalized: Math.round(severity * 10), Original: String(severity) };
}

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
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": detailType,
    source,
    account,
    time: at.toISOString(),
    region: "us-east-1",
    resources: [...resources],
    detail,
  };
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
  const told = at.toUTCString();
  return fromOwnAccount("aws.health", "AWS Health Event", account, at, [accessKeyId], {
    eventArn: `arn:aws:health:us-east-1::event/RISK/${code}/${code}-${randomBytes(5).toString("hex")}`,
    service: "RISK",
    eventTypeCode: code,
    eventTypeCategory: "issue",
    eventScopeCode: "ACCOUNT_SPECIFIC",
    communicationId: randomBytes(22).toString("hex"),
    startTime: told,
    endTime: new Date(at.getTime() + 14 * day).toUTCString(),
    lastUpdatedTime: told,
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
    affectedEntities: [{ entityValue: accessKeyId, lastUpdatedTime: told }],
    affectedAccount: account,
    page: "1",
    totalPages: "1",
  });
}

/** The user and the long-term key that a finding names, as far as it does so in IAM's own form. */
export interface ToldKey {
  readonly userName: string;
  readonly accessKeyId: string;
}

/** Reads what a finding tells of a user's key; undefined where it is about no such key. */
export function toldKey({ source, detail }: EventBridgeEvent): ToldKey | undefined {
  const told = (detail ?? {}) as Record<string, unknown>;
  const at = (value: unknown, ...path: (string | number)[]): unknown =>
    path.reduce(
      (inner: unknown, key) => (inner as Record<string | number, unknown> | undefined)?.[key],
      value,
    );
  const key = at(told, "resource", "accessKeyDetails");
  const item = at(told, "check-item-detail");
  const asff = at(told, "findings", 0, "Resources", 0, "Details", "AwsIamAccessKey");
  const [userName, accessKeyId] = {
    "aws.guardduty": [at(key, "userName"), at(key, "accessKeyId")],
    "aws.trustedadvisor": [at(item, "User Name (IAM or Root)"), at(item, "Access Key ID")],
    "aws.securityhub": [at(asff, "PrincipalName"), at(asff, "AccessKeyId")],
  }[source] ?? [undefined, undefined];
  const named = typeof userName === "string" && /^[\w+=,.@-]{1,64}$/.test(userName);
  const keyed = typeof accessKeyId === "string" && /^AKIA[A-Z0-9]{12,124}$/.test(accessKeyId);
  if (!named || !keyed || userName.toLowerCase().includes("root")) return undefined;
  return { userName, accessKeyId };
}
