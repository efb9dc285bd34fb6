/** What `cordon:policy` says of an incident: how far its response goes by itself, and by which rule. Pure. */
import { asksOf, type PlaybookId } from "../catalogue/playbooks";
import type { Incident } from "../model/incident";
import type { Known } from "../model/verdict";

/** Severities from which something is done. */
export interface Tiers {
  /** Below, findings are only logged. */
  readonly notifyFrom: number;
  /** From here a plan is made that waits for an approval. @default automaticFrom */
  readonly askFrom?: number;
  readonly automaticFrom: number;
}

/** How a response is begun: by itself, after an approval, or not at all. */
export type Response = "automatic" | "ask" | "dry-run";

/** What one entry says. Response and tiers that it leaves out come from a less specific one. */
export interface Stance extends Partial<Tiers> {
  readonly response?: Response;
  /** The only finding types that are automatic; "*" at an end stands for any text. */
  readonly types?: readonly string[];
  /** What is done about other types than those. @default "dry-run" */
  readonly others?: Exclude<Response, "automatic">;
}

/** An entry about some accounts or units, at whatever depth. */
export interface Rule extends Stance {
  /** @default every playbook */
  readonly playbooks?: readonly PlaybookId[];
  readonly accounts?: readonly string[];
  readonly units?: readonly string[];
}

/** `cordon:policy`, as settings/policy.ts has checked it. */
export interface StagePolicy extends Tiers {
  /** A playbook that is missing here is in dry run. */
  readonly playbooks: Readonly<Partial<Record<PlaybookId, Stance>>>;
  readonly rules: readonly Rule[];
}

/** What the policy makes of an incident. */
interface Applied extends Required<Tiers> {
  readonly response: Response;
  /** The entry that says so, such as "contain-instance in unit ou-ab12-11111111". */
  readonly by: string;
  /** The entry that gives the tiers; undefined for the policy's own. */
  readonly tiersBy: string | undefined;
}

type Subject = Pick<Incident, "playbook" | "place" | "finding">;

const tierNames = ["notifyFrom", "askFrom", "automaticFrom"] as const;

/** Takes the tiers that an entry gives, and no other member. */
function tiersIn(stance: Partial<Tiers>): Partial<Tiers> {
  const given = tierNames.filter((name) => stance[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, stance[name]]));
}

/** Checks whether the units of an account matter to a playbook. */
export function asksForUnits({ rules }: StagePolicy, playbook: PlaybookId): boolean {
  return rules.some((rule) => rule.units !== undefined && concerns(rule, playbook));
}

/**
 * Applies the policy. The most specific entry decides: one about the account, then about its units, the
 * nearest first, then about the playbook; of two about the same place the one that names the playbook.
 *
 * @param units units above the account, the nearest first
 */
export function apply(subject: Subject, policy: StagePolicy, units: readonly string[]): Applied {
  const entries = entriesFor(subject, policy, units);
  const tiered = entries.find((entry) => Object.keys(tiersIn(entry)).length > 0);
  const {
    automaticFrom,
    notifyFrom,
    askFrom = automaticFrom,
  } = {
    ...tiersIn(policy),
    ...tiersIn(tiered ?? {}),
  } as Tiers;
  return {
    ...respond(
      subject,
      entries.find(({ response }) => response !== undefined),
    ),
    automaticFrom,
    notifyFrom,
    askFrom,
    tiersBy: tiered?.by,
  };
}

/**
 * Explains in one sentence why nothing may be changed; undefined where the policy permits it, or where
 * units that it names are unknown.
 */
export function dryRunReason(
  subject: Subject,
  { mode, stage }: { readonly mode: "dry-run" | "enforce"; readonly stage: StagePolicy },
  units: Known<readonly string[]>,
): string | undefined {
  if (mode === "dry-run") return "This deployment runs in dry-run mode";
  if (!units.known && asksForUnits(stage, subject.playbook)) return undefined;
  const { response, by } = apply(subject, stage, units.known ? units.value : []);
  return response === "dry-run" ? `Policy: dry run for ${by}` : undefined;
}

interface Entry extends Stance {
  readonly by: string;
}

function entriesFor(
  { playbook, place }: Subject,
  { playbooks, rules }: StagePolicy,
  units: readonly string[],
): readonly Entry[] {
  const own = rules.filter((rule) => concerns(rule, playbook));
  const named = (rule: Rule) => rule.playbooks !== undefined;
  const ordered = [...own.filter(named), ...own.filter((rule) => !named(rule))];
  const about = (kind: "account" | "unit", id: string) =>
    ordered
      .filter((rule) => rule[`${kind}s`]?.includes(id))
      .map((rule) => ({ ...rule, by: `${playbook} in ${kind} ${id}` }));
  return [
    ...about("account", place.account),
    ...units.flatMap((unit) => about("unit", unit)),
    { ...playbooks[playbook], by: playbook },
  ];
}

function respond(
  { playbook, finding }: Subject,
  said: Entry | undefined,
): Pick<Applied, "response" | "by"> {
  if (said?.response === undefined) {
    return { response: "dry-run", by: `${playbook}, which cordon:policy does not name` };
  }
  const { response, by, types, others = "dry-run" } = said;
  const asks = asksOf(playbook);
  if (response === "automatic" && types === undefined && asks !== undefined) {
    return { response: "ask", by: `${by}: it is automatic for listed types alone, since ${asks}` };
  }
  return types === undefined || types.some((type) => matchesType(type, finding.type))
    ? { response, by }
    : { response: others, by: `${by}, of types that are not listed yet` };
}

function matchesType(type: string, actual: string): boolean {
  return type.endsWith("*") ? actual.startsWith(type.slice(0, -1)) : actual === type;
}

function concerns({ playbooks }: Rule, playbook: PlaybookId): boolean {
  return playbooks === undefined || playbooks.includes(playbook);
}
