/** Sums the runs of a bench up: each ratio's median, and how far the runs are apart. */
import { latencyMs, type Moment, median, moments, type RoundKind, type Run } from "./responses";

/** What a response should keep to. */
export const limits = { chain: 1.15, floor: 1.05, growth: 1.1, spread: 0.03 } as const;

interface Ratio {
  readonly median: number;
  /** The greatest less the least. */
  readonly spread: number;
}

export interface Summary {
  readonly kinds: readonly {
    readonly kind: RoundKind;
    readonly calls: number;
    readonly moments: readonly {
      readonly moment: Moment;
      readonly ms: number;
      readonly floorMs: number;
      readonly chain: number;
      readonly toChain: Ratio;
      readonly toFloor: Ratio;
    }[];
  }[];
  /** Time to contain the large instance as a multiple of the small one's. */
  readonly growth: Ratio;
}

export function summaryOf(runs: readonly Run[]): Summary {
  const kinds = Object.entries(runs[0] ?? {}).map(([name, { calls }]) => {
    const kind = name as RoundKind;
    return {
      kind,
      calls,
      moments: moments.flatMap((moment) => {
        const all = runs.flatMap((run) => run[kind].reached[moment] ?? []);
        if (all.length === 0) return [];
        return [
          {
            moment,
            ms: median(all.map(({ ms }) => ms)),
            floorMs: median(all.map(({ floorMs }) => floorMs)),
            chain: median(all.map(({ chain }) => chain)),
            toChain: ratioOf(all.map(({ ms, chain }) => ms / (chain * latencyMs))),
            toFloor: ratioOf(all.map(({ ms, floorMs }) => ms / floorMs)),
          },
        ];
      }),
    };
  });
  const containedMs = (run: Run, kind: RoundKind) => run[kind].reached.contained?.ms ?? Number.NaN;
  const growth = runs.map((run) => containedMs(run, "large") / containedMs(run, "small"));
  return { kinds, growth: ratioOf(growth) };
}

function ratioOf(of: readonly number[]): Ratio {
  return { median: median(of), spread: Math.max(...of) - Math.min(...of) };
}
