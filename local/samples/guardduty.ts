/** Findings as GuardDuty would report them, and how given ones are made to fit this organization. */
import { randomUUID } from "node:crypto";
import { governedRegions, homeRegion, security } from "../gateway/accounts";
import { type EventBridgeEvent, inEnvelope } from "../gateway/wire/event";

export interface FindingShape {
  readonly account: string;
  readonly region: string;
  readonly instance: string;
  readonly type?: string;
  readonly severity?: number;
  /** Which side opened the connection. @default "OUTBOUND": the instance */
  readonly direction?: "INBOUND" | "OUTBOUND" | "UNKNOWN";
  /** The other end, and whose network it is. @default not said */
  readonly remote?: { readonly address: string; readonly network: string };
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
    direction = "OUTBOUND",
    remote,
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
      // GuardDuty says so also of what an instance begins: the action tells.
      resourceRole: "TARGET",
      archived: false,
      count: 1,
      eventFirstSeen: at,
      eventLastSeen: at,
      action: {
        actionType: "NETWORK_CONNECTION",
        networkConnectionAction: {
          connectionDirection: direction,
          protocol: "TCP",
          ...(remote && {
            remoteIpDetails: {
              ipAddressV4: remote.address,
              organization: { asn: "64496", asnOrg: remote.network, isp: remote.network },
            },
          }),
        },
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
  return inEnvelope(
    { account: security.id, region },
    {
      source: "aws.guardduty",
      "detail-type": "GuardDuty Finding",
      time: new Date().toISOString(),
      detail,
    },
  );
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

/** The finding that Security Hub sends in an event of its own, and its first resource. */
function sent({ detail }: EventBridgeEvent) {
  const first = (list: unknown): Record<string, unknown> =>
    Array.isArray(list) && isObject(list[0]) ? list[0] : {};
  const finding = first((detail as Record<string, unknown>).findings);
  return { finding, resource: first(finding.Resources) };
}

/**
 * Rewrites account, region and every id of an event wherever they occur, and names where they are all
 * of a text or of a part of a path.
 */
export function rewritten(
  event: EventBridgeEvent,
  site: { readonly account: string; readonly region: string },
  ids: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string>> = {},
): EventBridgeEvent {
  const { region } =
    event.source === "aws.securityhub"
      ? { region: sent(event).resource.Region }
      : (event.detail as Record<string, unknown>);
  const accountId = accountOf(event);
  const escaped = (given: object) =>
    Object.keys(given)
      .filter((each) => each !== "")
      // What contains another one comes first.
      .sort((a, b) => b.length - a.length)
      .map((each) => each.replace(/[^\w]/g, "\\$&"))
      .join("|");
  // Only what is well-formed is rewritten: a drill must not repair a broken event.
  const wellFormed: Record<string, string> = {
    ...ids,
    ...(isAccount(accountId) && { [accountId]: site.account }),
  };
  const place = typeof region === "string" && regionShape.test(region) ? region : undefined;
  const patterns = [
    [escaped(wellFormed), "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"],
    // The name of an availability zone begins with the region's.
    [escaped({ [place ?? ""]: "" }), "", ""],
    [escaped(names), "(?<=^|/)", "(?=$|/)"],
  ].flatMap(([any, after, before]) => (any ? [`${after}(?:${any})${before}`] : []));
  // Without a pattern, one that matches nothing.
  const found = new RegExp(patterns.join("|") || "(?!)", "g");
  const replacement = (each: string) =>
    wellFormed[each] ?? (each === place ? site.region : (names[each] ?? each));
  const replace = (value: unknown): unknown =>
    mapTexts(value, (text) => text.replace(found, replacement));
  // The administrator of GuardDuty and Security Hub speaks for all members: its account is on every
  // envelope, and in the ARN of its action. Of other services each account speaks for itself, and of
  // AWS Health perhaps the administrator.
  const speaksForOthers =
    delegated.includes(event.source) || (isAccount(accountId) && event.account !== accountId);
  return {
    ...event,
    ...(isAccount(event.account) && {
      account: speaksForOthers ? security.id : site.account,
    }),
    ...(event.resources &&
      !speaksForOthers && { resources: replace(event.resources) as typeof event.resources }),
    region: site.region,
    detail: replace(event.detail) as object,
  };
}

const delegated = ["aws.guardduty", "aws.securityhub"];

/** The account a finding is about, wherever its source writes it. */
function accountOf(event: EventBridgeEvent): unknown {
  const { source, account, detail } = event;
  const { accountId, affectedAccount } = detail as Record<string, unknown>;
  if (source === "aws.guardduty") return accountId;
  if (source === "aws.health") return affectedAccount ?? account;
  return source === "aws.securityhub" ? sent(event).finding.AwsAccountId : account;
}

const regionShape = /^[a-z]{2}(-[a-z]+)+-\d$/;

function isAccount(value: unknown): value is string {
  return typeof value === "string" && /^\d{12}$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const wellFormedTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * Moves the times of a given event by one amount, so that the newest is now: what a drill plays
 * happens as it is played. An event of the future stays one, and a time that is malformed stays as it is.
 */
export function happeningAt(event: EventBridgeEvent, now: Date): EventBridgeEvent {
  return later(event, now.getTime() - newestIn(event));
}

/**
 * Takes the times of a finding that are this machine's to the functions' clock, which waits move on.
 * A scenario may have set others by that clock.
 */
export function onClock(event: EventBridgeEvent, now: Date): EventBridgeEvent {
  if (event.source !== "aws.guardduty") return event;
  const here = Date.now();
  const ahead = now.getTime() - here;
  return mapTexts(event, (text) => {
    const age = wellFormedTime.test(text) ? here - Date.parse(text) : Number.NaN;
    return age >= 0 && age < 3_600_000 ? new Date(Date.parse(text) + ahead).toISOString() : text;
  }) as EventBridgeEvent;
}

function newestIn(event: EventBridgeEvent): number {
  const times: number[] = [];
  mapTexts(event, (text) => {
    if (wellFormedTime.test(text)) times.push(Date.parse(text));
    return text;
  });
  return Math.max(...times);
}

/** Moves all times of an event by so many milliseconds. */
function later(event: EventBridgeEvent, ms: number): EventBridgeEvent {
  if (!(ms > 0)) return event;
  const moved = (text: string) => new Date(Date.parse(text) + ms).toISOString();
  return mapTexts(event, (text) =>
    wellFormedTime.test(text) ? moved(text) : text,
  ) as EventBridgeEvent;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]),
  );
}
