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

/** Finds where the first command of a line begins; -1 without one. What follows may be more than a command. */
export function commandAt(line: string): number {
  return line.search(/(?<![^\s(])(?:npx cordon|aws|kubectl) [a-z]/);
}

/** A part of a line, as text or as code: there no channel makes other quotes of a command's. */
export interface Piece {
  readonly text: string;
  readonly isCode: boolean;
}

/** Takes a line apart where its first command begins. */
export function piecesOf(line: string): readonly Piece[] {
  const at = commandAt(line);
  if (at === -1) return [{ text: line, isCode: false }];
  const before = { text: line.slice(0, at), isCode: false };
  return [...(at === 0 ? [] : [before]), { text: line.slice(at), isCode: true }];
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
    // A shorter command would do something else.
    const isCommand = commandAt(text) !== -1;
    return isCommand ? "A command that is too long for this channel." : plain(text, room.line);
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
  const lines = (of: readonly string[]) => of.map(text).filter((line) => line !== "");
  // Cordon's own texts: the rest of the line that names the page, and the fact that is a link alone.
  const around = (of: string) => {
    const [url] = own.filter((each) => of.endsWith(each));
    return url === undefined ? text(of) : `${text(of.slice(0, -url.length))} ${url}`;
  };
  const { page, tally, ...kept } = message;
  return {
    ...kept,
    heading: text(message.heading),
    lead: lines(message.lead),
    facts: message.facts.map(({ name, value }) => ({
      name,
      // No channel takes an empty text.
      value: own.includes(value) ? value : text(value) || "(empty)",
    })),
    sections: message.sections.map(({ title, lines: of }) => ({
      title: text(title),
      lines: lines(of),
    })),
    closing: lines(message.closing),
    ...(page && { page: around(page) }),
    ...(tally && text(tally) && { tally: text(tally) }),
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
