/**
 * Writes a message for PagerDuty's Events API v2:
 * https://developer.pagerduty.com/docs/events-api-v2/trigger-events.
 */
import { headed, type Message } from "../message";
import { cut, fitted, isEnd, liveLinks } from "./words";

const summaryLimit = 1_024;
/** The API takes 512 KB; what is longer than this nobody reads on a phone. */
const room = { line: 2_000, whole: 60_000 };

export type PagerDutyEvent =
  | { readonly event_action: "resolve"; readonly dedup_key: string }
  | {
      readonly event_action: "trigger";
      readonly dedup_key: string;
      readonly payload: {
        readonly summary: string;
        readonly source: string;
        readonly severity: "critical" | "error";
        readonly timestamp: string;
        readonly group?: string;
        readonly class?: string;
        readonly custom_details: object;
      };
      readonly links: readonly { readonly href: string; readonly text: string }[];
      readonly client: "Cordon";
    };

/**
 * Only an urgent message triggers: an event pages people, also one that is sent to an alert which somebody
 * resolved. A message that is not urgent has no event, but for the one that ends its incident: it resolves.
 *
 * @param id names the alert of a message without incident
 */
export function pagerDutyEvent(whole: Message, id: string, at: Date): PagerDutyEvent | undefined {
  const message = fitted(whole, room);
  const { origin, urgency, lead, facts, sections, closing, page, tally } = message;
  // At most 255 characters.
  const key = origin?.incident ?? id;
  if (isEnd(message)) return { event_action: "resolve", dedup_key: key };
  if (urgency !== "urgent") return undefined;
  return {
    event_action: "trigger",
    dedup_key: key,
    payload: {
      summary: cut(headed(message), summaryLimit),
      source: origin === undefined ? "Cordon" : `${origin.account}, ${origin.region}`,
      severity: (origin?.severity ?? 0) >= 9 ? "critical" : "error",
      timestamp: at.toISOString(),
      ...(origin && { group: origin.account, class: cut(origin.type, 255) }),
      custom_details: Object.fromEntries([
        ["What happened", headed(message)],
        ["About", lead.join("\n")],
        ...facts.map(({ name, value }) => [name, value]),
        ...sections.map(({ title, lines }) => [title, lines]),
        ["Notes", [...closing, ...(page ? [page] : []), ...(tally ? [tally] : [])].join("\n")],
      ]),
    },
    links: liveLinks(message).map(({ title, url }) => ({ href: url, text: title })),
    client: "Cordon",
  };
}
