/**
 * The brakes held in memory: a stand-in for functions/aws/brake-table.ts with the same conditions on
 * every write. Both pass brakes-contract.ts.
 */
import {
  namesCounted,
  onlyCounts,
  weekBegan,
  windowOf,
} from "../../functions/catalogue/brake-scopes";
import {
  alertAgainMs,
  alertClaimSeconds,
  type Brake,
  type BrakeControl,
  type BrakeReset,
  type Brakes,
  type HeldBack,
  type HeldFinding,
  mostRemembered,
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
  /** What the next alert tells of, by scope. */
  remembered: Record<string, { findings: HeldFinding[]; severities: number[] }>;
}

export function noBrakes(): BrakeItems {
  return { counts: {}, tripped: {}, waiting: {}, remembered: {} };
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
      if (item?.brake === undefined) return false;
      const { alertedAt } = item.brake;
      const now = this.now().getTime();
      if (alertedAt !== undefined && Date.parse(alertedAt) > now - alertAgainMs) return false;
      if (item.alertUntil >= now) return false;
      item.alertUntil = this.claimEnd();
      return true;
    });
  }

  alerted(scope: string, told?: HeldBack) {
    return this.call("alerted", true, [scope], () => {
      const item = this.items.tripped[scope];
      if (item?.brake) item.brake = { ...item.brake, alertedAt: this.now().toISOString() };
      if (told === undefined) return;
      const { findings, severities } = this.rememberedOf(scope);
      const texts = told.findings.map((each) => JSON.stringify(each));
      this.items.remembered[scope] = {
        findings: findings.filter((each) => !texts.includes(JSON.stringify(each))),
        severities: severities.filter((each) => !told.severities.includes(each)),
      };
    });
  }

  hold(scope: string, finding: HeldFinding) {
    return this.call("hold", true, [scope, finding], () => {
      const { findings, severities } = this.rememberedOf(scope);
      const isListed = (this.items.waiting[scope] ?? []).length < mostWaiting;
      if (isListed) add(this.items.waiting, scope, finding.incident);
      const others = findings.filter((each) => JSON.stringify(each) !== JSON.stringify(finding));
      const isRemembered = isListed && findings.length < mostRemembered;
      this.items.remembered[scope] = {
        findings: isRemembered ? [...others, finding] : findings,
        severities: [...new Set([...severities, Math.round(finding.severity * 10) / 10])],
      };
    });
  }

  heldBack(scope: string) {
    return this.call("heldBack", false, [scope], () => {
      const { findings, severities } = this.rememberedOf(scope);
      return {
        waiting: (this.items.waiting[scope] ?? []).length,
        findings: [...findings].sort((a, b) => (a.at < b.at ? 1 : -1)),
        severities: [...severities].sort((a, b) => a - b),
      };
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
      delete this.items.remembered[scope];
      return before;
    });
  }

  private rememberedOf(scope: string) {
    return this.items.remembered[scope] ?? { findings: [], severities: [] };
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
    return windowIn(scope, this.now());
  }

  private claimEnd(): number {
    return this.now().getTime() + alertClaimSeconds * 1_000;
  }

  private call<T>(method: string, mutating: boolean, args: readonly unknown[], effect: () => T) {
    return this.gate({ method: `brakes.${method}`, args, mutating }, effect);
  }
}

/**
 * Counts an incident with all of these brakes, or with none.
 *
 * @returns the brakes that refuse it
 */
export function count(
  items: BrakeItems,
  brakes: readonly Brake[],
  incident: string,
  now: Date,
): readonly Brake[] {
  const refused = brakes.filter((brake) => {
    const { scope, limit } = brake;
    const counted = items.counts[windowIn(scope, now)] ?? [];
    const names = namesCounted(brake, incident);
    return (
      items.tripped[scope]?.brake !== undefined ||
      (!onlyCounts(scope) &&
        !names.every((name) => counted.includes(name)) &&
        counted.length + names.length > limit)
    );
  });
  if (refused.length > 0) return refused;
  for (const brake of brakes) {
    for (const name of namesCounted(brake, incident)) {
      add(items.counts, windowIn(brake.scope, now), name);
    }
  }
  return [];
}

function windowIn(scope: string, now: Date): string {
  return `${scope} ${windowOf(scope, now)}`;
}

function add(sets: Record<string, string[]>, key: string, member: string): void {
  sets[key] = [...new Set([...(sets[key] ?? []), member])];
}
