/** Who began the activity that a finding reports, and on what that rests. */
export interface BegunBy {
  readonly who: "resource" | "outsider" | "unclear";
  readonly why: string;
}

/** The parts of a detector's finding that a decision, a tag or a notice needs. */
export interface Finding {
  readonly id: string;
  readonly type: string;
  /** 0 to 10 as the detector scores it; 7 and above is high. */
  readonly severity: number;
  readonly title: string;
  /** Of an instance, and not every detector says: what is absent is unclear. */
  readonly begunBy?: BegunBy;
  /** Why people are asked before anything is contained for a finding of this type, and notified of any. */
  readonly mustAsk?: string;
  /** How people contain who did it, where the finding is about what it was done to; sentences. */
  readonly actorSteps?: readonly string[];
  readonly sample: boolean;
  /** Everything that it names, one line each, such as "bucket reports"; cleaned and bounded. */
  readonly named?: readonly string[];
  /** What the detector saw, one line each, such as "DNS request for evil.example"; cleaned and bounded. */
  readonly seen?: readonly string[];
  /** How often the detector saw it so far. */
  readonly count?: number;
  /** ISO 8601: the oldest activity the finding covers; not every detector says. */
  readonly firstSeen?: string;
  /** ISO 8601: the newest activity the finding covers. */
  readonly lastSeen: string;
  /** Its name in Security Hub, where it has one: GuardDuty sends its findings there, some minutes later. */
  readonly inSecurityHub?: SecurityHubName;
  /** How GuardDuty sent it; other sources are not asked again. */
  readonly report?: Report;
  /** How Security Hub imported it; absent where its detector or a person sent it. */
  readonly imported?: Imported;
  /** Its page in a console. @default the one in GuardDuty's console */
  readonly link?: string;
  /** The credential is public: it must never become active again. */
  readonly exposed?: true;
  /**
   * When a responder requested this response by a custom action, ISO 8601: neither low severity nor an
   * earlier release prevents it.
   */
  readonly requestedAt?: string;
  /** ARN of the responder, proven, where the request came by command. */
  readonly requestedBy?: string;
  /** The responder requested a dry run. */
  readonly dryRun?: true;
}

/** What is known of a finding that Security Hub imported, besides what any finding says. */
interface Imported {
  /** The product in words: "Inspector (aws/inspector)". */
  readonly product: string;
  /** Who wrote it: a service of AWS, or another product, under whose name an account can write, too. */
  readonly by: "aws" | "others";
  /** What a notice says of it in few words, the same in ASFF and OCSF: a notice for each. */
  readonly verdict: string;
  /** How somebody closed it in Security Hub, although it is severe and active. */
  readonly closedAs?: "RESOLVED" | "SUPPRESSED";
}

/** What identifies a finding in Security Hub, in the finding's own region. */
export interface SecurityHubName {
  /** The id that its product gave it: of GuardDuty's the finding's ARN. */
  readonly id: string;
  /** ARN of the product, which names the region. */
  readonly product: string;
}

/** Where and when GuardDuty sent a finding, and in which state. */
interface Report {
  /** ISO 8601: the time of the event. A message that is delivered again has its old one. */
  readonly sentAt: string;
  /** Region of the detector: a finding about a global service may name another one. */
  readonly region: string;
  /** ISO 8601: when GuardDuty had last updated the finding. */
  readonly updatedAt?: string;
}
