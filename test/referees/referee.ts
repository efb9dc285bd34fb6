/** What a referee is, and what it answers. */
import type { Subjects } from "./subjects";

/** What a referee finds in a subject. */
export interface Finding {
  readonly subject: string;
  /** The referee's own name for the rule, or a short one of its kind. */
  readonly rule: string;
  readonly message: string;
}

interface Verdict {
  readonly version: string;
  /** What else was judged, in words. */
  readonly also?: string;
  readonly findings: readonly Finding[];
}

export interface Referee {
  readonly name: string;
  readonly of: keyof Subjects;
  /** Judges. @throws one sentence where it cannot */
  judge(subjects: Subjects): Promise<Verdict>;
  /** Subjects in which it must find something of the rule: else its silence says nothing. */
  readonly spoiled: readonly {
    readonly rule: string;
    readonly subjects: Partial<Subjects>;
  }[];
}
