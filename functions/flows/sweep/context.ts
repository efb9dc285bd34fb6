/** Declares the sweeper's ports, and the helpers that its parts share. */

import type { MemberAccount, Network } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Account, Accounts, Clock, Notices } from "../../model/ports";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import { converge } from "../../remediate/converge";
import type { Step } from "../../remediate/steps";
import { kindOf } from "../../remediate/steps";
import type { OwnTask } from "./tasks";

/** Reads of one account, in every region, in one session. */
export interface Survey {
  network(region: string): Network;
  /** Counts the messages that wait in a queue; undefined where the queue does not exist. */
  waiting(region: string, queue: string): Promise<number | undefined>;
}

export interface Sweeper extends Accounts, Clock, Notices {
  readonly governedRegions: readonly string[];
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Accounts of the organization that nothing is deployed to. */
  readonly excludedAccounts: readonly string[];
  /** Hours between two scheduled rounds. */
  readonly hours: number;
  sleep(ms: number): Promise<void>;
  /** Makes the random part of a name that another principal has taken. */
  suffix(): string;
  /** Lists the organization's accounts that are active. */
  accounts(): Promise<readonly Account[]>;
  /** Opens a session that reads one account. */
  openSession(account: string): Promise<Survey>;
  /** Opens a session for one change. */
  assume(place: Place, statements: readonly Statement[]): Promise<MemberAccount>;
  /** Puts tasks into the sweeper's own queue, each visible after a delay of at most 900 s. */
  enqueue(tasks: readonly { readonly task: OwnTask; readonly seconds: number }[]): Promise<void>;
  /** Reports whether an error means "not permitted", or a region that the account has not enabled. */
  isRefusal(error: unknown): boolean;
  /** Reports whether an error means that the VPC does not exist. */
  isGone(error: unknown): boolean;
}

/** The result of one sweep. */
export interface Swept {
  /** VPCs inspected. */
  readonly vpcs: number;
  /** "region/vpc" of each group that was created or closed. */
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
  /** Dead-letter queues that do not exist: nothing is forwarded from that region. */
  readonly missing: readonly string[];
}

/** Regions, or VPCs of one region, handled side by side. */
export const maxParallel = 5;
/** Inspections after a change, one a second: EC2 is eventually consistent. */
const inspections = 3;

/** Applies one step, in a session for it alone; true once EC2 shows it in effect. */
export async function change(wanted: Step, place: Place, sweeper: Sweeper): Promise<boolean> {
  const kind = kindOf(wanted.kind);
  const account = await sweeper.assume(place, kind.permissions(wanted, place));
  await converge(wanted, account, sweeper);
  for (let inspection = 1; ; inspection++) {
    if ((await kind.inspect(wanted, account)) === "after") return true;
    if (inspection === inspections) return false;
    await sweeper.sleep(1_000);
  }
}

/** Opens a session, or gives the reason why the account is unreachable. @throws other errors, to retry */
export async function openSession(
  account: string,
  sweeper: Sweeper,
): Promise<Survey | { readonly unreachable: string }> {
  try {
    return await sweeper.openSession(account);
  } catch (error) {
    if (!sweeper.isRefusal(error)) throw error;
    return { unreachable: `Account ${account} is unreachable: ${errorText(error, 300)}` };
  }
}

/** Records what failed in a place. */
export function problem(where: string, error: unknown, sweeper: Sweeper) {
  return { where, why: errorText(error, 300), refused: sweeper.isRefusal(error) };
}

export function placeOf(account: string, region: string): Place {
  return { account, region };
}
