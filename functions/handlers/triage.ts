/** Speaks for every event on the hub that no playbook answers: tells people, or refuses it. */
import { tierOf } from "../decide/decide";
import { detectGuardDuty } from "../detect/guardduty";
import { matchesPlaybook } from "../patterns";
import { announcement } from "../record/notice";
import { openDeadLetters, openOrganization, openTopic } from "./adapters";
import { queueHandler } from "./delivery";

/** What the component must set on triage. */
export interface Environment {
  readonly SAMPLE_FINDINGS: "act" | "log";
  readonly NOTICE_TOPIC_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

const environment = process.env as unknown as Environment;
const accounts = openOrganization();
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);

export const handler = queueHandler(async ({ event, securityAccount }) => {
  // Its playbook has it too and speaks for it, also where it refuses what the rule let through.
  if (matchesPlaybook(event)) return undefined;
  const detected = detectGuardDuty(event, securityAccount);
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  if (detected.kind === "incident") throw new Error("Rule and catalogue disagree: a defect");
  const { finding, place } = detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  if (detected.kind === "archived") {
    return { outcome: "logged", reason: "The finding is archived or suppressed", ...about };
  }
  const account = await accounts.account(place.account);
  if (account === undefined) {
    const reason = `Account ${place.account} is not in the organization`;
    return { outcome: "refused", reason, ...about };
  }
  if (finding.sample && environment.SAMPLE_FINDINGS === "log") {
    const reason = "It is a sample finding, and this stage only logs those";
    return { outcome: "logged", reason, ...about };
  }
  if (tierOf(finding.severity) === "log") {
    return { outcome: "logged", reason: `Severity ${finding.severity} is below 4`, ...about };
  }
  const reason = `No playbook answers ${finding.type} about ${detected.resourceType}`;
  await topic.publish(
    announcement(
      { finding, place, accountName: account.name, resource: detected.resourceType },
      "notified",
      [reason],
    ),
  );
  return { outcome: "notified", reason, ...about };
}, deadLetters.keep);
