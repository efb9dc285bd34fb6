/** The shape of the catalogue of GuardDuty's finding types. Types only. */

type Band = "Low" | "Medium" | "High" | "Critical";

/**
 * The default severity as GuardDuty's guide has it: of each signal of its own, of the circumstances, or of
 * the file or tool that was found.
 */
export type DefaultSeverity =
  | Band
  | `${Band} to ${Band}`
  | `${Band}, varies`
  | "varies"
  | "not documented";

/** What Cordon does about a type that no playbook answers. */
export interface Unanswered {
  /** "log": below severity 4 only, where the finding is in the digest of the day; from there it notifies. */
  readonly does: "notify" | "log";
  /** One sentence for the notice or the log, without its stop. */
  readonly why: string;
  /** It names a victim: not even a responder's request by the finding contains that. */
  readonly namesVictim?: true;
}

/** Finding types to which the same applies. */
export interface TypeGroup {
  /** The page of the GuardDuty user guide, 2026, that documents them. */
  readonly page: string;
  /** What they may be about, as `resource.resourceType` has it; "any" where the guide does not say. */
  readonly about: readonly string[] | "any";
  readonly types: Readonly<Record<string, DefaultSeverity>>;
  /** Why people are asked first, although a playbook answers them: they notify whatever the severity. */
  readonly asks?: string;
  /** Absent where a playbook answers them. */
  readonly unanswered?: Unanswered;
}
