/** Breaks a run at its k-th call by Cordon's own code, to show that any crash can be resumed. */
import type { Caller, Origin } from "./callers";

/**
 * - drop: the effect happens, the answer is never sent
 * - refuse: the connection is dropped before any effect
 * - throttle: the service's own throttling error, no effect
 * - kill: the effect happens, then the caller dies and the connection drops
 */
export type FaultKind = "drop" | "refuse" | "throttle" | "kill";

export interface Fault {
  /** The call to break: 1 is the first after arm(). */
  readonly at: number;
  readonly kind: FaultKind;
  /** Breaks every later call of the same action too, so that retrying does not help. */
  readonly lasting?: boolean;
  readonly onKill?: (caller: Caller) => void;
}

export interface Faults {
  /** Arms one fault and starts counting anew. */
  arm(fault: Fault): void;
  disarm(): void;
  /** Calls counted since arm(), the broken one included. */
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

/** Tells whether a call is made by Cordon's own code, as faults, latency and figures mean it. */
export function isOwnCall({ origin }: { readonly origin: Origin }, action: string): boolean {
  return origin === "cordon" && !pollerOperations.has(action);
}

export class ArmedFaults implements Faults {
  #fault: Fault | undefined;
  #counted = 0;
  #fired = false;
  #broken = "";

  arm(fault: Fault): void {
    if (!Number.isInteger(fault.at) || fault.at < 1) {
      throw new RangeError(`at must be a whole number of 1 or more, but ${fault.at} was provided`);
    }
    this.#fault = fault;
    this.#counted = 0;
    this.#fired = false;
  }

  disarm(): void {
    this.#fault = undefined;
  }

  get counted(): number {
    return this.#counted;
  }

  get fired(): boolean {
    return this.#fired;
  }

  /** Counts a call and returns the fault that is due at it. */
  next(action: string): Fault | undefined {
    if (!this.#fault) return undefined;
    this.#counted += 1;
    if (this.#fired)
      return this.#fault.lasting && action === this.#broken ? this.#fault : undefined;
    if (this.#counted !== this.#fault.at) return undefined;
    this.#fired = true;
    this.#broken = action;
    return this.#fault;
  }
}
