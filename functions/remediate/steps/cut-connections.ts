import { quarantineTagValue, untrackTagValue } from "../../catalogue/quarantine-group";
import type { StepKind } from "../../model/step";
import { changesInterface, type GroupReference, groupId, mayAttach } from "./quarantine-interface";
import { reads } from "./shared/arns";

/**
 * Ends the tracked connections of a quarantined interface: swapping groups leaves them alive, but
 * a moment in an all-open group stops their tracking, and back in quarantine they are dropped.
 * One step, so that no plan and no undo can rest in the middle. Only the journal knows that it was
 * done: a tag may be refused, and a refused tag must not open the interface again.
 */
export interface CutConnections {
  readonly kind: "cut-connections";
  readonly networkInterface: string;
  readonly quarantine: GroupReference;
  readonly untrack: GroupReference;
}

export const cutConnections: StepKind<CutConnections> = {
  undonePart: "network",
  cuts: true,
  transient: () => true,
  redoneWith: (step, pending) =>
    pending.some(
      ({ kind, networkInterface }) =>
        kind === "quarantine-interface" && networkInterface === step.networkInterface,
    ),
  opens: {
    seconds: 30,
    residual: (step) =>
      `${step.networkInterface} is in quarantine, but its open connections were not cut: the run had no time left to close the interface again. They continue until they time out.`,
  },
  adapted: (step, { quarantine }) => ({ ...step, quarantine }),
  // It ends in quarantine, where the interface must be already.
  needs: ({ networkInterface, untrack }, other) =>
    (other.kind === "quarantine-interface" && other.networkInterface === networkInterface) ||
    (other.kind === "provide-untrack-group" && other.vpc === untrack.vpc),
  target: (step) => step.networkInterface,
  describe: (step) =>
    `${step.networkInterface}: quarantine → untrack group for an instant → quarantine, to end connections`,
  describeUndo: (step) =>
    `move ${step.networkInterface} back into quarantine, if it is in the untrack group`,
  sides: ({ networkInterface }) => [
    `connections that ${networkInterface} has open go on, also in quarantine`,
    "they are ended",
  ],
  async inspect(step, account) {
    const [current, open] = await Promise.all([
      account.network.networkInterface(step.networkInterface),
      account.network.group(step.untrack),
    ]);
    if (current === undefined) return "gone";
    return open !== undefined && current.groups.includes(open.id) ? "half" : "before";
  },
  async apply(step, account, made) {
    const { network } = account;
    const [quarantine, open] = await Promise.all([
      groupId(step.quarantine, account, made),
      groupId(step.untrack, account, made),
    ]);
    const close = () => network.setGroups(step.networkInterface, [quarantine]);
    try {
      // Without a look first: whatever a crash or another principal made of it, it ends in quarantine.
      await network.setGroups(step.networkInterface, [open]);
    } finally {
      // The next delivery is minutes away, too long to rest in the open: close whatever the reply
      // to opening was, and try twice.
      await close().catch(close);
    }
  },
  async undo(step, account) {
    // A containment that died in the middle: back into quarantine, from where its own step goes on.
    await account.network.setGroups(step.networkInterface, [
      await groupId(step.quarantine, account),
    ]);
  },
  manual: (step) =>
    `Set the security groups of ${step.networkInterface} to ${step.quarantine.name} alone.`,
  permissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    mayAttach(quarantineTagValue, place),
    mayAttach(untrackTagValue, place),
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  undoPermissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    mayAttach(quarantineTagValue, place),
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  widest: [
    {
      kind: "cut-connections",
      networkInterface: "*",
      quarantine: { vpc: "*", name: "*" },
      untrack: { vpc: "*", name: "*" },
    },
  ],
};
