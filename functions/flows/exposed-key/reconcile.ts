/** Finds the exposed keys whose events never came: Trusted Advisor delivers them on best effort. */

import { exposedKeyCheck, reconcileSource, trustedAdvisorEvents } from "../../catalogue/patterns";
import { errorText } from "../../model/plain-text";
import type { Clock } from "../../model/ports";
import { runName } from "./cut";

/** What Trusted Advisor knows of one account. */
export interface Advisor {
  /** What a check flags; undefined where the account's support plan does not include the API. */
  flagged(checkId: string): Promise<readonly Flagged[] | undefined>;
}

export interface Flagged {
  readonly id: string;
  /** ok, warning, error */
  readonly status: string;
  /** People have excluded it from the check. */
  readonly suppressed: boolean;
  /** Values in the order of the check's columns. */
  readonly metadata: readonly string[];
}

export interface Reconciled {
  /** Runs that were started now. */
  readonly started: number;
  /** Keys whose report a run has answered before. */
  readonly known: number;
  /** Accounts whose support plan does not include Trusted Advisor's API. */
  readonly withoutPlan: readonly string[];
  /** Accounts that cannot be entered. The sweeper tells people of them, so that nothing failed here. */
  readonly shut: readonly Unasked[];
  readonly failed: readonly Unasked[];
}

export interface Unasked {
  readonly account: string;
  readonly why: string;
}

/** What a reconcile needs of the world. */
export interface Reconciler extends Clock {
  /** Accounts of the organization that nothing is deployed to. */
  readonly leftOut: readonly string[];
  /** Lists the organization's accounts that are active. */
  accounts(): Promise<readonly { readonly id: string }[]>;
  /** Enters an account. */
  advisor(account: string): Promise<Advisor>;
  /** Tells whether an error means "not permitted". */
  isRefusal(error: unknown): boolean;
  /** False when a run of that name exists. */
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
const width = 10;

/**
 * Asks Trusted Advisor of every account of the organization for its flagged keys, and starts a run
 * for each report of a key that no run of this name has answered. The check must not be refreshed
 * first: AWS does so several times a day, and refuses everyone else (InvalidParameterValue).
 *
 * A run's name is made of account, key, kind of fraud and the day of the report, not of the time of
 * asking: Trusted Advisor lists a key for up to a week after it is gone, and people need to be told
 * once. The day, because nobody says whether a refresh alone makes a report newer.
 *
 * @throws when the organization does not list its accounts
 */
export async function reconcile({
  leftOut,
  accounts,
  advisor,
  isRefusal,
  start,
  now,
}: Reconciler): Promise<Reconciled> {
  const withoutPlan: string[] = [];
  const shut: Unasked[] = [];
  const failed: Unasked[] = [];
  let [started, known] = [0, 0];
  const ask = async (account: string): Promise<void> => {
    let entered: Advisor | undefined;
    try {
      entered = await advisor(account);
      const flagged = await entered.flagged(exposedKeyCheck.id);
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
      const list = entered === undefined && isRefusal(error) ? shut : failed;
      list.push({ account, why: errorText(error, 300) });
    }
  };
  const asked = (await accounts()).map(({ id }) => id).filter((id) => !leftOut.includes(id));
  for (let next = 0; next < asked.length; next += width) {
    await Promise.all(asked.slice(next, next + width).map(ask));
  }
  return {
    started,
    known,
    withoutPlan: withoutPlan.sort(),
    // Where every account refuses, the fault is here, and people must hear of it.
    shut: shut.length === asked.length ? [] : byAccount(shut),
    failed: byAccount(shut.length === asked.length ? shut : failed),
  };
}

function byAccount(unasked: readonly Unasked[]): readonly Unasked[] {
  return unasked.toSorted((a, b) => (a.account < b.account ? -1 : 1));
}

/** The API writes statuses otherwise than events do; what is not listed here is nothing to answer. */
const statuses: Readonly<Record<string, string>> = { warning: "WARN", error: "ERROR" };

function itemOf({ metadata }: Flagged): Record<string, string> {
  return Object.fromEntries(columns.map((column, index) => [column, metadata[index] ?? ""]));
}

/** Says what the event would have said, under Cordon's own name. */
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

/** Milliseconds since 1970, as text, to a date; what is no time stays what it is. */
function dayOf(updated: string | undefined): string {
  const time = new Date(Number(updated || Number.NaN));
  return Number.isNaN(time.getTime()) ? (updated ?? "") : time.toISOString().slice(0, 10);
}

/** A run's name takes few characters; a key that is none is refused by the run, and kept. */
function nameable(accessKey: string | undefined): string {
  return (accessKey ?? "").replace(/[^A-Z0-9]/g, "") || "no-key";
}
