/** Announces exceptions a week before they end: from then on responses are automatic again. */
import { describeException } from "../../decide/exceptions";
import { oneLine } from "../../model/plain-text";
import type { Clock, Notices } from "../../model/ports";
import { fact, section } from "../../notify/message";
import { notice } from "../../notify/notice";
import type { EndingException, NotificationLog } from "../../notify/notification-log";
import { urgencyOf } from "../../notify/urgency";
import { type ExceptionRegister, endOf, isInEffect } from "../../record/exceptions";

export interface ExceptionWatch extends Clock, Notices {
  readonly exceptions: ExceptionRegister;
  readonly announced: NotificationLog<EndingException>;
}

const aheadMs = 7 * 86_400_000;

/** Announces each exception that ends within a week once; returns how many it announced. */
export async function announceEnding(watch: ExceptionWatch): Promise<number> {
  const now = watch.now();
  let announced = 0;
  for (const entry of await watch.exceptions.entries()) {
    // An entry that cannot be read is in the notice of every response that it holds back.
    if ("problem" in entry) continue;
    if (!isInEffect(entry, now) || endOf(entry) > now.getTime() + aheadMs) continue;
    const { id, expires, covers, addedBy } = entry;
    if ((await watch.announced.claim({ id, expires }, now.toISOString())) !== "ours") continue;
    await watch.publish(
      notice(urgencyOf("exception-ends"), `Exception ${id} ends after ${expires}`, [
        oneLine(describeException(entry)),
        fact("Added by", oneLine(addedBy)),
        section(
          "It covers",
          Object.entries(covers).map(([field, value]) => `${field} ${value}`),
        ),
        section("Do this", [
          "Nothing, if it may end: Cordon then responds to such findings automatically again.",
          "To keep it, add a new one: npx cordon except add",
        ]),
      ]),
    );
    await watch.announced.confirm({ id, expires });
    announced += 1;
  }
  return announced;
}
