/** Writes what the sweeper tells people: accounts that stay shut, interfaces left open. */

import { quarantineGroupName } from "../../catalogue/quarantine-group";
import type { GroupKey } from "../../model/member-account";
import { type Notice, notice, section } from "../../notify/notice";

// SNS takes 256 KiB a message; a person takes less.
const listed = 200;

/** Lists the accounts in which nothing can be contained, with what keeps Cordon out. */
export function uncontainableNotice(
  shut: readonly { readonly account: string; readonly name: string; readonly why: string }[],
  all: number,
): Notice {
  const more = shut.length - listed;
  return notice(`[Cordon] ${shut.length} of ${all} accounts cannot be contained`, [
    "Cordon cannot enter these accounts: a finding about them would be told, and nothing done.",
    section("Accounts", [
      ...shut.slice(0, listed).map(({ account, name, why }) => `${name} (${account}): ${why}`),
      ...(more > 0 ? [`and ${more} more: the log of cordon-sweep names them`] : []),
    ]),
    section("Do this", [
      "See that the account has Cordon's member roles, and that no service control policy denies sts:AssumeRole or the roles' own actions.",
      "This is told once a day while it lasts.",
    ]),
  ]);
}

/** Tells of interfaces that stayed in an all-open group: a response that died in the middle. */
export function openInterfaceNotice(found: {
  readonly account: string;
  readonly name: string;
  readonly region: string;
  readonly group: GroupKey;
  readonly interfaces: readonly string[];
}): Notice {
  const { account, name, region, group, interfaces } = found;
  const which = interfaces.join(", ");
  return notice(`[Cordon] URGENT Open to everything: ${which}`, [
    `Interfaces of a compromised instance have rested in Cordon's all-open group for over a minute.`,
    "",
    `Interfaces ${which}`,
    `Group      ${group.name} in ${group.vpc}`,
    `Account    ${name} (${account}), ${region}`,
    section("Why", [
      "A response passes an interface through this group for an instant, to end its connections; this one has not come back.",
    ]),
    section("Do this", [
      `Give the interfaces the group ${quarantineGroupName} of ${group.vpc} and no other, now.`,
      "Look for the incident in the dead letters and the log of cordon-respond-contain-instance: the next delivery of its finding finishes the containment.",
    ]),
  ]);
}
