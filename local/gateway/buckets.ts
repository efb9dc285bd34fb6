/**
 * Throttles calls by token buckets, as AWS does for each account and region. Sizes: EC2 Developer
 * Guide, "Request throttling for the Amazon EC2 API"; Elastic Load Balancing User Guide, "Request
 * throttling for the Elastic Load Balancing API"; IAM User Guide, "IAM and AWS STS quotas".
 */
import { isMutating } from "./record";
import type { ApiCall } from "./wire/protocol";

interface Size {
  readonly capacity: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
}

type Call = Pick<ApiCall, "service" | "version" | "operation" | "parameters">;

const size = (capacity: number, perSecond: number): Size => ({ capacity, perSecond });

const ec2 = {
  reads: size(100, 20),
  /** Of reads that name neither a filter nor a page size; ids are no filter. */
  unfiltered: size(50, 10),
  writes: size(50, 5),
};

const unfilteredReads = new Set([
  "DescribeInstances",
  "DescribeInstanceStatus",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSnapshots",
  "DescribeSpotInstanceRequests",
  "DescribeVolumes",
]);

/** Sizes of single EC2 actions; those that no deployed code calls are left out. */
const ec2Actions: Readonly<Record<string, Size>> = {
  CreateSnapshots: size(100, 5),
  CreateTags: size(100, 10),
  DeleteTags: size(100, 10),
  ModifyNetworkInterfaceAttribute: size(100, 5),
};

const registrations = /^(De)?[Rr]egister(Targets|Instances\w+LoadBalancer)$/;

const sts = size(600, 600);

/** AWS publishes no sizes for the other services: as strict as the strictest that it does publish. */
const unpublished = size(40, 10);
const throttled = new Set(["autoscaling", "config", "iam", "organizations"]);

/** Names the buckets of a call, each with its size; a call takes one token from each. */
export function bucketsOf(call: Call): Readonly<Record<string, Size>> {
  const { service, version, operation, parameters } = call;
  const write = isMutating(operation);
  if (service === "ec2") {
    const whole = !(
      "Filter" in parameters ||
      "Filters" in parameters ||
      "MaxResults" in parameters
    );
    if (whole && unfilteredReads.has(operation))
      return { [`ec2:${operation}, unfiltered`]: ec2.unfiltered };
    return { [`ec2:${operation}`]: ec2Actions[operation] ?? (write ? ec2.writes : ec2.reads) };
  }
  if (service === "elasticloadbalancing") {
    const api = `elasticloadbalancing ${version}`;
    const own = registrations.test(operation)
      ? { [`${api}, registrations`]: size(20, 4) }
      : write
        ? { [`${api}, writes`]: size(20, 3) }
        : { [`${api}, reads`]: size(40, 10) };
    return { ...own, "elasticloadbalancing, every call": size(40, 10) };
  }
  if (service === "sts") return { sts };
  return throttled.has(service) ? { [service]: unpublished } : {};
}

interface Bucket extends Size {
  tokens: number;
  readAt: number;
  taken: number;
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** @param now milliseconds that only grow. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes a token from each bucket of a call, or none and returns false where one is empty. */
  take(call: Call, account: string, region: string): boolean {
    const buckets = Object.entries(bucketsOf(call)).map(([name, own]) =>
      this.#filled(`${account} ${region} ${name}`, own),
    );
    if (buckets.some(({ tokens }) => tokens < 1)) return false;
    for (const bucket of buckets) {
      bucket.tokens -= 1;
      bucket.taken += 1;
    }
    return true;
  }

  /** Gives the bucket that needs the most time for what was taken from it, and that time in seconds. */
  tightest(): { readonly name: string; readonly taken: number; readonly seconds: number } {
    const all = [...this.#buckets].map(([name, { taken, capacity, perSecond }]) => ({
      name,
      taken,
      seconds: Math.max(0, (taken - capacity) / perSecond),
    }));
    return all.sort((a, b) => b.seconds - a.seconds)[0] ?? { name: "none", taken: 0, seconds: 0 };
  }

  #filled(name: string, own: Size): Bucket {
    const now = this.now();
    const known = this.#buckets.get(name) ?? {
      ...own,
      tokens: own.capacity,
      readAt: now,
      taken: 0,
    };
    const refilled = known.tokens + ((now - known.readAt) / 1_000) * known.perSecond;
    const bucket = Object.assign(known, {
      tokens: Math.min(known.capacity, refilled),
      readAt: now,
    });
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
