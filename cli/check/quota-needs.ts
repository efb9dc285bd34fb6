/** Computes how much of AWS's quotas a deployment with some settings needs. */

import { forwardedFrom } from "../../functions/catalogue/forwarding";
import { deployedPlaybooks } from "../../functions/catalogue/playbooks";
import type { Settings } from "../../settings";

interface Place {
  readonly account: string;
  readonly region: string;
}

// Of the responders, the watch, triage, the release, the exposed keys (five, and what starts their
// workflow), the sweeper, key rotation, the approvals (three), and dead letters (two).
function ownRoles(settings: Settings): number {
  return playbooksOf(settings) + 16;
}
// The rounds of the sweeper, the reconcile, the watch, and the dead letters.
const schedules = 4;

/** Counts the roles of an account besides the member roles: of functions, forwarding, AWS Config. */
export function otherRoles(settings: Settings, account: string): number {
  const forwarding = settings.governedRegions.map((region) => {
    return forwardedAt(settings, { account, region }).length;
  });
  return (
    forwarding.reduce((sum, count) => sum + count, 0) +
    (settings.accessKeyRule === "deploy" ? 1 : 0) +
    (account === settings.securityAccount ? ownRoles(settings) : 0)
  );
}

/** Counts the rules of the default bus in one region of an account. */
export function busRules(settings: Settings, place: Place): number {
  const { securityAccount, homeRegion } = settings;
  const center = place.account === securityAccount && place.region === homeRegion;
  return forwardedAt(settings, place).length + (center ? schedules : 0);
}

function forwardedAt({ securityAccount, homeRegion }: Settings, { account, region }: Place) {
  return forwardedFrom({ security: account === securityAccount, home: region === homeRegion });
}

/** Counts the StackSets: two once in an account, one in every region, and key rotation. */
export function stackSetCount({ memberDeployment, accessKeyRule }: Settings): number {
  if (memberDeployment === "direct") return 0;
  return accessKeyRule === "deploy" ? 4 : 3;
}

/**
 * Functions at once: 20 for each playbook, the urgent lane, release, triage, sweeper; five for imported
 * findings; two for key rotation, for the watch, and for the dead letters of each of these and of the
 * exposed keys.
 */
export function concurrency(settings: Settings): number {
  const playbooks = playbooksOf(settings);
  return 20 * (playbooks + 4) + 5 + 4 + 2 * (playbooks + 8);
}

function playbooksOf({ blockAddresses }: Settings): number {
  return deployedPlaybooks(blockAddresses !== undefined).length;
}
