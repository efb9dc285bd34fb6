/**
 * Writes a message for Jira Cloud in Atlassian Document Format, whose texts have no markup:
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure.
 */
import { type Fact, headed, type Message, type Section } from "../message";
import { cut, fitted, liveLinks, piecesOf } from "./words";

const summaryLimit = 255;
/** Jira refuses 32,767 characters as CONTENT_LIMIT_EXCEEDED: https://jira.atlassian.com/browse/JRACLOUD-78553. */
const room = {
  line: 2_000,
  whole: 30_000,
  weigh: (line: string) => JSON.stringify(line).length + 140,
};

export interface JiraDocument {
  readonly type: "doc";
  readonly version: 1;
  readonly content: readonly object[];
}

export interface JiraIssue {
  readonly summary: string;
  readonly description: JiraDocument;
}

export function jiraIssue(whole: Message): JiraIssue {
  const message = fitted(whole, room);
  return { summary: cut(headed(message), summaryLimit), description: documentOf(message) };
}

/** @param remark what the channel itself has to say, after everything else */
export function jiraComment(whole: Message, remark?: string): JiraDocument {
  const message = fitted(whole, room);
  const { closing } = message;
  return documentOf(remark === undefined ? message : { ...message, closing: [...closing, remark] });
}

type Mark = { readonly type: "strong" } | { readonly type: "code" };

const text = (value: string, ...marks: readonly Mark[]) => ({
  type: "text",
  text: value,
  ...(marks.length > 0 && { marks }),
});
const line = (value: string) =>
  piecesOf(value).map(({ text: of, isCode }) => (isCode ? text(of, { type: "code" }) : text(of)));
const paragraph = (...content: readonly object[]) => ({ type: "paragraph", content });
const listOf = (items: readonly object[]) => ({
  type: "bulletList",
  content: items.map((item) => ({ type: "listItem", content: [item] })),
});

function documentOf(message: Message): JiraDocument {
  const { lead, facts, sections, closing, page, tally } = message;
  const links = liveLinks(message);
  return {
    type: "doc",
    version: 1,
    content: [
      paragraph(text(headed(message), { type: "strong" })),
      ...lead.map((each) => paragraph(...line(each))),
      ...(facts.length > 0 ? [listOf(facts.map(factOf))] : []),
      ...sections.flatMap(sectionOf),
      ...[...closing, page, tally].filter((each) => each).map((each) => paragraph(...line(each!))),
      ...links.map(({ title, url }) =>
        paragraph({ type: "text", text: title, marks: [{ type: "link", attrs: { href: url } }] }),
      ),
    ],
  };
}

function factOf({ name, value }: Fact): object {
  return paragraph(text(`${name}: `, { type: "strong" }), ...line(value));
}

function sectionOf({ title, lines }: Section): readonly object[] {
  return [
    paragraph(text(title, { type: "strong" })),
    listOf(lines.map((each) => paragraph(...line(each)))),
  ];
}
