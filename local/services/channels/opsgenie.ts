/**
 * Stands in for Opsgenie's Alert API: one API key. Keeps alerts with their notes. Strict: fields that it
 * does not know are refused by name. As there, what an action is about may not exist: the answer is 202.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest, Said } from "../internet";
import { isJson, json, read } from "./answers";

const creation = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().min(1).max(512),
  description: z.string().max(15_000),
  priority: z.enum(["P1", "P2", "P3", "P4", "P5"]),
  source: z.string().max(100),
  tags: z.array(z.string().max(50)).max(20),
  details: z
    .record(z.string(), z.string())
    .refine((value) => JSON.stringify(value).length <= 8_000, "details are too long"),
});
const action = z.strictObject({ note: z.string().max(25_000), source: z.string().max(100) });

interface StandInAlert {
  readonly alias: string;
  readonly message: string;
  readonly description: string;
  count: number;
  readonly notes: string[];
  isOpen: boolean;
}

export function opsgenieAccount(apiKey: string) {
  const alerts: StandInAlert[] = [];
  const taken = (said: Said | null) =>
    json(202, { result: "Request will be processed", took: 0.1, requestId: "4f3e" }, said);
  const refused = (status: number, message: string) =>
    json(status, { message, took: 0, requestId: "4f3e" });
  const openOf = (alias: string) => alerts.find((each) => each.isOpen && each.alias === alias);
  const create = (body: string): InternetAnswer => {
    const parsed = read(creation, body);
    if ("wrong" in parsed) return refused(422, parsed.wrong);
    const { alias, message, description } = parsed.value;
    const open = openOf(alias);
    if (open !== undefined) open.count += 1;
    else alerts.push({ alias, message, description, count: 1, notes: [], isOpen: true });
    return taken({ subject: message, text: description });
  };
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (headers.authorization !== `GenieKey ${apiKey}`)
      return refused(401, "Could not authenticate");
    if (method !== "POST" || !isJson(headers["content-type"])) return refused(400, "Not JSON");
    if (path === "/v2/alerts") return create(body);
    const [, alias, name] =
      /^\/v2\/alerts\/([^/]+)\/(notes|close)\?identifierType=alias$/.exec(path) ?? [];
    if (alias === undefined) return refused(404, `${path} is not known here`);
    const parsed = read(action, body);
    if ("wrong" in parsed) return refused(422, parsed.wrong);
    const open = openOf(decodeURIComponent(alias));
    if (open === undefined) return taken(null);
    open.notes.push(parsed.value.note);
    if (name === "close") open.isOpen = false;
    const [subject = "", ...text] = parsed.value.note.split("\n");
    return taken({ subject, text: text.join("\n") });
  };
  return { alerts, answer };
}
