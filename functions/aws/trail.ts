/** CloudTrail's event history of a member account. */
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import type { Trail } from "../history/event-history";
import { type Credentials, clientConfig } from "./client";

/** CloudTrail returns no more of them at once. */
const pageSize = 50;
/** A try gets less time than elsewhere: eight that stay unanswered must leave time to report. */
const tryMs = 8_000;

/**
 * Reads pages of the event history. People and other tools share the two look-ups a second that an
 * account has in a region, so throttling is the rule: it is tried again for about half a minute.
 */
export function trail(credentials: Credentials): Trail {
  const clients = new Map<string, CloudTrailClient>();
  const clientOf = (region: string) => {
    const client =
      clients.get(region) ??
      new CloudTrailClient({ ...clientConfig(region, credentials), maxAttempts: 8 });
    clients.set(region, client);
    return client;
  };
  return {
    async page(region, { by, value, from, to }, next, signal) {
      const { Events = [], NextToken } = await clientOf(region).send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: by, AttributeValue: value }],
          StartTime: from,
          EndTime: to,
          MaxResults: pageSize,
          NextToken: next,
        }),
        { requestTimeout: tryMs, ...(signal !== undefined && { abortSignal: signal }) },
      );
      return { events: Events, ...(NextToken !== undefined && { next: NextToken }) };
    },
  };
}
