/** What an entry of the resource table is: the permissions that one operation needs. */
import type { Caller } from "../iam/caller";
import type { LazyContext } from "../iam/decision";
import type { Parameters } from "../wire/protocol";
import type { World } from "../world";

/** One permission a call needs. */
export interface Check {
  readonly action: string;
  readonly resource: string;
  readonly account: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly lazy?: LazyContext;
}

export interface Request {
  /** Account of the caller. */
  readonly account: string;
  readonly region: string;
  readonly parameters: Parameters;
  readonly world: World;
  /** Who calls; some operations without a user's name are about the caller itself. */
  readonly caller?: Caller;
}

/** Lists the permissions of a call; the first one's account is where the call takes effect. */
export type Operation = (request: Request) => readonly Check[] | Promise<readonly Check[]>;
