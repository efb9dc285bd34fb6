/** Responds to the findings of one playbook; which one, the environment says. */
import { catalogue, type PlaybookId } from "../catalogue";
import { detect } from "../detect/detect";
import { primaryPlaybook } from "../routing";
import { tell } from "../triage";
import { queueHandler } from "./delivery";
import { openResponder, type ResponderEnvironment } from "./responder";

/** What the component must set on every responder. */
export interface Environment extends ResponderEnvironment {
  readonly QUEUE_ARN: string;
  readonly PLAYBOOK: string;
  /** Deliveries after which the queue gives up. */
  readonly MAX_RECEIVE_COUNT: string;
}

const environment = process.env as unknown as Environment;
const playbook = environment.PLAYBOOK as PlaybookId;
const responder = openResponder(environment, catalogue[playbook].family);
const from = { queueArn: environment.QUEUE_ARN, refuse: responder.deadLetters.keep };

export const handler = queueHandler(from, async ({ event, number, securityAccount, requestId }) => {
  const detected = detect(event, securityAccount);
  // One finding of Security Hub may match the rules of several: people are told once.
  if (detected.kind !== "incident" && (primaryPlaybook(event) ?? playbook) !== playbook)
    return undefined;
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  const { finding, place } = detected.kind === "incident" ? detected.incident : detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  if (detected.kind === "archived") {
    return { outcome: "logged", reason: "The finding is archived or suppressed", ...about };
  }
  if (detected.kind === "unanswered") {
    // The rule let it through, so triage leaves it alone; what it lacks only parsing could see.
    return { ...(await tell(detected, responder)), ...about };
  }
  if (detected.incident.playbook !== playbook) return undefined;
  const answered = await responder.answer(detected.incident, {
    runner: requestId,
    delivery: number,
    lastDelivery: Number(environment.MAX_RECEIVE_COUNT),
  });
  return { ...answered, ...about };
});
