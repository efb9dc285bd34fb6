/** Finds exposed keys whose events never arrived: Trusted Advisor delivers events on best effort. */

import { exposedKeyCheck, reconcileSource, trustedAdvisorEvents } from "../../catalogue/patterns";
import { errorText } from "../../model/plain-text";
import type { Clock } from "../../model/ports";
import { runName } from "./cut";

/** Reads Trusted Advisor's results of one account. */
export interface Advisor {
  /** Lists what a check flags; undefined where the account's support plan does not include the API. */
  flagged(checkId: string): Promise<readonly Flagged[] | undefined>;
}

export interface Flagged {
  readonly id: string;
  /** ok, warning, error */
  readonly status: string;
  /** It was excluded from the check by hand. */
  readonly suppressed: boolean;
  /** Values in the order of the check's columns. */
  readonly metadata: readonly string[];
}

export interface Reconciled {
  /** Runs that were started now. */
  readonly started: number;
  /** Reports that an earlier run has answered. */
  readonly known: number;
  /** Accounts whose support plan does not include Trusted Advisor's API. */
  readonly withoutPlan: readonly string[];
  /** Accounts in which no session opens. The sweeper notifies of them, so they are no failure here. */
  readonly unreachable: readonly FailedAccount[];
  readonly failed: readonly FailedAccount[];
}

interface FailedAccount {
  readonly account: string;
  readonly why: string;
}

/** The ports of a reconcile. */
export interface Reconciler extends Clock {
  /** Accounts of the organization to which nothing is deployed. */
  readonly excludedAccounts: readonly string[];
  /** Lists the organization's accounts that are active. */
  accounts(): Promise<readonly { readonly id: string }[]>;
  /** Opens a session in an account. */
  advisor(account: string): Promise<Advisor>;
  /** Reports whether an error means "not permitted". */
  isRefusal(error: unknown): boolean;
  /** Starts a run; false when a run of that name exists. */
  start(name: string, event: object): Promise<boolean>;
}

/** Columns of the check, as DescribeTrustedAdvisorChecks lists them. */
const columns = [
  "Access Key ID",
  "User Name (IAM or Root)",
  "Fraud Type",
  "Case ID",
  "Time Updated",
  "Location",
  "Deadline",
  "Usage (USD per Day)",
] as const;
const [keyColumn, , fraudColumn, , updatedColumn] = columns;

/** Accounts asked side by side: the Support API of an account is its own, STS is shared. */
const maxParallel = 10;

/**
 * Asks Trusted Advisor of every account of the organization for its flagged keys, and starts a run
 * for each report of a key that no run of this name has answered. The check must not be refreshed
 * first: AWS does so several times a day, and refuses all other callers (InvalidParameterValue).
 *
 * The name of a run holds account, key, kind of fraud and the day of the report, not the time of this
 * request: Trusted Advisor lists a key for up to a week after it is gone, and one notice is enough. It
 * holds the day, because AWS does not document whether a refresh alone makes a report newer.
 *
 * @throws when the organization does not list its accounts
 */
export async function reconcile({
  excludedAccounts,
  accounts,
  advisor,
  isRefusal,
  start,
  now,
}: Reconciler): Promise<Reconciled> {
  const withoutPlan: string[] = [];
  const refused: FailedAccount[] = [];
  const failed: FailedAccount[] = [];
  let [started, known] = [0, 0];
  const ask = async (account: string): Promise<void> => {
    let opened: Advisor | undefined;
    try {
      opened = await advisor(account);
      const flagged = await opened.flagged(exposedKeyCheck.id);
      if (flagged === undefined) withoutPlan.push(account);
      for (const resource of flagged ?? []) {
        if (resource.suppressed || !Object.hasOwn(statuses, resource.status)) continue;
        const item = itemOf(resource);
        const report = [item[fraudColumn], dayOf(item[updatedColumn])].join("\n");
        const name = runName("reconcile", account, nameable(item[keyColumn]), report);
        if (await start(name, eventOf(account, resource, item, now()))) started += 1;
        else known += 1;
      }
    } catch (error) {
      const list = opened === undefined && isRefusal(error) ? refused : failed;
      list.push({ account, why: errorText(error, 300) });
    }
  };
  const asked = (await accounts())
    .map(({ id }) => id)
    .filter((id) => !excludedAccounts.includes(id));
  for (let next = 0; next < asked.length; next += maxParallel) {
    await Promise.all(asked.slice(next, next + maxParallel).map(ask));
  }
  return {
    started,
    known,
    withoutPlan: withoutPlan.sort(),
    // Where every account refuses, the fault is in Cordon, and the run must fail.
    unreachable: refused.length === asked.length ? [] : byAccount(refused),
    failed: byAccount(refused.length === asked.length ? refused : failed),
  };
}

function byAccount(unasked: readonly FailedAccount[]): readonly FailedAccount[] {
  return unasked.toSorted((a, b) => (a.account < b.account ? -1 : 1));
}

/** The API writes statuses otherwise than events do; a status that is not listed here needs no answer. */
const statuses: Readonly<Record<string, string>> = { warning: "WARN", error: "ERROR" };

function itemOf({ metadata }: Flagged): Record<string, string> {
  return Object.fromEntries(columns.map((column, index) => [column, metadata[index] ?? ""]));
}

/** Builds the event that did not arrive, with Cordon as its source. */
function eventOf(account: string, { id, status }: Flagged, item: object, now: Date): object {
  return {
    version: "0",
    "detail-type": trustedAdvisorEvents.detailType,
    source: reconcileSource,
    account,
    time: now.toISOString(),
    region: "us-east-1",
    resources: [],
    detail: {
      "check-name": exposedKeyCheck.name,
      "check-item-detail": item,
      status: statuses[status],
      resource_id: id,
      uuid: id,
    },
  };
}

/** Milliseconds since 1970, as text, to a date; any other text is returned as it is. */
function dayOf(updated: string | undefined): string {
  const time = new Date(Number(updated || Number.NaN));
  return Number.isNaN(time.getTime()) ? (updated ?? "") : time.toISOString().slice(0, 10);
}

/** A run's name takes few characters; the run itself refuses what is no key. */
function nameable(accessKey: string | undefined): string {
  return (accessKey ?? "").replace(/[^A-Z0-9]/g, "") || "no-key";
}
