/** Prints the scoreboard, and reads its outcomes back: what a technique is, is data; what became of it, a run. */
import type { How, Part, Played, Report, Technique, Verdict, When } from "./technique";
import { list } from "./techniques";

const words: Readonly<Record<When, string>> = {
  always: "",
  rule: " (rule)",
  anomaly: " (anomaly)",
  kind: " (anomaly, by its kind)",
};

/** Names a report as the table does. */
function reportOf(report: Report): string {
  switch (report.by) {
    case "guardduty":
      return `\`${report.type}\`${words[report.when]}`;
    case "access-analyzer":
      return "IAM Access Analyzer";
    case "config":
      return `AWS Config: \`${report.rule}\``;
    case "security-hub":
      return `Security Hub: \`${report.control}\`, unless ${report.unless}`;
  }
}

/** Counts, in one line. */
export function summaryOf(techniques: readonly Technique[], played: readonly Played[]): string {
  const heard = techniques.filter(({ reports }) => reports.length > 0);
  const only = (wanted: readonly When[]) =>
    heard.filter(({ reports }) => wanted.includes(whenOf(reports[0]))).length;
  const decided = played.filter((each) => each.decided.length > 0);
  const contained = played.filter(({ parts }) => parts.length > 0);
  // By the first of its parts: what else of it was closed came later.
  const by = (how: How) => contained.filter(({ parts }) => parts[0]?.how === how).length;
  const closed = contained.filter(({ parts }) => !areCredentials(parts));
  const certain = contained.filter(({ parts }) => parts[0]?.led === "always");
  const undone = contained.filter((each) => each.undone);
  return [
    `${heard.length} of ${techniques.length} heard (${only(["always"])} always, ${only(["rule"])} where a rule of GuardDuty is switched on, ${only(["anomaly", "kind"])} as an anomaly alone)`,
    `${decided.length} decided`,
    `${contained.length} contained (${by("automatic")} automatically, ${by("approval")} after an approval, ${by("command")} by one command of a person who was notified; ${certain.length} by a report that AWS always makes; of ${closed.length} what the technique abused, too)`,
    `${undone.length} undone`,
  ].join(", ");
}

function whenOf(report: Report | undefined): When {
  return report?.by === "guardduty" ? report.when : "always";
}

function areCredentials(parts: readonly Part[]): boolean {
  return parts.every(({ what }) => what.every((each) => each === "the credentials"));
}

/** Writes the cells that a run decides: decided, contained, undone, and what is left. */
function cellsOf({ left = "" }: Technique, { decided, parts, undone }: Played): readonly string[] {
  const contained = parts.map(({ how, led, what }) => {
    const when = led === "always" ? "" : ` (${led})`;
    return `${hows[how]}${when}: ${what.join(" and ")}`;
  });
  return [
    decided.join("; "),
    contained.join("; ") || (decided.length === 0 ? "" : "by hand"),
    undone === undefined ? "" : undone ? "yes" : "no",
    areCredentials(parts) ? left : "",
  ];
}

const hows: Readonly<Record<How, string>> = {
  automatic: "automatic",
  approval: "after approval",
  command: "by command",
};

/** Says in one line what became of a technique. */
export function outcomeOf(technique: Technique, played: Played): string {
  return cellsOf(technique, played).filter(Boolean).join(" | ") || "not heard";
}

function rowOf(technique: Technique, played: Played): string {
  const { id, name, tactics, reports, unheard } = technique;
  const heard = reports.map(reportOf).join("; ") || `not heard: ${unheard}`;
  const cells = [`${name} (\`${id}\`)`, tactics.join(", "), heard, ...cellsOf(technique, played)];
  return `| ${cells.join(" | ")} |`;
}

/** Writes the whole document. */
export function documentOf(techniques: readonly Technique[], played: readonly Played[]): string {
  const rows = techniques.map((technique, index) => rowOf(technique, played[index] as Played));
  return `# Scoreboard

What Cordon does about each technique of a public list of attacks on AWS: [${list.name}](${list.address}) ${list.version}, commit \`${list.commit.slice(0, 12)}\` of ${list.date}. \`npm run scoreboard\` plays them all on one deployment of the [local organization](../local/README.md), in some ten minutes on two processors, and prints this page; no other check runs it.

**${summaryOf(techniques, played)}**

For each technique it injects the events by which AWS reports it, one after the other, about resources seeded for it, as the deed of a stolen access key, or of an instance's stolen credentials. It approves what waits for an approval. Where Cordon only notifies and the notice names whose credentials they are, a person contains those with \`npx cordon contain\`.

What is contained is then seen in the account: no call of these credentials is allowed, or what the technique opened is closed. One release must give back every field. The policy is the default one, in mode enforce. Fifteen minutes after a containment Cordon lists what these credentials made, with the commands that contain it: that is not played here.

It does not prove that AWS reports a technique: that is by the documents of AWS of 2026, and marked.

- **(rule)**: a custom detection rule of GuardDuty, which Cordon does not switch on. The guide does not say what such a finding names: here it names who called.
- **(anomaly)**: GuardDuty reports the call if it is unusual for who makes it. **By its kind**: its guide names calls of this kind, not this one.
- Before what was contained stands the kind of report that led to it, or whose notice said whom to contain; none where AWS always makes it.
- **same incident**: the report found its target contained already.
- **left to people**: what stays as the technique left it while the credentials that did it are contained.

| technique | tactic | heard by | decided | contained | undone | left to people |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

const verdicts: readonly string[] = ["auto", "ask", "notify", "log", "same incident"];

/** Reads what became of each technique back from the document. */
export function playedIn(document: string): readonly Played[] {
  const rows = document.split("\n").filter((line) => line.includes("(`aws."));
  return rows.map((row) => {
    const [, , , decided = "", contained = "", undone = ""] = row.split(" | ");
    return {
      decided: verdictsIn(decided),
      parts: contained.split("; ").flatMap(partIn),
      ...(undone !== "" && { undone: undone === "yes" }),
    };
  });
}

function verdictsIn(cell: string): readonly Verdict[] {
  return cell.split("; ").filter((each) => verdicts.includes(each)) as Verdict[];
}

function partIn(text: string): readonly Part[] {
  const [, wanted, led = "always", what] =
    /^(\w[\w ]*?)(?: \((rule|anomaly|kind)\))?: (.+)$/.exec(text) ?? [];
  const how = (Object.keys(hows) as How[]).find((each) => hows[each] === wanted);
  if (how === undefined || what === undefined) return [];
  return [{ how, led: led as When, what: what.split(" and ") }];
}
