/** Tells people of a finding that no playbook answers, where it is worth telling. */
import { tierOf } from "./decide/decide";
import type { Detected } from "./detect/detected";
import { announcement, type Notice } from "./record/notice";
import type { Answer } from "./response";

export interface Teller {
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  publish(notice: Notice): Promise<void>;
  readonly sampleFindings: "act" | "log";
}

export async function tell(
  { finding, place, resource, advice, silent }: Extract<Detected, { kind: "unanswered" }>,
  teller: Teller,
): Promise<Answer> {
  const account = await teller.account(place.account);
  if (account === undefined) {
    return {
      outcome: "refused",
      reason: `Account ${place.account} is not in the organization`,
    };
  }
  if (silent !== undefined) return { outcome: "logged", reason: silent };
  if (finding.sample && teller.sampleFindings === "log" && !finding.requestedAt) {
    return { outcome: "logged", reason: "It is a sample finding, and this stage only logs those" };
  }
  const urgent = advice?.urgent === true;
  if (tierOf(finding.severity) === "log" && !urgent && !finding.requestedAt) {
    return { outcome: "logged", reason: `Severity ${finding.severity} is below 4` };
  }
  const reason = advice?.why ?? `No playbook answers ${finding.type} about ${resource}`;
  await teller.publish(
    announcement({ finding, place, accountName: account.name, resource }, "notified", [reason], {
      instead: advice?.instead,
      urgent,
    }),
  );
  return { outcome: "notified", reason };
}
