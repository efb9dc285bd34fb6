/**
 * Posts to a web server, signed as Standard Webhooks has it, so that its libraries verify it:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
 */
import { createHmac } from "node:crypto";
import type { Channel } from "../catalogue/channels";
import { type ChannelClient, ChannelRefused } from "../notify/channel";
import { messageJson } from "../notify/forms/json";
import { ask, partsOf, textAt } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

export function webhook(
  { secret }: Channel & { readonly type: "webhook" },
  ports: ChannelPorts,
): ChannelClient {
  return {
    async post(message, { id, at }) {
      const { url, key } = await readSecret(secret, ports);
      const body = messageJson(message, id, at);
      const seconds = String(Math.floor(ports.now().getTime() / 1_000));
      await ask(
        {
          who: `The webhook of the secret ${secret}`,
          url,
          headers: {
            "webhook-id": id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(key, id, seconds, body),
          },
          body,
          secrets: [...partsOf(url), key],
          expects: "anything",
        },
        ports.fetch,
      );
      return {};
    },
  };
}

/** @param key whsec_ and the key in base64 */
export function signature(key: string, id: string, seconds: string, body: string): string {
  const made = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64"));
  return `v1,${made.update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

async function readSecret(name: string, ports: ChannelPorts) {
  const text = await secretOf(name, /^\{.*\}$/s, what, ports);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error of JSON.parse repeats a part of the secret.
  }
  const url = textAt(value, "url") ?? "";
  const key = textAt(value, "key") ?? "";
  // 24 to 64 bytes, as the specification has it.
  if (!/^https:\/\/\S+$/.test(url) || !/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(key)) {
    throw new ChannelRefused(`The secret ${name} must be ${what}`);
  }
  return { url, key };
}

const what = "JSON with `url`, an https URL, and `key`, whsec_ and 24 to 64 bytes in base64";
