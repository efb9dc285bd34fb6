/**
 * Writes a message for Slack's chat.postMessage: a header, and rich text, whose text elements Slack takes
 * literally: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block. A thread has all messages of
 * an incident; an urgent one is shown in the channel, too.
 */
import { headed, type Message, type Section } from "../message";
import { cut, escaped, fitted, liveLinks, piecesOf } from "./words";

/** https://docs.slack.dev/reference/block-kit/blocks/header-block */
const headerLimit = 150;
/**
 * Slack refuses blocks of about 13,200 characters, what surrounds their texts included, as
 * msg_blocks_too_long, and does not document it: https://github.com/slackapi/bolt-js/issues/2509, and
 * issue 2867, in which 11,341 characters of text were refused.
 */
const room = {
  line: 1_000,
  whole: 11_000,
  weigh: (line: string) => JSON.stringify(line).length + 110,
};

export interface SlackPost {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly object[];
  readonly mrkdwn: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly thread_ts?: string;
  readonly reply_broadcast?: true;
}

/** @param thread the `ts` of the incident's first message */
export function slackPost(whole: Message, channel: string, thread?: string): SlackPost {
  const message = fitted(whole, room);
  const heading = headed(message);
  return {
    channel,
    // What notifications on phones show. All markup begins with one of three characters:
    // https://docs.slack.dev/messaging/formatting-message-text.
    text: escaped(heading),
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: cut(heading, headerLimit), emoji: false },
      },
      { type: "rich_text", elements: elementsOf(message, heading.length > headerLimit) },
    ],
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    ...(thread !== undefined && { thread_ts: thread }),
    ...(thread !== undefined && message.urgency === "urgent" && { reply_broadcast: true as const }),
  };
}

type Style = { readonly bold?: true; readonly code?: true };

const text = (value: string, style?: Style) => ({
  type: "text",
  text: value,
  ...(style && { style }),
});
const line = (value: string) =>
  piecesOf(value).map(({ text: of, isCode }) => text(of, isCode ? { code: true } : undefined));
const part = (...elements: readonly object[]) => ({ type: "rich_text_section", elements });

function elementsOf(message: Message, withHeading: boolean): readonly object[] {
  const { lead, facts, sections, closing, page, tally } = message;
  const paragraph = (lines: readonly string[]) =>
    lines.map((each) => part(...line(each), text("\n")));
  const links = liveLinks(message);
  return [
    ...(withHeading ? [part(text(headed(message), { bold: true }), text("\n"))] : []),
    ...paragraph(lead),
    ...facts.map(({ name, value }) =>
      part(text(`${name}: `, { bold: true }), ...line(value), text("\n")),
    ),
    ...sections.flatMap(listOf),
    ...paragraph([...closing, ...(page ? [page] : [])]),
    ...paragraph(tally ? [tally] : []),
    // Links and no buttons: Slack marks a button as broken once it is pressed, where the app has no
    // endpoint for interactivity: https://github.com/slackapi/node-slack-sdk/issues/869.
    ...links.map(({ title, url }) =>
      part({ type: "link", url, text: title, style: { bold: true } }, text("\n")),
    ),
  ];
}

function listOf({ title, lines }: Section): readonly object[] {
  return [
    part(text("\n"), text(title, { bold: true })),
    { type: "rich_text_list", style: "bullet", elements: lines.map((each) => part(...line(each))) },
  ];
}
