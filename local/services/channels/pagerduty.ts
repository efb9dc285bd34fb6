/**
 * Stands in for PagerDuty's Events API v2: one service's integration key. Keeps alerts, and whom it paged
 * for. Strict: fields that it does not know are refused by name.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest } from "../internet";
import { isJson, json, read } from "./answers";

const key = z.string().length(32);
const dedup = z.string().min(1).max(255);
const event = z.discriminatedUnion("event_action", [
  z.strictObject({ routing_key: key, event_action: z.literal("resolve"), dedup_key: dedup }),
  z.strictObject({
    routing_key: key,
    event_action: z.literal("trigger"),
    dedup_key: dedup,
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: z.iso.datetime(),
      group: z.optional(z.string()),
      class: z.optional(z.string()),
      custom_details: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    }),
    links: z.array(z.strictObject({ href: z.url({ protocol: /^https$/ }), text: z.string() })),
    client: z.string(),
  }),
]);
const sizeLimit = 512 * 1_024;

interface PagerDutyAlert {
  readonly key: string;
  readonly summaries: string[];
  isOpen: boolean;
}

/** @param routingKey the integration key, 32 characters */
export function pagerDutyService(routingKey: string) {
  const alerts: PagerDutyAlert[] = [];
  const refused = (...errors: string[]) =>
    json(400, { status: "invalid event", message: "Event object is invalid", errors });
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (path !== "/v2/enqueue") return json(404, { message: `${path} is not known here` });
    if (method !== "POST" || !isJson(headers["content-type"])) return refused("Not JSON");
    if (Buffer.byteLength(body) > sizeLimit) return json(413, { message: "Too large" });
    const parsed = read(event, body);
    if ("wrong" in parsed) return refused(parsed.wrong);
    const { value } = parsed;
    if (value.routing_key !== routingKey) return refused("'routing_key' is invalid");
    const open = alerts.find((each) => each.isOpen && each.key === value.dedup_key);
    const done = { status: "success", message: "Event processed", dedup_key: value.dedup_key };
    if (value.event_action === "resolve") {
      if (open !== undefined) open.isOpen = false;
      return json(202, done, open && { subject: "Resolved", text: `Incident ${value.dedup_key}` });
    }
    const { summary, custom_details: details } = value.payload;
    if (open === undefined) {
      alerts.push({ key: value.dedup_key, summaries: [summary], isOpen: true });
    } else {
      open.summaries.push(summary);
    }
    const text = Object.entries(details).map(([name, of]) => `${name} ${[of].flat().join("\n")}`);
    return json(202, done, { subject: summary, text: text.join("\n") });
  };
  return { alerts, answer };
}
