/** Has the remote end of a finding about an instance blocked: its responder hands the finding on. */
import { attackersOf, detectAddress } from "../../detect/remote-address";
import type { Incident } from "../../model/incident";
import { answer } from "./respond";
import type { Answer, Responder } from "./responder";
import type { AddressTask } from "./tasks";

/**
 * Hands a finding on that an outsider began, once for each address: whatever became of it, nobody else
 * answers for who attacked.
 */
export async function handOn(
  incident: Incident,
  event: unknown,
  send: (task: AddressTask) => Promise<void>,
): Promise<void> {
  for (const { address } of attackersOf(incident, event)) {
    // One by one: SQS limits the size of a batch, and findings are long.
    await send({ task: "block-address", address, event });
  }
}

/** Answers a finding that was handed on, by the policy of the playbook that blocks. */
export async function answerAddress(
  { address, event }: AddressTask,
  securityAccount: string,
  responder: Responder,
): Promise<Answer> {
  const detected = detectAddress(event, address, securityAccount);
  if ("refused" in detected) return { outcome: "refused", reason: detected.refused };
  return answer(detected.incident, responder);
}
