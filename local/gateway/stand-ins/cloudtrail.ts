/**
 * Stands in for CloudTrail's event history: LookupEvents over the gateway's own record of calls, so
 * that what was done in a drill is what is found. Strict: management events only, each in the
 * account and region that CloudTrail files it under; look-ups by access key or user name, or by
 * neither; pages of at most 50; two look-ups per second, account and region. Every other operation,
 * attribute and category is refused by name. Kinder than AWS in one thing, unless `delayMs` says
 * otherwise: events are found at once, where AWS takes some minutes. Sessions that AWS services open
 * by themselves leave no event here, and only responses of IAM and STS are reported.
 */
import type { Caller } from "../iam/caller";
import type { RecordedCall } from "../record";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  list,
  member,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import {
  eventOf,
  type Identity,
  identityOf,
  isDataEvent,
  regionOf,
  responseOf,
} from "./cloudtrail-event";

export interface CloudTrailStandIn {
  /** How many events were filed. */
  readonly filed: number;
  /** Lists the changes that were filed after the first so many, as CloudTrail reports them to EventBridge. */
  changesSince(filed: number): readonly TrailReport[];
  /** How long an event is not found yet, in milliseconds. @default 0 */
  delayMs: number;
  /** Milliseconds of a clock that never goes back; a test may set its own. @default real time */
  clock: () => number;
}

/** The event of a call, for the default bus of its account and region. */
export interface TrailReport {
  readonly source: string;
  readonly "detail-type": "AWS API Call via CloudTrail";
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly detail: Record<string, unknown>;
}

interface TrailEvent {
  readonly n: number;
  readonly account: string;
  readonly region: string;
  /** Milliseconds since 1970, whole seconds as CloudTrail reports them. */
  readonly time: number;
  readonly observed: number;
  readonly accessKeyId?: string;
  readonly username?: string;
  /** As LookupEvents returns it. */
  readonly shown: ReturnType<typeof eventOf>;
}

const day = 24 * 60 * 60 * 1000;
const most = 50;
const lookUpsPerSecond = 2;

export class CloudTrail implements CloudTrailStandIn {
  delayMs = 0;
  clock = () => performance.now();
  readonly #events: TrailEvent[] = [];
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    /** The time at which the record's `ms` was 0, in milliseconds since 1970. */
    private readonly startedAt: number,
    /** The functions' time, which runs on when waits are left out: events have the times of findings. */
    private readonly now: () => Date,
  ) {}

  /** Files a call that was answered. Calls that this organization refused by name never happened. */
  observe(call: RecordedCall, caller: Caller, answer: Answer): void {
    if (answer.errorCode === "CordonLocalUnknownOperation" || isDataEvent(call)) return;
    const response = responseOf(call, answer);
    const identity = identityOf(call, caller);
    this.#file(call, caller.account, identity, response, answer.errorCode);
    const target = /^arn:aws:iam::(\d{12}):role\//.exec(
      text(member(call.request, "RoleArn")) ?? "",
    );
    // The account of the role learns that a stranger came in, not that one was refused.
    if (call.action === "sts:AssumeRole" && target?.[1] !== caller.account && answer.status < 300) {
      const stranger = {
        type: "AWSAccount",
        principalId: caller.context["aws:userid"],
        accountId: caller.account,
      };
      this.#file(call, target?.[1] ?? "", stranger, response);
    }
  }

  #file(
    call: RecordedCall,
    account: string,
    identity: Identity,
    response: unknown,
    errorCode?: string,
  ): void {
    const ahead = this.now().getTime() - Date.now();
    const time = Math.floor((this.startedAt + call.ms + ahead) / 1000) * 1000;
    const shown = eventOf({ call, account, identity, time, response, errorCode });
    const { AccessKeyId: accessKeyId, Username: username } = shown;
    this.#events.push({
      n: this.#events.length + 1,
      account,
      region: regionOf(call),
      time,
      observed: this.clock(),
      ...(accessKeyId !== undefined && { accessKeyId }),
      ...(username !== undefined && { username }),
      shown,
    });
  }

  get filed(): number {
    return this.#events.length;
  }

  changesSince(filed: number): readonly TrailReport[] {
    return this.#events
      .slice(filed)
      .filter(({ shown }) => shown.ReadOnly === "false")
      .map(({ account, region, shown }) => {
        const detail = JSON.parse(shown.CloudTrailEvent) as Record<string, unknown>;
        return {
          source: `aws.${shown.EventSource.split(".")[0]}`,
          "detail-type": "AWS API Call via CloudTrail",
          account,
          region,
          time: String(detail.eventTime),
          detail,
        };
      });
  }

  /** Answers LookupEvents of an account; throws ThrottlingException above two a second. */
  answer(call: ApiCall, account: string): Answer {
    this.#take(`${account}/${call.region}`);
    const { parameters } = call;
    const foreign = Object.keys(parameters).find((name) => !known.has(name));
    if (foreign) throw new UnknownOperationError(`cloudtrail:LookupEvents with ${foreign}`);
    const size = parameters.MaxResults === undefined ? most : Number(parameters.MaxResults);
    const [from, to] = [timeOf(parameters.StartTime), timeOf(parameters.EndTime)];
    if (from !== undefined && to !== undefined && from > to) {
      throw new ApiError("InvalidTimeRangeException", "The start time is after the end time.");
    }
    const fits = attributeOf(parameters);
    const { NextToken: token, MaxResults: _, ...query } = parameters;
    const before = token === undefined ? Number.POSITIVE_INFINITY : pageOf(token, query);
    const oldest = Math.max(from ?? 0, this.now().getTime() - 90 * day);
    // A whole second counts as within a range that ends in it.
    const found = this.#events
      .filter(
        (event) =>
          event.account === account &&
          event.region === call.region &&
          event.n < before &&
          event.time >= Math.floor(oldest / 1000) * 1000 &&
          event.time <= (to ?? Number.POSITIVE_INFINITY) &&
          event.observed + this.delayMs <= this.clock() &&
          fits(event),
      )
      .reverse();
    const page = found.slice(0, size);
    const last = page.at(-1);
    return json({
      Events: page.map(({ shown }) => shown),
      ...(found.length > size && last && { NextToken: tokenOf(last.n, query) }),
    });
  }

  #take(key: string): void {
    const now = this.clock();
    const bucket = this.#buckets.get(key) ?? { tokens: lookUpsPerSecond, at: now };
    const tokens = Math.min(
      lookUpsPerSecond,
      bucket.tokens + ((now - bucket.at) / 1000) * lookUpsPerSecond,
    );
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, at: now });
      throw new ApiError("ThrottlingException", "Rate exceeded");
    }
    this.#buckets.set(key, { tokens: tokens - 1, at: now });
  }
}

const known = new Set(["LookupAttributes", "StartTime", "EndTime", "MaxResults", "NextToken"]);

function attributeOf(parameters: ApiCall["parameters"]): (event: TrailEvent) => boolean {
  const [first, ...more] = list(parameters.LookupAttributes);
  if (more.length > 0) {
    throw new ApiError("InvalidLookupAttributesException", "Only one lookup attribute is allowed.");
  }
  if (first === undefined) return () => true;
  const [key, value] = [text(member(first, "AttributeKey")), text(member(first, "AttributeValue"))];
  switch (key) {
    case "AccessKeyId":
      return (event) => event.accessKeyId === value;
    case "Username":
      return (event) => event.username === value;
    default:
      throw new UnknownOperationError(`cloudtrail:LookupEvents by ${key}`);
  }
}

// The SDK writes times as seconds since 1970.
function timeOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = Number(value) * 1000;
  if (!Number.isFinite(time)) {
    throw new ApiError("InvalidTimeRangeException", `"${value}" is not a time`);
  }
  return time;
}

// "The token must be passed in with the same parameters that were specified in the original call."
function tokenOf(n: number, query: object): string {
  return Buffer.from(JSON.stringify([n, JSON.stringify(query)])).toString("base64");
}

function pageOf(token: unknown, query: object): number {
  try {
    const [n, asked] = JSON.parse(Buffer.from(String(token), "base64").toString("utf8"));
    if (typeof n === "number" && asked === JSON.stringify(query)) return n;
  } catch {
    // Not one of ours: refused below.
  }
  throw new ApiError("InvalidNextTokenException", "The next token is not valid.");
}
