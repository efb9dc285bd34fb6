/** GuardDuty's findings as Security Hub sends them when a person chooses an action. */
import { randomBytes } from "node:crypto";
import type { CustomAction } from "../../functions/catalogue/security-hub-actions";
import { homeRegion, security } from "../gateway/accounts";
import { type EventBridgeEvent, inEnvelope } from "../gateway/wire/event";
import { type AccessKeyFindingShape, filled } from "./credentials";
import { detector, findingArn } from "./guardduty";

export interface SentInstanceShape {
  readonly action: CustomAction;
  readonly account: string;
  readonly region: string;
  readonly instance: string;
  /** @default of a cryptocurrency miner */
  readonly type?: string;
  /** When the person chose the action. @default now */
  readonly at?: Date;
}

const service = "aws/guardduty/service";

/**
 * Writes the event of one finding about an instance that was selected. It comes from the home region,
 * where Security Hub aggregates findings and has the action; the finding keeps its own region.
 */
export function sentInstance(shape: SentInstanceShape): EventBridgeEvent {
  const { action, account, region, instance, at = new Date() } = shape;
  const { type = "CryptoCurrency:EC2/BitcoinTool.B" } = shape;
  return chosen(
    { id: action, name: action },
    homeRegion,
    at,
    asff({
      account,
      region,
      at,
      type,
      // Such a finding nothing answers by itself.
      severity: 5,
      title: `${instance} talks to an address known for cryptocurrency mining.`,
      description: `The instance ${instance} queries an address associated with mining.`,
      fields: {
        [`${service}/resourceRole`]: "TARGET",
        [`${service}/action/actionType`]: "NETWORK_CONNECTION",
      },
      resource: {
        Type: "AwsEc2Instance",
        Id: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
        Details: { AwsEc2Instance: { Type: "t3.large" } },
      },
    }),
  );
}

/** Writes the event of one finding about an access key that was selected, from the finding's region. */
export function securityHubCustomAction(
  shape: AccessKeyFindingShape,
  action: Action = { id: "contain", name: "Contain" },
): EventBridgeEvent {
  const finding = filled(shape);
  const { account, region, accessKeyId, principalId, userName, userType } = finding;
  const at = finding.lastSeen.toISOString();
  const call = `${service}/action/awsApiCallAction`;
  return chosen(
    action,
    region,
    new Date(),
    asff({
      account,
      region,
      at: finding.lastSeen,
      type: finding.type,
      severity: finding.severity,
      title: `API ${finding.api} was invoked from an unusual address.`,
      description: `API ${finding.api} was invoked from the IP address ${finding.address}.`,
      fields: {
        [`${service}/resourceRole`]: "TARGET",
        [`${service}/count`]: "1",
        [`${service}/eventFirstSeen`]: at,
        [`${service}/eventLastSeen`]: at,
        [`${service}/action/actionType`]: "AWS_API_CALL",
        [`${call}/api`]: finding.api,
        [`${call}/serviceName`]: finding.serviceName,
        [`${call}/callerType`]: "Remote IP",
        [`${call}/remoteIpDetails/ipAddressV4`]: finding.address,
        ...(finding.sample && { [`${service}/additionalInfo/sample`]: "true" }),
      },
      resource: {
        Type: "AwsIamAccessKey",
        Id: `AWS::IAM::AccessKey:${accessKeyId}`,
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
    }),
  );
}

interface Action {
  readonly id: string;
  readonly name: string;
}

/** Puts the one finding that was selected into the event of a custom action. */
function chosen({ id, name }: Action, region: string, at: Date, finding: object): EventBridgeEvent {
  return inEnvelope(
    { account: security.id, region },
    {
      source: "aws.securityhub",
      "detail-type": "Security Hub Findings - Custom Action",
      time: at.toISOString(),
      resources: [`arn:aws:securityhub:${region}:${security.id}:action/custom/${id}`],
      detail: { actionName: name, actionDescription: name, findings: [finding] },
    },
  );
}

interface Imported {
  readonly account: string;
  readonly region: string;
  readonly at: Date;
  /** GuardDuty's own name of the type. */
  readonly type: string;
  readonly severity: number;
  readonly title: string;
  readonly description: string;
  /** What GuardDuty says of the service, by its path. */
  readonly fields: Readonly<Record<string, string>>;
  readonly resource: object;
}

/** Writes a finding of GuardDuty in Security Hub's format. */
function asff(imported: Imported): object {
  const { account, region, at, type, severity, title, description, fields, resource } = imported;
  const time = at.toISOString();
  const id = findingArn(region, randomBytes(16).toString("hex"));
  const product = `arn:aws:securityhub:${region}::product/aws/guardduty`;
  return {
    SchemaVersion: "2018-10-08",
    Id: id,
    ProductArn: product,
    ProductName: "GuardDuty",
    CompanyName: "Amazon",
    Region: region,
    GeneratorId: `arn:aws:guardduty:${region}:${security.id}:detector/${detector}`,
    AwsAccountId: account,
    Types: [asffType(type)],
    FirstObservedAt: time,
    LastObservedAt: time,
    CreatedAt: time,
    UpdatedAt: time,
    Severity: { Product: severity, ...severityOf(severity) },
    Title: title,
    Description: description,
    ProductFields: {
      [`${service}/serviceName`]: "guardduty",
      [`${service}/detectorId`]: detector,
      [`${service}/archived`]: "false",
      ...fields,
      "aws/securityhub/FindingId": `${product}/${id}`,
      "aws/securityhub/ProductName": "GuardDuty",
      "aws/securityhub/CompanyName": "Amazon",
    },
    Resources: [{ Partition: "aws", Region: region, ...resource }],
    WorkflowState: "NEW",
    Workflow: { Status: "NEW" },
    RecordState: "ACTIVE",
  };
}

// The namespaces of GuardDuty's own table of ASFF types, as far as they are needed here.
const namespaces: readonly (readonly [RegExp, string])[] = [
  [/^UnauthorizedAccess:IAMUser\/TorIPCaller$/, "TTPs/Command and Control"],
  [/CredentialExfiltration\.(In|Out)sideAWS$/, "Effects/Data Exfiltration"],
  [/^Recon:IAMUser\/(MaliciousIPCaller(\.Custom)?|TorIPCaller)$/, "TTPs/Discovery"],
  [/^Stealth:IAMUser\//, "TTPs/Defense Evasion"],
  [/^UnauthorizedAccess:IAMUser\/(ConsoleLoginSuccess\.B|MaliciousIPCaller(\.Custom)?)$/, "TTPs"],
  [/^Policy:IAMUser\/(ShortTerm)?RootCredentialUsage$/, "TTPs"],
  [/^CryptoCurrency:EC2\/BitcoinTool\.B$/, "TTPs/Command and Control"],
  [/^Trojan:EC2\/DropPoint!DNS$/, "Effects/Data Exfiltration"],
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
