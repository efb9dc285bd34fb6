/** Breaks a run at its k-th call by Cordon's own code, to show that any crash can be resumed. */
import type { Moto } from "./emulator/moto";
import { Replicas } from "./emulator/replicas";
import type { Caller, Origin } from "./iam/caller";
import { isMutating } from "./record";

/**
 * - drop: the effect happens, the answer is never sent
 * - refuse: the connection is dropped before any effect
 * - throttle: the service's own throttling error, no effect
 * - kill: the effect happens, then the caller dies and the connection drops
 * - stall: the effect happens, the connection stays open, and no answer ever comes
 * - lag: for `lagMs` after this write, reads of eventually consistent services answer as before it,
 *   and what it made is not found
 */
export type FaultKind = "drop" | "refuse" | "throttle" | "kill" | "stall" | "lag";

/** Services whose reads may answer as before a write. */
export const eventuallyConsistent = new Set(["ec2", "iam", "autoscaling", "elasticloadbalancing"]);

/** How long a lag lasts where a fault does not say. */
const defaultLagMs = 2_000;

export interface Fault {
  /** The call to break: 1 is the first after arm(). */
  readonly at: number;
  /** Counts the calls of this action alone. @default every action's */
  readonly action?: string;
  readonly kind: FaultKind;
  /** Breaks every later call of the same action too, so that retrying does not help; of a lag, every later write. */
  readonly lasting?: boolean;
  /** Milliseconds for which a lag hides a write, or up to a quarter more. @default 2,000 */
  readonly lagMs?: number;
  readonly onKill?: (caller: Caller) => void;
  /** Says whose calls are counted and broken. @default every caller's */
  readonly concerns?: (caller: Caller) => boolean;
}

/** What became of one armed fault. */
export interface Armed {
  /** Actions of the calls it concerned since it was armed, in order, the broken one included. */
  readonly actions: readonly string[];
  /** How many these are. */
  readonly counted: number;
  readonly fired: boolean;
}

export interface Faults {
  /** Arms faults instead of those armed before; each counts anew the calls that it concerns. */
  arm(...faults: readonly Fault[]): readonly Armed[];
  /** Breaks and counts nothing more. */
  disarm(): void;
  /** What the first fault armed last has counted. */
  readonly counted: number;
  readonly fired: boolean;
}

// Lambda's pollers use the function's role, but their calls are the service's, not Cordon's.
const pollerOperations = new Set([
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:DeleteMessageBatch",
  "sqs:ChangeMessageVisibility",
  "sqs:ChangeMessageVisibilityBatch",
  "sqs:GetQueueAttributes",
]);

/** Says whether a call is made by Cordon's own code, as faults, latency and figures mean it. */
export function isOwnCall({ origin }: { readonly origin: Origin }, action: string): boolean {
  return origin === "cordon" && !pollerOperations.has(action);
}

export class ArmedFaults implements Faults {
  #armed: readonly Counter[] = [];
  #disarmed = true;

  constructor(private readonly moto: Pick<Moto, "url">) {}

  arm(...faults: readonly Fault[]): readonly Armed[] {
    this.#armed = faults.map((fault) => new Counter(fault, this.moto));
    this.#disarmed = false;
    return this.#armed;
  }

  disarm(): void {
    this.#disarmed = true;
  }

  get counted(): number {
    return this.#armed[0]?.counted ?? 0;
  }

  get fired(): boolean {
    return this.#armed[0]?.fired ?? false;
  }

  /** Counts a call and returns the fault that is due at it. */
  next(action: string, caller: Caller): Fault | undefined {
    if (this.#disarmed) return undefined;
    const due = this.#armed.map((each) => each.next(action, caller));
    return due.find((fault) => fault !== undefined);
  }

  /** The states that a caller's calls of an eventually consistent service are answered from. */
  replicas(action: string, caller: Caller): Replicas | undefined {
    if (this.#disarmed || !eventuallyConsistent.has(action.split(":")[0] as string))
      return undefined;
    return this.#armed.find((each) => each.replicas && each.concerns(caller))?.replicas;
  }
}

class Counter implements Armed {
  readonly actions: string[] = [];
  fired = false;
  replicas?: Replicas;
  #broken = "";

  constructor(
    private readonly fault: Fault,
    private readonly moto: Pick<Moto, "url">,
  ) {
    const { at } = fault;
    if (!Number.isInteger(at) || at < 1) {
      throw new RangeError(`at must be a whole number of 1 or more, but ${at} was provided`);
    }
  }

  get counted(): number {
    return this.actions.length;
  }

  concerns(caller: Caller): boolean {
    return this.fault.concerns?.(caller) !== false;
  }

  next(action: string, caller: Caller): Fault | undefined {
    const { fault } = this;
    if (!this.concerns(caller)) return undefined;
    const lag = fault.kind === "lag";
    if (lag && this.fired && fault.lasting && isWrite(action)) return fault;
    if (fault.action !== undefined && fault.action !== action) return undefined;
    this.actions.push(action);
    if (this.fired) return fault.lasting && action === this.#broken ? fault : undefined;
    if (this.counted !== fault.at) return undefined;
    this.fired = true;
    this.#broken = action;
    if (lag) this.replicas = new Replicas(this.moto, fault.lagMs ?? defaultLagMs);
    return fault;
  }
}

function isWrite(action: string): boolean {
  return isMutating(action.slice(action.indexOf(":") + 1));
}
