/** What a notice says about an instance beside its plan: what stays open, and what to do next. */
import { command } from "../../model/command";
import type { Instance } from "../../model/member-account";
import type { Place } from "../../model/resource";
import type { InstanceFacts } from "../facts/instance";
import { drainAdvice } from "../facts/node";
import { isAttribute, type Unread } from "../facts/unread";

/**
 * Lists the ways of the host that Cordon cannot close: interfaces that EC2 lets nobody but a service
 * change, and branch interfaces that it does not show.
 */
export function openWays(facts: InstanceFacts, instance: Instance): readonly string[] {
  const ids = (found: InstanceFacts["interfaces"]) => found.map((each) => each.id).join(", ");
  const managed = facts.interfaces.filter((each) => each.managed);
  const trunks = facts.interfaces.filter((each) => each.type === "trunk");
  // ECS marks no branch interface with its trunk, and EC2 shows their association to the service alone.
  const unlisted = trunks.filter((each) => !(eksTag in each.tags));
  return [
    ...(managed.length === 0
      ? []
      : [
          `${ids(managed)} ${managed.length === 1 ? "keeps its" : "keep their"} security groups: ${instance.operator ?? "AWS"} manages ${managed.length === 1 ? "it" : "them"} and refuses changes.`,
        ]),
    ...(facts.branchesUnread === undefined
      ? []
      : [
          `Branch interfaces of ${ids(trunks)} keep their security groups: reading them failed: ${facts.branchesUnread}`,
        ]),
    ...(facts.roleUnread === undefined
      ? []
      : [
          `The credentials of ${instance.profile ?? "its instance profile"} are not denied: reading the role failed: ${facts.roleUnread}`,
        ]),
    ...(unlisted.length === 0
      ? []
      : [
          `Task interfaces on trunk ${ids(unlisted)} keep their security groups: EC2 does not show which these are.`,
        ]),
  ];
}

/** On interfaces that EKS's controllers made, with the name of the controller. */
const eksTag = "eks:eni:owner";

/** Checks whether EC2 Auto Scaling detaches an instance in this state; it refuses every other. */
export function isDetachable({ state }: NonNullable<InstanceFacts["autoScalingGroup"]>): boolean {
  return state === "InService" || state === "Standby";
}

export function residual(
  facts: InstanceFacts,
  instance: Instance,
  isExempt: boolean,
): readonly string[] {
  const group = facts.autoScalingGroup;
  return [
    "Connections through NAT gateways, Network Load Balancers and PrivateLink are always tracked: open ones may continue until they time out.",
    "Security groups do not filter DNS through the VPC resolver: data can still leave by DNS.",
    "IAM changes can take minutes to reach every region.",
    "Memory and instance-store disks are in no snapshot.",
    ...(facts.role === undefined
      ? []
      : ["Sessions of other roles that the instance's role assumed earlier are not denied."]),
    ...(facts.role !== undefined && isExempt
      ? [`Role ${facts.role.name} is protected: Cordon did not deny the instance's credentials.`]
      : []),
    "Target groups that register the instance by IP address still send traffic to it; the quarantine group drops it.",
    ...(facts.interfaces.some(({ type }) => type === "trunk")
      ? [
          "Which pods' interfaces are the node's is read from their tags: whoever may tag interfaces in the account can hide one, or have added another node's before the containment.",
        ]
      : []),
    ...(instance.spot
      ? ["EC2 refuses termination and stop protection for a Spot Instance, and may interrupt it."]
      : []),
    ...(instance.rootDevice === "instance-store"
      ? [
          "The root device is an instance store: EC2 refuses stop protection, and a shutdown terminates the instance.",
        ]
      : []),
    ...(instance.operator === undefined
      ? []
      : [
          `${instance.operator} manages the instance: EC2 refuses termination protection, and deletes its volumes on termination.`,
        ]),
    ...(group === undefined || isDetachable(group)
      ? []
      : [
          `The instance stays in Auto Scaling group ${group.name}: in the state ${group.state} EC2 Auto Scaling refuses to detach it${/Terminating/.test(group.state) ? ", and terminates it whatever its protection" : ""}.`,
        ]),
    ...(group?.state === "Standby"
      ? [
          `The instance was in Standby: a release attaches it to Auto Scaling group ${group.name} in service. To keep it out of service, move it back then: ${command`aws autoscaling enter-standby --auto-scaling-group-name=${group.name} --instance-ids=${instance.id} --should-decrement-desired-capacity`}`,
        ]
      : []),
    ...(facts.ssmEndpoints.length === 0
      ? [
          "The VPC has no SSM interface endpoints of this account: Session Manager cannot reach the instance.",
        ]
      : [
          "Whoever may start a Session Manager session still reaches the instance, and through endpoints whose policy is the default one the instance reaches Systems Manager of any account.",
        ]),
  ];
}

/** Leaves out the attributes that Cordon would not have set anyway. */
export function unread(
  facts: InstanceFacts,
  protections: readonly (readonly [attribute: string, after: unknown])[],
): readonly Unread[] {
  const wanted = protections.map(([attribute]) => attribute);
  return facts.unread.filter(({ what }) => !isAttribute(what) || wanted.includes(what));
}

export function nextSteps(
  facts: InstanceFacts,
  instance: Instance,
  place: Place,
): readonly string[] {
  const group = facts.autoScalingGroup;
  return [
    ...drainAdvice(instance, place),
    ...(group === undefined || !/Terminating:Wait/.test(group.state)
      ? []
      : [
          `Keep the instance from being terminated for longer: ${command`aws autoscaling record-lifecycle-action-heartbeat --auto-scaling-group-name=${group.name} --lifecycle-hook-name HOOK --instance-id=${instance.id} --region ${place.region}`}`,
        ]),
    ...(facts.ssmEndpoints.length === 0
      ? []
      : [
          `Inspect the running instance: ${command`aws ssm start-session --target=${instance.id}`}`,
        ]),
    ...(instance.operator === undefined
      ? []
      : [`Replace the instance through ${instance.operator}, which manages it.`]),
    "Examine the snapshots tagged with this incident; copy them to a forensic account.",
    ...(facts.role === undefined
      ? []
      : [`In CloudTrail, find what role ${facts.role.name} did and which roles it assumed.`]),
    ...(group === undefined || !isDetachable(group)
      ? []
      : [
          `Auto Scaling group ${group.name} starts a replacement from the same image: make sure that the image is not compromised.`,
        ]),
    "If this was a false positive, release it.",
  ];
}
