import { isOwnRole } from "../../catalogue/own-roles";
import type { Catalogue } from "../../catalogue/playbooks";
import { isServiceManaged, matchesPrincipal } from "../../catalogue/protected-roles";
import { quarantineGroupName, untrackGroupName } from "../../catalogue/quarantine-group";
import { hasRoomFor, instanceTags } from "../../catalogue/tags";
import type { Instance, InstanceAttribute, InstanceAttributes } from "../../model/member-account";
import { resourceArn } from "../../model/resource";
import type { InstanceFacts } from "../facts/instance";
import { followUpOf, isAttribute, residualOf, type Unread } from "../facts/unread";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { type StepOf, step } from "../steps";
import { cutTag } from "../steps/cut-connections";
import type { GroupReference } from "../steps/quarantine-interface";
import { containmentTags, marking } from "../steps/shared/marks";

/** EC2 caps tag values at 256 characters; sixteen groups on one interface do not fit. */
const tagValueLimit = 256;
/** Evidence must not hold up isolation for longer than this. */
const preserveSeconds = 10;

/** Keeps the evidence, isolates every interface, cuts its connections and its credentials. */
export const containInstance: Playbook<"contain-instance"> = (
  incident,
  facts,
  incidentId,
  now,
  { breakGlass, ownRoles },
) => {
  const { instance, attributes } = facts;
  if (instance === undefined) {
    throw new Error(`${incident.resource.id} does not exist, so that no plan can be made for it`);
  }
  const { role } = facts;
  const isLabelled = hasRoomFor(instanceTags, instance.tags);
  const left = unread(facts, instance);
  const isExempt =
    role !== undefined &&
    (isServiceManaged(role.arn) ||
      isOwnRole(role.arn, ownRoles) ||
      matchesPrincipal(role.arn, breakGlass.roles));
  const changeable = facts.interfaces.filter((each) => !each.managed);
  const vpcs = [...new Set(changeable.map((each) => each.vpc))].sort();
  const quarantineOf = (vpc: string): GroupReference => {
    const id = facts.quarantineGroups[vpc];
    return { vpc, name: quarantineGroupName, ...(id !== undefined && { id }) };
  };
  const untrackOf = (vpc: string) => ({ vpc, name: untrackGroupName(incidentId) });

  // Also where it is in quarantine already: the journal then knows that it is to stay there.
  const quarantine = changeable.map((each) =>
    step("quarantine-interface", {
      networkInterface: each.id,
      before: each.groups,
      quarantine: quarantineOf(each.vpc),
    }),
  );

  const stages: Stage<Steps>[] = [
    {
      name: "preserve",
      onFailure: "continue",
      limitSeconds: preserveSeconds,
      steps: [
        ...vpcs
          .filter((vpc) => facts.unprovided.includes(vpc))
          .map((vpc) =>
            step("provide-quarantine-group", {
              vpc,
              endpointGroups: facts.ssmEndpoints
                .filter((endpoint) => endpoint.vpc === vpc)
                .flatMap((endpoint) => endpoint.groups),
            }),
          ),
        ...evidence(instance, attributes, incidentId),
        ...(isExempt
          ? []
          : credentials(facts, resourceArn(incident.place, incident.resource), incidentId)),
        ...traffic(facts, instance.id),
      ],
    },
    {
      name: "quarantine",
      onFailure: "stop",
      steps: [...quarantine, ...vpcs.map((vpc) => step("provide-untrack-group", untrackOf(vpc)))],
    },
    {
      name: "cut connections",
      // The last stage removes the untrack group, which an interface that failed here still needs.
      onFailure: "stop",
      steps: changeable.map((each) =>
        step("cut-connections", {
          networkInterface: each.id,
          quarantine: quarantineOf(each.vpc),
          untrack: untrackOf(each.vpc),
          incident: incidentId,
          ...(!hasRoomFor([cutTag], each.tags) && { unmarked: true }),
        }),
      ),
    },
    {
      name: "label",
      onFailure: "continue",
      steps: [
        ...(isLabelled
          ? [
              step("tag-instance", {
                instance: instance.id,
                ...marking(instance.tags, {
                  ...containmentTags(incidentId, incident.finding, now),
                  OriginalSecurityGroups: originalGroups(facts),
                }),
              }),
            ]
          : []),
        ...vpcs.map((vpc) => step("remove-untrack-group", untrackOf(vpc))),
      ],
    },
  ];
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    residual: [
      ...residual(facts, instance, isExempt),
      ...(isLabelled
        ? []
        : [
            `${instance.id} has no room for ${instanceTags.length} tags: it does not show that it is contained.`,
          ]),
      ...left.map(residualOf),
    ],
    nextSteps: [
      ...left.map((each) => followUpOf(each, instance.id, incident.place)),
      ...nextSteps(facts, instance),
    ],
  };
};

type Steps = Catalogue["contain-instance"]["steps"][number];

type Protection = readonly [InstanceAttribute, InstanceAttributes[InstanceAttribute]];

function evidence(
  instance: Instance,
  attributes: Partial<InstanceAttributes>,
  incidentId: string,
): (StepOf<"snapshot-volumes"> | StepOf<"set-instance-attribute"> | StepOf<"keep-volumes">)[] {
  const volumes = instance.volumes.map((volume) => volume.id);
  const deleted = instance.volumes.filter((volume) => volume.deleteOnTermination);
  return [
    ...(volumes.length === 0
      ? []
      : [step("snapshot-volumes", { instance: instance.id, volumes, incident: incidentId })]),
    ...protections(instance).flatMap(([attribute, after]) => {
      const before = attributes[attribute];
      // Unread, it could not be set back.
      return before === undefined || before === after
        ? []
        : [step("set-instance-attribute", { instance: instance.id, attribute, before, after })];
    }),
    ...(deleted.length === 0 || instance.operator !== undefined
      ? []
      : [
          step("keep-volumes", {
            instance: instance.id,
            devices: deleted.map((volume) => volume.device),
          }),
        ]),
  ];
}

/** Lists the protections that EC2 accepts for this kind of instance; the notice lists the others. */
function protections(instance: Instance): readonly Protection[] {
  if (instance.operator !== undefined) return [];
  const ebs = instance.rootDevice === "ebs";
  return [
    ...(instance.spot ? [] : [["disableApiTermination", true] satisfies Protection]),
    ...(instance.spot || !ebs ? [] : [["disableApiStop", true] satisfies Protection]),
    ...(ebs ? [["instanceInitiatedShutdownBehavior", "stop"] satisfies Protection] : []),
  ];
}

function credentials(
  facts: InstanceFacts,
  instanceArn: string,
  incidentId: string,
): StepOf<"deny-instance-credentials">[] {
  if (facts.role === undefined) return [];
  return [
    step("deny-instance-credentials", {
      role: facts.role,
      policy: `Cordon-${incidentId}`,
      instanceArn,
      endpoints: facts.ssmEndpoints.map((endpoint) => endpoint.id).sort(),
    }),
  ];
}

function traffic(
  facts: InstanceFacts,
  instance: string,
): (
  | StepOf<"detach-from-group">
  | StepOf<"deregister-target">
  | StepOf<"deregister-from-load-balancer">
)[] {
  return [
    ...(facts.autoScalingGroup === undefined
      ? []
      : [step("detach-from-group", { instance, group: facts.autoScalingGroup })]),
    ...facts.targets.map((target) =>
      step("deregister-target", { instance, group: target.arn, port: target.port }),
    ),
    ...facts.loadBalancers.map((loadBalancer) =>
      step("deregister-from-load-balancer", { instance, loadBalancer }),
    ),
  ];
}

/** Writes the original groups within what a tag value may hold; the journal has them in full. */
function originalGroups(facts: InstanceFacts): string {
  const whole = facts.interfaces.map((each) => `${each.id}:${each.groups.join("/")}`).join(" ");
  return whole.length <= tagValueLimit ? whole : "see the Cordon journal";
}

function residual(facts: InstanceFacts, instance: Instance, isExempt: boolean): readonly string[] {
  const managed = facts.interfaces.filter((each) => each.managed).map((each) => each.id);
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
    ...(managed.length === 0
      ? []
      : [`AWS manages ${managed.join(", ")} and refuses changes to their groups.`]),
    ...(facts.ssmEndpoints.length === 0
      ? ["The VPC has no SSM interface endpoints: Session Manager cannot reach the instance."]
      : []),
  ];
}

/** Leaves out the attributes that Cordon would not have set anyway. */
function unread(facts: InstanceFacts, instance: Instance): readonly Unread[] {
  const wanted = protections(instance).map(([attribute]): string => attribute);
  return facts.unread.filter(({ what }) => !isAttribute(what) || wanted.includes(what));
}

function nextSteps(facts: InstanceFacts, instance: Instance): readonly string[] {
  return [
    ...(facts.ssmEndpoints.length === 0
      ? []
      : [`Inspect the running instance: aws ssm start-session --target ${instance.id}`]),
    ...(instance.operator === undefined
      ? []
      : [`Replace the instance through ${instance.operator}, which manages it.`]),
    "Examine the snapshots tagged with this incident; copy them to a forensic account.",
    ...(facts.role === undefined
      ? []
      : [`In CloudTrail, find what role ${facts.role.name} did and which roles it assumed.`]),
    ...(facts.autoScalingGroup === undefined
      ? []
      : [
          `Auto Scaling group ${facts.autoScalingGroup} starts a replacement from the same image: make sure that the image is not compromised.`,
        ]),
    "If this was a false positive, release it.",
  ];
}
