/**
 * Assigns each of GuardDuty's finding types to what Cordon does about it. docs/findings.md lists them;
 * `npx tsx docs/print.ts` prints that list.
 */
import { containmentFor } from "../containments";
import { type PlaybookId, playbooksFor } from "../playbooks";
import { credentialGroups } from "./credentials";
import { customRuleGroups } from "./custom-rules";
import type { DefaultSeverity, TypeGroup, Unanswered } from "./group";
import { instanceTypes } from "./instances";
import { resourceGroups } from "./resources";

export type Assignment =
  | {
      /** Of credentials their owner decides which: a user, or a role. */
      readonly playbooks: readonly [PlaybookId, ...PlaybookId[]];
      /** Why people are asked first, whatever the severity. */
      readonly asks?: string;
    }
  | Unanswered;

const isRuntime = (type: string) => /^\w+:Runtime\//.test(type);
const isMalware = (type: string) => /\/(Malicious|Suspicious)File$/.test(type);
/** GuardDuty rates them low, or by the command or tool that it saw. */
const isWeak = (severity: DefaultSeverity) => ["Low", "varies"].includes(severity);

/** GuardDuty's agent runs in clusters and containers, too: a playbook contains services of ECS alone. */
const inWorkloads = {
  page: "findings-runtime-monitoring",
  about: ["EKSCluster", "ECSCluster", "Container"],
};
const ecs = "ECSCluster";
const isOfService = (type: string) => containmentFor(type, ecs) !== undefined;

export const groups: readonly TypeGroup[] = [
  {
    page: "guardduty_finding-types-ec2",
    about: ["Instance"],
    types: typesWhere((type) => !isRuntime(type) && !isMalware(type)),
  },
  { page: "findings-malware-protection", about: ["Instance"], types: typesWhere(isMalware) },
  { page: "findings-runtime-monitoring", about: ["Instance"], types: typesWhere(isRuntime) },
  {
    ...inWorkloads,
    about: [ecs],
    types: typesWhere((type) => isRuntime(type) && isOfService(type)),
  },
  {
    ...inWorkloads,
    about: [ecs],
    types: typesWhere(
      (type, severity) => isRuntime(type) && !isWeak(severity) && !isOfService(type),
    ),
    unanswered: {
      does: "notify",
      why: "By itself it does not say that the task is compromised: contain its service by command if it is",
    },
  },
  {
    ...inWorkloads,
    about: inWorkloads.about.filter((each) => each !== ecs),
    types: typesWhere((type, severity) => isRuntime(type) && !isWeak(severity)),
    unanswered: {
      does: "notify",
      why: "No playbook contains a cluster or container: which workload to stop is for people to decide",
    },
  },
  {
    ...inWorkloads,
    types: typesWhere((type, severity) => isRuntime(type) && isWeak(severity)),
    unanswered: {
      does: "log",
      why: "By itself it says little about a workload, and GuardDuty rates it higher where more speaks against it",
    },
  },
  ...credentialGroups,
  ...resourceGroups,
  ...customRuleGroups,
];

function typesWhere(holds: (type: string, severity: DefaultSeverity) => boolean) {
  const found = Object.entries(instanceTypes).filter(([type, [, severity]]) =>
    holds(type, severity),
  );
  return Object.fromEntries(found.map(([type, [, severity]]) => [type, severity]));
}

/**
 * Says what Cordon does about a finding of GuardDuty. What the catalogue does not list is never contained
 * without people, and never only logged.
 *
 * @param resourceType `resource.resourceType` of the finding
 */
export function assignmentOf(type: string, resourceType: string): Assignment {
  const group = groups.find(
    ({ about, types }) =>
      Object.hasOwn(types, type) && (about === "any" || about.includes(resourceType)),
  );
  const why = `Cordon's catalogue does not list ${type} about this kind of resource: what it means is for people to judge`;
  const [first, ...others] = playbooksFor({ source: "guardduty", resourceType, type });
  if (first !== undefined) {
    const asks = group === undefined ? why : group.asks;
    return { playbooks: [first, ...others], ...(asks !== undefined && { asks }) };
  }
  return group?.unanswered ?? { does: "notify", why };
}

/** Checks whether findings of a type name a victim, which must not be contained for them. */
export function namesVictim(type: string): boolean {
  return groups.some(
    ({ types, unanswered }) => Object.hasOwn(types, type) && unanswered?.namesVictim === true,
  );
}
