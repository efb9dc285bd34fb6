/** Event Ruler, Amazon's engine of EventBridge, on every deployed pattern and on the recorded verdicts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { events, expectedMatches, typesExpected } from "./expected-matches";
import type { Finding, Referee } from "./referee";
import { eventRuler, run } from "./run";
import { root, type Subject } from "./subjects";

interface Asked {
  readonly pattern: string;
  readonly events: readonly string[];
}

type Answer = { readonly refused: string } | { readonly matches: readonly boolean[] };

interface Recorded {
  readonly patterns: Readonly<Record<string, object>>;
  readonly cases: readonly {
    readonly name: string;
    readonly pattern: string | object;
    readonly event: unknown;
    readonly matches: boolean;
  }[];
  readonly refused: readonly { readonly name: string; readonly pattern: object }[];
}

const names = Object.keys(events).sort();

export const patterns: Referee = {
  name: "Event Ruler",
  of: "patterns",
  async judge({ patterns: given }) {
    const classPath = await eventRuler();
    const recorded: Recorded = JSON.parse(
      readFileSync(join(root, "test/cases/event-patterns.json"), "utf8"),
    );
    const cases = recorded.cases.map(({ pattern, event }) => ({
      pattern: JSON.stringify(typeof pattern === "string" ? recorded.patterns[pattern] : pattern),
      events: [JSON.stringify(event)],
    }));
    const refused = recorded.refused.map(({ pattern }) => ({
      pattern: JSON.stringify(pattern),
      events: [],
    }));
    const deployed = given.map(({ text }) => ({
      pattern: text,
      events: [
        ...names.map((name) => events[name] ?? ""),
        ...typesExpected.map(({ text }) => text),
      ],
    }));
    const answers = await ask(classPath, [...deployed, ...cases, ...refused]);
    const verdicts = answers.slice(deployed.length);
    return {
      version: /event-ruler-([\d.]+)\.jar/.exec(readFileSync(sums, "utf8"))?.[1] ?? "",
      also: ` on ${names.length} events and ${typesExpected.length} of finding types, and ${verdicts.length} recorded verdicts`,
      findings: [
        ...given.flatMap((pattern, index) => findingsIn(pattern, answers[index])),
        ...given.flatMap((pattern, index) => typesIn(pattern, answers[index])),
        ...missingFrom(given),
        ...recorded.cases.flatMap(({ name, matches }, index) =>
          differing(name, { matches: [matches] }, verdicts[index]),
        ),
        ...recorded.refused.flatMap(({ name }, index) => {
          const answer = verdicts[cases.length + index];
          return answer && "refused" in answer ? [] : differing(name, "refused", answer);
        }),
      ],
    };
  },
  spoiled: [
    {
      rule: "matches",
      subjects: { patterns: [{ name: "cordon-unknown", text: '{"source":["aws.ec2"]}' }] },
    },
    {
      rule: "finding types",
      subjects: { patterns: [{ name: "cordon-all", text: '{"source":["aws.guardduty"]}' }] },
    },
    { rule: "refused", subjects: { patterns: [{ name: "cordon-refused", text: "{}" }] } },
  ],
};

const sums = join(__dirname, "event-ruler/jars.sha256");

async function ask(classPath: string, asked: readonly Asked[]): Promise<readonly Answer[]> {
  const judge = join(__dirname, "event-ruler/Judge.java");
  const answers = await run("java", ["-cp", classPath, judge], { input: JSON.stringify(asked) });
  return JSON.parse(answers);
}

/** Compares with the events that a pattern must match; it must match one, and not all. */
function findingsIn({ name, text }: Subject, answer: Answer | undefined): Finding[] {
  if (answer === undefined || "refused" in answer)
    return [{ subject: name, rule: "refused", message: `${answer?.refused}: ${text}` }];
  const matched = names.filter((_, index) => answer.matches[index] === true);
  const expected = expectedMatches[name] ?? [];
  const right = matched.length > 0 && matched.length < names.length;
  return right && matched.join() === [...expected].sort().join()
    ? []
    : [
        {
          subject: name,
          rule: "matches",
          message: `it matches ${matched.join(", ") || "nothing"}, but must match ${expected.join(", ") || "what expected-matches.ts names"}`,
        },
      ];
}

/** Compares with the finding types whose events a rule must match: no more, and no fewer. */
function typesIn({ name }: Subject, answer: Answer | undefined): Finding[] {
  if (answer === undefined || "refused" in answer) return [];
  const wrong = typesExpected.filter(
    ({ rules }, index) => answer.matches[names.length + index] !== rules.includes(name),
  );
  const [first] = wrong;
  if (first === undefined) return [];
  const must = first.rules.includes(name) ? "must" : "must not";
  const message = `it ${must} match ${first.name}, and is wrong about ${wrong.length} events of finding types`;
  return [{ subject: name, rule: "finding types", message }];
}

/** A rule that is not deployed matches nothing, and no pattern shows that. */
function missingFrom(given: readonly Subject[]): Finding[] {
  const deployed = new Set(given.map(({ name }) => name));
  const rules = new Set(typesExpected.flatMap((each) => each.rules));
  return [...rules]
    .filter((rule) => !deployed.has(rule))
    .map((subject) => ({ subject, rule: "finding types", message: "it is not deployed" }));
}

function differing(subject: string, expected: unknown, answer: unknown): Finding[] {
  const [wanted, found] = [JSON.stringify(expected), JSON.stringify(answer)];
  return wanted === found
    ? []
    : [{ subject, rule: "recorded", message: `recorded is ${wanted}, but it says ${found}` }];
}
