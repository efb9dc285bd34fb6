/** Watches the all-open groups, and removes those that a response left behind. */

import { cordonTag, untrackTagValue } from "../../catalogue/quarantine-group";
import { inParallel } from "../../model/in-parallel";
import type { GroupKey, Network } from "../../model/member-account";
import type { Place } from "../../model/resource";
import { step } from "../../remediate/steps";
import type { Answer } from "../respond/responder";
import { change, maxParallel, openSession, placeOf, type Sweeper } from "./context";
import { openInterfaceNotice } from "./notice";
import type { OwnTask } from "./tasks";

/** Seconds after which an interface in the all-open group is no longer in transit. */
const openSeconds = 61;
/** The longest delay SQS takes. No response runs that long: a group that is still empty is deserted. */
const desertedSeconds = 900;
/** All-open groups inspected again in one region: each active incident has one in a VPC. */
const mostOpenGroups = 20;

/**
 * Enqueues a second inspection of every all-open group: a response moves an interface through one
 * for an instant, and removes the group at its end.
 */
export async function watchOpenGroups(
  place: Place,
  network: Network,
  sweeper: Sweeper,
): Promise<void> {
  const { account, region } = place;
  const tagged = await network.groupsTagged(cordonTag, untrackTagValue);
  // Anyone in the account can set the tag, and so could cause thousands of inspections.
  const found = tagged.slice(0, mostOpenGroups);
  const tasks = await inParallel(maxParallel, found, async ({ id, vpc, name }) => {
    const held = await network.interfacesHolding(id);
    const task: OwnTask = { task: "look-again", account, region, group: { vpc, name }, held };
    return { task, seconds: held.length > 0 ? openSeconds : desertedSeconds };
  });
  if (tasks.length > 0) await sweeper.enqueue(tasks);
}

/** Notifies of interfaces that are still in an all-open group, and removes a deserted group. */
export async function lookAgain(
  { account, region, group, held }: Extract<OwnTask, { task: "look-again" }>,
  sweeper: Sweeper,
): Promise<Answer> {
  const survey = await openSession(account, sweeper);
  if ("unreachable" in survey) return { outcome: "logged", reason: survey.unreachable };
  const network = survey.network(region);
  const existing = await openGroup(network, group);
  if (existing === undefined) return { outcome: "logged", reason: `${group.name} is gone` };
  const now = await network.interfacesHolding(existing.id);
  const left = now.filter((id) => held.includes(id));
  if (left.length > 0) {
    const name = (await sweeper.account(account))?.name ?? account;
    await sweeper.publish(openInterfaceNotice({ account, name, region, group, interfaces: left }));
    return {
      outcome: "notified",
      reason: `${left.join(", ")} still in the all-open group ${group.name}`,
    };
  }
  if (held.length > 0 || now.length > 0) {
    return { outcome: "logged", reason: `${group.name} is in use` };
  }
  await change(step("remove-untrack-group", group), placeOf(account, region), sweeper);
  return { outcome: "logged", reason: `${group.name} was deserted and has been removed` };
}

async function openGroup(network: Network, key: GroupKey) {
  const found = await network.group(key);
  return found?.tags[cordonTag] === untrackTagValue ? found : undefined;
}
