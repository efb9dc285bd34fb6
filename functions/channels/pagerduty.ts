/** Opens and resolves alerts of a PagerDuty service: Events API v2. */
import type { Channel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { pagerDutyEvent } from "../notify/forms/pagerduty";
import { ask } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

/** https://support.pagerduty.com/docs/service-regions: an account is in one of them. */
const hosts = { us: "events.pagerduty.com", eu: "events.eu.pagerduty.com" } as const;

export function pagerDuty(
  { region = "us", secret }: Channel & { readonly type: "pagerduty" },
  ports: ChannelPorts,
): ChannelClient {
  return {
    async post(message, { id, at, thread }) {
      const event = pagerDutyEvent(message, id, at);
      // A resolve without an open alert is dropped by PagerDuty: there was nothing to resolve.
      if (event === undefined || (event.event_action === "resolve" && thread === undefined)) {
        return thread === undefined ? {} : { thread };
      }
      const key = await secretOf(
        secret,
        /^[A-Za-z0-9]{32}$/,
        "an integration key of 32 characters, Events API v2",
        ports,
      );
      await ask(
        {
          who: `PagerDuty, with the secret ${secret},`,
          url: `https://${hosts[region]}/v2/enqueue`,
          body: { routing_key: key, ...event },
          secrets: [key],
        },
        ports.fetch,
      );
      return message.origin?.incident === undefined ? {} : { thread: event.dedup_key };
    },
  };
}
