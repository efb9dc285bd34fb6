/** What the sweeper needs of the world, and how its parts use it. */

import type { MemberAccount, Network } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Account, Accounts, Clock, Notices } from "../../model/ports";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { Step } from "../../remediate/steps";
import { kindOf } from "../../remediate/steps";
import type { Task } from "./tasks";

/** What one session shows of an account, in every region. */
export interface Survey {
  network(region: string): Network;
  /** Messages that wait in a queue; undefined where there is no such queue. */
  waiting(region: string, queue: string): Promise<number | undefined>;
}

export interface Sweeper extends Accounts, Clock, Notices {
  readonly governedRegions: readonly string[];
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Accounts of the organization that nothing is deployed to. */
  readonly leftOut: readonly string[];
  /** Hours between two scheduled rounds. */
  readonly hours: number;
  sleep(ms: number): Promise<void>;
  /** Lists the organization's accounts that are active. */
  accounts(): Promise<readonly Account[]>;
  /** Opens a session that looks around one account. */
  enter(account: string): Promise<Survey>;
  /** Opens a session for one change. */
  assume(place: Place, statements: readonly Statement[]): Promise<MemberAccount>;
  /** Puts tasks into the sweeper's own queue, to be visible after a delay of at most 900 s. */
  later(tasks: readonly { readonly task: Task; readonly seconds: number }[]): Promise<void>;
  /** Tells whether an error means "not permitted", or a region that the account has not enabled. */
  isRefusal(error: unknown): boolean;
  /** Tells whether an error means that the VPC does not exist. */
  isGone(error: unknown): boolean;
}

/** What a sweep found and did. */
export interface Swept {
  /** VPCs looked at. */
  readonly vpcs: number;
  /** "region/vpc" of groups that were made or closed. */
  readonly provided: readonly string[];
  readonly problems: readonly {
    readonly where: string;
    readonly why: string;
    readonly refused: boolean;
  }[];
  /** Dead-letter queues of forwarding rules in which events wait. */
  readonly undelivered: readonly {
    readonly region: string;
    readonly queue: string;
    readonly waiting: number;
  }[];
  /** Dead-letter queues that are not there: nothing is forwarded from that region. */
  readonly missing: readonly string[];
}

/** Regions, or VPCs of one region, worked on side by side. */
export const width = 5;
/** Looks after a change until it must be seen, one a second: EC2 is eventually consistent. */
const looks = 3;

/** Carries out one step, in a session for it alone; tells whether it is seen to stand. */
export async function change(wanted: Step, place: Place, sweeper: Sweeper): Promise<boolean> {
  const kind = kindOf(wanted.kind);
  const account = await sweeper.assume(place, kind.permissions(wanted, place));
  await kind.apply(wanted, account);
  for (let look = 1; ; look++) {
    if ((await kind.inspect(wanted, account)) === "after") return true;
    if (look === looks) return false;
    await sweeper.sleep(1_000);
  }
}

/** Opens the account, or says why it stays shut; what may pass is thrown. */
export async function enter(
  account: string,
  sweeper: Sweeper,
): Promise<Survey | { readonly shut: string }> {
  try {
    return await sweeper.enter(account);
  } catch (error) {
    if (!sweeper.isRefusal(error)) throw error;
    return { shut: `Account ${account} cannot be entered: ${errorText(error, 300)}` };
  }
}

/** Notes what kept a sweep from a place. */
export function problem(where: string, error: unknown, sweeper: Sweeper) {
  return { where, why: errorText(error, 300), refused: sweeper.isRefusal(error) };
}

export function placeOf(account: string, region: string): Place {
  return { account, region };
}

/** Acts on every item, so many at a time, and gives the results in the items' order. */
export async function inParallel<T, R>(
  most: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let next = 0; next < items.length; next += most) {
    results.push(...(await Promise.all(items.slice(next, next + most).map(act))));
  }
  return results;
}
