/** The shape of what the scoreboard knows of attack techniques. Types only. */

/** When AWS reports a deed. */
export type When =
  /** Whenever it is done, where the service is on. */
  | "always"
  /** Where the organization has switched that custom detection rule of GuardDuty on. */
  | "rule"
  /** If GuardDuty judges it anomalous for who did it; its guide names the call. */
  | "anomaly"
  /** The same, where the guide names calls of this kind and not this one. */
  | "kind";

/** One report of a technique that reaches Cordon, as the drill makes it. */
export type Report =
  | {
      readonly by: "guardduty";
      readonly type: string;
      readonly when: When;
      /** The default of the type or, of a custom rule, of its signal: 2, 5 or 8 for Low, Medium or High. */
      readonly severity: 2 | 5 | 8;
      /** The custom rule's signal. */
      readonly signal?: string;
    }
  /** It finds that the abused resource can be used from outside. */
  | { readonly by: "access-analyzer" }
  /** A rule of the conformance pack, of the abused resource. */
  | { readonly by: "config"; readonly rule: string }
  /** A failed control of high severity, of the account. */
  | { readonly by: "security-hub"; readonly control: string; readonly unless: string };

/** Kinds of resources that techniques abuse, as far as the drill seeds them. */
export type AbusedKind =
  | "bucket"
  | "database snapshot"
  | "function"
  | "image"
  | "instance"
  | "role"
  | "security group"
  | "snapshot"
  | "user";

export interface Technique {
  /** As the list has it. */
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly string[];
  /** The call by which it is done, as CloudTrail has it: SERVICE:NAME. */
  readonly call: string;
  /** Whose credentials do it. @default a user's access key */
  readonly with?: "an instance's role";
  /** What it opens, takes over or leaves behind. @default nothing that the drill seeds */
  readonly abuses?: AbusedKind;
  /** The most certain first; none where `unheard` says why. */
  readonly reports: readonly Report[];
  /** Why nothing of it reaches Cordon. */
  readonly unheard?: string;
  /** What is left to people when who did it is contained. @default nothing */
  readonly left?: string;
}

/** What the responder or triage decided of one report. */
export type Verdict = "auto" | "ask" | "notify" | "log" | "same incident";

/** How it came to be contained. */
export type How =
  | "automatic"
  /** A person approved the plan that waited. */
  | "approval"
  /** Cordon notified, and a person had it contain whom the notice names, by one command. */
  | "command";

/** A containment, and what the account shows to be closed since. */
export interface Part {
  readonly how: How;
  /** When AWS makes the report that led to it, or that told a person whom to contain. */
  readonly led: When;
  /** "the credentials", "the bucket". */
  readonly what: readonly string[];
}

/** What became of a technique. */
export interface Played {
  /** By report, in their order. */
  readonly decided: readonly Verdict[];
  /** None where nothing was contained. */
  readonly parts: readonly Part[];
  /** Whether releases gave back every field; absent where there was none to give back. */
  readonly undone?: boolean;
}
