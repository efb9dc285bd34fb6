/** Parses calls that CloudTrail reports through EventBridge. */
import * as z from "zod/mini";
import type { ApiCalls } from "../catalogue/calls";
import {
  accountId,
  type Detected,
  ofAnother,
  refusal,
  refused,
  regionName,
  timestamp,
} from "./detected";

export interface Call {
  readonly kind: "call";
  readonly account: string;
  readonly region: string;
  readonly eventName: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Makes the parser of some calls. Account and region are the envelope's, which EventBridge writes, and
 * the detail must agree with them: nothing is done in a place that only the detail names.
 *
 * @param what names such an event, for the reason of a refusal
 */
export function callParser(
  what: string,
  ...calls: readonly [ApiCalls, ...ApiCalls[]]
): (input: unknown) => Call | Extract<Detected, { readonly kind: "refused" }> {
  const schemas = new Map<unknown, ReturnType<typeof schemaOf>>(
    calls.map((each) => [each.source, schemaOf(each)]),
  );
  const first = schemaOf(calls[0]);
  return (input) => {
    const { source } = (input ?? {}) as { readonly source?: unknown };
    const parsed = (schemas.get(source) ?? first).safeParse(input);
    if (!parsed.success) return refused(what, parsed.error);
    const { account, region, time, detail } = parsed.data;
    const { eventName, awsRegion } = detail;
    if (awsRegion !== region) {
      return refusal(`The event of ${region} is about ${awsRegion}`);
    }
    const foreign = ofAnother(account, detail);
    if (foreign !== undefined) return foreign;
    return { kind: "call", account, region, eventName, at: Date.parse(time) };
  };
}

function schemaOf({ source, detailType, eventSource, eventNames }: ApiCalls) {
  return z.object({
    source: z.literal(source),
    "detail-type": z.literal(detailType),
    account: accountId,
    region: regionName,
    time: timestamp,
    detail: z.object({
      eventSource: z.literal(eventSource),
      eventName: z.enum(eventNames),
      awsRegion: regionName,
      recipientAccountId: z.optional(accountId),
      errorCode: z.optional(z.undefined()),
    }),
  });
}
