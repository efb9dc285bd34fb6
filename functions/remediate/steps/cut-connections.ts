import { quarantineTagValue, untrackTagValue } from "../../catalogue/quarantine-group";
import type { MemberAccount, NetworkInterface } from "../../model/member-account";
import type { StepKind } from "../../model/step";
import {
  changesInterface,
  type GroupReference,
  groupId,
  mayAttach,
  sameGroups,
} from "./quarantine-interface";
import { ec2Arn, onlyTags, reads } from "./shared/arns";

/**
 * Ends the tracked connections of a quarantined interface: swapping groups leaves them alive, but
 * a moment in an all-open group stops their tracking, and back in quarantine they are dropped.
 * One step, so that no plan and no undo can rest in the middle.
 */
export interface CutConnections {
  readonly kind: "cut-connections";
  readonly networkInterface: string;
  readonly quarantine: GroupReference;
  readonly untrack: GroupReference;
  readonly incident: string;
  /** The interface has no room for another tag: nothing shows that its connections were cut. */
  readonly unmarked?: true;
}

/** Marks the interface itself: its groups do not show that its connections were cut. */
export const cutTag = "CordonConnectionsCut";

export const cutConnections: StepKind<CutConnections> = {
  undonePart: "network",
  cuts: true,
  transient: (step) => step.unmarked === true,
  redoneWith: (step, pending) =>
    pending.some(
      ({ kind, networkInterface }) =>
        kind === "quarantine-interface" && networkInterface === step.networkInterface,
    ),
  target: (step) => step.networkInterface,
  describe: (step) =>
    `${step.networkInterface}: quarantine → untrack group for an instant → quarantine, to end connections`,
  describeUndo: (step) => `remove the tag ${cutTag} from ${step.networkInterface}`,
  async inspect(step, account) {
    const current = await account.network.networkInterface(step.networkInterface);
    if (current === undefined) return "gone";
    if (current.tags[cutTag] === step.incident) return "after";
    return (await isOpen(step, current, account)) ? "half" : "before";
  },
  async apply(step, account, made) {
    const { network, compute } = account;
    const [current, quarantine, open] = await Promise.all([
      network.networkInterface(step.networkInterface),
      groupId(step.quarantine, account, made),
      groupId(step.untrack, account, made),
    ]);
    if (current === undefined) return;
    // Final state first: a crash may have left the interface open, or another principal may have moved it.
    if (!sameGroups(current.groups, [quarantine])) {
      await network.setGroups(step.networkInterface, [quarantine]);
    }
    if (!current.groups.includes(open)) {
      const close = () => network.setGroups(step.networkInterface, [quarantine]);
      try {
        await network.setGroups(step.networkInterface, [open]);
      } finally {
        // The next delivery is minutes away, too long to rest in the open: close whatever the reply
        // to opening was, and try twice.
        await close().catch(close);
      }
    }
    if (step.unmarked) return;
    await compute.setTags(step.networkInterface, { [cutTag]: step.incident });
  },
  async undo(step, account) {
    const current = await account.network.networkInterface(step.networkInterface);
    // A containment that died in the middle: back into quarantine, from where its own step goes on.
    if (current !== undefined && (await isOpen(step, current, account))) {
      await account.network.setGroups(step.networkInterface, [
        await groupId(step.quarantine, account),
      ]);
    }
    if (!step.unmarked) await account.compute.removeTags(step.networkInterface, [cutTag]);
  },
  manual: (step) => `Remove the tag ${cutTag} from ${step.networkInterface}.`,
  permissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    mayAttach(quarantineTagValue, place),
    mayAttach(untrackTagValue, place),
    tagging("ec2:CreateTags", step.networkInterface, place),
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  undoPermissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    mayAttach(quarantineTagValue, place),
    tagging("ec2:DeleteTags", step.networkInterface, place),
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  widest: [
    {
      kind: "cut-connections",
      networkInterface: "*",
      quarantine: { vpc: "*", name: "*" },
      untrack: { vpc: "*", name: "*" },
      incident: "*",
    },
  ],
};

/** Checks whether the interface is in the incident's all-open group. */
async function isOpen(
  step: CutConnections,
  current: NetworkInterface,
  account: MemberAccount,
): Promise<boolean> {
  const open = await account.network.group(step.untrack);
  return open !== undefined && current.groups.includes(open.id);
}

function tagging(action: string, networkInterface: string, place: Parameters<typeof ec2Arn>[0]) {
  return {
    actions: [action],
    resources: [ec2Arn(place, `network-interface/${networkInterface}`)],
    conditions: onlyTags([cutTag]),
  };
}
