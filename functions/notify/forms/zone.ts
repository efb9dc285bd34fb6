/** Shows the times of a message in the time zone of its readers. */
import type { Message } from "../message";
import { commandAt } from "./words";

/** A time as Cordon and AWS write it, on its own: never part of an address, a name or an option. */
const time = /(?<![^\s(,;])\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z(?=$|[\s),;:.])/g;

/**
 * Shows the times in a message's texts in a time zone, such as "30 Nov 2026, 11:20:05 GMT+1". What stands
 * in or after a command stays as it is: the command needs it so.
 *
 * @param timeZone an IANA name
 */
export function inZone(message: Message, timeZone: string): Message {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "shortOffset",
  });
  const shown = (found: string) => {
    const at = new Date(found);
    return Number.isNaN(at.getTime()) ? found : format.format(at);
  };
  const text = (of: string) => {
    const command = commandAt(of);
    const from = command === -1 ? of.length : command;
    return of.slice(0, from).replace(time, shown) + of.slice(from);
  };
  const { page, tally } = message;
  return {
    ...message,
    heading: text(message.heading),
    lead: message.lead.map(text),
    facts: message.facts.map(({ name, value }) => ({ name, value: text(value) })),
    sections: message.sections.map(({ title, lines }) => ({
      title: text(title),
      lines: lines.map(text),
    })),
    closing: message.closing.map(text),
    ...(page !== undefined && { page: text(page) }),
    ...(tally !== undefined && { tally: text(tally) }),
  };
}
