/** What a guard is. Types only. */
import type { Incident } from "../model/incident";
import type { Verdict } from "../model/verdict";
import type { Circumstances, ResponsePolicy } from "./circumstances";

/** Why a guard's rule does not hold. */
export interface Objection {
  readonly reason: string;
  /** Manual steps in place of the response, if any are known. */
  readonly manualSteps?: readonly string[];
  readonly urgent?: true;
  /** Responders are alerted once for many. */
  readonly isAnnounced?: true;
}

/** One rule that must hold before Cordon acts by itself. */
export interface Guard<C = Circumstances> {
  readonly name: string;
  /** The rule, in one sentence. */
  readonly rule: string;
  /** The decision when the rule does not hold. */
  readonly otherwise: Exclude<Verdict["decision"], "auto">;
  /** Binds automatic responses alone: a responder's request is carried out, and says what objected. */
  readonly bindsOnly?: "automatic";
  /** Objects when the rule does not hold. What is unknown has its own guard, which comes earlier. */
  check(incident: Incident, policy: ResponsePolicy, circumstances: C): Objection | undefined;
}
