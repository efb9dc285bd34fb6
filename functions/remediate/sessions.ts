/** The sessions in which steps are carried out: which steps share one, and when it is opened. */
import { type Family, familyOf } from "../catalogue/playbooks";
import type { MemberAccount } from "../model/member-account";
import { policyLength } from "../model/policy-document";
import type { Place } from "../model/resource";
import type { Statement } from "../model/statement";
import { sourceIdentityOf } from "../record/approvals";
import type { IncidentRecord } from "../record/journal";
import type { Step } from "./steps";
import { kindOf } from "./steps";

/**
 * Characters of a session policy that steps may share. STS takes 2,048, but also packs policies into
 * a size that it does not document, and a step whose session is refused is not carried out.
 */
const sharedPolicyLength = 1_500;

/** Opens sessions in member accounts. */
export interface SessionOpener {
  /**
   * Assumes the member role of a family with these statements as the session's policy.
   *
   * @param approver the source identity of the session, where a person approved what it does, or asked
   *   for it
   */
  assume(
    family: Family,
    place: Place,
    statements: readonly Statement[],
    incident: string,
    approver?: string,
  ): Promise<MemberAccount>;
}

/**
 * The sessions of one run, each asked for once and as early as it is known to be needed. Steps that
 * run side by side share one as long as its policy stays short: one more for each step would be one
 * more call to wait for, most of them before the first change.
 */
export class Sessions {
  private readonly sessions = new Map<Step, SharedSession>();

  constructor(
    private readonly opener: SessionOpener,
    private readonly record: Pick<IncidentRecord, "id" | "incident" | "plan" | "approval">,
    private readonly duty: "contain" | "release",
    uses: (step: Step) => boolean = () => true,
  ) {
    const { incident, plan } = record;
    for (const stage of plan.stages) {
      // A part has the account and region of its own, and the role of its playbook's family.
      const part = plan.parts?.find(({ name }) => name === stage.part);
      const { place, playbook } = part ?? incident;
      const family = familyOf(playbook);
      let shared: SharedSession | undefined;
      for (const step of stage.steps.filter(uses)) {
        const kind = kindOf(step.kind);
        const own =
          duty === "contain" ? kind.permissions(step, place) : kind.undoPermissions(step, place);
        const both = [...(shared?.statements ?? []), ...own];
        if (shared === undefined || policyLength(both) > sharedPolicyLength) {
          shared = { family, place, statements: own };
        } else {
          shared.statements = both;
        }
        this.sessions.set(step, shared);
      }
    }
  }

  prepare(steps: readonly Step[]): void {
    // A failed session is the step's failure, reported when the step asks for it.
    for (const step of steps) this.of(step).catch(() => undefined);
  }

  async of(step: Step): Promise<MemberAccount> {
    const shared = this.sessions.get(step);
    if (shared === undefined) throw new Error(`No session was foreseen for ${step.kind}`);
    const { id, incident, approval } = this.record;
    const person = approval?.by ?? incident.finding.requestedBy;
    shared.account ??= this.opener.assume(
      shared.family,
      shared.place,
      shared.statements,
      id,
      ...(person !== undefined && this.duty === "contain" ? [sourceIdentityOf(person)] : []),
    );
    return shared.account;
  }
}

interface SharedSession {
  readonly family: Family;
  readonly place: Place;
  statements: readonly Statement[];
  account?: Promise<MemberAccount>;
}
