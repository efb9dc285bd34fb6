import {
  cordonTag,
  isClosed,
  madeByResponder,
  madeByTag,
  missingRules,
  quarantineEgress,
  quarantineGroupDescription,
  quarantineTagValue,
} from "../../catalogue/quarantine-group";
import type { GroupRule, SecurityGroup } from "../../model/member-account";
import { NotVisibleYet } from "../../model/not-visible-yet";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { StepKind } from "../../model/step";
import { keyOf } from "./quarantine-interface";
import { ec2Arn, reads } from "./shared/arns";

/**
 * Makes the quarantine group of a VPC that has none, because it is younger than the deployment, and
 * closes one that is open: another principal changed it, or a response died right after creating it.
 */
export interface ProvideQuarantineGroup {
  readonly kind: "provide-quarantine-group";
  readonly vpc: string;
  readonly name: string;
  /** Addresses of the VPC's SSM interface endpoints, as CIDR blocks. */
  readonly addresses: readonly string[];
}

export const provideQuarantineGroup: StepKind<ProvideQuarantineGroup> = {
  undonePart: "network",
  // Where the group is closed today, towards today's endpoints, nothing is to be provided.
  onlyToday: true,
  target: (step) => step.vpc,
  describe: (step) => `create the quarantine group of ${step.vpc} without inbound rules`,
  describeUndo: (step) => `keep the quarantine group of ${step.vpc}`,
  sides: ({ name, addresses }) => [
    "no such group",
    `group ${name}: nothing in; out ${addresses.length === 0 ? "nothing" : `TCP 443 to ${addresses.join(", ")}`}`,
  ],
  async inspect(step, account) {
    const group = await account.network.group(step);
    if (group === undefined) return "before";
    // A crash between creation and the revoking of its default rule leaves an open group with the
    // right name: only the rules show it.
    return isOwn(group) && isClosed(group, step.addresses) ? "after" : "other";
  },
  async apply(step, account, made) {
    const { network } = account;
    const wanted = quarantineEgress(step.addresses);
    if ((await network.group(step)) === undefined) {
      await network.createGroup(step, quarantineGroupDescription, {
        [cordonTag]: quarantineTagValue,
        [madeByTag]: madeByResponder,
      });
    }
    const group = await network.group(step);
    if (group === undefined)
      throw new NotVisibleYet(`The quarantine group of ${step.vpc} does not exist yet`);
    if (!isOwn(group))
      throw new Error(`${group.name} of ${step.vpc} is another principal's: it lacks Cordon's tag`);
    made?.set(keyOf(group), group.id);
    const revoke = async (direction: "ingress" | "egress", kept: readonly GroupRule[]) => {
      if (missingRules(group[direction], kept).length > 0) {
        await network.revokeAllBut(group.id, direction, kept);
      }
    };
    await Promise.all([
      revoke("ingress", []),
      revoke("egress", wanted),
      network.authorize(group.id, "egress", missingRules(wanted, group.egress)),
    ]);
  },
  // Other incidents in the same VPC rest on it.
  undo: "keep",
  manual: (step) => `The quarantine group of ${step.vpc} stays for the next incident.`,
  permissions: (step, place) => [
    ...groupCreation(step.vpc, quarantineTagValue, place),
    {
      actions: [
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
      ],
      resources: [ec2Arn(place, "security-group/*")],
      conditions: { StringEquals: { [`aws:ResourceTag/${cordonTag}`]: quarantineTagValue } },
    },
    newRules(place, "ec2:AuthorizeSecurityGroupEgress"),
    reads("ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"),
  ],
  undoPermissions: () => [reads("ec2:DescribeSecurityGroups")],
  widest: [{ kind: "provide-quarantine-group", vpc: "*", name: "*", addresses: [] }],
};

/** Lists what creating one of Cordon's groups takes: the group, its tag, and only in this VPC. */
export function groupCreation(vpc: string, tagValue: string, place: Place): readonly Statement[] {
  return [
    {
      actions: ["ec2:CreateSecurityGroup"],
      // A shared VPC bears its owner's account, and the group ours.
      resources: [ec2Arn({ ...place, account: "*" }, `vpc/${vpc}`)],
    },
    {
      actions: ["ec2:CreateSecurityGroup"],
      resources: [ec2Arn(place, "security-group/*")],
      conditions: { StringEquals: { [`aws:RequestTag/${cordonTag}`]: tagValue } },
    },
    {
      actions: ["ec2:CreateTags"],
      resources: [ec2Arn(place, "security-group/*")],
      conditions: { StringEquals: { "ec2:CreateAction": "CreateSecurityGroup" } },
    },
  ];
}

/** Allows the rules that authorizing makes; AWS checks them apart from their group. */
export function newRules(place: Place, ...actions: string[]): Statement {
  return { actions, resources: [ec2Arn(place, "security-group-rule/*")] };
}

function isOwn(group: SecurityGroup): boolean {
  return group.tags[cordonTag] === quarantineTagValue;
}
