/**
 * Reads automation documents of Systems Manager, as far as they can be carried out here: schema 0.3,
 * parameters of type String, and two actions. Everything else is refused by name, when the document
 * is made.
 */
import * as z from "zod/mini";
import { UnknownOperationError } from "./wire/protocol";

/** The one document of AWS that is known here: it publishes a message. */
const publishNotification = "AWS-PublishSNSNotification";

/** Calls that aws:executeAwsApi may make here. */
const knownCalls = ["config.ListDiscoveredResources", "sns.Publish"];

const name = z.string().check(z.regex(/^[a-zA-Z0-9_]{3,128}$/));
const shared = {
  name,
  maxAttempts: z.optional(z.int().check(z.minimum(1))),
  timeoutSeconds: z.optional(z.int().check(z.minimum(1))),
  // What AWS does, too, where nothing is said.
  onFailure: z.optional(z.literal("Abort")),
};
const parameter = z.strictObject({
  type: z.literal("String"),
  description: z.optional(z.string()),
  default: z.optional(z.string()),
});
const step = z.discriminatedUnion("action", [
  z.strictObject({
    ...shared,
    action: z.literal("aws:executeAwsApi"),
    inputs: z.looseObject({ Service: z.string(), Api: z.string() }),
    outputs: z.optional(
      z.array(
        z.strictObject({
          Name: z.string(),
          // Members and positions only, of all that JSONPath knows.
          Selector: z.string().check(z.regex(/^\$(\.\w+(\[\d+\])?)+$/)),
          Type: z.literal("String"),
        }),
      ),
    ),
  }),
  z.strictObject({
    ...shared,
    action: z.literal("aws:executeAutomation"),
    inputs: z.strictObject({
      DocumentName: z.literal(publishNotification),
      RuntimeParameters: z.optional(z.record(z.string(), z.string())),
    }),
  }),
]);
const runbook = z.strictObject({
  schemaVersion: z.literal("0.3"),
  description: z.optional(z.string()),
  assumeRole: z.optional(z.string()),
  parameters: z.optional(z.record(name, parameter)),
  mainSteps: z.array(step).check(z.minLength(1)),
});

export type Runbook = z.infer<typeof runbook>;
export type RunbookStep = Runbook["mainSteps"][number];

/** What AWS publishes under the name: one call, as the principal that runs it. */
const published: Runbook = {
  schemaVersion: "0.3",
  assumeRole: "{{AutomationAssumeRole}}",
  parameters: {
    AutomationAssumeRole: { type: "String", default: "" },
    TopicArn: { type: "String" },
    Message: { type: "String" },
  },
  mainSteps: [
    {
      name: "PublishSNSNotification",
      action: "aws:executeAwsApi",
      inputs: {
        Service: "sns",
        Api: "Publish",
        TopicArn: "{{TopicArn}}",
        Message: "{{Message}}",
      },
    },
  ],
};

/** Gives the document of AWS that bears a name; undefined for a customer's. */
export function ownedByAws(document: string): Runbook | undefined {
  if (document === publishNotification) return published;
  if (/^AWS/i.test(document)) throw new UnknownOperationError(`the document ${document}`);
  return undefined;
}

/** Reads a document's content. @throws UnknownOperationError naming the part that is not known */
export function readRunbook(content: string): Runbook {
  const parsed = runbook.safeParse(JSON.parse(content));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = [...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? issue.keys : [])];
    throw new UnknownOperationError(
      `the automation's ${at.join(".")}`,
      `: ${issue?.message ?? "not understood"}`,
    );
  }
  const known = new Set(["global:ACCOUNT_ID", "global:REGION"]);
  for (const each of Object.keys(parsed.data.parameters ?? {})) known.add(each);
  requireKnown(parsed.data.assumeRole, known);
  for (const each of parsed.data.mainSteps) {
    requireKnown(each.inputs, known);
    if (each.action !== "aws:executeAwsApi") continue;
    const call = `${each.inputs.Service}.${each.inputs.Api}`;
    if (!knownCalls.includes(call)) throw new UnknownOperationError(`${call} in an automation`);
    for (const { Name } of each.outputs ?? []) known.add(`${each.name}.${Name}`);
  }
  return parsed.data;
}

const reference = /\{\{\s*([^{}]*?)\s*\}\}/g;

function requireKnown(part: unknown, known: ReadonlySet<string>): void {
  for (const [all, what = ""] of JSON.stringify(part ?? "").matchAll(reference)) {
    if (!known.has(what)) throw new UnknownOperationError(`${all} in an automation`);
  }
}

/** Puts values where a part of a document refers to them. */
export function filled<T>(part: T, values: ReadonlyMap<string, string>): T {
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value.replace(reference, (_all, what: string) => values.get(what) ?? "");
    }
    if (Array.isArray(value)) return value.map(fill);
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each)]))
      : value;
  };
  return fill(part) as T;
}

/** Selects out of an answer; undefined where it has no such member. */
export function selected(answer: unknown, selector: string): unknown {
  const path = [...selector.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(
    ([, key, index]) => key ?? Number(index),
  );
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    answer,
  );
}
