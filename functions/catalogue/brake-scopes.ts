/** What brakes count, by names that responders use, too. */
import type { Place } from "../model/resource";

/** `organization`, `playbook/PLAYBOOK/ACCOUNT`, `group/ACCOUNT/REGION/NAME` or `type/FINDING-TYPE`. */
export type BrakeScope = string;

export const organizationScope = "organization";
const groupPrefix = "group/";
const typePrefix = "type/";

export function playbookScope(playbook: string, account: string): BrakeScope {
  return `playbook/${playbook}/${account}`;
}

/** Names the scope of an Auto Scaling group, whose own name may have slashes. */
export function groupScope({ account, region }: Place, name: string): BrakeScope {
  return `${groupPrefix}${account}/${region}/${name}`;
}

export function isGroup(scope: BrakeScope): boolean {
  return scope.startsWith(groupPrefix);
}

/** Of a group of at most so many instances, each that its brake holds back has a notice of its own. */
export const smallGroup = 10;

/** Percentage of false positives above which a finding type is not answered automatically. */
export const mostPercent = 10;
/** Fewer targets say nothing about a finding type. */
export const fewestTargets = 5;

/** Names the scope of a finding type, which false positives trip and no number of containments. */
export function typeScope(type: string): BrakeScope {
  return `${typePrefix}${type}`;
}

/** Checks whether a scope only counts: no number of containments refuses another one. */
export function onlyCounts(scope: BrakeScope): boolean {
  return scope.startsWith(typePrefix);
}

const form =
  /^(organization|playbook\/[a-z-]{1,40}\/\d{12}|group\/\d{12}\/[a-z0-9-]{1,30}\/\P{Cc}{1,255}|type\/\P{Cc}{1,255})$/u;

/** Explains in one sentence why a text names no brake; undefined if it may name one. */
export function scopeProblem(text: string): string | undefined {
  return form.test(text)
    ? undefined
    : `${JSON.stringify(text)} is not the name of a brake: organization, playbook/PLAYBOOK/ACCOUNT, group/ACCOUNT/REGION/NAME or type/FINDING-TYPE`;
}

/** Says what a limit is of: containments in a scope's window, or a share of false positives. */
export function limitText(scope: BrakeScope, limit: number): string {
  return onlyCounts(scope)
    ? `${limit} % false positives in seven days`
    : `${limit} automatic ${limit === 1 ? "containment" : "containments"} in one ${windowName(scope)}`;
}

/** Names the length of a scope's window: groups and types are counted by the day, all else by the hour. */
function windowName(scope: BrakeScope): "hour" | "day" {
  return isGroup(scope) || onlyCounts(scope) ? "day" : "hour";
}

/** Gives the beginning of seven days in UTC, of which a time is in the last. */
export function weekBegan(now: Date): Date {
  const day = new Date(now.getTime() - 6 * 86_400_000).toISOString().slice(0, 10);
  return new Date(`${day}T00:00:00.000Z`);
}

/** Names the window of a scope that a time is in, in UTC. */
export function windowOf(scope: BrakeScope, at: Date): string {
  return at.toISOString().slice(0, windowName(scope) === "day" ? 10 : 13);
}

/** Checks whether a scope is counted by the day. */
function isByDay(scope: BrakeScope): boolean {
  return windowName(scope) === "day";
}

/**
 * Names an incident as a brake counts it. By the day every target counts once, by its incident's key: a
 * release and a new containment of the same one take no more of a group.
 */
function countedAs(scope: BrakeScope, incident: string): string {
  return isByDay(scope) ? incident.replace(/-\d+$/, "") : incident;
}

/**
 * Names an incident as a brake counts it: once, or once for each of its targets.
 *
 * @param targets keys of the incidents that these would be by themselves
 */
export function namesCounted(
  { scope, targets }: { readonly scope: BrakeScope; readonly targets?: readonly string[] },
  incident: string,
): readonly string[] {
  if (targets === undefined) return [countedAs(scope, incident)];
  return isByDay(scope) ? targets : targets.map((key) => `${incident}/${key}`);
}
