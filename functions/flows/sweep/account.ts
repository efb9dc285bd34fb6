/**
 * Handles one task of the sweeper's queue. Sweeping an account gives every VPC a closed quarantine
 * group, whoever created or changed it, and finds what no alarm reports: interfaces left in an
 * all-open group, events that forwarding could not deliver.
 */

import { type Forwarded, forwardedFrom, forwardingDeadLetters } from "../../catalogue/forwarding";
import {
  addressesIn,
  quarantineGroupName,
  quarantineGroupOf,
} from "../../catalogue/quarantine-group";
import { inParallel } from "../../model/in-parallel";
import type { Network } from "../../model/member-account";
import type { Place } from "../../model/resource";
import { step } from "../../remediate/steps";
import type { Answer } from "../respond/responder";
import {
  change,
  maxParallel,
  openSession,
  placeOf,
  problem,
  type Survey,
  type Sweeper,
  type Swept,
} from "./context";
import { lookAgain, watchOpenGroups } from "./open-groups";
import type { Task } from "./tasks";

/**
 * Milliseconds for which EC2 may not show a new VPC yet. Longer than one redelivery takes, so that
 * EC2 is asked at least twice.
 */
const visibleMs = 5 * 60_000;

/** Handles one task. @throws to have its message delivered again */
export async function handleTask(
  task: Task,
  sweeper: Sweeper,
): Promise<Answer & { readonly swept?: Swept; readonly account?: string }> {
  switch (task.task) {
    case "refused":
      return { outcome: "refused", reason: task.reason };
    case "account":
      return { ...concluded(await sweepAccount(task.account, sweeper)), account: task.account };
    case "look-again":
      return { ...(await lookAgain(task, sweeper)), account: task.account };
    case "change":
      return { ...(await handleChange(task, sweeper)), account: task.account };
  }
}

/** Sweeps one account in every governed region. */
export async function sweepAccount(
  account: string,
  sweeper: Sweeper,
): Promise<Swept | { readonly unreachable: string }> {
  const survey = await openSession(account, sweeper);
  if ("unreachable" in survey) return survey;
  const swept = await inParallel(maxParallel, sweeper.governedRegions, async (region) => {
    const place = placeOf(account, region);
    try {
      const [groups, forwarding] = await Promise.all([
        sweepRegion(place, survey.network(region), sweeper),
        undeliveredIn(place, survey, sweeper),
        watchOpenGroups(place, survey.network(region), sweeper),
      ]);
      return { ...nothing, ...groups, ...forwarding };
    } catch (error) {
      return { ...nothing, problems: [problem(region, error, sweeper)] };
    }
  });
  return {
    vpcs: swept.reduce((sum, { vpcs }) => sum + vpcs, 0),
    provided: swept.flatMap(({ provided }) => provided),
    problems: swept.flatMap(({ problems }) => problems),
    undelivered: swept.flatMap(({ undelivered }) => undelivered),
    missing: swept.flatMap(({ missing }) => missing),
  };
}

const nothing: Swept = { vpcs: 0, provided: [], problems: [], undelivered: [], missing: [] };

async function handleChange(
  { account, region, vpc, at }: Extract<Task, { task: "change" }>,
  sweeper: Sweeper,
): Promise<Answer & { readonly swept?: Swept }> {
  if ((await sweeper.account(account)) === undefined) {
    return { outcome: "refused", reason: `Account ${account} is not in the organization` };
  }
  if (!sweeper.governedRegions.includes(region)) {
    return { outcome: "logged", reason: `Region ${region} is not governed` };
  }
  const survey = await openSession(account, sweeper);
  if ("unreachable" in survey) return concluded(survey);
  const swept = await sweepRegion(placeOf(account, region), survey.network(region), sweeper, vpc);
  if (vpc !== undefined && swept.vpcs === 0) {
    if (sweeper.now().getTime() - at < visibleMs) {
      throw new Error(`CloudTrail reported ${vpc}, but EC2 does not show it yet`);
    }
    return { outcome: "logged", reason: `${vpc} is gone` };
  }
  return concluded({ ...nothing, ...swept });
}

/** Turns a sweep into an answer. @throws while a retry may still succeed */
function concluded(
  swept: Swept | { readonly unreachable: string },
): Answer & { readonly swept?: Swept } {
  if ("unreachable" in swept) return { outcome: "logged", reason: swept.unreachable };
  const { vpcs, provided, problems } = swept;
  const failed = problems.map(({ where, why }) => `${where}: ${why}`).join("; ");
  if (problems.some(({ refused }) => !refused)) throw new Error(`Not swept: ${failed}`);
  if (problems.length > 0) return { outcome: "refused", reason: `Not swept: ${failed}`, swept };
  const made = provided.length === 0 ? "none" : provided.join(", ");
  return {
    outcome: "logged",
    reason: `VPCs inspected: ${vpcs}, groups created or closed: ${made}`,
    swept,
  };
}

/**
 * Gives each VPC a closed group, with egress to its current endpoints only. A shared VPC has a group
 * in each account that owns interfaces in it. Only the VPC's owner sees the endpoints, so the groups
 * of the other accounts allow no egress.
 *
 * @param only the one VPC to inspect
 */
async function sweepRegion(
  place: Place,
  network: Network,
  sweeper: Sweeper,
  only?: string,
): Promise<Pick<Swept, "vpcs" | "provided" | "problems">> {
  const [vpcs, groups, endpoints] = await Promise.all([
    network.vpcs(),
    network.groupsNamed(quarantineGroupName),
    network.ssmEndpoints(),
  ]);
  const inspected = only === undefined ? vpcs : vpcs.filter((vpc) => vpc === only);
  const outcomes = await inParallel(maxParallel, inspected, async (vpc) => {
    const { name, closed, open } = quarantineGroupOf(vpc, groups, endpoints, sweeper.suffix());
    const names = closed.length > 0 || open.length > 0 ? open : [name];
    if (names.length === 0) return undefined;
    const where = `${place.region}/${vpc}`;
    try {
      const addresses = addressesIn(vpc, endpoints);
      const changed: boolean[] = [];
      for (const each of names) {
        const provide = step("provide-quarantine-group", { vpc, name: each, addresses });
        changed.push(await change(provide, place, sweeper));
      }
      return changed.every(Boolean)
        ? { where }
        : { where, why: "its quarantine group is not closed yet", refused: false };
    } catch (error) {
      // The VPC was deleted after it was listed: there is nothing to isolate in it.
      return sweeper.isGone(error) ? undefined : problem(where, error, sweeper);
    }
  });
  const done = outcomes.filter((each) => each !== undefined);
  return {
    vpcs: inspected.length,
    provided: done.filter((each) => !("why" in each)).map(({ where }) => where),
    problems: done.filter((each) => "why" in each),
  };
}

/**
 * Counts what waits in the dead-letter queues of forwarding rules. No alarm can do so: CloudWatch
 * alarms reach topics of their own account and region only.
 */
async function undeliveredIn(
  { account, region }: Place,
  survey: Survey,
  sweeper: Sweeper,
): Promise<Pick<Swept, "undelivered" | "missing">> {
  const kinds: readonly Forwarded[] = forwardedFrom({
    security: account === sweeper.securityAccount,
    home: region === sweeper.homeRegion,
  });
  const found = await Promise.all(
    kinds.map(async (what) => {
      const queue = forwardingDeadLetters(what);
      return { region, queue, waiting: await survey.waiting(region, queue) };
    }),
  );
  return {
    undelivered: found.flatMap(({ waiting, ...each }) =>
      waiting === undefined || waiting === 0 ? [] : [{ ...each, waiting }],
    ),
    missing: found.flatMap(({ queue, waiting }) =>
      waiting === undefined ? [`${region}/${queue}`] : [],
    ),
  };
}
