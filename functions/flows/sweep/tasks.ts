/** Reads what the sweeper is to do out of a message: an event of CloudTrail's, or its own. */
import * as z from "zod/mini";
import { networkCalls } from "../../catalogue/patterns";
import { accountId, refused, regionName, timestamp } from "../../detect/detected";
import type { GroupKey } from "../../model/member-account";

/** What the sweeper puts into its own queue. */
export type Task =
  /** Look at one account, in every governed region. */
  | { readonly task: "account"; readonly account: string }
  /** Look once more at an all-open group, and at the interfaces that were in it before. */
  | {
      readonly task: "look-again";
      readonly account: string;
      readonly region: string;
      readonly group: GroupKey;
      readonly held: readonly string[];
    };

export type Work =
  | Task
  /** Somebody changed a VPC, or the endpoints of some VPC of the region. */
  | {
      readonly task: "change";
      readonly account: string;
      readonly region: string;
      /** The one VPC it is about; undefined for what does not name one. */
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

// Events about endpoints name no VPC, or name it where no reference says: those are about a region.
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
 * Reads a message. Only the hub's rule and the sweeper itself may send any; no event of EventBridge's
 * has a field `task`, so none can pass for the sweeper's own.
 *
 * The account and region are the envelope's, which EventBridge writes. What the event's detail says
 * of them must agree: nothing is done in a place that an event only claims.
 */
export function workOf(message: unknown): Work {
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

function asRefused({ reason }: { readonly reason: string }): Work {
  return { task: "refused", reason };
}
