/**
 * Posts to a channel of Teams, by the workflow "Send webhook alerts to a channel". A workflow answers before
 * it posts, names no message and takes no thread.
 */
import type { Channel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { teamsPost } from "../notify/forms/teams";
import { ask, partsOf } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

export function teams(
  { secret }: Channel & { readonly type: "teams" },
  ports: ChannelPorts,
): ChannelClient {
  return {
    async post(message) {
      // The URL has its own signature: whoever has it may post.
      const url = await secretOf(secret, /^https:\/\/\S+$/, "the workflow's https URL", ports);
      const who = `Teams, with the secret ${secret},`;
      const body = teamsPost(message);
      // A workflow may answer with a text of its own.
      await ask({ who, url, body, secrets: partsOf(url), expects: "no-page" }, ports.fetch);
      return {};
    },
  };
}
