/**
 * The brakes held in memory: a stand-in for functions/aws/brake-table.ts with the same conditions on
 * every write. Both pass brakes-contract.ts.
 */
import { countedAs, onlyCounts, weekBegan, windowOf } from "../../functions/catalogue/brake-scopes";
import {
  alertClaimSeconds,
  type Brake,
  type BrakeControl,
  type BrakeReset,
  type Brakes,
  mostWaiting,
  type TrippedBrake,
} from "../../functions/record/brakes";
import { type Gate, through } from "./memory-account";

/** JSON, as a table would hold it. */
export interface BrakeItems {
  /** Incidents by scope and window. */
  counts: Record<string, string[]>;
  tripped: Record<
    string,
    { brake?: TrippedBrake; alertUntil: number; lastReset?: BrakeReset & { at: string } }
  >;
  waiting: Record<string, string[]>;
}

/** The brakes as one process sees them: processes share the items. */
export class MemoryBrakes implements Brakes, BrakeControl {
  constructor(
    private readonly items: BrakeItems,
    private readonly now: () => Date,
    private readonly gate: Gate = through,
  ) {}

  tripped() {
    return this.call("tripped", false, [], () => this.allTripped());
  }

  held() {
    return this.call("held", false, [], () => this.allHeld());
  }

  take(brakes: readonly Brake[], incident: string) {
    return this.call("take", true, [brakes, incident], () => {
      const refused = brakes.filter(({ scope, limit }) => {
        const counted = this.items.counts[this.window(scope)] ?? [];
        return (
          this.items.tripped[scope]?.brake !== undefined ||
          (!onlyCounts(scope) &&
            !counted.includes(countedAs(scope, incident)) &&
            counted.length >= limit)
        );
      });
      if (refused.length > 0) return refused;
      for (const { scope } of brakes) {
        add(this.items.counts, this.window(scope), countedAs(scope, incident));
      }
      return [];
    });
  }

  lately(scope: string) {
    return this.call("lately", false, [scope], () => {
      const began = weekBegan(this.now());
      const reset = new Date(this.items.tripped[scope]?.lastReset?.at ?? 0);
      const since = reset > began ? reset : began;
      const counted = Object.entries(this.items.counts).flatMap(([window, incidents]) => {
        const isWithin = window >= `${scope} ${windowOf(scope, since)}`;
        return window.startsWith(`${scope} `) && isWithin ? incidents : [];
      });
      return { since: since.toISOString(), incidents: [...new Set(counted)].sort() };
    });
  }

  trip(brake: Brake, incident: string) {
    return this.call("trip", true, [brake, incident], () => {
      if (this.items.tripped[brake.scope]?.brake !== undefined) return false;
      this.items.tripped[brake.scope] = {
        ...this.items.tripped[brake.scope],
        brake: { ...brake, trippedAt: this.now().toISOString(), incident },
        alertUntil: this.claimEnd(),
      };
      return true;
    });
  }

  claimAlert(scope: string) {
    return this.call("claimAlert", true, [scope], () => {
      const item = this.items.tripped[scope];
      if (item?.brake === undefined || item.brake.alertedAt !== undefined) return false;
      if (item.alertUntil >= this.now().getTime()) return false;
      item.alertUntil = this.claimEnd();
      return true;
    });
  }

  alerted(scope: string) {
    return this.call("alerted", true, [scope], () => {
      const item = this.items.tripped[scope];
      if (item?.brake) item.brake = { ...item.brake, alertedAt: this.now().toISOString() };
    });
  }

  hold(scope: string, incident: string) {
    return this.call("hold", true, [scope, incident], () => {
      if ((this.items.waiting[scope] ?? []).length < mostWaiting) {
        add(this.items.waiting, scope, incident);
      }
    });
  }

  reset(scope: string, { by, reason }: BrakeReset) {
    return this.call("reset", true, [scope, by, reason], () => {
      const before = this.allHeld().find((each) => each.scope === scope);
      if (before === undefined) return undefined;
      const lastReset = { by, reason, at: this.now().toISOString() };
      this.items.tripped[scope] = { alertUntil: 0, lastReset };
      delete this.items.counts[this.window(scope)];
      delete this.items.waiting[scope];
      return before;
    });
  }

  private allTripped(): readonly TrippedBrake[] {
    return Object.values(this.items.tripped).flatMap(({ brake }) => brake ?? []);
  }

  private allHeld() {
    return this.allTripped().map((brake) => ({
      ...brake,
      waiting: [...(this.items.waiting[brake.scope] ?? [])].sort(),
    }));
  }

  private window(scope: string): string {
    return `${scope} ${windowOf(scope, this.now())}`;
  }

  private claimEnd(): number {
    return this.now().getTime() + alertClaimSeconds * 1_000;
  }

  private call<T>(method: string, mutating: boolean, args: readonly unknown[], effect: () => T) {
    return this.gate({ method: `brakes.${method}`, args, mutating }, effect);
  }
}

function add(sets: Record<string, string[]>, key: string, member: string): void {
  sets[key] = [...new Set([...(sets[key] ?? []), member])];
}
