/** Approvals: what waits for a person's answer, and the answer, as the journal's table keeps them. */
import { createHash } from "node:crypto";
import type { PlaybookId } from "../catalogue/playbooks";

/** What a person is asked. Written once; nothing in it is secret. */
export interface Approval {
  /** The incident's name, such as 0f3a9c1d2b4e5f60-1. */
  readonly incident: string;
  /** `digestOf` the plan (functions/record/seal.ts). */
  readonly digest: string;
  /** The plan's revision, as notices name it. */
  readonly revision: string;
  readonly playbook: PlaybookId;
  /** What it is about: "instance i-…" and the account and region. */
  readonly target: string;
  /** What stops working. */
  readonly blastRadius: readonly string[];
  /** Every step, by its number. */
  readonly steps: readonly string[];
  readonly undo: string;
  /** What the principal did before; absent where the incident is about none. */
  readonly excerpt?: Excerpt;
  /** Who may answer; for people to read, the function goes by its settings. */
  readonly approvers: readonly string[];
  /** ISO 8601. */
  readonly askedAt: string;
  /** ISO 8601: an answer after it is none. */
  readonly expiresAt: string;
  readonly answer?: Answer;
}

/**
 * What an incident's principal did before people were asked, as CloudTrail's event history had it then.
 * Strangers chose some of the texts: each is short and of one line.
 */
export interface Excerpt {
  /** The hours that were looked at, ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** At most 20: refused calls and changes first, the newest first. */
  readonly calls: readonly ExcerptCall[];
  /** How many events were read; `calls` stands for the most telling of them. */
  readonly found: number;
  /** Why calls may be missing, a sentence each. */
  readonly missing: readonly string[];
}

/** The same call with the same end, once or more often. */
export interface ExcerptCall {
  /** When it was last made, ISO 8601; "" where the event does not say. */
  readonly at: string;
  readonly region: string;
  /** As IAM names it, "iam:CreateUser". */
  readonly call: string;
  /** Where the last one came from: an address, or the service that called for the principal. */
  readonly address: string;
  /** How many addresses it came from. */
  readonly addresses: number;
  /** AWS's error code; "" where it succeeded. */
  readonly error: string;
  /** Whether it may have changed something. */
  readonly changes: boolean;
  readonly times: number;
}

/** The one answer to an approval. */
export interface Answer {
  readonly decision: Decision;
  /** Who answered, as STS named the caller. */
  readonly by: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  /** Numbers of the steps to carry out. @default all */
  readonly only?: readonly number[];
  /** Given on the page, by a link that this principal had asked for; else by a signed request. */
  readonly onPage?: true;
}

export const decisions = ["approve", "reject"] as const;
export type Decision = (typeof decisions)[number];

/** What an incident keeps of the approval by which it was contained. */
export interface Given extends Pick<Answer, "by" | "reason" | "at" | "only"> {
  readonly digest: string;
}

/** What the functions read and write of approvals. */
export interface Approvals {
  find(incident: string, digest: string): Promise<Approval | undefined>;
  /** Lists every approval of an incident, the oldest first. */
  of(incident: string): Promise<readonly Approval[]>;
  /** Writes an approval and the token that its workflow waits for; the first of a digest remains. */
  ask(approval: Approval, token: string): Promise<void>;
  /** Writes the answer; false where there is one already. */
  answer(incident: string, digest: string, answer: Answer): Promise<boolean>;
  token(incident: string, digest: string): Promise<string | undefined>;
}

/** Names the one execution that asks about a plan. Step Functions takes 80 characters. */
export function executionName(incident: string, digest: string): string {
  return `${incident}-${digest.slice(0, 40)}`;
}

/** What an answer is about. */
export interface AnswerRequest extends Pick<Answer, "decision" | "reason" | "only"> {
  readonly incident: string;
  readonly digest: string;
}

/** What an approver's signature binds: an answer, or only the wish for a link to answer with. */
export type SignedRequest =
  | AnswerRequest
  | (Pick<AnswerRequest, "incident" | "digest"> & { readonly decision: "open" });

/** The header of a signed request to STS that binds an answer. */
export const bindingHeader = "x-cordon-answer";

/** Hashes an answer for that header. The account keeps it from being one to another organization's Cordon. */
export function bindingOf(request: SignedRequest, securityAccount: string): string {
  const { incident, digest, decision } = request;
  const { reason, only } = request.decision === "open" ? { reason: "", only: undefined } : request;
  const text = JSON.stringify([
    "Cordon: answer to an approval",
    securityAccount,
    incident,
    digest,
    decision,
    only === undefined ? "all" : [...only].sort((a, b) => a - b),
    reason,
  ]);
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Makes a source identity of an approver: STS takes 2 to 64 of letters, digits and _+=,.@- (API
 * reference of AssumeRole). A longer name ends in a part of its hash.
 */
export function sourceIdentityOf(by: string): string {
  const name = by
    .slice(by.indexOf(":", "arn:aws:iam::".length) + 1)
    .replace(/^(assumed-role|user)\//, "")
    .replace(/[^\w+=,.@-]/g, "-");
  if (name.length >= 2 && name.length <= 64) return name;
  const hash = createHash("sha256").update(by).digest("hex").slice(0, 16);
  return `${name.slice(0, 47)}-${hash}`;
}
