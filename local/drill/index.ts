/**
 * `npm start`: deploys the real program into the local organization with the real engine, injects
 * findings, lets the deployed code contain them, and shows what happened.
 */
import "./custom";
import { writeFileSync } from "node:fs";
import colors from "picocolors";
import { accounts, governedRegions, homeRegion, security } from "../gateway/accounts";
import { type LocalOrganization, openLocalOrganization } from "../organization";
import type { Deployment } from "../organization/engine";
import { type Given, happeningAt, readGiven } from "../samples/guardduty";
import { namedResources } from "../samples/named-resources";
import { lookAlike } from "./look-alike";
import { chosenScenarios, type Options, readFile, readOptions, UserError } from "./options";
import { notProven, type Report, reportOf } from "./report";
import { type Scenario, scenarios, scenariosAlone, scenariosOfTeams } from "./scenarios";
import { DrillSession, type IncidentResult, type Received } from "./session";
import { playThief, thief } from "./thief";

async function main(): Promise<void> {
  const options = readOptions();
  if (options.list) {
    for (const { name, title } of [...scenarios, ...scenariosAlone, ...scenariosOfTeams])
      say(`  ${name.padEnd(22)} ${title}`);
    say(`  ${thief.name.padEnd(22)} ${thief.title}`);
    return;
  }
  if (options.scenario.includes(thief.name)) {
    if (options.scenario.length + options.event.length > 1) {
      throw new UserError(`Scenario ${thief.name} deploys nothing: run it alone`);
    }
    heading(thief.title);
    const won = await playThief(options.runs, say);
    say(won ? colors.green("\n  The goal is met") : colors.red("\n  The goal is missed"));
    process.exitCode = won ? 0 : 1;
    return;
  }
  const played = chosenScenarios(options);
  const files = options.event.map((file) => ({ file, given: readGiven(readFile(file)) }));
  if (options.lookAlike) for (const each of files) checkLookAlike(each);

  const started = performance.now();
  heading("The local organization");
  const organization = await openLocalOrganization({
    config: { "cordon:mode": options.mode, ...played[0]?.config },
    ...(played[0]?.team && { team: played[0].team }),
    onEvent: progress,
  });
  try {
    const report = await play(organization, played, files, options, started);
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
      say(`\n  The full record is in ${options.json}`);
    }
    summary(report, performance.now() - started);
    if (options.keep) await keep(organization);
    process.exitCode = report.ok ? 0 : 1;
  } finally {
    await organization.close();
  }
}

async function play(
  organization: LocalOrganization,
  played: readonly Scenario[],
  files: readonly GivenFile[],
  options: Options,
  started: number,
): Promise<Report> {
  const session = new DrillSession(organization, ({ what, ok }) =>
    say(`  ${ok ? colors.green("✓") : colors.red("✗")} ${what}`),
  );
  say(
    `  ${accounts.map((each) => each.name).join(" · ")}  in ${governedRegions.join(" and ")}, up in ${seconds(performance.now() - started)}`,
  );
  if (options.pageSize !== undefined) organization.gateway.pageSize = options.pageSize;
  const seeds = new Map<Scenario, unknown>();
  for (const scenario of played) seeds.set(scenario, await scenario.seed?.(session));

  heading("Deploying the program with the Pulumi engine, under the policy pack");
  const deployment = await organization.up();
  say(`  ${deployment.resources} resources in ${deployment.seconds.toFixed(1)} s`);
  sayRecorded(deployment.recordedNotEmulated);
  const again = await organization.up();
  const secondUpChanges = changesOf(again);
  session.check(
    "a second deployment changes nothing, as far as the local provider can see",
    secondUpChanges === 0,
  );
  await organization.sweep();

  organization.gateway.latencyMs = options.latency;
  for (const scenario of played) {
    heading(scenario.title);
    const seen = new Set(session.incidents.keys());
    const heard = session.received.length;
    await scenario.run(session, seeds.get(scenario));
    for (const [id, incident] of session.incidents) if (!seen.has(id)) timeline(incident);
    for (const each of session.received.slice(heard)) received(each);
  }
  for (const [index, { file, given }] of files.entries()) {
    heading(`Event from ${file}`);
    const label = options.lookAlike ? String(index + 1) : undefined;
    await playFile(session, file, options.asDated ? given : playedNow(session, given), label);
  }
  return reportOf(session, deployment, secondUpChanges);
}

interface GivenFile {
  readonly file: string;
  readonly given: Given;
}

/** Refuses an event whose resources cannot be created, before anything is deployed. */
function checkLookAlike({ file, given }: GivenFile): void {
  try {
    if (given.kind === "event") namedResources(given.event);
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message}`);
  }
}

function playedNow({ organization }: DrillSession, given: Given): Given {
  return given.kind === "event"
    ? { ...given, event: happeningAt(given.event, organization.lambda.now()) }
    : given;
}

/** Injects a file's content; none may end the drill. */
async function playFile(
  session: DrillSession,
  file: string,
  given: Given,
  lookAlikeLabel: string | undefined,
): Promise<void> {
  const seen = new Set(session.incidents.keys());
  const { results } =
    given.kind === "text"
      ? await session.injectText(given.text, file)
      : await session.inject(
          lookAlikeLabel === undefined
            ? given.event
            : await lookAlike(session.organization.gateway, given.event, lookAlikeLabel),
          file,
        );
  for (const { outcome, reason } of results) say(`  ${colors.bold(outcome)}: ${reason}`);
  session.check(
    "every function answers without an error",
    results.every((each) => each.outcome !== "unanswered"),
  );
  for (const [id, incident] of session.incidents) if (!seen.has(id)) timeline(incident);
}

/** Prints the types of resources that exist only in the engine's state. */
function sayRecorded(recorded: readonly string[]): void {
  if (recorded.length === 0) return;
  const types = new Set(recorded.map((each) => each.replace(/^aws:(\w+)\/\w+:(\w+) .*$/, "$1.$2")));
  const names = [...types].join(", ");
  say(colors.dim(`  ${recorded.length} of them are recorded, not emulated: ${names}`));
}

function timeline(incident: IncidentResult): void {
  say("");
  say(
    `  ${colors.bold(incident.resource)} in ${incident.account}, ${incident.region} · incident ${colors.cyan(incident.id)} · ${incident.status}`,
  );
  let last = "";
  for (const { ms, what } of incident.timeline) {
    if (what === last) continue;
    last = what;
    say(`  ${colors.dim(`${ms.toFixed(0).padStart(6)} ms`)}  ${what}`);
  }
  if (incident.isolatedMs !== null && incident.containedMs !== null) {
    const how = incident.quarantinedMs === null ? "credentials revoked" : "isolated";
    const ms = (value: number) => colors.bold(`${value.toFixed(0)} ms`);
    say(
      `  ${how} after ${ms(incident.isolatedMs)}, verified and notified after ${ms(incident.containedMs)}; ${incident.calls} calls, longest chain ${incident.criticalPath}`,
    );
  }
}

function received({ account, message }: Received): void {
  const { id, status, incident, resource, playbook, reasons } = message;
  say("");
  say(`  ${colors.bold(account)} received message ${colors.cyan(id)}`);
  const about = [resource, playbook, message.account.name, message.region].filter(Boolean);
  say(`  ${status} · incident ${incident ?? "none"} · ${about.join(", ")}`);
  for (const reason of reasons) say(colors.dim(`    ${reason}`));
}

function summary(report: Report, ms: number): void {
  const failed = report.checks.filter((check) => !check.ok);
  heading(report.ok ? colors.green("The drill passed") : colors.red("The drill failed"));
  say(`  ${report.checks.length - failed.length} of ${report.checks.length} checks passed`);
  for (const { what } of failed) say(colors.red(`  ✗ ${what}`));
  for (const call of report.denied) {
    say(colors.red(`  ✗ IAM denied ${call.action} to ${call.principal}`));
  }
  for (const { action, reason } of report.expectedDenials) {
    say(colors.dim(`  · IAM denied ${action}, as expected: ${reason}`));
  }
  for (const name of report.unknown) say(colors.red(`  ✗ The gateway does not support ${name}`));
  say(
    `  ${report.calls.length} calls recorded; IAM policies decided every call by Cordon and its deployment`,
  );
  say(`\n  ${colors.bold("Not proven here")}`);
  for (const line of notProven) say(colors.dim(`  · ${line}`));
  say(`\n  ${seconds(ms)} in total`);
}

async function keep(organization: LocalOrganization): Promise<void> {
  const { accessKeyId, secretAccessKey } = organization.gateway.callers.trusted(
    security.id,
    "analyst",
    "seed",
  );
  heading("The organization keeps running; stop it with Ctrl-C");
  say("  In another shell:");
  say(`  export AWS_ENDPOINT_URL=${organization.gateway.url} AWS_REGION=${homeRegion}`);
  say(`  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  say('  npx cordon release INCIDENT --reason "a drill"');
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

function changesOf(deployment: Deployment): number {
  return Object.entries(deployment.changes).reduce(
    (sum, [change, count]) => (change === "same" ? sum : sum + count),
    0,
  );
}

let progressLine = 0;
/** Shows the engine's progress: a counter on a terminal, nothing in a log. */
function progress(line: string): void {
  if (!process.stdout.isTTY) return;
  progressLine += 1;
  const text = `  ${progressLine} ${line}`.slice(0, (process.stdout.columns ?? 80) - 1);
  process.stdout.write(`\r\x1b[2K${colors.dim(text)}`);
}

function say(line: string): void {
  if (process.stdout.isTTY && progressLine > 0) process.stdout.write("\r\x1b[2K");
  progressLine = 0;
  console.log(line);
}

function heading(text: string): void {
  say(`\n${colors.bold(text)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
