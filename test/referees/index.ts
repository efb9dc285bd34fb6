/**
 * Has referees that are not ours judge what the program deploys. Prints of each its version and what
 * it found, and ends with one line of figures. A referee that cannot judge is a failure, and so is an
 * exception that nothing needs any more; the others still run.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { actions } from "./actions";
import { cloudFormation } from "./cloudformation";
import { patterns } from "./patterns";
import { policies } from "./policies";
import type { Finding, Referee } from "./referee";
import { statesLanguage } from "./states-language";
import { type Subject, type Subjects, subjects } from "./subjects";

/** A finding that is no fault, with the reason. Subject and message may end in `*`. */
interface Exception extends Finding {
  readonly referee: string;
  readonly reason: string;
}

const referees: readonly Referee[] = [cloudFormation, statesLanguage, patterns, actions, policies];

async function main(): Promise<void> {
  const exceptions: readonly Exception[] = JSON.parse(
    readFileSync(join(__dirname, "exceptions.json"), "utf8"),
  );
  const given = await subjects();
  const used = new Set<Exception>();
  let [findings, failed] = [0, 0];
  for (const referee of referees) {
    try {
      const verdict = await referee.judge(withSpoiled(given, referee));
      const { version, also = "", findings: found } = verdict;
      const left = distinct(found.filter(({ subject }) => !subject.startsWith(spoiled))).filter(
        (finding) => {
          const exception = exceptions.find((each) => covers(each, referee, finding));
          if (exception) used.add(exception);
          return exception === undefined;
        },
      );
      const blind = referee.spoiled.filter(
        ({ rule }, index) =>
          !found.some((each) => each.rule === rule && each.subject === spoiled + index),
      );
      const judged = `${given[referee.of].length} ${referee.of}${also}`;
      console.log(`${referee.name} ${version}: ${judged}: ${left.length + blind.length} findings`);
      for (const { subject, rule, message } of left)
        console.log(`  ${rule} ${subject}: ${message}`);
      for (const { rule } of blind)
        console.log(`  it must find ${rule} where it is put, and does not`);
      findings += left.length + blind.length;
    } catch (error) {
      console.log(`${referee.name} did not judge: ${(error as Error).message}`);
      failed += 1;
    }
  }
  const needless = failed > 0 ? [] : exceptions.filter((each) => !used.has(each));
  for (const { referee, rule, subject, message } of needless) {
    console.log(
      `exceptions.json: remove what nothing needs: ${referee} ${rule} ${subject} ${message}`,
    );
  }
  console.log(
    `${referees.length} referees, ${failed} failed, ${findings + needless.length} findings, ${used.size} exceptions`,
  );
  process.exitCode = findings + needless.length + failed === 0 ? 0 : 1;
}

const spoiled = "spoiled ";

/** Puts among the subjects those in which the referee must find something, numbered. */
function withSpoiled(given: Subjects, { spoiled: broken }: Referee): Subjects {
  const named = <S extends Subject>(kind: (of: Partial<Subjects>) => readonly S[] | undefined) => [
    ...(kind(given) ?? []),
    ...broken.flatMap(({ subjects: of }, index) =>
      (kind(of) ?? []).map((subject) => ({ ...subject, name: spoiled + index })),
    ),
  ];
  return {
    templates: named((of) => of.templates),
    machines: named((of) => of.machines),
    patterns: named((of) => of.patterns),
    policies: named((of) => of.policies),
  };
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()];
}

function covers(exception: Exception, { name }: Referee, finding: Finding): boolean {
  const same = (pattern: string, text: string) =>
    pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
  return (
    exception.referee === name &&
    exception.rule === finding.rule &&
    same(exception.subject, finding.subject) &&
    same(exception.message, finding.message)
  );
}

main().catch((error: Error) => {
  console.log(`the program could not be deployed under mocks: ${error.message}`);
  process.exitCode = 1;
});
