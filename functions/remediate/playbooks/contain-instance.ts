import { denyPolicyName } from "../../catalogue/deny-policies";
import { isOwnRole } from "../../catalogue/own-roles";
import type { Catalogue } from "../../catalogue/playbooks";
import { isServiceManaged, matchesPrincipal } from "../../catalogue/protected-roles";
import {
  addressesIn,
  cordonTag,
  quarantinedTagValue,
  quarantineGroupOf,
  untrackGroupName,
} from "../../catalogue/quarantine-group";
import { fitting, instanceTags } from "../../catalogue/tags";
import type {
  Instance,
  InstanceAttribute,
  InstanceAttributes,
  NetworkInterface,
} from "../../model/member-account";
import { resourceArn } from "../../model/resource";
import type { InstanceFacts } from "../facts/instance";
import { followUpOf, residualOf } from "../facts/unread";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { type StepOf, step } from "../steps";
import type { GroupReference } from "../steps/quarantine-interface";
import { containmentTags, marking } from "../steps/shared/marks";
import { isDetachable, nextSteps, openWays, residual, unread } from "./instance-notes";

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
  suffix,
) => {
  const { instance, attributes } = facts;
  if (instance === undefined) {
    throw new Error(`${incident.resource.id} does not exist, so that no plan can be made for it`);
  }
  const { role } = facts;
  const tags = {
    ...containmentTags(incidentId, incident.finding, now),
    OriginalSecurityGroups: originalGroups(facts),
  };
  const room = fitting(instanceTags, instance.tags);
  const labels = room.includes("SecurityStatus") ? room : [];
  const unlabelled = instanceTags.filter((key) => !labels.includes(key));
  const left = unread(facts, protections(instance));
  const isExempt =
    role !== undefined &&
    (isServiceManaged(role.arn) ||
      isOwnRole(role.arn, ownRoles) ||
      matchesPrincipal(role.arn, breakGlass.roles));
  const changeable = facts.interfaces.filter((each) => !each.managed);
  const unmarkable = changeable.filter(({ tags }) => fitting([cordonTag], tags).length === 0);
  const vpcs = [...new Set(changeable.map((each) => each.vpc))].sort();
  const chosen = (vpc: string) =>
    quarantineGroupOf(vpc, facts.quarantineGroups, facts.ssmEndpoints, suffix);
  const quarantineOf = ({ vpc, groups }: NetworkInterface): GroupReference => {
    const { name, id, closed } = chosen(vpc);
    // An interface that is in a closed group stays there, whichever group others are moved to.
    const own = facts.quarantineGroups.find(
      (group) => closed.includes(group.id) && groups.length === 1 && groups[0] === group.id,
    );
    if (own !== undefined) return { vpc, name: own.name, id: own.id };
    return { vpc, name, ...(id !== undefined && { id }) };
  };
  const named = `${incidentId}-${suffix}`;
  const untrackOf = (vpc: string) => ({ vpc, name: untrackGroupName(named) });

  // Also where it is in quarantine already: the journal then knows that it is to stay there.
  const quarantine = changeable.map((each) =>
    step("quarantine-interface", {
      networkInterface: each.id,
      before: each.groups,
      quarantine: quarantineOf(each),
    }),
  );

  const stages: Stage<Steps>[] = [
    {
      name: "preserve",
      onFailure: "continue",
      limitSeconds: preserveSeconds,
      steps: [
        ...vpcs
          .filter((vpc) => chosen(vpc).closed.length === 0)
          .map((vpc) =>
            step("provide-quarantine-group", {
              vpc,
              name: chosen(vpc).name,
              addresses: addressesIn(vpc, facts.ssmEndpoints),
            }),
          ),
        ...evidence(instance, attributes, incidentId),
        ...(isExempt
          ? []
          : credentials(
              facts,
              resourceArn(incident.place, incident.resource),
              denyPolicyName(incidentId, suffix),
            )),
        ...traffic(facts, instance.id),
        ...changeable
          .filter((each) => !isMarked(each) && !unmarkable.includes(each))
          .map((each) => step("tag-interface", { networkInterface: each.id })),
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
          quarantine: quarantineOf(each),
          untrack: untrackOf(each.vpc),
        }),
      ),
    },
    {
      name: "label",
      onFailure: "continue",
      steps: [
        ...(labels.length === 0
          ? []
          : [
              step("tag-instance", {
                instance: instance.id,
                ...marking(
                  instance.tags,
                  Object.fromEntries(labels.map((key) => [key, tags[key]])),
                ),
              }),
            ]),
        ...vpcs.map((vpc) => step("remove-untrack-group", untrackOf(vpc))),
      ],
    },
  ];
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    open: openWays(facts, instance),
    ...((facts.roleUnread ?? facts.branchesUnread) !== undefined && {
      isIncomplete: true as const,
    }),
    residual: [
      ...residual(facts, instance, incident.place, isExempt),
      ...(labels.length > 0
        ? []
        : [
            `${instance.id} has no room for ${instanceTags.length} tags: it does not show that it is contained.`,
          ]),
      ...(labels.length === 0 || unlabelled.length === 0
        ? []
        : [`${instance.id} has no room for the tags ${unlabelled.join(", ")}.`]),
      ...unmarkable.map(
        ({ id }) =>
          `${id} has no room for the tag ${cordonTag}=${quarantinedTagValue}: no service control policy keeps other principals from moving it.`,
      ),
      ...left.map(residualOf),
    ],
    nextSteps: [
      ...left.map((each) => followUpOf(each, instance.id, incident.place)),
      ...nextSteps(facts, instance, incident.place),
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
  policy: string,
): StepOf<"deny-instance-credentials">[] {
  if (facts.role === undefined) return [];
  return [
    step("deny-instance-credentials", {
      role: facts.role,
      policy,
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
    ...(facts.autoScalingGroup !== undefined && isDetachable(facts.autoScalingGroup)
      ? [step("detach-from-group", { instance, group: facts.autoScalingGroup.name })]
      : []),
    ...facts.targets.map((target) =>
      step("deregister-target", { instance, group: target.arn, port: target.port }),
    ),
    ...facts.loadBalancers.map((loadBalancer) =>
      step("deregister-from-load-balancer", { instance, loadBalancer }),
    ),
  ];
}

function isMarked({ tags }: NetworkInterface): boolean {
  return tags[cordonTag] === quarantinedTagValue;
}

/** Writes the original groups within what a tag value may hold; the journal has them in full. */
function originalGroups(facts: InstanceFacts): string {
  const whole = facts.interfaces.map((each) => `${each.id}:${each.groups.join("/")}`).join(" ");
  return whole.length <= tagValueLimit ? whole : "see the Cordon journal";
}
