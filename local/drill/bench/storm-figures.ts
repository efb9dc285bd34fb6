/** Sums a storm up: what became of each finding and target, and which limits were broken. Pure. */
import {
  type BrakeScope,
  organizationScope,
  playbookScope,
} from "../../../functions/catalogue/brake-scopes";
import type { PlaybookId } from "../../../functions/catalogue/playbooks";

/** What a finding is about. */
export interface Target {
  /** "instance i-…" */
  readonly name: string;
  readonly account: string;
  readonly playbook: PlaybookId;
  /** The calls that contain it, each as often as one response makes it. */
  readonly contains: readonly (Change & { readonly times: number })[];
}

/** A call, and what it changed. */
export interface Change {
  readonly action: string;
  readonly of: string;
}

/** What was seen of a storm. */
export interface Observed {
  readonly targets: readonly Target[];
  /** Every finding by the id of its event, with its target's name. */
  readonly findings: ReadonlyMap<string, string>;
  /** What the functions answered, with the id of the event. */
  readonly answers: readonly {
    readonly event: string;
    readonly outcome: string;
    readonly incident: string | undefined;
  }[];
  /** Incidents of the journal. */
  readonly incidents: readonly { readonly id: string; readonly status: string }[];
  /** Incidents about whose plans people were asked. */
  readonly asked: ReadonlySet<string>;
  /** Changes by Cordon that succeeded. */
  readonly changes: readonly Change[];
  readonly brakes: readonly { readonly scope: BrakeScope; readonly waiting: readonly string[] }[];
  /** The messages that were sent, and what each says. */
  readonly messages: readonly { readonly subject: string; readonly text: string }[];
  readonly deadLetters: number;
}

export interface Limits {
  readonly perPlaybookAndAccount: number;
  readonly organization: number;
}

interface ActedOn {
  readonly scope: BrakeScope;
  readonly targets: number;
  readonly limit: number;
  readonly isTripped: boolean;
}

export interface Outcome {
  readonly acted: readonly ActedOn[];
  /** Targets of which a plan waits for people. */
  readonly waiting: number;
  /** How many alerts each brake sent. */
  readonly alerts: Readonly<Record<BrakeScope, number>>;
  readonly messages: number;
  /** Targets that were contained, and that no message names. */
  readonly untold: number;
  /** Findings without an answer, or about a target that is neither contained nor waits. */
  readonly lost: number;
  /** Targets that were contained more than once. */
  readonly twice: number;
  readonly deadLetters: number;
  /** One sentence for each limit that was broken. */
  readonly problems: readonly string[];
}

/** More are not read. */
const mostMessages = 10;

export function outcomeOf(observed: Observed, limits: Limits): Outcome {
  const { targets, findings, answers, messages, deadLetters } = observed;
  const fates = targets.map((target) => fateOf(target, observed));
  const begun = targets.filter((_, index) => (fates[index]?.times ?? 0) > 0);
  const acted = actedOn(begun, targets, observed, limits);
  const alerts: Record<BrakeScope, number> = {};
  for (const { subject } of messages) {
    const scope = /^\[Cordon\] URGENT Brake (?:tripped|holds back [^:]*): (.*)$/.exec(subject)?.[1];
    if (scope !== undefined) alerts[scope] = (alerts[scope] ?? 0) + 1;
  }
  const answered = new Set(answers.map(({ event }) => event));
  const settled = new Set(
    targets.filter((_, index) => fates[index]?.isSettled).map(({ name }) => name),
  );
  const lost = [...findings].filter(([event, of]) => !answered.has(event) || !settled.has(of));
  const twice = targets.filter((_, index) => (fates[index]?.times ?? 0) > 1).length;
  const waiting = fates.filter(({ waits }) => waits);
  const listed = new Set(observed.brakes.flatMap((brake) => brake.waiting));
  const unlisted = waiting.filter(({ incident = "" }) => !listed.has(incident)).length;
  const untold = fates.filter(
    ({ times, incident = "" }) =>
      times > 0 && !messages.some(({ text }) => incident !== "" && text.includes(incident)),
  ).length;
  const problems = [
    ...(messages.length > mostMessages ? [`${messages.length} messages were sent`] : []),
    ...(untold > 0 ? [`${untold} targets were contained, and no message names them`] : []),
    ...acted.flatMap(({ scope, targets: count, limit }) =>
      count > limit ? [`${scope}: ${count} targets were acted on, and the limit is ${limit}`] : [],
    ),
    ...acted.flatMap(({ scope, isTripped }) =>
      isTripped && alerts[scope] !== 1
        ? [`${scope}: ${alerts[scope] ?? 0} alerts were sent of the tripped brake`]
        : [],
    ),
    ...(lost.length > 0 ? [`${lost.length} findings are lost, the first is ${lost[0]?.[0]}`] : []),
    ...(twice > 0 ? [`${twice} targets were acted on more than once`] : []),
    ...(unlisted > 0 ? [`${unlisted} plans wait, and no tripped brake lists them`] : []),
    ...(deadLetters > 0 ? [`${deadLetters} messages became dead letters`] : []),
  ];
  return {
    acted,
    waiting: waiting.length,
    alerts,
    messages: messages.length,
    untold,
    lost: lost.length,
    twice,
    deadLetters,
    problems,
  };
}

interface Fate {
  /** Its incident, where the journal has exactly one. */
  readonly incident: string | undefined;
  /** How often it was contained, by the calls. */
  readonly times: number;
  readonly waits: boolean;
  /** Contained, or planned and people were asked; and the journal agrees with the calls. */
  readonly isSettled: boolean;
}

function fateOf(target: Target, { findings, answers, incidents, asked, changes }: Observed): Fate {
  const ids = new Set(
    answers.flatMap(({ event, incident }) =>
      findings.get(event) === target.name && incident !== undefined ? [incident] : [],
    ),
  );
  const [id, ...others] = ids;
  const status = others.length === 0 ? incidents.find((each) => each.id === id)?.status : undefined;
  const times = Math.max(
    0,
    ...target.contains.map(({ action, of, times: once }) => {
      const made = changes.filter((each) => each.action === action && each.of === of).length;
      return Math.ceil(made / once);
    }),
  );
  const waits = times === 0 && status === "planned" && asked.has(id ?? "");
  const isContained = times > 0 && status === "contained";
  return { incident: id, times, waits, isSettled: waits || isContained };
}

/** Counts by brake; those of every playbook and account first, the organization's last. */
function actedOn(
  begun: readonly Target[],
  targets: readonly Target[],
  { brakes }: Observed,
  { perPlaybookAndAccount, organization }: Limits,
): readonly ActedOn[] {
  const scopeOf = ({ playbook, account }: Target) => playbookScope(playbook, account);
  const isTripped = (scope: BrakeScope) => brakes.some((brake) => brake.scope === scope);
  return [
    ...[...new Set(targets.map(scopeOf))].sort().map((scope) => ({
      scope,
      targets: begun.filter((target) => scopeOf(target) === scope).length,
      limit: perPlaybookAndAccount,
      isTripped: isTripped(scope),
    })),
    {
      scope: organizationScope,
      targets: begun.length,
      limit: organization,
      isTripped: isTripped(organizationScope),
    },
  ];
}

/** Puts a list into an order that a seed decides. */
export function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const random = randomBy(seed);
  const order = [...list];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

/** Numbers from 0 to 1, the same for the same seed: Marsaglia's xorshift of 32 bits. */
function randomBy(seed: number): () => number {
  // It never leaves zero.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
