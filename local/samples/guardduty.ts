/** Findings as GuardDuty would report them, and how given ones are made to fit this organization. */
import { randomUUID } from "node:crypto";
import { governedRegions, homeRegion, security } from "../gateway/accounts";
import type { EventBridgeEvent } from "../services/eventbridge/events";

export interface FindingShape {
  readonly account: string;
  readonly region: string;
  readonly instance: string;
  readonly type?: string;
  readonly severity?: number;
  readonly role?: "ACTOR" | "TARGET";
  readonly sample?: boolean;
  readonly lastSeen?: Date;
}

/** Writes a finding about an instance: by default, of a cryptocurrency miner. */
export function instanceFinding(shape: FindingShape): EventBridgeEvent {
  const {
    account,
    region,
    instance,
    type = "CryptoCurrency:EC2/BitcoinTool.B",
    severity = 8,
    role = "ACTOR",
    sample = false,
    lastSeen = new Date(),
  } = shape;
  const id = randomUUID().replaceAll("-", "");
  const at = lastSeen.toISOString();
  return envelope(region, {
    schemaVersion: "2.0",
    accountId: account,
    region,
    partition: "aws",
    id,
    arn: findingArn(region, id),
    type,
    severity,
    title: `${instance} talks to an address known for cryptocurrency mining.`,
    description: `The instance ${instance} queries an address associated with mining activity.`,
    createdAt: at,
    updatedAt: at,
    resource: {
      resourceType: "Instance",
      instanceDetails: { instanceId: instance, instanceType: "t3.large", instanceState: "running" },
    },
    service: {
      serviceName: "guardduty",
      detectorId: detector,
      resourceRole: role,
      archived: false,
      count: 1,
      eventFirstSeen: at,
      eventLastSeen: at,
      action: {
        actionType: "NETWORK_CONNECTION",
        networkConnectionAction: { connectionDirection: "OUTBOUND", protocol: "TCP" },
      },
      ...(sample && { additionalInfo: { sample: true } }),
    },
  });
}

/** The id of the security account's detector, the same in every region here. */
export const detector = "d0c0ffee000000000000000000000001";

/** Names a finding of the security account's detector, whichever account it is about. */
export function findingArn(region: string, id: string): string {
  return `arn:aws:guardduty:${region}:${security.id}:detector/${detector}/finding/${id}`;
}

/** Puts a finding's detail into the event that GuardDuty's administrator sends for it. */
export function envelope(region: string, detail: object): EventBridgeEvent {
  return {
    version: "0",
    id: randomUUID(),
    source: "aws.guardduty",
    "detail-type": "GuardDuty Finding",
    account: security.id,
    time: new Date().toISOString(),
    region,
    resources: [],
    detail,
  };
}

/** What a file given to the drill holds. */
export type Given =
  | { readonly kind: "event"; readonly event: EventBridgeEvent }
  /** Nothing EventBridge would carry: it can only arrive as a message's body. */
  | { readonly kind: "text"; readonly text: string };

/** Reads a file's content: a whole EventBridge event, a bare finding, or text that is neither. */
export function readGiven(content: string): Given {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return { kind: "text", text: content };
  }
  if (!isObject(parsed)) return { kind: "text", text: content };
  if (typeof parsed.source === "string" && isObject(parsed.detail)) {
    return typeof parsed["detail-type"] === "string" && parsed["detail-type"] !== ""
      ? { kind: "event", event: parsed as unknown as EventBridgeEvent }
      : { kind: "text", text: content };
  }
  // A bare finding: GuardDuty's detail without its envelope.
  if ("schemaVersion" in parsed || "accountId" in parsed || "severity" in parsed) {
    return { kind: "event", event: envelope(regionOf(parsed) ?? homeRegion, parsed) };
  }
  return { kind: "text", text: content };
}

/** The region of a finding where it is a governed one: others have no detector of ours. */
export function regionOf(detail: unknown): string | undefined {
  const region = isObject(detail) ? detail.region : undefined;
  return typeof region === "string" && governedRegions.includes(region) ? region : undefined;
}

/** The shape of a finding's instance, as far as the finding describes it. */
export interface DescribedInstance {
  readonly id: string;
  /** Groups by interface: the ids that the finding names. */
  readonly interfaces: readonly (readonly string[])[];
  readonly volumes: number;
  readonly profile: boolean;
}

/** Reads a finding's description of its instance; undefined where it is about no instance. */
export function describedInstance(event: EventBridgeEvent): DescribedInstance | undefined {
  if (event.source === "aws.securityhub") return sentInstanceOf(event);
  const detail = event.detail as Record<string, unknown>;
  const resource = isObject(detail.resource) ? detail.resource : {};
  const details = resource.instanceDetails;
  if (!isObject(details) || typeof details.instanceId !== "string") return undefined;
  if (!instanceShape.test(details.instanceId)) return undefined;
  const interfaces = (Array.isArray(details.networkInterfaces) ? details.networkInterfaces : [])
    .filter(isObject)
    .map((each) =>
      (Array.isArray(each.securityGroups) ? each.securityGroups : [])
        .filter(isObject)
        .map((group) => String(group.groupId ?? group.groupName)),
    );
  const volumes = isObject(resource.ebsVolumeDetails)
    ? resource.ebsVolumeDetails.scannedVolumeDetails
    : undefined;
  return {
    id: details.instanceId,
    interfaces: interfaces.length === 0 ? [["default"]] : interfaces,
    volumes: Array.isArray(volumes) && volumes.length > 0 ? volumes.length : 1,
    profile: isObject(details.iamInstanceProfile),
  };
}

/** Security Hub's findings name neither interfaces nor volumes. */
function sentInstanceOf(event: EventBridgeEvent): DescribedInstance | undefined {
  const { Type, Id, Details } = sent(event).resource;
  const id = String(Id).split(":instance/")[1] ?? "";
  if (Type !== "AwsEc2Instance" || !instanceShape.test(id)) return undefined;
  const details = isObject(Details) ? Details.AwsEc2Instance : undefined;
  const profile = isObject(details) && typeof details.IamInstanceProfileArn === "string";
  return { id, interfaces: [["default"]], volumes: 1, profile };
}

/** The finding that Security Hub sends in an event of its own, and its first resource. */
function sent({ detail }: EventBridgeEvent) {
  const first = (list: unknown): Record<string, unknown> =>
    Array.isArray(list) && isObject(list[0]) ? list[0] : {};
  const finding = first((detail as Record<string, unknown>).findings);
  return { finding, resource: first(finding.Resources) };
}

/** Rewrites account, region and every id of a finding wherever they occur. */
export function rewritten(
  event: EventBridgeEvent,
  site: { readonly account: string; readonly region: string },
  ids: Readonly<Record<string, string>>,
): EventBridgeEvent {
  const { region } =
    event.source === "aws.securityhub"
      ? { region: sent(event).resource.Region }
      : (event.detail as Record<string, unknown>);
  const accountId = accountOf(event);
  // Only what is well-formed is rewritten: a drill must not repair a broken event.
  const names: Record<string, string> = {
    ...ids,
    ...(isAccount(accountId) && { [accountId]: site.account }),
    ...(typeof region === "string" && regionShape.test(region) && { [region]: site.region }),
  };
  const replace = (value: unknown): unknown => {
    if (typeof value === "string") {
      return Object.entries(names).reduce(
        (text, [from, to]) => (from === "" ? text : text.replaceAll(from, to)),
        value,
      );
    }
    if (Array.isArray(value)) return value.map(replace);
    if (isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
    }
    return value;
  };
  return {
    ...event,
    // The administrator of GuardDuty and Security Hub speaks for all members: its account is on every
    // envelope. Of other services each account speaks for itself.
    ...(isAccount(event.account) && {
      account: delegated.includes(event.source) ? security.id : site.account,
    }),
    region: site.region,
    detail: replace(event.detail) as object,
  };
}

const delegated = ["aws.guardduty", "aws.securityhub"];

/** The account a finding is about, wherever its source writes it. */
function accountOf(event: EventBridgeEvent): unknown {
  const { source, account, detail } = event;
  if (source === "aws.guardduty") return (detail as Record<string, unknown>).accountId;
  return source === "aws.securityhub" ? sent(event).finding.AwsAccountId : account;
}

const regionShape = /^[a-z]{2}(-[a-z]+)+-\d$/;
const instanceShape = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

function isAccount(value: unknown): value is string {
  return typeof value === "string" && /^\d{12}$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
