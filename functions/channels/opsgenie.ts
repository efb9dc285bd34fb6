/** Opens, notes and closes alerts of Opsgenie: Alert API. */
import type { Channel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { type OpsgenieRequest, opsgenieRequests } from "../notify/forms/opsgenie";
import { ask } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

const hosts = { us: "api.opsgenie.com", eu: "api.eu.opsgenie.com" } as const;

export function opsgenie(
  { region, secret }: Channel & { readonly type: "opsgenie" },
  ports: ChannelPorts,
): ChannelClient {
  const base = `https://${hosts[region]}/v2/alerts`;
  const urlOf = (request: OpsgenieRequest) => {
    if (request.kind === "create") return base;
    const action = request.kind === "note" ? "notes" : "close";
    return `${base}/${encodeURIComponent(request.alias)}/${action}?identifierType=alias`;
  };
  return {
    async post(message, { id, thread }) {
      const requests = opsgenieRequests(message, id, thread);
      if (requests.length === 0) return thread === undefined ? {} : { thread };
      const key = await secretOf(secret, /^[\w-]{20,64}$/, "an API key", ports);
      for (const request of requests) {
        await ask(
          {
            who: `Opsgenie, with the secret ${secret},`,
            url: urlOf(request),
            headers: { authorization: `GenieKey ${key}` },
            body: request.body,
            secrets: [key],
          },
          ports.fetch,
        );
      }
      const { origin } = message;
      return origin?.incident === undefined ? {} : { thread: origin.incident };
    },
  };
}
