/** Reads the cases of test/cases/decide.json, each of which changes what would be contained. */
import type { Circumstances, ResponsePolicy } from "../../functions/decide/circumstances";
import { decide } from "../../functions/decide/decide";
import type { Finding } from "../../functions/model/finding";
import type { Verdict } from "../../functions/model/verdict";
import type { Exception } from "../../functions/record/exceptions";
import type { TargetState } from "../../functions/remediate/facts/reader";
import * as builders from "./builders";

/** Whose circumstances differ from `certain`, and how. */
export interface DecideCase {
  readonly name: string;
  /** @default "instance" */
  readonly resource?: keyof typeof incidentOf;
  readonly finding?: Partial<Finding>;
  readonly policy?: Partial<ResponsePolicy>;
  readonly circumstances?: Partial<Circumstances>;
  /** Changes of a target that could be read. */
  readonly target?: Partial<TargetState>;
  /** Exceptions in effect, each with what differs from the builders'. */
  readonly entries?: readonly (Partial<Exception> & Pick<Exception, "covers">)[];
  /** Units above the account. */
  readonly units?: readonly string[];
  /** Scopes of tripped brakes. */
  readonly tripped?: readonly string[];
  /** How many targets were marked, of how many. */
  readonly falsePositives?: readonly [number, number];
  /** What could not be read, for being throttled. */
  readonly unknown?: readonly Exclude<keyof Circumstances, "ageMs">[];
}

export const incidentOf = {
  instance: builders.incident,
  user: builders.userIncident,
  role: builders.roleIncident,
};

const present: TargetState = { state: "present", quarantined: false, optedOut: false };

/** Everything known, and nothing that would hold a response back. */
export const certain: Circumstances = {
  account: { known: true, value: { id: builders.account, name: "Web shop" } },
  units: { known: true, value: [] },
  target: { known: true, value: present },
  releasedAt: { known: true, value: undefined },
  exceptions: { known: true, value: { entries: [], units: [] } },
  ageMs: 5 * 60_000,
  stillCurrent: { known: true, value: "not-asked" },
  falsePositives: { known: true, value: figures(0, 0) },
  brakes: { known: true, value: [] },
};

/** Everything that a circumstance may be unknown of. */
export const readable = [
  "account",
  "target",
  "releasedAt",
  "stillCurrent",
  "brakes",
  "exceptions",
  "falsePositives",
] as const satisfies readonly (keyof Circumstances)[];

export function figures(marked: number, of: number) {
  return { marked, of, since: "2026-11-14T00:00:00.000Z" };
}

/** Judges a case. */
export function judge(each: Omit<DecideCase, "name">): Verdict {
  const { resource = "instance", finding, policy } = each;
  return decide(incidentOf[resource](finding), builders.policy(policy), circumstancesOf(each));
}

function circumstancesOf(each: Omit<DecideCase, "name">): Circumstances {
  const { circumstances, target, entries = [], units = [], tripped = [], unknown = [] } = each;
  const [marked, of] = each.falsePositives ?? [0, 0];
  return {
    ...certain,
    units: { known: true, value: units },
    target: { known: true, value: { ...present, ...target } },
    exceptions: {
      known: true,
      value: {
        entries: entries.map(({ covers, ...more }) => builders.exception(covers, more)),
        units,
      },
    },
    falsePositives: { known: true, value: figures(marked, of) },
    brakes: {
      known: true,
      value: tripped.map((scope) => ({
        scope,
        limit: 50,
        trippedAt: "2026-11-20T09:59:00.000Z",
        incident: "0f3a9c1d2b4e5f60-1",
      })),
    },
    ...circumstances,
    ...Object.fromEntries(unknown.map((field) => [field, { known: false, why: "throttled" }])),
  };
}
