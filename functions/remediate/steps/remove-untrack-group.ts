import type { StepKind } from "../../model/step";
import { isUntracked, provideUntrackGroup } from "./provide-untrack-group";
import { keyOf } from "./quarantine-interface";
import { reads } from "./shared/arns";

/** Removes the all-open group as soon as no interface of the incident needs it. */
export interface RemoveUntrackGroup {
  readonly kind: "remove-untrack-group";
  readonly vpc: string;
  readonly name: string;
}

export const removeUntrackGroup: StepKind<RemoveUntrackGroup> = {
  undonePart: "network",
  scaffolds: true,
  target: (step) => step.name,
  identity: (step) => step.vpc,
  redoneWith: (step, pending) => pending.some((each) => isUntracked(each, step.vpc)),
  describe: (step) => `remove the untrack group ${step.name}`,
  describeUndo: (step) => `leave the untrack group ${step.name} removed`,
  sides: ({ name }) => [`group ${name}`, "no such group"],
  inspect: async (step, account) =>
    (await account.network.group(step)) === undefined ? "after" : "before",
  async apply(step, account, made) {
    const id = made?.get(keyOf(step)) ?? (await account.network.group(step))?.id;
    if (id !== undefined) await account.network.deleteGroup(id);
  },
  undo: "keep",
  manual: (step) => `The group ${step.name} is not needed again.`,
  permissions: (step, place) =>
    provideUntrackGroup.undoPermissions({ ...step, kind: "provide-untrack-group" }, place),
  undoPermissions: () => [reads("ec2:DescribeSecurityGroups")],
  widest: [{ kind: "remove-untrack-group", vpc: "*", name: "*" }],
};
