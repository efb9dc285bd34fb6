/**
 * Stands in for Jira Cloud's creation of issues, as its REST API 3 documents it: one project, one
 * type of issue, one user's API token. Strict: fields and nodes of a document that it does not know
 * are refused by name. What it leaves out: screens, required custom fields, permissions.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest } from "./internet";

export interface JiraSite {
  readonly project: string;
  readonly issueType: string;
  readonly user: string;
  readonly token: string;
}

interface JiraIssue {
  readonly summary: string;
  /** Text of its description, a line a paragraph or break. */
  readonly text: string;
}

const text = z.strictObject({ type: z.literal("text"), text: z.string().min(1) });
const hardBreak = z.strictObject({ type: z.literal("hardBreak") });
const paragraph = z.strictObject({
  type: z.literal("paragraph"),
  content: z.array(z.discriminatedUnion("type", [text, hardBreak])),
});
const issue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.strictObject({ name: z.string() }),
    // One line, at most 255 characters.
    summary: z.string().regex(/^[^\r\n]{1,255}$/),
    description: z.strictObject({
      type: z.literal("doc"),
      version: z.literal(1),
      content: z.array(paragraph).min(1),
    }),
  }),
});

/** Answers requests to one site; keeps the issues it made. */
export function jiraSite({ project, issueType, user, token }: JiraSite) {
  const issues: JiraIssue[] = [];
  const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    if (path !== "/rest/api/3/issue") return refused(404, "path", `${path} is not known here`);
    if (method !== "POST") return refused(405, "method", `${method} is not known here`);
    if (headers.authorization !== authorization) {
      return refused(401, "authorization", "You are not authenticated.");
    }
    if (headers["content-type"] !== "application/json") {
      return refused(415, "content-type", "Unsupported Media Type");
    }
    const parsed = issue.safeParse(JSON.parse(body));
    if (!parsed.success) {
      return refused(400, "fields", parsed.error.issues.map(({ message }) => message).join("; "));
    }
    const { fields } = parsed.data;
    if (fields.project.key !== project) return refused(400, "project", "valid project is required");
    if (fields.issuetype.name !== issueType) {
      return refused(400, "issuetype", "Specify a valid issue type");
    }
    issues.push({
      summary: fields.summary,
      text: fields.description.content
        .map(({ content }) => content.map((node) => (node.type === "text" ? node.text : "\n")))
        .map((nodes) => nodes.join(""))
        .join("\n\n"),
    });
    const key = `${project}-${issues.length}`;
    const id = String(10_000 + issues.length);
    return json(201, { id, key, self: `https://jira.example.com/rest/api/3/issue/${id}` });
  };
  return { issues, answer };
}

function refused(status: number, field: string, message: string): InternetAnswer {
  return json(status, { errorMessages: [], errors: { [field]: message } });
}

function json(status: number, value: object): InternetAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
