/**
 * Makes every VPC's quarantine group stand and stay closed, whoever made or changed it, and looks
 * for what nobody else would notice: accounts that cannot be entered, interfaces left in the all-open
 * group, events that forwarding could not deliver.
 */
import type { Place } from "./incident";
import type { GroupKey, MemberAccount, Network } from "./member-account";
import { type Forwarded, forwardedFrom, forwardingDeadLetters } from "./patterns";
import { plain } from "./plain-text";
import type { Notice } from "./record/notice";
import { openInterfaceNotice, uncontainableNotice } from "./record/sweep-notice";
import {
  cordonTag,
  isClosed,
  quarantineGroupName,
  untrackTagValue,
} from "./remediate/quarantine-group";
import { kindOf } from "./remediate/steps";
import type { Answer } from "./response";
import { type Statement, type Step, step } from "./step";
import type { Task, Work } from "./sweep-work";

/** What one session shows of an account, in every region. */
export interface Survey {
  network(region: string): Network;
  /** Messages that wait in a queue; undefined where there is no such queue. */
  waiting(region: string, queue: string): Promise<number | undefined>;
}

export interface Sweeper {
  readonly governedRegions: readonly string[];
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Accounts of the organization that nothing is deployed to. */
  readonly leftOut: readonly string[];
  /** Hours between two scheduled rounds. */
  readonly hours: number;
  now(): Date;
  sleep(ms: number): Promise<void>;
  /** Looks an account up; undefined when the organization has none of that id. */
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  /** Lists the organization's accounts that are active. */
  accounts(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Opens a session that looks around one account. */
  enter(account: string): Promise<Survey>;
  /** Opens a session for one change. */
  assume(place: Place, statements: readonly Statement[]): Promise<MemberAccount>;
  /** Puts tasks into the sweeper's own queue, to be visible after a delay of at most 900 s. */
  later(tasks: readonly { readonly task: Task; readonly seconds: number }[]): Promise<void>;
  publish(notice: Notice): Promise<void>;
  /** Tells whether an error means "not permitted", or a region that the account has not enabled. */
  isRefusal(error: unknown): boolean;
  /** Tells whether an error means that the VPC does not exist. */
  isGone(error: unknown): boolean;
}

/** What a sweep found and did. */
export interface Swept {
  /** VPCs looked at. */
  readonly vpcs: number;
  /** "region/vpc" of groups that were made or closed. */
  readonly provided: readonly string[];
  readonly problems: readonly {
    readonly where: string;
    readonly why: string;
    readonly refused: boolean;
  }[];
  /** Dead-letter queues of forwarding rules in which events wait. */
  readonly undelivered: readonly {
    readonly region: string;
    readonly queue: string;
    readonly waiting: number;
  }[];
  /** Dead-letter queues that are not there: nothing is forwarded from that region. */
  readonly missing: readonly string[];
}

/** An account that could not be entered: nothing in it can be contained. */
export interface Uncontainable {
  readonly account: string;
  readonly name: string;
  readonly why: string;
}

/** Seconds after which an interface in the all-open group is no passing anymore. */
const openSeconds = 61;
/** The longest delay SQS takes: no run of a response lasts that long, so a group still empty is left. */
const desertedSeconds = 900;
/**
 * Milliseconds for which a VPC that an event tells of may still be invisible. Longer than one
 * redelivery takes, so that it is looked for at least twice.
 */
const visibleMs = 5 * 60_000;
/** All-open groups looked at again in one region: each incident at work has one in a VPC. */
const mostOpenGroups = 20;
/** Regions, or VPCs of one region, worked on side by side. */
const width = 5;
/** Accounts entered side by side. */
const probeWidth = 20;
/** Accounts that are swept in the same second of a round. */
const accountsASecond = 10;
/** Looks after a change until it must be seen, one a second: EC2 is eventually consistent. */
const looks = 3;

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
      seconds: Math.min(desertedSeconds, Math.floor(index / accountsASecond)),
    })),
  );
  const tried = await inParallel(probeWidth, accounts, async ({ id, name }) => {
    const why = await sweeper.enter(id).then(() => undefined, told);
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

/** Carries out one step, in a session for it alone; tells whether it is seen to stand. */
async function change(wanted: Step, place: Place, sweeper: Sweeper): Promise<boolean> {
  const kind = kindOf(wanted.kind);
  const account = await sweeper.assume(place, kind.permissions(wanted, place));
  await kind.apply(wanted, account);
  for (let look = 1; ; look++) {
    if ((await kind.inspect(wanted, account)) === "after") return true;
    if (look === looks) return false;
    await sweeper.sleep(1_000);
  }
}

/**
 * Remembers the all-open groups that stand, to look at them again: a response passes an interface
 * through one for an instant, and removes it at its end.
 */
async function watchOpenGroups(place: Place, network: Network, sweeper: Sweeper): Promise<void> {
  const { account, region } = place;
  const tagged = await network.groupsTagged(cordonTag, untrackTagValue);
  // Anyone in the account can set the tag: nobody shall have us look at thousands of groups.
  const found = tagged.slice(0, mostOpenGroups);
  const tasks = await inParallel(width, found, async ({ id, vpc, name }) => {
    const held = await network.interfacesHolding(id);
    const task: Task = { task: "look-again", account, region, group: { vpc, name }, held };
    return { task, seconds: held.length > 0 ? openSeconds : desertedSeconds };
  });
  if (tasks.length > 0) await sweeper.later(tasks);
}

/** Tells people of interfaces that were left in an all-open group, and removes a deserted one. */
async function lookAgain(
  { account, region, group, held }: Extract<Task, { task: "look-again" }>,
  sweeper: Sweeper,
): Promise<Answer> {
  const survey = await enter(account, sweeper);
  if ("shut" in survey) return { outcome: "logged", reason: survey.shut };
  const network = survey.network(region);
  const standing = await openGroup(network, group);
  if (standing === undefined) return { outcome: "logged", reason: `${group.name} is gone` };
  const now = await network.interfacesHolding(standing.id);
  const left = now.filter((id) => held.includes(id));
  if (left.length > 0) {
    const name = (await sweeper.account(account))?.name ?? account;
    await sweeper.publish(openInterfaceNotice({ account, name, region, group, interfaces: left }));
    return {
      outcome: "notified",
      reason: `${left.join(", ")} rest in the all-open group ${group.name}`,
    };
  }
  if (held.length > 0 || now.length > 0) {
    return { outcome: "logged", reason: `${group.name} is in use` };
  }
  await change(step("remove-untrack-group", group), placeOf(account, region), sweeper);
  return { outcome: "logged", reason: `${group.name} was deserted and is removed` };
}

async function openGroup(network: Network, key: GroupKey) {
  const found = await network.group(key);
  return found?.tags[cordonTag] === untrackTagValue ? found : undefined;
}

/**
 * Reads what waits in the dead-letter queues of forwarding rules. An alarm on them could tell nobody:
 * CloudWatch reaches topics of its own account and region only.
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

/** Opens the account, or says why it stays shut; what may pass is thrown. */
async function enter(
  account: string,
  sweeper: Sweeper,
): Promise<Survey | { readonly shut: string }> {
  try {
    return await sweeper.enter(account);
  } catch (error) {
    if (!sweeper.isRefusal(error)) throw error;
    return { shut: `Account ${account} cannot be entered: ${told(error)}` };
  }
}

function problem(where: string, error: unknown, sweeper: Sweeper) {
  return { where, why: told(error), refused: sweeper.isRefusal(error) };
}

function told(error: unknown): string {
  return plain(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
}

function placeOf(account: string, region: string): Place {
  return { partition: "aws", account, region };
}

async function inParallel<T, R>(
  most: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let next = 0; next < items.length; next += most) {
    results.push(...(await Promise.all(items.slice(next, next + most).map(act))));
  }
  return results;
}
