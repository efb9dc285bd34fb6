/** Prints a report as a table a person reads from top to bottom, and counts its results. */
import colors from "picocolors";
import type { Settings } from "../../settings";
import type { Doubtful, Report } from "./check";
import type { Finding, State } from "./finding";

export interface PrintOptions {
  /** Prints results that are ok, too. @default one line for each account in which every result is */
  readonly all?: boolean;
}

const paint: Readonly<Record<State, (text: string) => string>> = {
  ok: colors.green,
  warn: colors.yellow,
  fail: colors.red,
  unknown: colors.magenta,
};

interface Row {
  readonly account: string;
  readonly check: string;
  readonly region: string;
  readonly state: State;
  readonly detail: string;
  readonly todo: string;
}

/** Writes the table: account, check, region, result and detail, and the remedy below. */
export function tableOf(
  { findings }: Report,
  { governedRegions }: Settings,
  { all = false }: PrintOptions = {},
): readonly string[] {
  const accounts = [...new Set(findings.map(({ account }) => account))];
  const rows = accounts.flatMap((account) => {
    const own = findings.filter((finding) => finding.account === account);
    return !all && own.every(({ state }) => state === "ok")
      ? [inOrder(account, own.length)]
      : merged(own, governedRegions);
  });
  const width = (column: "account" | "check" | "region" | "state") =>
    Math.max(column.length, ...rows.map((row) => row[column].length));
  const [account, check, region, state] = [
    width("account"),
    width("check"),
    width("region"),
    "unknown".length,
  ];
  const indent = " ".repeat(account + check + region + state + 8);
  let last = "";
  return [
    colors.bold(
      `${"account".padEnd(account)}  ${"check".padEnd(check)}  ${"region".padEnd(region)}  ${"result".padEnd(state)}  detail, and what to do`,
    ),
    ...rows.flatMap((row) => {
      const shown = row.account === last ? "" : row.account;
      last = row.account;
      const line = [
        shown.padEnd(account),
        row.check.padEnd(check),
        row.region.padEnd(region),
        paint[row.state](row.state.padEnd(state)),
        row.detail,
      ].join("  ");
      return row.todo === "" ? [line] : [line, `${indent}→ ${row.todo}`];
    }),
  ];
}

function inOrder(account: string, count: number): Row {
  const detail = `${count} findings, each of them ok`;
  return { account, check: "everything", region: "", state: "ok", detail, todo: "" };
}

/** Merges the same result in several regions into one row. */
function merged(findings: readonly Finding[], governed: readonly string[]): readonly Row[] {
  const rows = new Map<string, { row: Row; regions: string[] }>();
  for (const { account, check, region, state, detail, todo = "" } of findings) {
    const key = JSON.stringify([check, state, detail, todo]);
    const known = rows.get(key) ?? {
      row: { account, check, region: "", state, detail, todo },
      regions: [],
    };
    if (region !== undefined) known.regions.push(region);
    rows.set(key, known);
  }
  return [...rows.values()].map(({ row, regions }) => ({
    ...row,
    region:
      regions.length > 2 && regions.length === governed.length
        ? `all ${governed.length} regions`
        : regions.join(", "),
  }));
}

/** Counts by result, and names the accounts in which nothing, or nothing certain, can be contained. */
export function summaryOf(report: Report): readonly string[] {
  const count = (state: State) => report.findings.filter((each) => each.state === state).length;
  const counts = [
    `${count("ok")} ok`,
    `${count("warn")} to consider`,
    `${count("fail")} failed`,
    `${count("unknown")} unknown`,
  ];
  return [
    counts.join(", "),
    ...doubts("Uncontainable", report.uncontainable),
    ...doubts("Containment not verified", report.unproven),
  ];
}

function doubts(title: string, found: Doubtful): readonly string[] {
  const lines = Object.entries(found).map(
    ([account, checks]) => `  ${account}: ${checks.join(", ")}`,
  );
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

/** Decides whether a report allows a deployment: warnings do, unknown results only on request. */
export function passes({ findings }: Report, allowUnknown: boolean): boolean {
  return findings.every(
    ({ state }) => state === "ok" || state === "warn" || (state === "unknown" && allowUnknown),
  );
}
