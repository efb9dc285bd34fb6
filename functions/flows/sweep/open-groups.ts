/** What else a sweep looks at: all-open groups that were left, and events that were not delivered. */

import { type Forwarded, forwardedFrom, forwardingDeadLetters } from "../../catalogue/forwarding";
import { cordonTag, untrackTagValue } from "../../catalogue/quarantine-group";
import type { GroupKey, Network } from "../../model/member-account";
import type { Place } from "../../model/resource";
import { step } from "../../remediate/steps";
import type { Answer } from "../respond/responder";
import {
  change,
  enter,
  inParallel,
  placeOf,
  type Survey,
  type Sweeper,
  type Swept,
  width,
} from "./context";
import { openInterfaceNotice } from "./notice";
import type { Task } from "./tasks";

/** Seconds after which an interface in the all-open group is no passing anymore. */
const openSeconds = 61;
/** The longest delay SQS takes: no run of a response lasts that long, so a group still empty is left. */
const desertedSeconds = 900;
/** All-open groups looked at again in one region: each incident at work has one in a VPC. */
const mostOpenGroups = 20;

/**
 * Remembers the all-open groups that stand, to look at them again: a response passes an interface
 * through one for an instant, and removes it at its end.
 */
export async function watchOpenGroups(
  place: Place,
  network: Network,
  sweeper: Sweeper,
): Promise<void> {
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
export async function lookAgain(
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
export async function undeliveredIn(
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
