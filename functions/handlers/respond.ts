/** Responds to the findings of one playbook; which one, the environment says. */
import { isRefusal } from "../aws/errors";
import { catalogue, type PlaybookId } from "../catalogue";
import { detectGuardDuty } from "../detect/guardduty";
import { memberRoleName } from "../member-role-name";
import { readerOf } from "../remediate/facts";
import { answer } from "../response";
import {
  now,
  openDeadLetters,
  openJournal,
  openOrganization,
  openSessions,
  openTopic,
  sleep,
} from "./adapters";
import { queueHandler } from "./delivery";

/** What the component must set on every responder. */
export interface Environment {
  readonly PLAYBOOK: string;
  readonly MODE: "dry-run" | "enforce";
  readonly SAMPLE_FINDINGS: "act" | "log";
  readonly JOURNAL_TABLE: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
  readonly EXTERNAL_ID: string;
  /** Comma-separated. */
  readonly GOVERNED_REGIONS: string;
  /** Comma-separated ARNs that are never changed automatically; may be empty. */
  readonly PROTECTED_RESOURCES: string;
  /** Deliveries after which the queue gives up. */
  readonly MAX_RECEIVE_COUNT: string;
}

const environment = process.env as unknown as Environment;
const playbook = environment.PLAYBOOK as PlaybookId;
const journal = openJournal(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const accounts = openOrganization();
const sessions = openSessions(
  memberRoleName(catalogue[playbook].family, "contain"),
  environment.EXTERNAL_ID,
);
const list = (text: string) => text.split(",").filter((item) => item !== "");

export const handler = queueHandler(async ({ event, number, securityAccount, requestId }) => {
  const detected = detectGuardDuty(event, securityAccount);
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  const { finding, place } = detected.kind === "incident" ? detected.incident : detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  if (detected.kind === "archived") {
    return { outcome: "logged", reason: "The finding is archived or suppressed", ...about };
  }
  // The rule and the code read the same catalogue; whatever differs is triage's to announce.
  if (detected.kind === "unanswered" || detected.incident.playbook !== playbook) return undefined;
  const answered = await answer(detected.incident, {
    journal,
    runner: requestId,
    now,
    sleep,
    publish: topic.publish,
    isRefusal,
    account: accounts.account,
    assume: sessions.open,
    reader: (incident) =>
      sessions.reuse(incident.place, readerOf(incident.resource.kind).permissions(), "facts"),
    policy: {
      mode: environment.MODE,
      sampleFindings: environment.SAMPLE_FINDINGS,
      governedRegions: list(environment.GOVERNED_REGIONS),
      protectedResources: list(environment.PROTECTED_RESOURCES),
    },
    delivery: number,
    lastDelivery: Number(environment.MAX_RECEIVE_COUNT),
  });
  return { ...answered, ...about };
}, deadLetters.keep);
