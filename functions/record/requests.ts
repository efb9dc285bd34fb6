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

/** What a request is about: everything that the signature of who asks binds. */
export type Wanted = Containment | Adoption;

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

/** Hashes a request for the signed header. The account keeps it from being one to another organization's Cordon. */
export function requestBinding(wanted: Wanted, securityAccount: string): string {
  const what =
    "adopt" in wanted
      ? ["adopt", createHash("sha256").update(wanted.adopt).digest("hex")]
      : [
          wanted.dryRun === true ? "plan" : "contain",
          wanted.contain,
          wanted.account,
          wanted.region,
        ];
  // The first line keeps it from being an answer to an approval, whatever the rest.
  const text = JSON.stringify(["Cordon: request by command", securityAccount, what, wanted.reason]);
  return createHash("sha256").update(text).digest("hex");
}
