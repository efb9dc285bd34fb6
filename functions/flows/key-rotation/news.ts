/** Writes for other teams' programs what a notice says to people about an old access key. */
import { createHash } from "node:crypto";
import type { OldKeyMessage } from "../../../contract/key-rotation-message";
import { accessKeysRule } from "../../catalogue/compliance-rules";
import type { OldKey } from "./notify";

/** Writes the message as it is sent at a moment. */
export function oldKeyNews({ account, userName, week }: OldKey, at: Date): OldKeyMessage {
  const about = `${account.id}/${userName}/${week}`;
  return {
    format: "cordon-old-key/1",
    id: createHash("sha256").update(about).digest("hex").slice(0, 16),
    at: at.toISOString(),
    account: { id: account.id, name: account.name },
    user: userName,
    week,
    rule: accessKeysRule,
  };
}
