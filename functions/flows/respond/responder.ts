/** Ports and outcomes of a response. Types only. */
import type { Currency, ResponsePolicy } from "../../decide/circumstances";
import type { Finding } from "../../model/finding";
import type { Incident } from "../../model/incident";
import type { MemberAccount } from "../../model/member-account";
import type { Accounts, Attempt, Refusals } from "../../model/ports";
import type { OncePorts } from "../../notify/once";
import type { Approval } from "../../record/approvals";
import type { Brakes } from "../../record/brakes";
import type { ExceptionRegister } from "../../record/exceptions";
import type { IncidentRecord, Journal } from "../../record/journal";
import type { Requests } from "../../record/requests";
import type { Sealed } from "../../record/seal";
import type { Engine } from "../../remediate/engine";

export interface Responder extends Engine, Accounts, OncePorts, Refusals, Attempt {
  readonly journal: Journal;
  readonly policy: ResponsePolicy;
  readonly exceptions: ExceptionRegister;
  /** Lists the organizational units above an account, at whatever depth. */
  unitsOf(account: string): Promise<readonly string[]>;
  readonly brakes: Brakes;
  /** Makes the random part of the names that a plan creates: eight hexadecimal digits. */
  suffix(): string;
  /** Opens a session that can read the facts and nothing else. */
  reader(incident: Incident): Promise<MemberAccount>;
  /** Asks GuardDuty what it says of a finding now. */
  currency(finding: Finding): Promise<Currency>;
  /** Returns in one sentence why a record's plan is not as a responder sealed it. */
  distrust(record: IncidentRecord): Promise<string | undefined>;
  /** Has people asked about a recorded plan, once for each plan. */
  askApproval(record: IncidentRecord, quiet: boolean): Promise<void>;
  /**
   * Makes the address at which a plan can be read; undefined where no page is deployed, or the time to
   * answer has passed.
   */
  pageAddress?(record: Sealed & Pick<IncidentRecord, "plannedAt">): Promise<string | undefined>;
  /** Finds what people were asked about a plan, and their answer. */
  approval(incident: string, digest: string): Promise<Approval | undefined>;
  /** What people asked for by command. */
  readonly requests: Pick<Requests, "find" | "answer">;
  /** Has what a contained principal made followed up, after some seconds; 900 at most. */
  followUp(incident: string, seconds: number): Promise<void>;
  /** Has people asked about the instance whose credentials an incident is about. */
  askAboutHost(incident: string): Promise<void>;
}

type Outcome =
  | "contained"
  /** Some ways of the target are open, for good: the notice says which. */
  | "contained-in-part"
  | "not-contained"
  | "notified"
  | "logged"
  | "awaiting-approval"
  | "dry-run"
  | "duplicate"
  | "refused"
  | "target-missing";

export interface Answer {
  readonly outcome: Outcome;
  readonly reason: string;
  /** The incident's id, when the journal has one. */
  readonly incident?: string;
  /** The same was announced before, and was not announced again. */
  readonly isRepeated?: boolean;
  /** The guards that a containment passed, for the log. */
  readonly checked?: readonly string[];
}
