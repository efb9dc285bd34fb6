/** Decides in one place which notices page people: the first word of the subject, and an attribute. */
import { tierOf } from "../catalogue/severity";
import type { Finding } from "../model/finding";

export type Urgency = "urgent" | "normal";

/**
 * What became of what a notice is about, and when it is urgent. "severe": where the finding's severity is
 * 7 or more, for then something compromised goes on. An intruder's target that is contained is no reason
 * to wake anybody; one that is contained in part, or that acts although it was contained, is.
 */
const rules = {
  "dry-run": "severe",
  notified: "severe",
  "awaiting-approval": "severe",
  /** The plan that waited: nobody answered, or a responder decided against it. */
  unanswered: "always",
  rejected: "never",
  "target-missing": "never",
  contained: "never",
  "contained-again": "always",
  "contained-in-part": "always",
  "not-contained": "always",
  "not-holding": "always",
  /** A setting that Cordon fixed: nothing shows that anybody has broken in. */
  "changed-back": "never",
  /** A deny that lasts as long as the sessions that it is about. */
  "worn-off": "never",
  released: "never",
  "released-in-part": "always",
  "made-by-principal": "always",
  "open-to-all": "always",
  "brake-tripped": "always",
  "asks-first": "never",
  /** What it reports is not answered. */
  "dead-letter": "always",
  /** The next round, or the next report, does the same. */
  "dead-letter-of-upkeep": "never",
  "activity-report": "never",
  "new-activity": "severe",
  digest: "never",
  "exception-ends": "never",
  "key-rotation": "never",
  "uncontainable-accounts": "never",
  "channel-failed": "always",
} as const satisfies Readonly<Record<string, "always" | "severe" | "never">>;

export type Outcome = keyof typeof rules;

/**
 * Says whether a notice is urgent.
 *
 * @param finding what it is about; samples and what responders requested page nobody by their severity
 * @param isAlarming whether the circumstances are what an intruder would arrange, whatever the severity
 */
export function urgencyOf(outcome: Outcome, finding?: Finding, isAlarming = false): Urgency {
  const rule = rules[outcome];
  if (rule === "always" || isAlarming) return "urgent";
  if (rule === "never" || finding === undefined) return "normal";
  const isSevere = tierOf(finding.severity) === "auto";
  return isSevere && !finding.sample && finding.requestedAt === undefined ? "urgent" : "normal";
}
