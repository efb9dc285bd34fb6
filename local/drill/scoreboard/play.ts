/** Plays one technique: its reports, what the deployed functions answer, and the state of the account. */
import { security } from "../../gateway/accounts";
import { credentialsAlive } from "../credential-probe";
import { cordon, cordonAnswered } from "../people";
import { notices, site } from "../scenarios/credential-checks";
import { release, restored, sameState } from "../scenarios/scenario";
import type { DrillSession, EventResult, Injected } from "../session";
import { eventOf } from "./events";
import type { Stage } from "./stage";
import type { How, Part, Played, Technique, Verdict, When } from "./technique";

/** What the functions' outcomes mean, the most that was done first. */
const verdicts: readonly (readonly [Verdict, readonly string[]])[] = [
  ["auto", ["contained", "contained-in-part"]],
  ["ask", ["awaiting-approval"]],
  ["notify", ["notified", "not-contained"]],
  ["log", ["logged"]],
  ["same incident", ["duplicate"]],
];

const why = ["--reason", "the scoreboard"] as const;

/** Plays it, and gives the account back as it was. */
export async function play(
  session: DrillSession,
  technique: Technique,
  stage: Stage,
): Promise<Played> {
  const before = await stateOf(stage);
  const decided: Verdict[] = [];
  const incidents: string[] = [];
  const parts: Part[] = [];
  let named: When | undefined;
  const contained = async (incident: string, how: How, led: When) => {
    incidents.push(incident);
    const known = parts.flatMap(({ what }) => what);
    const what = (await closed(session, stage)).filter((each) => !known.includes(each));
    if (what.length > 0) parts.push({ how, led, what });
  };
  for (const report of technique.reports) {
    const led = report.by === "guardduty" ? report.when : "always";
    const event = await eventOf(technique, report, stage, session.organization.lambda.now());
    const heard = await session.inject(event, technique.id);
    decided.push(verdictOf(technique, heard.results));
    if (names(heard, stage)) named ??= led;
    for (const { outcome, incident } of heard.results) {
      if (incident === null) continue;
      if (isContained(outcome)) await contained(incident, "automatic", led);
      if (outcome === "awaiting-approval" && (await approve(session, incident))) {
        await contained(incident, "approval", led);
      }
    }
  }
  if (incidents.length === 0 && named !== undefined) {
    const incident = await byCommand(session, stage);
    if (incident !== undefined) await contained(incident, "command", named);
  }
  if (incidents.length === 0) return { decided, parts };
  if (parts.length === 0) {
    throw new Error(`${technique.id}: ${incidents.join()} says contained, and nothing is`);
  }
  let isReleased = true;
  for (const incident of incidents.toReversed()) {
    const { outcome } = await release(session, incident, { reactivateKeys: true });
    isReleased &&= outcome === "released";
  }
  return { decided, parts, undone: isReleased && sameState(await stateOf(stage), before) };
}

function isContained(outcome: string): boolean {
  return verdicts[0]?.[1].includes(outcome) === true;
}

function verdictOf({ id }: Technique, results: readonly EventResult[]): Verdict {
  const found = verdicts.find(([, outcomes]) =>
    results.some(({ outcome }) => outcomes.includes(outcome)),
  );
  if (found !== undefined) return found[0];
  const [result] = results;
  throw new Error(`${id}: no verdict, but ${result?.outcome}: ${result?.reason}`);
}

/** Reads the state that must come back, but for the tags of a release. */
async function stateOf({ thief, abused }: Stage): Promise<unknown> {
  const found = (await abused?.read()) ?? null;
  const hasTags = typeof found === "object" && found !== null && "tags" in found;
  return {
    thief: restored(await thief.read()),
    abused: hasTags ? restored(found as Parameters<typeof restored>[0]) : found,
  };
}

/** Says whether a notice names whose credentials they are, so that a person knows whom to contain. */
function names(heard: Injected, { thief }: Stage): boolean {
  const { userName } = thief.principal;
  return notices(heard).some((text) => text.includes(userName));
}

async function approve(session: DrillSession, incident: string): Promise<boolean> {
  const analyst = analystOf(session);
  const shown = await cordon(session, analyst, "show", incident);
  const [, plan = ""] = /npx cordon approve \S+ --plan ([0-9a-f]{8}) /.exec(shown.stdout) ?? [];
  const { status } = await cordon(session, analyst, "approve", incident, "--plan", plan, ...why);
  if (status !== 0) throw new Error(`${incident} could not be approved`);
  const { results } = await session.settleWorkflows(`${incident} approved`);
  return results.some(({ outcome }) => isContained(outcome));
}

async function byCommand(session: DrillSession, { thief }: Stage): Promise<string | undefined> {
  const where = ["--account", site.account, "--region", site.region];
  const words = ["contain", thief.target, ...where, ...why];
  const { stdout } = await cordonAnswered(session, analystOf(session), ...words);
  const [, incident] = /npx cordon show (\S+)/.exec(stdout) ?? [];
  return stdout.startsWith("contained") ? incident?.replaceAll("'", "") : undefined;
}

function analystOf({ organization: { gateway } }: DrillSession) {
  return gateway.callers.trusted(security.id, "alice", "seed");
}

/** Says what of the technique is contained by the state of the account, whatever the journal says. */
async function closed(
  { organization: { gateway } }: DrillSession,
  { thief, abused }: Stage,
): Promise<readonly string[]> {
  const { alive, calls } = await credentialsAlive(gateway, await thief.credentials());
  const works = alive.length > 0 || calls["s3:ListAllMyBuckets"] === "ok";
  const isOpen = abused?.isOpen((await abused.read()) as never) ?? true;
  return [
    ...(works ? [] : ["the credentials"]),
    ...(isOpen || abused === undefined ? [] : [`the ${abused.kind}`]),
  ];
}
