/** What brakes count, by names that responders use, too. */
import type { Place } from "../model/resource";

/** `organization`, `playbook/PLAYBOOK/ACCOUNT` or `group/ACCOUNT/REGION/NAME`. */
export type BrakeScope = string;

export const organizationScope = "organization";
const groupPrefix = "group/";

export function playbookScope(playbook: string, account: string): BrakeScope {
  return `playbook/${playbook}/${account}`;
}

/** Names the scope of an Auto Scaling group, whose own name may have slashes. */
export function groupScope({ account, region }: Place, name: string): BrakeScope {
  return `${groupPrefix}${account}/${region}/${name}`;
}

const form =
  /^(organization|playbook\/[a-z-]{1,40}\/\d{12}|group\/\d{12}\/[a-z0-9-]{1,30}\/\P{Cc}{1,255})$/u;

/** Explains in one sentence why a text names no brake; undefined if it may name one. */
export function scopeProblem(text: string): string | undefined {
  return form.test(text)
    ? undefined
    : `${JSON.stringify(text)} is not the name of a brake: organization, playbook/PLAYBOOK/ACCOUNT or group/ACCOUNT/REGION/NAME`;
}

/** Names the length of a scope's window: a group is counted by the day, all else by the hour. */
export function windowName(scope: BrakeScope): "hour" | "day" {
  return scope.startsWith(groupPrefix) ? "day" : "hour";
}

/** Names the window of a scope that a time is in, in UTC. */
export function windowOf(scope: BrakeScope, at: Date): string {
  return at.toISOString().slice(0, windowName(scope) === "day" ? 10 : 13);
}

/**
 * Names an incident as a brake counts it. Of a group every instance counts once a day, by its key: a
 * release and a new containment of the same one take no more of the group.
 */
export function countedAs(scope: BrakeScope, incident: string): string {
  return windowName(scope) === "day" ? incident.replace(/-\d+$/, "") : incident;
}
