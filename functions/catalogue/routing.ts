/** Finds the rules on the hub that match an event, by the rules' own patterns. */

import { triageCalls } from "./account-events";
import { driftEvents, networkEvents } from "./calls";
import { matcher } from "./event-pattern";
import {
  exposedKeyPattern,
  failedReports,
  inTwoLanes,
  type Lane,
  playbookPattern,
} from "./patterns";
import { type PlaybookId, routedPlaybooks } from "./playbooks";
import { releaseRequests } from "./security-hub-actions";

const playbooks = routedPlaybooks.map((id) => {
  const lanes: readonly (Lane | undefined)[] =
    id === inTwoLanes ? ["urgent", "ordinary"] : [undefined];
  const matchers = lanes.map((lane) => matcher(playbookPattern(id, lane)));
  return { id, matches: (event: unknown) => matchers.some((matches) => matches(event)) };
});
const others = [releaseRequests, exposedKeyPattern, networkEvents, driftEvents, failedReports].map(
  matcher,
);

const ofTriage = triageCalls.map(matcher);

/**
 * Names the playbook that reports an event which no playbook covers in the end. The rules of more
 * than one match where a finding of Security Hub lists several resources: the first reports it.
 */
export function primaryPlaybook(event: unknown): PlaybookId | undefined {
  return playbooks.find(({ matches }) => matches(event))?.id;
}

/**
 * Checks whether a rule besides triage's matches an event: triage leaves it to that rule's function. What
 * triage's pattern names has something of its own to say, and the functions of other rules do not say it.
 */
export function isAnsweredElsewhere(event: unknown): boolean {
  if (ofTriage.some((matches) => matches(event))) return false;
  return primaryPlaybook(event) !== undefined || others.some((matches) => matches(event));
}
