/**
 * Parses a responder's tasks: to look again, to follow up, to carry out what is approved, to ask, to answer
 * what a person asked for.
 */
import * as z from "zod/mini";

/** Seconds after a containment: IAM takes some to hold everywhere, and a thief may undo it meanwhile. */
export const looksAfterSeconds = [10, 60] as const;

/**
 * Seconds after a containment, and the longest delay SQS takes: CloudTrail's event history has most
 * calls after five minutes, and all after fifteen.
 */
export const followUpAfterSeconds = 900;

/**
 * Looks again whether an incident's target is contained, or follows up what a principal made before it
 * was.
 */
export interface Task {
  readonly task: "look-again" | "follow-up";
  /** The incident's key. */
  readonly incident: string;
}

/** Carries out the plan that people were asked about, whose approval the journal's table has. */
export interface ApprovedTask {
  readonly task: "approved";
  /** The incident's name: its key and epoch. */
  readonly incident: string;
  readonly digest: string;
}

/** Answers what a person asked for by command, which the journal's table has with who it was. */
export interface RequestedTask {
  readonly task: "requested";
  /** The request's name. */
  readonly request: string;
}

/** Asks people about the instance of an incident whose credentials were stolen. */
export interface HostTask {
  readonly task: "ask-about-host";
  /** Key of the incident of the credentials. */
  readonly incident: string;
}

/** Answers a finding about an instance by its remote end: the instance's responder has answered the rest. */
export interface AddressTask {
  readonly task: "block-address";
  /** The remote address that this is about, one of those that the finding names. */
  readonly address: string;
  /** The event of the finding, as it came. */
  readonly event: unknown;
}

const schema = z.union([
  z.object({ task: z.literal("block-address"), address: z.string(), event: z.unknown() }),
  z.object({
    task: z.enum(["look-again", "follow-up", "ask-about-host"]),
    incident: z.string().check(z.regex(/^[0-9a-f]{16}$/, "must be an incident's key")),
  }),
  z.object({
    task: z.literal("approved"),
    incident: z.string().check(z.regex(/^[0-9a-f]{16}-[1-9]\d*$/, "must be an incident's name")),
    digest: z.string().check(z.regex(/^[0-9a-f]{64}$/, "must be the digest of a plan")),
  }),
  z.object({
    task: z.literal("requested"),
    request: z.string().check(z.regex(/^[0-9a-f]{32}$/, "must be a request's name")),
  }),
]);

/**
 * Parses a message as a task; undefined where it is an event. No EventBridge event has a field `task`,
 * so none can pass for a task, and the queue takes messages of Cordon's own roles and of the hub's rule
 * alone.
 */
export function taskOf(
  message: unknown,
):
  | Task
  | HostTask
  | ApprovedTask
  | RequestedTask
  | AddressTask
  | { readonly refused: string }
  | undefined {
  if (typeof message !== "object" || message === null || !("task" in message)) return undefined;
  const parsed = schema.safeParse(message);
  return parsed.success ? parsed.data : { refused: "Not a task of the responder's own" };
}
