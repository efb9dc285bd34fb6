/** Parses a message of the sweeper's queue: a CloudTrail event, or a task of the sweeper's own. */
import * as z from "zod/mini";
import { networkCalls } from "../../catalogue/calls";
import { callParser } from "../../detect/api-call";
import { accountId, refused, regionName } from "../../detect/detected";
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

const changeOf = callParser("a change of a VPC", networkCalls);

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
 */
export function taskOf(message: unknown): Task {
  if (typeof message === "object" && message !== null && "task" in message) {
    const own = task.safeParse(message);
    return own.success ? own.data : asRefused(refused("a task of the sweeper's", own.error));
  }
  const call = changeOf(message);
  if (call.kind === "refused") return asRefused(call);
  const { account, region, at } = call;
  const place = { task: "change", account, region, at } as const;
  if (call.eventName !== "CreateVpc") return place;
  const created = creation.safeParse(message);
  if (!created.success) return asRefused(refused("a new VPC", created.error));
  return { ...place, vpc: created.data.detail.responseElements.vpc.vpcId };
}

function asRefused({ reason }: { readonly reason: string }): Task {
  return { task: "refused", reason };
}
