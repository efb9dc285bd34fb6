/**
 * Stands in for ServiceNow's Table API and the table `incident`: one user. Strict: a text that ServiceNow
 * would cut without a word is refused, and so are fields that it does not know. Its data policy is the
 * delivered one: a record that is resolved has a code and notes.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest } from "../internet";
import { isJson, json, read } from "./answers";

const short = z.string().min(1).max(160);
const long = z.string().min(1).max(4_000);
const level = z.enum(["1", "2", "3"]);
const creation = z.strictObject({
  short_description: short,
  description: long,
  urgency: level,
  impact: level,
  correlation_id: z.string().max(100),
  correlation_display: z.string().max(100),
});
const update = z.strictObject({
  work_notes: long,
  state: z.optional(z.literal("6")),
  close_code: z.optional(z.literal("Solution provided")),
  close_notes: z.optional(long),
});

export interface ServiceNowRecord {
  readonly sysId: string;
  readonly short: string;
  readonly description: string;
  readonly correlation: string;
  readonly notes: string[];
  /** 1 is new, 6 is resolved. */
  state: "1" | "6";
}

export function serviceNowInstance({
  user,
  password,
}: {
  readonly user: string;
  readonly password: string;
}) {
  const records: ServiceNowRecord[] = [];
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const refused = (status: number, message: string, detail = "") =>
    json(status, { error: { message, detail }, status: "failure" });
  const shown = ({ sysId }: ServiceNowRecord) => ({
    result: { sys_id: sysId, number: `INC00${10_000 + records.length}` },
  });
  const create = (body: string): InternetAnswer => {
    const parsed = read(creation, body);
    if ("wrong" in parsed) return refused(400, "Invalid field", parsed.wrong);
    const { short_description, description, correlation_id } = parsed.value;
    const record: ServiceNowRecord = {
      sysId: (records.length + 1).toString(16).padStart(32, "0"),
      short: short_description,
      description,
      correlation: correlation_id,
      notes: [],
      state: "1",
    };
    records.push(record);
    return json(201, shown(record), { subject: short_description, text: description });
  };
  const change = (sysId: string, body: string): InternetAnswer => {
    const record = records.find((each) => each.sysId === sysId);
    if (record === undefined) return refused(404, "No Record found", "Record doesn't exist");
    const parsed = read(update, body);
    if ("wrong" in parsed) return refused(400, "Invalid field", parsed.wrong);
    const { work_notes, state, close_code, close_notes } = parsed.value;
    if (state !== undefined && (close_code === undefined || close_notes === undefined)) {
      return refused(403, "Operation Failed", "Data Policy Exception");
    }
    record.notes.push(work_notes);
    if (state !== undefined) record.state = state;
    const [subject = "", ...text] = work_notes.split("\n");
    return json(200, shown(record), { subject, text: text.join("\n") });
  };
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (headers.authorization !== authorization) return refused(401, "User Not Authenticated");
    if (!isJson(headers["content-type"])) return refused(415, "Unsupported Media Type");
    const [, sysId] =
      /^\/api\/now\/table\/incident(?:\/([0-9a-f]{32}))?\?sysparm_fields=sys_id,number$/.exec(
        path,
      ) ?? [];
    if (!path.startsWith("/api/now/table/incident?") && sysId === undefined) {
      return refused(400, `${path} is not known here`);
    }
    if (method === "POST" && sysId === undefined) return create(body);
    if (method === "PATCH" && sysId !== undefined) return change(sysId, body);
    return refused(405, `${method} is not known here`);
  };
  return { records, answer };
}
