/** Writes the sweeper's notices: unreachable accounts, interfaces left in an all-open group. */

import { quarantineGroupName } from "../../catalogue/quarantine-group";
import type { GroupKey } from "../../model/member-account";
import { fact, section } from "../../notify/message";
import { type Notice, notice } from "../../notify/notice";
import { urgencyOf } from "../../notify/urgency";

// SNS takes 256 KiB a message; a reader takes less.
const listed = 200;

/** Lists the accounts in which Cordon can contain nothing, each with the error. */
export function uncontainableNotice(
  unreachable: readonly { readonly account: string; readonly name: string; readonly why: string }[],
  all: number,
): Notice {
  const more = unreachable.length - listed;
  return notice(
    urgencyOf("uncontainable-accounts"),
    `${unreachable.length} of ${all} accounts cannot be contained`,
    [
      "Cordon cannot open a session in these accounts. It would notify of a finding about them, but contain nothing.",
      section("Accounts", [
        ...unreachable
          .slice(0, listed)
          .map(({ account, name, why }) => `${name} (${account}): ${why}`),
        ...(more > 0 ? [`and ${more} more, listed in the log of cordon-sweep`] : []),
      ]),
      section("Do this", [
        "Check that each account has Cordon's member roles, and that no service control policy denies sts:AssumeRole or the actions of those roles.",
        "This notice repeats once a day until every account is reachable.",
      ]),
    ],
  );
}

/** Reports interfaces that stayed in an all-open group: a response ended before it moved them on. */
export function openInterfaceNotice(found: {
  readonly account: string;
  readonly name: string;
  readonly region: string;
  readonly group: GroupKey;
  readonly interfaces: readonly string[];
}): Notice {
  const { account, name, region, group, interfaces } = found;
  const which = interfaces.join(", ");
  return notice(urgencyOf("open-to-all"), `Open to all traffic: ${which}`, [
    "Interfaces of a compromised instance have been in Cordon's all-open security group for over a minute.",
    fact("Interfaces", which),
    fact("Group", `${group.name} in ${group.vpc}`),
    fact("Account", `${name} (${account}), ${region}`),
    section("Why", [
      "To end its tracked connections, a response moves an interface through this group for an instant. This response stopped before it moved the interfaces on.",
    ]),
    section("Do this", [
      `Now: replace all security groups of these interfaces with ${quarantineGroupName} of ${group.vpc}.`,
      "Find the incident in the log and the dead-letter queue of cordon-respond-contain-instance. The next delivery of its finding finishes the containment.",
    ]),
  ]);
}
