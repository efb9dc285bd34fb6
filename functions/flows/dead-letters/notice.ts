/** Writes the notice of dead letters. */
import { command } from "../../model/command";
import { unlinked } from "../../model/plain-text";
import { fact, section } from "../../notify/message";
import { type Notice, notice } from "../../notify/notice";
import { urgencyOf } from "../../notify/urgency";
import {
  type LetterQueue,
  minutesBetweenNotices,
  type PendingLetters,
} from "../../record/dead-letters";

/** Writes of letters of one queue, with the newest and how to have them answered. */
export function deadLetterNotice(
  { queue, count, newest }: PendingLetters,
  { handler, upkeep = false }: LetterQueue,
): Notice {
  const letters = `${count} dead ${count === 1 ? "letter" : "letters"}`;
  const [first] = newest;
  const written = notice(
    urgencyOf(upkeep ? "dead-letter-of-upkeep" : "dead-letter"),
    `${letters}: ${queue}${count === 1 && first !== undefined ? `: ${first.about}` : ""}`,
    [
      upkeep
        ? "Messages were not handled. The next round, or the next report, does the same."
        : "Messages were not handled: what they report is not answered.",
      fact("Queue", queue),
      fact("Letters", `${count}, kept in the journal's table`),
      section(
        newest.length < count ? `The newest ${newest.length}` : "Letters",
        newest.map(
          ({ id, at, about, reason }) => `${at} ${id}: ${unlinked(`${about}. ${reason}`)}`,
        ),
      ),
      section("Do this", [
        `Find out why: the log of ${handler} has the messages' ids.`,
        ...(upkeep
          ? []
          : [
              "Contain what cannot wait: npx cordon contain, or send its finding by CordonContain in Security Hub.",
            ]),
        `Once the cause is mended, send each again: ${command`npx cordon redrive ${first?.id ?? "ID"} --reason "WHY"`}`,
        "See all of them: npx cordon redrive",
      ]),
      `Later letters of this queue have their notice after ${minutesBetweenNotices} minutes, together.`,
    ],
  );
  // What they report is about incidents, whichever: every channel that hears of those must hear of it.
  return upkeep ? written : { ...written, about: "incidents" };
}
