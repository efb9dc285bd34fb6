/** What people ask for by command, and Cordon's answers, as the journal's table keeps them. */
import { createHash } from "node:crypto";
import type { PlaybookId } from "../catalogue/playbooks";
import type { Proof } from "./caller-proof";

/** Asks to contain a target that no finding need have named. */
interface Containment {
  /** The target, as `readTarget` of functions/detect/request.ts takes it. */
  readonly contain: string;
  readonly account: string;
  readonly region: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
  /** Make the plan, and stop there. @default false */
  readonly dryRun?: boolean;
}

/** Asks to adopt what a person contained by hand. */
interface Adoption {
  /** The record of the local journal, as JSON. */
  readonly adopt: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
}

/** What a responder answers. */
export type Wanted = Containment | Adoption;

/** Asks to undo a containment. */
export interface Release {
  /** The incident's id as every notice names it. */
  readonly release: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
  /** Make the access keys that the incident disabled active again. @default false */
  readonly reactivateKeys?: boolean;
  /** End the release, although something fails: it is left to be done manually. @default false */
  readonly close?: boolean;
}

/** Asks to begin a new count of a brake. */
export interface BrakeReset {
  /** The brake, as its alert and the list name it. */
  readonly resetBrake: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
}

/** Asks to send a dead letter again. */
export interface Redrive {
  /** The letter's id, as its notice and the list name it. */
  readonly redrive: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
}

/** A request that was proven. Written once, by cordon-approve alone. */
export interface PersonsRequest {
  readonly id: string;
  /** The playbook whose responder answers it. */
  readonly playbook: PlaybookId;
  readonly wanted: Wanted;
  /** Who asks, as STS named the caller. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** What became of it; missing until then. */
  readonly answer?: RequestAnswer;
}

/** The responder's one answer. */
export interface RequestAnswer {
  readonly outcome: string;
  readonly reason: string;
  /** The incident's id, when the journal has one. */
  readonly incident?: string;
}

export interface Requests {
  find(id: string): Promise<PersonsRequest | undefined>;
  /** Writes a request; false where it is there already. */
  ask(request: PersonsRequest): Promise<boolean>;
  /** Writes the answer; the first remains. */
  answer(id: string, answer: RequestAnswer): Promise<void>;
}

/** Names a request after its proof, so that a proof that is presented again is the same request. */
export function requestId({ authorization }: Proof): string {
  return createHash("sha256").update(authorization).digest("hex").slice(0, 32);
}

/**
 * Hashes everything that a person asks for, for the signed header. The account keeps it from being a
 * request to another organization's Cordon.
 */
export function requestBinding(
  wanted: Wanted | Release | BrakeReset | Redrive,
  securityAccount: string,
): string {
  // The first text keeps it from being an answer to an approval, whatever the rest.
  const parts = ["Cordon: request by command", securityAccount, whatOf(wanted), wanted.reason];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function whatOf(wanted: Wanted | Release | BrakeReset | Redrive): readonly unknown[] {
  if ("adopt" in wanted) {
    return ["adopt", createHash("sha256").update(wanted.adopt).digest("hex")];
  }
  if ("release" in wanted) {
    const { release, reactivateKeys = false, close = false } = wanted;
    return ["release", release, reactivateKeys, close];
  }
  if ("resetBrake" in wanted) return ["reset brake", wanted.resetBrake];
  if ("redrive" in wanted) return ["redrive", wanted.redrive];
  const { contain, account, region, dryRun = false } = wanted;
  return ["contain", contain, account, region, dryRun];
}
