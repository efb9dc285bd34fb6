/** Has open incidents looked at: all by a schedule, and an account's after calls that may let out. */
import { type PlaybookId, playbookIds } from "../../catalogue/playbooks";
import type { Incident } from "../../model/incident";
import type { Clock } from "../../model/ports";
import type { IncidentRecord, Journal } from "../../record/journal";
import { isOver } from "./expiry";
import type { Task } from "./tasks";

export interface Watch extends Pick<Journal, "openIncidents">, Clock {
  /** Has incidents released whose time is over, by their names; only where any has an end. */
  end(incidents: readonly string[]): Promise<void>;
  /** Sends looks to a playbook's responder, each visible after a delay of at most 900 s. */
  send(playbook: PlaybookId, looks: readonly Look[]): Promise<void>;
  sleep(ms: number): Promise<void>;
}

interface Look {
  readonly task: Task;
  readonly seconds: number;
}

/** Looks that a round begins in a second, of each playbook. */
const perSecond = { schedule: 5, calls: 1 };
/** Looks that a round after calls begins, of each playbook: the schedule has the others. */
const mostLooks = 60;
/** Seconds that a round after calls lasts at least. */
const shortestRound = 10;
/** Seconds: the longest delay SQS takes. */
const longestDelay = 900;

/** Has those released whose time is over, and all other open incidents looked at; returns their number. */
export async function lookAtAll(watch: Watch): Promise<number> {
  const records = await watch.openIncidents();
  const over = records.filter((record) => isOver(record, watch.now())).map(({ id }) => id);
  if (over.length > 0) await watch.end(over);
  const numbers = await begin(watch, lookable(records, watch), perSecond.schedule);
  return sum(numbers);
}

/**
 * Has the open incidents of accounts looked at in which calls were made. An account makes such calls
 * without end, and looks wait in the queue of the findings. So a round lasts until its last look is
 * visible, and ten seconds at least; the component lets two go on at once.
 */
export async function lookAfterCalls(
  accounts: ReadonlySet<string>,
  watch: Watch,
): Promise<{ readonly looks: number; readonly left: number }> {
  const records = await watch.openIncidents();
  const concerned = lookable(records, watch).filter(({ place }) => accounts.has(place.account));
  const numberIn = new Map<string, number>();
  for (const { place } of concerned) {
    numberIn.set(place.account, (numberIn.get(place.account) ?? 0) + 1);
  }
  const size = ({ place }: Incident) => numberIn.get(place.account) ?? 0;
  // Of accounts with few first: one account alone cannot keep the others from being looked at.
  const ordered = concerned.toSorted((one, other) => size(one) - size(other));
  const numbers = await begin(watch, ordered, perSecond.calls, mostLooks);
  const seconds = Math.max(shortestRound, Math.max(...numbers) / perSecond.calls);
  await watch.sleep(seconds * 1_000);
  const looks = sum(numbers);
  return { looks, left: concerned.length - looks };
}

/** Leaves out what is being released, or is about to be. */
function lookable(records: readonly IncidentRecord[], { now }: Watch): readonly Incident[] {
  return records
    .filter((record) => record.status !== "releasing" && !isOver(record, now()))
    .map(({ incident }) => incident);
}

/** Sends the looks, spread over time; returns their number for each playbook. */
function begin(
  watch: Watch,
  incidents: readonly Incident[],
  rate: number,
  most = incidents.length,
): Promise<readonly number[]> {
  return Promise.all(
    playbookIds.map(async (playbook) => {
      const own = incidents.filter((incident) => incident.playbook === playbook).slice(0, most);
      const looks = own.map(({ key }, index) => ({
        task: { task: "look-again" as const, incident: key },
        seconds: Math.min(longestDelay, Math.floor(index / rate)),
      }));
      await watch.send(playbook, looks);
      return looks.length;
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
