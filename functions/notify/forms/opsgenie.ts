/**
 * Writes a message for Opsgenie's Alert API: https://docs.opsgenie.com/docs/alert-api. Opsgenie shows HTML
 * in messages and descriptions (https://docs.opsgenie.com/docs/alerts-and-alert-fields), so that every
 * text is escaped.
 */
import { oneLine } from "../../model/plain-text";
import { headed, type Message } from "../message";
import { bodyOf, escaped, fitted, isEnd, liveLinks } from "./words";

const messageLimit = 130;
/** 15,000 of a description; a note takes 25,000. Escaped, a line may be five times as long. */
const room = {
  line: 1_000,
  whole: 13_500,
  weigh: (line: string) => escaped(line).length + 14,
};

interface OpsgenieAlert {
  readonly message: string;
  readonly alias: string;
  readonly description: string;
  readonly priority: "P1" | "P2";
  readonly source: "Cordon";
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
}

/** One request each, in order: to open an alert, to add a note to it, to close it. */
export type OpsgenieRequest =
  | { readonly kind: "create"; readonly body: OpsgenieAlert }
  | {
      readonly kind: "note" | "close";
      readonly alias: string;
      readonly body: { readonly note: string; readonly source: "Cordon" };
    };

/**
 * Only an urgent message opens an alert, since that pages people. One that is not urgent is a note on the
 * incident's alert, which pages nobody; without an alert it is not sent. One that ends its incident closes.
 *
 * @param id names the alert of a message without incident
 * @param thread the alias of the incident's alert
 */
export function opsgenieRequests(
  whole: Message,
  id: string,
  thread?: string,
): readonly OpsgenieRequest[] {
  const message = fitted(whole, room);
  const { origin, urgency } = message;
  const alias = origin?.incident ?? id;
  const text = escaped(`${headed(message)}\n\n${bodyOf(message)}`);
  const note = { note: text, source: "Cordon" } as const;
  if (isEnd(message)) return thread === undefined ? [] : [{ kind: "close", alias, body: note }];
  if (urgency !== "urgent") {
    return thread === undefined ? [] : [{ kind: "note", alias, body: note }];
  }
  const alert: OpsgenieAlert = {
    message: escapedTo(headed(message), messageLimit),
    alias,
    description: text,
    priority: (origin?.severity ?? 0) >= 9 ? "P1" : "P2",
    source: "Cordon",
    tags: ["cordon"],
    // All together at most 8,000 characters.
    details: {
      ...(origin && { account: origin.account, region: origin.region }),
      ...(origin?.incident && { incident: origin.incident }),
      ...Object.fromEntries(
        liveLinks(message)
          .slice(0, 3)
          .map(({ title, url }) => [title, url]),
      ),
    },
  };
  // Where the alert is open already, this one only counts up: the note says what is new.
  const more: readonly OpsgenieRequest[] =
    thread === undefined ? [] : [{ kind: "note", alias, body: note }];
  return [{ kind: "create", body: alert }, ...more];
}

/** Escapes and cuts a line at a length, whole characters of it. */
function escapedTo(text: string, limit: number): string {
  const whole = escaped(text);
  if (whole.length <= limit) return whole;
  let short = "";
  for (const character of text) {
    const next = short + escaped(character);
    if (next.length > limit - 1) break;
    short = next;
  }
  return `${oneLine(short)}…`;
}
