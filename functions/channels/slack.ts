/** Posts to a channel of Slack, as a bot: chat.postMessage. */
import type { Channel } from "../catalogue/channels";
import { type ChannelClient, ChannelRefused, type Posted } from "../notify/channel";
import { slackPost } from "../notify/forms/slack";
import type { Message } from "../notify/message";
import { ask, textAt } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

/** Codes that may pass: https://docs.slack.dev/reference/methods/chat.postMessage. */
const passing = [
  "ratelimited",
  "rate_limited",
  "message_limit_exceeded",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "org_login_required",
];
/** The thread's first message is gone: somebody deleted it, or the channel is another one now. */
const threadGone = ["thread_not_found", "message_not_found", "cannot_reply_to_message"];

export function slack(
  { channel, secret }: Channel & { readonly type: "slack" },
  ports: ChannelPorts,
): ChannelClient {
  const who = `Slack, with the secret ${secret},`;
  const post = async (message: Message, thread?: string): Promise<Posted> => {
    const token = await secretOf(secret, /^xoxb-[\w-]+$/, "a bot's token, xoxb-…", ports);
    const { value } = await ask(
      {
        who,
        url: "https://slack.com/api/chat.postMessage",
        headers: { authorization: `Bearer ${token}` },
        body: slackPost(message, channel, thread),
        secrets: [token],
      },
      ports.fetch,
    );
    // Slack answers 200 to what it does not post, too.
    if ((value as { ok?: unknown } | null)?.ok === true) {
      const ts = textAt(value, "ts");
      return ts === undefined ? {} : { thread: thread ?? ts };
    }
    const code = (textAt(value, "error") ?? "nothing").slice(0, 100);
    if (thread !== undefined && threadGone.includes(code)) return post(message);
    const refusal = `${who} answered ${code.replace(/[^\w-]/g, "?")}`;
    throw passing.includes(code) ? new Error(refusal) : new ChannelRefused(refusal);
  };
  return { post: (message, { thread }) => post(message, thread) };
}
