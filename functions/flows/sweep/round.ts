/** Starts a round through every account of the organization. */

import { inParallel } from "../../model/in-parallel";
import { errorText } from "../../model/plain-text";
import type { Sweeper } from "./context";
import { uncontainableNotice } from "./notice";

/** An account that Cordon cannot open a session in: nothing in it can be contained. */
interface Uncontainable {
  readonly account: string;
  readonly name: string;
  readonly why: string;
}

/** Sessions opened side by side, to see which accounts are reachable. */
const maxProbes = 20;
/** Seconds: the longest delay SQS takes. */
const longestDelay = 900;
/** Accounts that are swept in the same second of a round. */
const accountsASecond = 10;

/**
 * Puts one task for each account into the queue, then opens a session in every account and notifies
 * the responders, once a day, of those that are unreachable. Duplicate rounds do no harm.
 */
export async function startRound(sweeper: Sweeper): Promise<{
  readonly accounts: number;
  readonly uncontainable: readonly Uncontainable[];
}> {
  const all = await sweeper.accounts();
  const accounts = all.filter(({ id }) => !sweeper.excludedAccounts.includes(id));
  await sweeper.enqueue(
    accounts.map(({ id }, index) => ({
      task: { task: "account", account: id },
      seconds: Math.min(longestDelay, Math.floor(index / accountsASecond)),
    })),
  );
  const probed = await inParallel(maxProbes, accounts, async ({ id, name }) => {
    const why = await sweeper.openSession(id).then(
      () => undefined,
      (error) => errorText(error, 300),
    );
    return why === undefined ? [] : [{ account: id, name, why }];
  });
  const uncontainable = probed.flat().sort((a, b) => (a.account < b.account ? -1 : 1));
  // Every period of `hours` has one round in it, and so has the first of the day.
  if (uncontainable.length > 0 && sweeper.now().getUTCHours() < sweeper.hours) {
    await sweeper.publish(uncontainableNotice(uncontainable, accounts.length));
  }
  return { accounts: accounts.length, uncontainable };
}
