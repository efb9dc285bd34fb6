/**
 * Writes a message for a Teams workflow that posts Adaptive Cards: version 1.4, whose TextRun knows no
 * Markdown (https://learn.microsoft.com/adaptive-cards/schema-explorer/text-run). TextBlock and FactSet
 * do (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format), so that
 * no text of a stranger is in one.
 */
import { headed, type Message, type Section } from "../message";
import { fitted, liveLinks, piecesOf } from "./words";

/**
 * Teams takes about 28 KB a message: https://learn.microsoft.com/connectors/teams, "Message size limit".
 * Counted as JSON in UTF-16, as Teams may, and far below, since it refuses no workflow's caller: a card that
 * is too large is lost in the workflow.
 */
const room = {
  line: 1_000,
  whole: 18_000,
  weigh: (line: string) => Math.max(bytes(line), 2 * line.length) + 80 + 100 * apart(line).length,
};

export interface TeamsPost {
  readonly type: "message";
  readonly attachments: readonly object[];
}

export function teamsPost(whole: Message): TeamsPost {
  const message = fitted(whole, room);
  const { lead, facts, sections, closing, page, tally } = message;
  const actions = liveLinks(message).map(({ title, url }) => ({
    type: "Action.OpenUrl",
    title,
    url,
  }));
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            block(run(headed(message), headingStyle(message))),
            ...lead.map((each) => block(lineRun(each))),
            ...facts.map(({ name, value }) =>
              block([...run(`${name}: `, { weight: "Bolder" }), ...lineRun(value)], "Small"),
            ),
            ...sections.flatMap(listOf),
            ...[...closing, ...(page ? [page] : []), ...(tally ? [tally] : [])].map((each) =>
              block(lineRun(each)),
            ),
          ],
          ...(actions.length > 0 && { actions }),
          msteams: { width: "Full" },
        },
      },
    ],
  };
}

function headingStyle({ urgency }: Message): object {
  const color = urgency === "urgent" ? { color: "Attention" } : {};
  return { size: "Large", weight: "Bolder", ...color };
}

function listOf({ title, lines }: Section): readonly object[] {
  return [
    block(run(title, { weight: "Bolder" })),
    ...lines.map((each) => block([...run("• ", {}), ...lineRun(each)], "Small")),
  ];
}

function lineRun(line: string): readonly object[] {
  return piecesOf(line).flatMap(({ text, isCode }) =>
    run(text, isCode ? { fontType: "Monospace" } : {}),
  );
}

function run(text: string, style: object): readonly object[] {
  return apart(text).map((piece) => ({ type: "TextRun", text: piece, ...style }));
}

/**
 * Takes text apart where a renderer would find a function: it evaluates {{DATE(…)}} and {{TIME(…)}} within a
 * run, too (text-formatters.ts of microsoft/AdaptiveCards), and not across two.
 */
function apart(text: string): readonly string[] {
  return text.split(/(?<=\{)(?=\{(?:DATE|TIME)\()/i);
}

function block(inlines: readonly object[], spacing?: "Small"): object {
  return { type: "RichTextBlock", inlines, ...(spacing && { spacing }) };
}

function bytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
