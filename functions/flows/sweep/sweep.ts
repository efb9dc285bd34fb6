/**
 * Makes every VPC's quarantine group stand and stay closed, whoever made or changed it, and looks
 * for what nobody else would notice: accounts that cannot be entered, interfaces left in the all-open
 * group, events that forwarding could not deliver.
 */

import { isClosed, quarantineGroupName } from "../../catalogue/quarantine-group";
import type { Network } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import { step } from "../../remediate/steps";
import type { Answer } from "../respond/responder";
import {
  change,
  enter,
  inParallel,
  placeOf,
  problem,
  type Sweeper,
  type Swept,
  width,
} from "./context";
import { uncontainableNotice } from "./notice";
import { lookAgain, undeliveredIn, watchOpenGroups } from "./open-groups";
import type { Work } from "./tasks";

/** An account that could not be entered: nothing in it can be contained. */
export interface Uncontainable {
  readonly account: string;
  readonly name: string;
  readonly why: string;
}

/**
 * Milliseconds for which a VPC that an event tells of may still be invisible. Longer than one
 * redelivery takes, so that it is looked for at least twice.
 */
const visibleMs = 5 * 60_000;
/** Accounts entered side by side. */
const probeWidth = 20;
/** Seconds: the longest delay SQS takes. */
const longestDelay = 900;
/** Accounts that are swept in the same second of a round. */
const accountsASecond = 10;

/** Answers one message of the queue. @throws when it should be delivered again */
export async function work(
  todo: Work,
  sweeper: Sweeper,
): Promise<Answer & { readonly swept?: Swept; readonly account?: string }> {
  switch (todo.task) {
    case "refused":
      return { outcome: "refused", reason: todo.reason };
    case "account":
      return { ...concluded(await sweepAccount(todo.account, sweeper)), account: todo.account };
    case "look-again":
      return { ...(await lookAgain(todo, sweeper)), account: todo.account };
    case "change":
      return { ...(await answerChange(todo, sweeper)), account: todo.account };
  }
}

/**
 * Starts a round: puts one task for each account into the queue, then tries every account's door
 * and tells people, once a day, which ones stay shut. Duplicates do no harm.
 */
export async function startRound(sweeper: Sweeper): Promise<{
  readonly accounts: number;
  readonly uncontainable: readonly Uncontainable[];
}> {
  const all = await sweeper.accounts();
  const accounts = all.filter(({ id }) => !sweeper.leftOut.includes(id));
  await sweeper.later(
    accounts.map(({ id }, index) => ({
      task: { task: "account", account: id },
      seconds: Math.min(longestDelay, Math.floor(index / accountsASecond)),
    })),
  );
  const tried = await inParallel(probeWidth, accounts, async ({ id, name }) => {
    const why = await sweeper.enter(id).then(
      () => undefined,
      (error) => errorText(error, 300),
    );
    return why === undefined ? [] : [{ account: id, name, why }];
  });
  const uncontainable = tried.flat().sort((a, b) => (a.account < b.account ? -1 : 1));
  // Every period of `hours` has one round in it, and so has the first of the day.
  if (uncontainable.length > 0 && sweeper.now().getUTCHours() < sweeper.hours) {
    await sweeper.publish(uncontainableNotice(uncontainable, accounts.length));
  }
  return { accounts: accounts.length, uncontainable };
}

/** Looks at one account in every governed region; undefined where it cannot be entered. */
export async function sweepAccount(
  account: string,
  sweeper: Sweeper,
): Promise<Swept | { readonly shut: string }> {
  const survey = await enter(account, sweeper);
  if ("shut" in survey) return survey;
  const swept = await inParallel(width, sweeper.governedRegions, async (region) => {
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

async function answerChange(
  { account, region, vpc, at }: Extract<Work, { task: "change" }>,
  sweeper: Sweeper,
): Promise<Answer & { readonly swept?: Swept }> {
  if ((await sweeper.account(account)) === undefined) {
    return { outcome: "refused", reason: `Account ${account} is not in the organization` };
  }
  if (!sweeper.governedRegions.includes(region)) {
    return { outcome: "logged", reason: `Region ${region} is not governed` };
  }
  const survey = await enter(account, sweeper);
  if ("shut" in survey) return concluded(survey);
  const swept = await sweepRegion(placeOf(account, region), survey.network(region), sweeper, vpc);
  if (vpc !== undefined && swept.vpcs === 0) {
    if (sweeper.now().getTime() - at < visibleMs) {
      throw new Error(`EC2 does not show ${vpc} yet, of which CloudTrail has told`);
    }
    return { outcome: "logged", reason: `${vpc} is gone` };
  }
  return concluded({ ...nothing, ...swept });
}

/** Says how a sweep ended. @throws while there is something that trying again may mend */
function concluded(swept: Swept | { readonly shut: string }): Answer & { readonly swept?: Swept } {
  if ("shut" in swept) return { outcome: "logged", reason: swept.shut };
  const { vpcs, provided, problems } = swept;
  const told = problems.map(({ where, why }) => `${where}: ${why}`).join("; ");
  if (problems.some(({ refused }) => !refused)) throw new Error(`Not swept: ${told}`);
  if (problems.length > 0) return { outcome: "refused", reason: `Not swept: ${told}`, swept };
  const made = provided.length === 0 ? "none" : provided.join(", ");
  return { outcome: "logged", reason: `VPCs looked at: ${vpcs}, put right: ${made}`, swept };
}

/**
 * Makes the group of each VPC stand closed, with egress to the endpoints of the moment. A VPC that
 * is shared has a group in each account that owns interfaces in it; the owner's endpoints are hidden
 * from the others, so that nothing may leave theirs.
 *
 * @param only the one VPC to look at
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
  const looked = only === undefined ? vpcs : vpcs.filter((vpc) => vpc === only);
  const outcomes = await inParallel(width, looked, async (vpc) => {
    const endpointGroups = endpoints
      .filter((each) => each.vpc === vpc)
      .flatMap((each) => each.groups);
    if (groups.some((group) => group.vpc === vpc && isClosed(group, endpointGroups)))
      return undefined;
    const where = `${place.region}/${vpc}`;
    try {
      const stands = await change(
        step("provide-quarantine-group", { vpc, endpointGroups }),
        place,
        sweeper,
      );
      return stands
        ? { where }
        : { where, why: "its quarantine group does not stand closed yet", refused: false };
    } catch (error) {
      // Deleted since it was listed: there is nothing to isolate in it.
      return sweeper.isGone(error) ? undefined : problem(where, error, sweeper);
    }
  });
  const done = outcomes.filter((each) => each !== undefined);
  return {
    vpcs: looked.length,
    provided: done.filter((each) => !("why" in each)).map(({ where }) => where),
    problems: done.filter((each) => "why" in each),
  };
}
