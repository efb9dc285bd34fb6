import {
  cordonTag,
  missingRules,
  untrackRules,
  untrackTagValue,
} from "../../catalogue/quarantine-group";
import type { PendingStep, StepKind } from "../../model/step";
import { groupCreation, newRules } from "./provide-quarantine-group";
import { keyOf } from "./quarantine-interface";
import { ec2Arn, reads } from "./shared/arns";

/** Makes the all-open group through which tracked connections lose their state; one an incident. */
export interface ProvideUntrackGroup {
  readonly kind: "provide-untrack-group";
  readonly vpc: string;
  readonly name: string;
}

export const provideUntrackGroup: StepKind<ProvideUntrackGroup> = {
  undonePart: "network",
  scaffolds: true,
  transient: () => true,
  identity: (step) => step.vpc,
  // An all-open group must not be left behind.
  needs: ({ vpc }, other) => other.kind === "remove-untrack-group" && other.vpc === vpc,
  redoneWith: (step, pending) => pending.some((each) => isUntracked(each, step.vpc)),
  target: (step) => step.name,
  describe: (step) => `create the untrack group ${step.name} in ${step.vpc}`,
  describeUndo: (step) => `delete the untrack group ${step.name} in ${step.vpc}`,
  sides: ({ name }) => ["no such group", `group ${name}, open to all, until the plan removes it`],
  async inspect(step, account) {
    const group = await account.network.group(step);
    if (group === undefined) return "before";
    const complete =
      missingRules(untrackRules, group.ingress).length === 0 &&
      missingRules(untrackRules, group.egress).length === 0;
    // Its name carries the incident: an incomplete one is what a run that died left.
    return complete ? "after" : "half";
  },
  async apply(step, { network }, made) {
    const id = await network.createGroup(
      step,
      "Cordon: passes an interface for an instant to end tracking",
      { [cordonTag]: untrackTagValue },
    );
    made?.set(keyOf(step), id);
    const [, ipv6] = untrackRules;
    await Promise.all([
      network.authorize(id, "ingress", untrackRules),
      // A new group lets all IPv4 out by itself, and IPv6 only in a VPC that has it.
      network.authorize(id, "egress", [ipv6]),
    ]);
  },
  async undo(step, account) {
    const group = await account.network.group(step);
    if (group !== undefined) await account.network.deleteGroup(group.id);
  },
  manual: (step) => `Delete the security group ${step.name} in ${step.vpc}.`,
  permissions: (step, place) => [
    ...groupCreation(step.vpc, untrackTagValue, place),
    {
      actions: ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
      resources: [ec2Arn(place, "security-group/*")],
      conditions: { StringEquals: { [`aws:ResourceTag/${cordonTag}`]: untrackTagValue } },
    },
    newRules(place, "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"),
    reads("ec2:DescribeSecurityGroups"),
  ],
  undoPermissions: (_step, place) => [
    {
      actions: ["ec2:DeleteSecurityGroup"],
      resources: [ec2Arn(place, "security-group/*")],
      conditions: { StringEquals: { [`aws:ResourceTag/${cordonTag}`]: untrackTagValue } },
    },
    reads("ec2:DescribeSecurityGroups"),
  ],
  widest: [{ kind: "provide-untrack-group", vpc: "*", name: "*" }],
};

/** Checks whether a step moves an interface of the VPC, whose connections are then cut. */
export function isUntracked({ kind, quarantine }: PendingStep, vpc: string): boolean {
  return (kind === "quarantine-interface" || kind === "cut-connections") && quarantine?.vpc === vpc;
}
