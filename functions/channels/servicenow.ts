/** Opens a record of ServiceNow's table of incidents for each incident, notes on it, and resolves it. */
import type { Channel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { serviceNowCreation, serviceNowUpdate } from "../notify/forms/servicenow";
import { ask, type Request, textAt } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

export function serviceNow(
  { site, user, secret }: Channel & { readonly type: "servicenow" },
  ports: ChannelPorts,
): ChannelClient {
  const query = "?sysparm_fields=sys_id,number";
  return {
    async post(message, { id, thread }) {
      const password = await secretOf(secret, /^.{8,}$/, "the password of the user", ports);
      const basic = Buffer.from(`${user}:${password}`).toString("base64");
      const api = (path: string, request: Pick<Request, "body" | "method" | "known">) =>
        ask(
          {
            who: `ServiceNow at ${site}, with the secret ${secret},`,
            url: `${site}/api/now/table/incident${path}${query}`,
            headers: { authorization: `Basic ${basic}` },
            secrets: [password, basic],
            ...request,
          },
          ports.fetch,
        );
      if (thread !== undefined) {
        const path = `/${encodeURIComponent(thread)}`;
        const body = serviceNowUpdate(message);
        // Somebody may have deleted the record.
        const { status } = await api(path, { method: "PATCH", body, known: [404] });
        if (status !== 404) return { thread };
      }
      const { value } = await api("", { body: serviceNowCreation(message, id) });
      const record = textAt(value, "result", "sys_id");
      if (record === undefined) throw new Error(`ServiceNow at ${site} named no record`);
      return message.origin?.incident === undefined ? {} : { thread: record };
    },
  };
}
