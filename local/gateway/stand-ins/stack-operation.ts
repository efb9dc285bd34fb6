/**
 * How StackSets goes through accounts and regions in one operation: region by region or all at once,
 * so many accounts at a time, until more accounts of a region fail than its preferences tolerate.
 */
import { ApiError, list, type Parameters, text, UnknownOperationError } from "../wire/protocol";

export interface OperationPreferences {
  readonly inParallel: boolean;
  readonly regionOrder: readonly string[];
  readonly soft: boolean;
  /** How many of so many accounts may fail. */
  tolerated(accounts: number): number;
  /** How many of so many accounts are worked on at a time. */
  atOnce(accounts: number): number;
}

type ResultStatus = "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

export interface OperationResult {
  readonly account: string;
  readonly region: string;
  status: ResultStatus;
  reason?: string;
}

const preferenceKeys = new Set([
  "RegionConcurrencyType",
  "RegionOrder",
  "FailureToleranceCount",
  "FailureTolerancePercentage",
  "MaxConcurrentCount",
  "MaxConcurrentPercentage",
  "ConcurrencyMode",
]);

/** Reads the preferences of a call as AWS checks them; absent ones are one account at a time, none failing. */
export function readPreferences(
  given: Parameters | undefined,
  regions: readonly string[],
): OperationPreferences {
  const preferences = given ?? {};
  const foreign = Object.keys(preferences).find((key) => !preferenceKeys.has(key));
  if (foreign) throw new UnknownOperationError(`the operation preference ${foreign}`);
  for (const [count, percentage] of [
    ["FailureToleranceCount", "FailureTolerancePercentage"],
    ["MaxConcurrentCount", "MaxConcurrentPercentage"],
  ] as const) {
    if (preferences[count] !== undefined && preferences[percentage] !== undefined) {
      throw invalid(`You can specify either ${count} or ${percentage}, but not both.`);
    }
  }
  const toleratedCount = numberOf(preferences.FailureToleranceCount);
  const toleratedShare = numberOf(preferences.FailureTolerancePercentage);
  const most = numberOf(preferences.MaxConcurrentCount);
  const mostShare = numberOf(preferences.MaxConcurrentPercentage);
  const regionOrder = list<string>(preferences.RegionOrder);
  const stranger = regionOrder.find((region) => !regions.includes(region));
  if (stranger) {
    throw invalid(
      `RegionOrder names ${stranger}, which is not among the Regions of the operation.`,
    );
  }
  return {
    inParallel: preferences.RegionConcurrencyType === "PARALLEL",
    soft: preferences.ConcurrencyMode === "SOFT_FAILURE_TOLERANCE",
    regionOrder,
    tolerated: (accounts) =>
      toleratedShare === undefined
        ? (toleratedCount ?? 0)
        : Math.floor((accounts * toleratedShare) / 100),
    atOnce: (accounts) =>
      mostShare === undefined ? (most ?? 1) : Math.max(1, Math.floor((accounts * mostShare) / 100)),
  };
}

/**
 * Works on every target and writes what became of it into the target itself. Answers whether no
 * region had more failures than tolerated; `work` throws the reason of a failure.
 */
export async function carryOut(
  targets: readonly OperationResult[],
  preferences: OperationPreferences,
  work: (target: OperationResult) => Promise<void>,
): Promise<boolean> {
  const named = [...preferences.regionOrder, ...targets.map(({ region }) => region)];
  const regions = [...new Set(named)].map((region) =>
    targets.filter((target) => target.region === region),
  );
  if (preferences.inParallel) {
    const ended = await Promise.all(regions.map((each) => inRegion(each, preferences, work)));
    return ended.every(Boolean);
  }
  for (const [index, region] of regions.entries()) {
    if (await inRegion(region, preferences, work)) continue;
    cancel(regions.slice(index + 1).flat());
    return false;
  }
  return true;
}

async function inRegion(
  targets: readonly OperationResult[],
  preferences: OperationPreferences,
  work: (target: OperationResult) => Promise<void>,
): Promise<boolean> {
  const tolerated = preferences.tolerated(targets.length);
  const rest = [...targets];
  let failed = 0;
  while (rest.length > 0 && failed <= tolerated) {
    // Strictly, no more accounts are under way than may still fail, and one.
    const room = preferences.soft ? Number.POSITIVE_INFINITY : tolerated - failed + 1;
    const batch = rest.splice(0, Math.min(preferences.atOnce(targets.length), room));
    await Promise.all(
      batch.map(async (target) => {
        target.status = "RUNNING";
        try {
          await work(target);
          target.status = "SUCCEEDED";
        } catch (error) {
          target.status = "FAILED";
          target.reason = (error as Error).message;
          failed += 1;
        }
      }),
    );
  }
  cancel(rest);
  return failed <= tolerated;
}

function cancel(targets: readonly OperationResult[]): void {
  for (const target of targets) {
    target.status = "CANCELLED";
    target.reason = "Cancelled since failure tolerance has exceeded";
  }
}

function numberOf(given: unknown): number | undefined {
  const written = text(given);
  return written === undefined ? undefined : Number(written);
}

function invalid(message: string): ApiError {
  return new ApiError("ValidationError", message);
}
