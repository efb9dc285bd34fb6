/**
 * Stands in for a web server of another team that takes signed messages as docs/channels.md tells it to: it
 * takes each once, and none whose signature is wrong or older than five minutes.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { CordonMessage } from "../../../contract/message";
import type { InternetAnswer, InternetRequest, Said } from "../internet";

interface TakenMessage {
  readonly id: string;
  readonly body: string;
}

/** @param key whsec_ and the key in base64 */
export function webhookServer(key: string, now: () => Date) {
  const taken: TakenMessage[] = [];
  const answer = ({ method, headers, body }: InternetRequest): InternetAnswer => {
    if (method !== "POST") return { status: 405, said: null };
    const id = String(headers["webhook-id"]);
    const seconds = String(headers["webhook-timestamp"]);
    const made = createHmac("sha256", Buffer.from(key.replace(/^whsec_/, ""), "base64"))
      .update(`${id}.${seconds}.${body}`)
      .digest();
    const given = Buffer.from(String(headers["webhook-signature"]).replace(/^v1,/, ""), "base64");
    if (given.length !== made.length || !timingSafeEqual(given, made))
      return { status: 401, said: null };
    if (Math.abs(now().getTime() / 1_000 - Number(seconds)) > 300)
      return { status: 401, said: null };
    if (taken.some((each) => each.id === id)) return { status: 200, said: null };
    taken.push({ id, body });
    return { status: 204, said: saidIn(body) };
  };
  return { taken, answer };
}

/** Writes what a message says: a line a text. */
export function saidIn(body: string): Said {
  const message = JSON.parse(body) as CordonMessage;
  const { urgency, heading, lead, facts, sections, closing, page, tally } = message;
  const lines = [
    ...lead,
    ...facts.map(({ name, value }) => `${name} ${value}`),
    ...sections.flatMap(({ title, lines: of }) => [title, ...of.map((line) => `- ${line}`)]),
    ...closing,
    ...[page, tally].filter((each) => each !== undefined),
  ];
  const mark = urgency === "urgent" ? "URGENT " : "";
  return { subject: `[Cordon] ${mark}${heading}`, text: lines.join("\n") };
}
