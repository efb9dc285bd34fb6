import { cordonTag, quarantineTagValue } from "../../catalogue/quarantine-group";
import type { GroupKey, MemberAccount } from "../../model/member-account";
import { NotVisibleYet } from "../../model/not-visible-yet";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { MadeGroups, StepKind } from "../../model/step";
import { ec2Arn, reads } from "./shared/arns";

/** A group by what EC2 keeps unique, with its id if it existed when the plan was made. */
export type GroupReference = GroupKey & { readonly id?: string };

/**
 * Puts one interface into the quarantine group and nothing else. Per interface, because
 * ModifyInstanceAttribute refuses groups on an instance with several.
 */
export interface QuarantineInterface {
  readonly kind: "quarantine-interface";
  readonly networkInterface: string;
  readonly before: readonly string[];
  readonly quarantine: GroupReference;
}

export const quarantineInterface: StepKind<QuarantineInterface> = {
  undonePart: "network",
  cuts: true,
  adapted: (step, { quarantine }) => ({ ...step, quarantine }),
  needs: ({ quarantine }, other) =>
    other.kind === "provide-quarantine-group" && other.vpc === quarantine.vpc,
  target: (step) => step.networkInterface,
  describe: (step) => `${step.networkInterface}: ${step.before.join(", ")} → quarantine only`,
  describeUndo: (step) => `move ${step.networkInterface} back to ${step.before.join(", ")}`,
  sides: ({ before, quarantine: { id, name } }) => [before.join(", "), id ?? name],
  changesNothing: ({ before, quarantine: { id } }) => id !== undefined && sameGroups(before, [id]),
  // Another isolation, by an analyst for one, has none of the original groups.
  async regained(step, account) {
    const current = await account.network.networkInterface(step.networkInterface);
    return step.before.some((group) => current?.groups.includes(group));
  },
  async inspect(step, account) {
    const [current, quarantine] = await Promise.all([
      account.network.networkInterface(step.networkInterface),
      findGroup(step.quarantine, account),
    ]);
    if (current === undefined) return "gone";
    // A response that died early leaves no group to be in, and must still be released.
    if (quarantine !== undefined && sameGroups(current.groups, [quarantine])) return "after";
    return sameGroups(current.groups, step.before) ? "before" : "other";
  },
  async apply(step, account, made) {
    await account.network.setGroups(step.networkInterface, [
      await groupId(step.quarantine, account, made),
    ]);
  },
  undo: (step, account) => account.network.setGroups(step.networkInterface, step.before),
  manual: (step) =>
    `Set the security groups of ${step.networkInterface} back to ${step.before.join(", ")}.`,
  permissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    mayAttach(quarantineTagValue, place),
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  undoPermissions: (step, place) => [
    changesInterface(step.networkInterface, place),
    // The originals carry no tag of ours, so release may attach any group: a role of its own.
    {
      actions: ["ec2:ModifyNetworkInterfaceAttribute"],
      resources: step.before.map((group) => ec2Arn(place, `security-group/${group}`)),
    },
    reads("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
  ],
  widest: [
    {
      kind: "quarantine-interface",
      networkInterface: "*",
      before: ["*"],
      quarantine: { vpc: "*", name: "*" },
    },
  ],
};

/**
 * Finds the id of a group: as planned, or by name where the plan itself makes the group. Any principal
 * can make a group of that name; one without Cordon's tag is none.
 */
async function findGroup(
  group: GroupReference,
  account: MemberAccount,
): Promise<string | undefined> {
  if (group.id !== undefined) return group.id;
  const found = await account.network.group(group);
  return found?.tags[cordonTag] === undefined ? undefined : found.id;
}

/** The same for those who cannot go on without the group. */
export async function groupId(
  group: GroupReference,
  account: MemberAccount,
  made?: MadeGroups,
): Promise<string> {
  const id = made?.get(keyOf(group)) ?? (await findGroup(group, account));
  if (id === undefined)
    throw new NotVisibleYet(`Security group ${group.name} does not exist in ${group.vpc}`);
  return id;
}

/** Names a group among those that a run has made. */
export function keyOf({ vpc, name }: GroupKey): string {
  return `${vpc} ${name}`;
}

/** Compares two sets of groups, whatever their order. */
function sameGroups(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}

/**
 * Allows changing the interface; AWS also lists its instance and subnet for this action. A shared
 * subnet bears its owner's account.
 */
export function changesInterface(networkInterface: string, place: Place): Statement {
  return {
    actions: ["ec2:ModifyNetworkInterfaceAttribute"],
    resources: [
      ec2Arn(place, `network-interface/${networkInterface}`),
      ec2Arn(place, "instance/*"),
      ec2Arn({ ...place, account: "*" }, "subnet/*"),
    ],
  };
}

/** Allows attaching groups that carry Cordon's own tag with this value, and no others. */
export function mayAttach(tagValue: string, place: Place): Statement {
  return {
    actions: ["ec2:ModifyNetworkInterfaceAttribute"],
    resources: [ec2Arn(place, "security-group/*")],
    conditions: { StringEquals: { [`aws:ResourceTag/${cordonTag}`]: tagValue } },
  };
}
