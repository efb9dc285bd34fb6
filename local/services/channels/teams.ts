/**
 * Stands in for a Teams workflow that posts Adaptive Cards. Strict: it refuses a card of more than 28 KB,
 * which the workflow would lose after its answer, and every element that it does not know.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest } from "../internet";
import { isJson, json, read } from "./answers";

const run = z.strictObject({
  type: z.literal("TextRun"),
  text: z.string().min(1),
  size: z.optional(z.literal("Large")),
  weight: z.optional(z.literal("Bolder")),
  color: z.optional(z.literal("Attention")),
  fontType: z.optional(z.literal("Monospace")),
});
const block = z.strictObject({
  type: z.literal("RichTextBlock"),
  inlines: z.array(run).min(1),
  spacing: z.optional(z.literal("Small")),
});
const action = z.strictObject({
  type: z.literal("Action.OpenUrl"),
  title: z.string().min(1),
  url: z.string().startsWith("https://"),
});
const card = z.strictObject({
  $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
  type: z.literal("AdaptiveCard"),
  version: z.literal("1.4"),
  body: z.array(block).min(1),
  // Teams shows six: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-actions.
  actions: z.optional(z.array(action).min(1).max(6)),
  msteams: z.strictObject({ width: z.literal("Full") }),
});
const post = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: z.null(),
      content: card,
    }),
  ]),
});
const sizeLimit = 28_672;

export type TeamsCard = z.infer<typeof card>;

/** @param url the workflow's, with its signature */
export function teamsWorkflow(url: string) {
  const { pathname, search } = new URL(url);
  const cards: TeamsCard[] = [];
  const refused = (status: number, code: string, message: string) =>
    json(status, { error: { code, message } });
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (path !== pathname + search) {
      return refused(401, "DirectApiAuthorizationRequired", "The signature is not valid.");
    }
    if (method !== "POST" || !isJson(headers["content-type"])) {
      return refused(400, "InvalidRequestContent", `${method} ${headers["content-type"]}`);
    }
    if (Buffer.byteLength(body) > sizeLimit) return refused(413, "RequestEntityTooLarge", "");
    const parsed = read(post, body);
    if ("wrong" in parsed) return refused(400, "InvalidCard", parsed.wrong);
    const [{ content }] = parsed.value.attachments;
    cards.push(content);
    const [subject = "", ...text] = linesOf(content);
    return { status: 202, said: { subject, text: text.join("\n") } };
  };
  return { cards, answer };
}

/** Lists what a card shows, a line a block. */
export function linesOf({ body }: TeamsCard): readonly string[] {
  return body.map(({ inlines }) => inlines.map(({ text }) => text).join(""));
}
