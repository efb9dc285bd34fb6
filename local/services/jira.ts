/**
 * Stands in for Jira Cloud's issues, comments and transitions, as its REST API 3 documents them: one
 * project, one type of issue, one user's API token. Strict: fields and nodes of a document that it does not
 * know are refused by name. What it leaves out: screens, required custom fields, permissions.
 */
import * as z from "zod";
import type { InternetAnswer, InternetRequest, Said } from "./internet";

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

/** A closed list of statuses, and which of them can be reached from each. */
const workflow: Readonly<Record<string, readonly string[]>> = {
  "To Do": ["In Progress", "Done"],
  "In Progress": ["Done"],
  Done: [],
};

const marks = z.array(
  z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("strong") }),
    z.strictObject({ type: z.literal("code") }),
    z.strictObject({
      type: z.literal("link"),
      attrs: z.strictObject({ href: z.string().startsWith("https://") }),
    }),
  ]),
);
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1),
  marks: z.optional(marks),
});
const hardBreak = z.strictObject({ type: z.literal("hardBreak") });
const paragraph = z.strictObject({
  type: z.literal("paragraph"),
  content: z.array(z.discriminatedUnion("type", [text, hardBreak])),
});
const bulletList = z.strictObject({
  type: z.literal("bulletList"),
  content: z
    .array(z.strictObject({ type: z.literal("listItem"), content: z.array(paragraph).min(1) }))
    .min(1),
});
/** Jira refuses longer ones, and has not said what it counts. */
const documentLimit = 32_767;
const document = z
  .strictObject({
    type: z.literal("doc"),
    version: z.literal(1),
    content: z.array(z.discriminatedUnion("type", [paragraph, bulletList])).min(1),
  })
  .refine((value) => JSON.stringify(value).length <= documentLimit, "CONTENT_LIMIT_EXCEEDED");
const issue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.strictObject({ name: z.string() }),
    // One line, at most 255 characters.
    summary: z.string().regex(/^[^\r\n]{1,255}$/),
    description: document,
  }),
});
const comment = z.strictObject({ body: document });
const move = z.strictObject({ transition: z.strictObject({ id: z.string() }) });

/** An issue as it is now. */
export interface JiraTicket {
  readonly key: string;
  readonly comments: string[];
  status: string;
}

/** Answers requests to one site; keeps the issues it made. */
export function jiraSite({ project, issueType, user, token }: JiraSite) {
  const issues: JiraIssue[] = [];
  const tickets: JiraTicket[] = [];
  const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
  const create = (body: string): InternetAnswer => {
    const parsed = issue.safeParse(JSON.parse(body));
    if (!parsed.success) return refused(400, "fields", reasonOf(parsed.error));
    const { fields } = parsed.data;
    if (fields.project.key !== project) return refused(400, "project", "valid project is required");
    if (fields.issuetype.name !== issueType) {
      return refused(400, "issuetype", "Specify a valid issue type");
    }
    const { summary } = fields;
    const shown = shownIn(fields.description);
    issues.push({ summary, text: shown });
    const key = `${project}-${issues.length}`;
    tickets.push({ key, comments: [], status: "To Do" });
    const id = String(10_000 + issues.length);
    const self = `https://jira.example.com/rest/api/3/issue/${id}`;
    return json(201, { id, key, self }, { subject: summary, text: shown });
  };
  const transitionsOf = ({ status }: JiraTicket) =>
    (workflow[status] ?? []).map((name) => ({
      id: String(10 + Object.keys(workflow).indexOf(name)),
      name: `Move to ${name}`,
      to: { name },
    }));
  const change = (method: string, ticket: JiraTicket, what: string, body: string) => {
    if (method === "GET") return json(200, { transitions: transitionsOf(ticket) });
    if (what === "/comment") {
      const parsed = comment.safeParse(JSON.parse(body));
      if (!parsed.success) return refused(400, "comment", reasonOf(parsed.error));
      const shown = shownIn(parsed.data.body);
      ticket.comments.push(shown);
      const [subject = "", ...rest] = shown.split("\n");
      return json(201, { id: "1" }, { subject, text: rest.join("\n") });
    }
    const parsed = move.safeParse(JSON.parse(body));
    const to = transitionsOf(ticket).find(({ id }) => id === parsed.data?.transition.id)?.to.name;
    if (to === undefined) return refused(400, "transition", "It is not valid here");
    ticket.status = to;
    return { status: 204, said: null };
  };
  const answer = ({ method, path, headers, body }: InternetRequest): InternetAnswer => {
    const [, key, what = ""] =
      /^\/rest\/api\/3\/issue(?:\/([A-Z]+-\d+)(\/comment|\/transitions))?$/.exec(path) ?? [];
    const isKnown = path === "/rest/api/3/issue" || key !== undefined;
    if (!isKnown) return refused(404, "path", `${path} is not known here`);
    if (method !== "POST" && !(method === "GET" && what === "/transitions")) {
      return refused(405, "method", `${method} is not known here`);
    }
    if (headers.authorization !== authorization) {
      return refused(401, "authorization", "You are not authenticated.");
    }
    if (method === "POST" && !headers["content-type"]?.startsWith("application/json")) {
      return refused(415, "content-type", "Unsupported Media Type");
    }
    if (key === undefined) return create(body);
    const ticket = tickets.find((each) => each.key === key);
    if (ticket === undefined) return refused(404, "issue", "Issue does not exist");
    return change(method, ticket, what, body);
  };
  return { issues, tickets, answer };
}

function reasonOf({ issues }: z.ZodError): string {
  return issues.map(({ message }) => message).join("; ");
}

/** Writes what a document shows: lists with hyphens. */
function shownIn({ content }: z.infer<typeof document>): string {
  const lineOf = ({ content: nodes }: z.infer<typeof paragraph>) =>
    nodes.map((node) => (node.type === "text" ? node.text : "\n")).join("");
  return content
    .map((block) =>
      block.type === "paragraph"
        ? lineOf(block)
        : block.content.map((item) => `- ${item.content.map(lineOf).join("\n")}`).join("\n"),
    )
    .join("\n\n");
}

function refused(status: number, field: string, message: string): InternetAnswer {
  return json(status, { errorMessages: [], errors: { [field]: message } });
}

function json(status: number, value: object, said: Said | null = null): InternetAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
    said,
  };
}
