/**
 * `npm run scoreboard`: plays every technique of a public list on one deployment of the local organization,
 * and prints docs/scoreboard.md.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import colors from "picocolors";
import { openLocalOrganization } from "../../organization";
import { UserError } from "../options";
import { DrillSession } from "../session";
import { play } from "./play";
import { stageOf } from "./stage";
import { documentOf, outcomeOf, summaryOf } from "./table";
import type { Played } from "./technique";
import { techniques } from "./techniques";

const file = resolve(__dirname, "../../../docs/scoreboard.md");

async function main(): Promise<void> {
  const command = new Command("npm run scoreboard --")
    .argument("[ids...]", "play these techniques alone, and leave the document as it is")
    .parse();
  const ids = command.processedArgs[0] as readonly string[];
  const unknown = ids.find((id) => !techniques.some((technique) => technique.id === id));
  if (unknown !== undefined) throw new UserError(`Technique "${unknown}" is not in the list`);
  const chosen = techniques.filter(({ id }) => ids.length === 0 || ids.includes(id));

  const started = performance.now();
  const organization = await openLocalOrganization();
  try {
    const session = new DrillSession(organization);
    const stages = [];
    for (const technique of chosen) {
      const number = techniques.indexOf(technique) + 1;
      stages.push(await stageOf(organization.gateway, technique, number));
    }
    await organization.up();
    await organization.sweep();
    say(`Deployed after ${seconds(started)}`);

    const played: Played[] = [];
    for (const [index, technique] of chosen.entries()) {
      const found = await play(session, technique, stages[index] as (typeof stages)[number]);
      played.push(found);
      say(`  ${colors.bold(technique.id)}: ${outcomeOf(technique, found)}`);
    }
    if (ids.length === 0) writeFileSync(file, documentOf(techniques, played));
    say(`\n${summaryOf(chosen, played)}\n${seconds(started)} in total`);
  } finally {
    await organization.close();
  }
}

function say(line: string): void {
  console.log(line);
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1_000).toFixed(0)} s`;
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
