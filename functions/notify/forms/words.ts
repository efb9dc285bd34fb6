/**
 * Prepares a message for a channel: strangers' texts can neither break a line nor become a link, and what
 * does not fit is cut where a reader sees it.
 */
import { command } from "../../model/command";
import { oneLine, plain } from "../../model/plain-text";
import { type Fact, type Message, type Section, textOf } from "../message";

/** How much a channel takes. */
export interface Room {
  /** Most characters of a line. */
  readonly line: number;
  /** Most of everything, as `weigh` counts it. */
  readonly whole: number;
  /** Counts a line, with what the form puts around it. @default its characters and 8 */
  readonly weigh?: (line: string) => number;
}

/** Says what it is and how urgent, as the subject of e-mail does. Never begins as a formula does. */
export function headed({ urgency, heading }: Message): string {
  return `[Cordon] ${urgency === "urgent" ? "URGENT " : ""}${heading}`;
}

/** Finds where the first command of a line begins; -1 without one. */
export function commandAt(line: string): number {
  return line.search(/(?<![^\s(])(?:npx cordon|aws|kubectl) [a-z]/);
}

/** Checks whether a line has a command: it is shown as code, and is never cut to another one. */
export function isCommand(line: string): boolean {
  return commandAt(line) !== -1;
}

/**
 * Checks whether a message ends its incident's alert or ticket. Under an urgent one people have still
 * something to do: they close it.
 */
export function isEnd({ urgency, origin }: Message): boolean {
  return origin?.closes === true && urgency !== "urgent";
}

/** Lists the links that a channel may make live: Cordon wrote them. */
export function liveLinks({ origin }: Message) {
  return (origin?.links ?? []).filter(
    ({ url }) => URL.canParse(url) && new URL(url).protocol === "https:" && url.length <= 2_000,
  );
}

/** Keeps every text to one line without a live link, and cuts what is too much for a channel. */
export function fitted(whole: Message, room: Room): Message {
  const message = inert(whole);
  const { weigh = (line: string) => line.length + 8 } = room;
  const rest = restOf(message);
  let left = room.whole - weigh(rest);
  let isCut = false;
  const lineOf = (text: string): string => {
    if (text.length <= room.line) return text;
    isCut = true;
    return isCommand(text)
      ? "A command that is too long for this channel."
      : plain(text, room.line);
  };
  // What comes after the first line that does not fit is left out, too: a gap would mislead.
  const take = (text: string): readonly string[] => {
    const line = lineOf(text);
    const weight = weigh(line);
    if (weight > left) {
      left = 0;
      isCut = true;
      return [];
    }
    left -= weight;
    return [line];
  };
  const takeAll = (lines: readonly string[]) => lines.flatMap(take);
  const factOf = ({ name, value }: Fact): readonly Fact[] => {
    left -= name.length;
    const [line] = take(value);
    return line === undefined ? [] : [{ name, value: line }];
  };
  const sectionOf = ({ title, lines }: Section): readonly Section[] => {
    const taken = take(title).length === 0 ? [] : takeAll(lines);
    return taken.length === 0 ? [] : [{ title, lines: taken }];
  };
  const heading = lineOf(message.heading);
  left -= weigh(heading);
  const [page] = message.page === undefined ? [] : take(message.page);
  const lead = takeAll(message.lead);
  const facts = message.facts.flatMap(factOf);
  const sections = message.sections.flatMap(sectionOf);
  const closing = takeAll(message.closing);
  const [tally] = message.tally === undefined ? [] : take(message.tally);
  const { page: _, tally: __, ...kept } = message;
  return {
    ...kept,
    heading,
    lead,
    facts,
    sections,
    closing: isCut ? [...closing, rest] : closing,
    ...(page !== undefined && { page }),
    ...(tally !== undefined && { tally }),
  };
}

function restOf({ origin }: Message): string {
  return origin?.incident === undefined
    ? "Cut here. The notice topic has the whole message."
    : `Cut here. The rest: ${command`npx cordon show ${origin.incident}`}`;
}

function inert(message: Message): Message {
  const own = liveLinks(message).map(({ url }) => url);
  const text = (of: string) => unlinked(oneLine(of));
  // Cordon's own texts: the rest of the line that names the page, and the fact that is a link alone.
  const around = (of: string) => {
    const [url] = own.filter((each) => of.endsWith(each));
    return url === undefined ? text(of) : `${text(of.slice(0, -url.length))} ${url}`;
  };
  const { page, tally } = message;
  return {
    ...message,
    heading: text(message.heading),
    lead: message.lead.map(text),
    facts: message.facts.map(({ name, value }) => ({
      name,
      value: own.includes(value) ? value : text(value),
    })),
    sections: message.sections.map(({ title, lines }) => ({
      title: text(title),
      lines: lines.map(text),
    })),
    closing: message.closing.map(text),
    ...(page !== undefined && { page: around(page) }),
    ...(tally !== undefined && { tally: text(tally) }),
  };
}

/** Programs make links of these: an address with its scheme, and one that begins as web sites do. */
function unlinked(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*):\/\//gi, "$1[:]//")
    .replace(/\b(www|ftp)\./gi, "$1[.]")
    .replace(/\b(mailto|javascript):/gi, "$1[:]");
}

/** Writes everything but the heading as plain text. */
export function bodyOf(message: Message): string {
  const { page, tally } = message;
  return [textOf(message).trim(), page, tally].filter((block) => block).join("\n\n");
}

/** Cuts a text at a length, without halving a character. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : plain(text, limit);
}

/** Escapes what begins markup in HTML, and in Slack's texts. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
