/** Parses a message of the sweeper's queue: a CloudTrail event, or a task of the sweeper's own. */
import * as z from "zod/mini";
import { networkCalls } from "../../catalogue/patterns";
import { accountId, refused, regionName, timestamp } from "../../detect/detected";
import type { GroupKey } from "../../model/member-account";

/** A task that the sweeper puts into its own queue. */
export type OwnTask =
  /** Sweep one account, in every governed region. */
  | { readonly task: "account"; readonly account: string }
  /** Inspect an all-open group again, and the interfaces that were in it before. */
  | {
      readonly task: "look-again";
      readonly account: string;
      readonly region: string;
      readonly group: GroupKey;
      readonly held: readonly string[];
    };

export type Task =
  | OwnTask
  /** A VPC, or the endpoints of some VPC of the region, changed. */
  | {
      readonly task: "change";
      readonly account: string;
      readonly region: string;
      /** The VPC that the event names, if it names one. */
      readonly vpc?: string;
      /** Milliseconds since 1970. */
      readonly at: number;
    }
  | { readonly task: "refused"; readonly reason: string };

const vpcId = z.string().check(z.regex(/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/, "must be a VPC's id"));

const change = z.object({
  source: z.literal(networkCalls.source),
  "detail-type": z.literal(networkCalls.detailType),
  account: accountId,
  region: regionName,
  time: timestamp,
  detail: z.object({
    eventSource: z.literal(networkCalls.eventSource),
    eventName: z.enum(networkCalls.eventNames),
    awsRegion: regionName,
    recipientAccountId: z.optional(accountId),
    errorCode: z.optional(z.undefined()),
  }),
});

// Events about endpoints name no VPC, or in a field that AWS does not document: they concern a region.
const creation = z.object({
  detail: z.object({ responseElements: z.object({ vpc: z.object({ vpcId }) }) }),
});

const task = z.discriminatedUnion("task", [
  z.object({ task: z.literal("account"), account: accountId }),
  z.object({
    task: z.literal("look-again"),
    account: accountId,
    region: regionName,
    group: z.object({ vpc: vpcId, name: z.string() }),
    held: z.array(z.string()),
  }),
]);

/**
 * Parses a message. Only the hub's rule and the sweeper itself may send any; no EventBridge event
 * has a field `task`, so none can pass for a task of the sweeper's own.
 *
 * The account and region come from the envelope, which EventBridge writes. The event's detail must
 * agree with them: nothing is done in a place that only the detail names.
 */
export function taskOf(message: unknown): Task {
  if (typeof message === "object" && message !== null && "task" in message) {
    const own = task.safeParse(message);
    return own.success ? own.data : asRefused(refused("a task of the sweeper's", own.error));
  }
  const parsed = change.safeParse(message);
  if (!parsed.success) return asRefused(refused("a change of a VPC", parsed.error));
  const { account, region, time, detail } = parsed.data;
  if (detail.awsRegion !== region) {
    return { task: "refused", reason: `The event of ${region} is about ${detail.awsRegion}` };
  }
  if ((detail.recipientAccountId ?? account) !== account) {
    return {
      task: "refused",
      reason: `The event of ${account} is about ${detail.recipientAccountId}`,
    };
  }
  const place = { task: "change", account, region, at: Date.parse(time) } as const;
  if (detail.eventName !== "CreateVpc") return place;
  const created = creation.safeParse(message);
  if (!created.success) return asRefused(refused("a new VPC", created.error));
  return { ...place, vpc: created.data.detail.responseElements.vpc.vpcId };
}

function asRefused({ reason }: { readonly reason: string }): Task {
  return { task: "refused", reason };
}
