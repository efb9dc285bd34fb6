/** What responders read, as values: the form of every channel derives from it, and from nothing else. */
import type { About } from "../catalogue/channels";
import { oneLine } from "../model/plain-text";
import type { Urgency } from "./urgency";

/** A name and its value: "Account" and "payments (111122223333), eu-west-1". */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Lines under a title. Each is one line, since they quote names that strangers chose. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** An address that Cordon wrote: strangers' texts hold none that a reader could follow. */
interface Link {
  readonly title: string;
  readonly url: string;
}

/** What channels choose messages by, and what threads and tickets go by. */
export interface Origin {
  /** The account that it is about. */
  readonly account: string;
  readonly region: string;
  /** Of the finding: 0 to 10. */
  readonly severity: number;
  /** The finding's type. */
  readonly type: string;
  /** The incident's id, where one is recorded: messages of one incident belong together. */
  readonly incident?: string;
  /** A responder asked for what it answers. */
  readonly asked?: true;
  /** Whose finding Security Hub imported: of others than AWS an account writes as many as it likes. */
  readonly imported?: "aws" | "others";
  /** Whether the incident is over: its ticket is closed with this message. */
  readonly closes?: true;
  readonly links: readonly Link[];
}

export interface Message {
  readonly urgency: Urgency;
  /** What happened, and to what. */
  readonly heading: string;
  /** Sentences before everything else. */
  readonly lead: readonly string[];
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  /** Sentences after everything else. */
  readonly closing: readonly string[];
  /** Where people on a phone read and answer it: a link ends, and another one is no news. */
  readonly page?: string;
  /** How often and when it was seen: it changes with every update, and is no news. */
  readonly tally?: string;
  /** Absent from what is about no account: digests, exceptions, brakes of the organization. */
  readonly origin?: Origin;
  /** Set where `origin` alone does not tell it: see `aboutOf`. */
  readonly about?: "key-rotation" | "incidents";
  /**
   * Of a message about the channels themselves: a test of them all, or the name of the one that failed,
   * which does not get it. What becomes of such a message causes no other one.
   */
  readonly channels?: "test" | { readonly failed: string };
}

/** Says what a message is about, for channels that take only some subjects. */
export function aboutOf({ about, origin }: Pick<Message, "about" | "origin">): About {
  return about ?? (origin === undefined ? "operations" : "incidents");
}

/** A part of a message, in the order in which it is read. */
export type Part = string | Fact | Section;

/** Lists lines under a title. */
export function section(title: string, lines: readonly string[]): Section {
  return { title, lines: lines.map(oneLine) };
}

/** Names a value, in one line. */
export function fact(name: string, value: string): Fact {
  return { name, value: oneLine(value) };
}

/** Sorts parts into a message; empty ones are left out. A sentence after the first section closes it. */
export function messageOf(
  urgency: Urgency,
  heading: string,
  parts: readonly Part[],
  origin?: Origin,
): Message {
  const sections = parts.filter((part) => isSection(part) && part.lines.length > 0) as Section[];
  const first = parts.findIndex(isSection);
  const sentences = (of: readonly Part[]) =>
    of.filter((part) => typeof part === "string" && part !== "") as string[];
  return {
    urgency,
    heading,
    lead: sentences(first === -1 ? parts : parts.slice(0, first)),
    facts: parts.filter((part) => typeof part === "object" && "name" in part) as Fact[],
    sections,
    closing: first === -1 ? [] : sentences(parts.slice(first)),
    ...(origin && { origin }),
  };
}

/** Says what it is and how urgent, in the first line that a reader sees. Never begins as a formula does. */
export function headed({ urgency, heading }: Pick<Message, "urgency" | "heading">): string {
  return `[Cordon] ${urgency === "urgent" ? "URGENT " : ""}${heading}`.trimEnd();
}

function isSection(part: Part): part is Section {
  return typeof part === "object" && "title" in part;
}

/** Width of the column of names in plain text. */
const nameWidth = 11;

/** Writes a message as plain text, which is what e-mail shows. */
export function textOf({ lead, facts, sections, closing, origin, page = "" }: Message): string {
  const known = facts.map(({ value }) => value);
  const links = (origin?.links ?? []).filter(
    ({ url }) => !known.includes(url) && !page.endsWith(url),
  );
  const blocks = [
    lead.join("\n"),
    facts.map(({ name, value }) => `${name.padEnd(nameWidth)}${value}`).join("\n"),
    sectionsText(sections),
    links.map(({ title, url }) => `${title.padEnd(nameWidth - 1)} ${url}`).join("\n"),
    closing.join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** Writes sections as plain text; empty ones are left out. */
export function sectionsText(sections: readonly Section[]): string {
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => [title, ...lines.map((line) => `  - ${line}`)].join("\n"))
    .join("\n\n");
}
