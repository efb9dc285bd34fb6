/** Keeps every call that reached the gateway, in order of arrival: the drill's instrument. */
import type { Origin } from "./iam/caller";

interface RecordedCheck {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request itself, of calls of the deployment. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface RecordedCall {
  readonly n: number;
  /** Milliseconds since the gateway started, at arrival. */
  readonly ms: number;
  /** The same at the answer; equal to `ms` while the call is under way. */
  readonly endMs: number;
  readonly principal: string;
  readonly origin: Origin;
  /** The access key the request was signed with; "" for unsigned requests. */
  readonly accessKeyId: string;
  /** The address the caller is said to come from; the loopback address unless a drill says another. */
  readonly sourceAddress: string;
  readonly userAgent: string;
  /** Account of the caller; "" for unknown callers. */
  readonly account: string;
  readonly region: string;
  readonly service: string;
  /** Service and API operation, for example "ec2:DescribeInstances". */
  readonly action: string;
  /** ARNs the call was authorized for; empty for trusted callers. */
  readonly resource: readonly string[];
  /** The IAM permissions the call needed: one operation may need several, or another name. */
  readonly checks: readonly RecordedCheck[];
  readonly request: unknown;
  readonly allowed: boolean;
  readonly why?: string;
  /** HTTP status; 0 when no answer was sent. */
  readonly status: number;
  readonly errorCode?: string;
  readonly mutating: boolean;
  readonly fault?: string;
}

export type DraftCall = { -readonly [K in keyof RecordedCall]: RecordedCall[K] };

export interface CallRecord {
  /** Every call, in order of arrival. */
  readonly entries: readonly RecordedCall[];
  /** Calls refused by name, because the local organization cannot answer them truthfully. */
  readonly unknown: readonly RecordedCall[];
}

export class Recorder implements CallRecord {
  readonly entries: DraftCall[] = [];
  readonly unknown: DraftCall[] = [];
  readonly #start = performance.now();
  /** The time at which `ms` was 0, in milliseconds since 1970. */
  readonly startedAt = Date.now();

  /** Opens an entry at the arrival of a call; the gateway completes it at the answer. */
  open(
    fields: Omit<DraftCall, "n" | "ms" | "endMs" | "status" | "allowed" | "resource" | "checks">,
  ) {
    const ms = this.now();
    const entry: DraftCall = {
      ...fields,
      n: this.entries.length + 1,
      ms,
      endMs: ms,
      resource: [],
      checks: [],
      allowed: true,
      status: 0,
    };
    this.entries.push(entry);
    return entry;
  }

  now(): number {
    return performance.now() - this.#start;
  }
}

/** Says whether an operation changes something, by the naming habits of AWS APIs. */
export function isMutating(operation: string): boolean {
  return !/^(Describe|Get|List|Query|Scan|Head|BatchGet|AssumeRole|Lookup|Search|GenerateMac|VerifyMac|HEAD |GET )/.test(
    operation,
  );
}
