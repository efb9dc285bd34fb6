/**
 * Stands in for Slack's chat.postMessage, as https://docs.slack.dev/reference/methods/chat.postMessage and
 * the reference of Block Kit document it: one bot's token, some channels. Strict: it knows headers and
 * rich text alone, and refuses everything else by name. What it leaves out: rate limits.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest } from "../internet";
import { isJson, json, read } from "./answers";

interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly thread?: string;
  readonly broadcast: boolean;
  readonly header: string;
  /** What the rich text shows: a line an element, `code` in back quotes, links as [title](url). */
  readonly shown: string;
}

const style = z.strictObject({
  bold: z.optional(z.literal(true)),
  code: z.optional(z.literal(true)),
});
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1).max(3_000),
  style: z.optional(style),
});
const link = z.strictObject({
  type: z.literal("link"),
  url: z.string().max(3_000).startsWith("https://"),
  text: z.string().min(1),
  style: z.optional(style),
});
const section = z.strictObject({
  type: z.literal("rich_text_section"),
  elements: z.array(z.discriminatedUnion("type", [text, link])).min(1),
});
const list = z.strictObject({
  type: z.literal("rich_text_list"),
  style: z.literal("bullet"),
  elements: z.array(section).min(1),
});
const header = z.strictObject({
  type: z.literal("header"),
  text: z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(150),
    emoji: z.boolean(),
  }),
});
const richText = z.strictObject({
  type: z.literal("rich_text"),
  elements: z.array(z.discriminatedUnion("type", [section, list])).min(1),
});
const post = z.strictObject({
  channel: z.string(),
  text: z.string().min(1).max(40_000),
  blocks: z.tuple([header, richText]),
  mrkdwn: z.boolean(),
  unfurl_links: z.boolean(),
  unfurl_media: z.boolean(),
  thread_ts: z.optional(z.string()),
  reply_broadcast: z.optional(z.boolean()),
});
/** Characters of blocks, as JSON, that Slack has been seen to take. */
const blocksLimit = 13_000;

export function slackWorkspace({
  token,
  channels,
}: {
  readonly token: string;
  readonly channels: readonly string[];
}) {
  const messages: SlackMessage[] = [];
  const refused = (error: string, ...reasons: string[]) =>
    json(200, { ok: false, error, response_metadata: { messages: reasons } });
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (path !== "/api/chat.postMessage") return refused("unknown_method");
    if (method !== "POST" || !isJson(headers["content-type"])) return refused("invalid_post_type");
    if (headers.authorization === undefined) return refused("not_authed");
    if (headers.authorization !== `Bearer ${token}`) return refused("invalid_auth");
    const parsed = read(post, body);
    if ("wrong" in parsed) return refused("invalid_blocks", parsed.wrong);
    const { channel, blocks, thread_ts: thread, reply_broadcast } = parsed.value;
    if (JSON.stringify(blocks).length > blocksLimit) return refused("msg_blocks_too_long");
    if (!channels.includes(channel)) return refused("channel_not_found");
    if (thread !== undefined && !messages.some(({ ts }) => ts === thread)) {
      return refused("thread_not_found");
    }
    const ts = `${1_795_000_000 + messages.length}.000100`;
    const shown = shownIn(blocks[1]);
    const subject = blocks[0].text.text;
    messages.push({
      channel,
      ts,
      ...(thread !== undefined && { thread }),
      broadcast: reply_broadcast === true,
      header: subject,
      shown,
    });
    return json(200, { ok: true, channel, ts }, { subject, text: shown });
  };
  return { messages, answer };
}

function shownIn({ elements }: z.infer<typeof richText>): string {
  const one = (each: z.infer<typeof section>) =>
    each.elements
      .map((part) => {
        if (part.type === "link") return `[${part.text}](${part.url})`;
        return part.style?.code ? `\`${part.text}\`` : part.text;
      })
      .join("");
  return elements
    .map((each) =>
      each.type === "rich_text_list"
        ? each.elements.map((item) => `• ${one(item)}\n`).join("")
        : `${one(each)}${one(each).endsWith("\n") ? "" : "\n"}`,
    )
    .join("")
    .trim();
}
