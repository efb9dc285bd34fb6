/** Writes the message for other teams' queues about a user who must rotate an access key. */
import { createHash } from "node:crypto";
import type { KeyRotationMessage } from "../../../contract/key-rotation-message";
import { keyRotationRule } from "../../catalogue/compliance-rules";
import type { KeyRotationReminder } from "./notify";

/** Writes the message; copies sent at other times differ in `at` alone. */
export function keyRotationNews(
  { account, userName, week }: KeyRotationReminder,
  at: Date,
): KeyRotationMessage {
  const subject = `${account.id}/${userName}/${week}`;
  return {
    format: "cordon-key-rotation/1",
    id: createHash("sha256").update(subject).digest("hex").slice(0, 16),
    at: at.toISOString(),
    account: { id: account.id, name: account.name },
    user: userName,
    week,
    rule: keyRotationRule,
  };
}
