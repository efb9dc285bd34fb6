import type { Notice } from "../../functions/notify/notice";

/** Picks what e-mail shows of a notice. */
export function mailed({ urgency, subject, text }: Notice) {
  return { urgency, subject, text };
}
