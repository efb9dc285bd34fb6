/**
 * Makes the emulator answer as AWS does where Cordon could come to lean on the difference. Each
 * check runs before the call is forwarded, for every caller, and its comment says what the emulator
 * does instead.
 */

import type { Caller } from "../iam/caller";
import { fromArn } from "../wire/arn";
import {
  type Answer,
  type ApiCall,
  ApiError,
  list,
  member,
  text,
  UnknownOperationError,
  xml,
} from "../wire/protocol";
import { ec2TypeOf, type InstanceFacts, type Place, type World } from "../world";
import { blockingChecks } from "./blocking";
import type { StrictCheck } from "./check";
import { documentChecks } from "./documents";
import { eventChecks } from "./events";
import { identityChecks } from "./identity";
import { managedPolicyChecks } from "./managed-policies";
import { networkChecks, notFound, refuseInSharedVpc, requireOwnGroup } from "./network";
import { policyChecks } from "./principals";
import { workflowChecks } from "./workflows";

/** Throws the error AWS would give for a call that the emulator would let pass. */
export async function checkStrictly(
  call: ApiCall,
  place: Place,
  world: World,
  caller: Caller,
): Promise<void> {
  const name = `${call.service}:${call.operation}`;
  if (call.service === "ec2") await refuseInSharedVpc(call, place, world);
  for (const table of tables) await table[name]?.(call, place, world, caller);
}

/**
 * Throws the error AWS would give for a write that an eventually consistent service carries out by a
 * state of some time ago: what was made since is not found, what was given up since is still in use.
 */
export async function checkAgainstPast(
  call: ApiCall,
  place: Place,
  past: World,
  caller: Caller,
): Promise<void> {
  if (call.service === "ec2") {
    for (const id of namedIds(call.parameters)) {
      const type = ec2TypeOf(id);
      if (type && !(await past.exists(place, type, id))) throw notFound(type, id);
    }
  }
  await checkStrictly(call, place, past, caller);
}

function namedIds(value: unknown): readonly string[] {
  if (typeof value === "string") return /^[a-z]+-[0-9a-f]{8,17}$/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(namedIds) : [];
}

/** Corrects an answer of the emulator that is an error where AWS succeeds. */
export function correctAnswer(call: ApiCall, answer: Answer): Answer {
  // AWS: "If the specified target does not exist, the action returns successfully."
  return call.operation === "DeregisterTargets" &&
    answer.errorCode?.startsWith("InvalidTarget") &&
    list(call.parameters.Targets).length === 1
    ? xml(200, "<DeregisterTargetsResponse><DeregisterTargetsResult/></DeregisterTargetsResponse>")
    : answer;
}

/** The quota of an account that has not had it raised. */
const groupsPerInterface = 5;

const checks: Readonly<Record<string, StrictCheck>> = {
  // Makes groups in a VPC that does not exist, and takes any name and description.
  "ec2:CreateSecurityGroup": async (call, place, world) => {
    const name = text(call.parameters.GroupName) ?? "";
    if (name.startsWith("sg-")) throw invalidValue("Group names may not be in the format sg-*.");
    requireGroupText("security group name", name);
    requireGroupText("security group description", text(call.parameters.GroupDescription));
    const vpc = text(call.parameters.VpcId);
    if (vpc && !(await world.exists(place, "vpc", vpc))) throw notFound("vpc", vpc);
  },
  "ec2:AuthorizeSecurityGroupIngress": requireRuleTexts,
  "ec2:AuthorizeSecurityGroupEgress": requireRuleTexts,
  // Revokes what it finds, permission by permission, until one matches no rule.
  "ec2:RevokeSecurityGroupIngress": requireRules,
  "ec2:RevokeSecurityGroupEgress": requireRules,
  // Deletes a group that interfaces still hold, or that rules of others name.
  "ec2:DeleteSecurityGroup": async (call, place, world) => {
    const group = text(call.parameters.GroupId);
    if (group && (await world.groupInUse(place, group))) {
      throw new ApiError("DependencyViolation", `resource ${group} has a dependent object`);
    }
  },
  // Deletes a VPC with the groups in it.
  "ec2:DeleteVpc": async (call, place, world) => {
    const vpc = text(call.parameters.VpcId) ?? "";
    if (await world.hasOwnGroups(place, vpc)) {
      throw new ApiError(
        "DependencyViolation",
        `The vpc '${vpc}' has dependencies and cannot be deleted.`,
      );
    }
  },
  // Takes any number of groups of any VPC, for interfaces of services and of terminated instances too.
  "ec2:ModifyNetworkInterfaceAttribute": async (call, place, world) => {
    const id = text(call.parameters.NetworkInterfaceId) ?? "";
    const groups = list<string>(call.parameters.SecurityGroupId);
    const networkInterface = await world.networkInterface(place, id);
    if (networkInterface?.managed) {
      throw new ApiError(
        "AuthFailure",
        "You do not have permission to access the specified resource.",
      );
    }
    if (!networkInterface || groups.length === 0) return;
    if (groups.length > groupsPerInterface) {
      throw new ApiError(
        "SecurityGroupsPerInterfaceLimitExceeded",
        "The maximum number of security groups per interface has been reached.",
      );
    }
    if (networkInterface.instance) await requireLiving(networkInterface.instance, place, world);
    for (const group of groups) {
      const found = await requireOwnGroup(group, place, world);
      if (found.vpc !== networkInterface.vpc) {
        throw new ApiError(
          "InvalidGroup.NotFound",
          "You have specified two resources that belong to different networks.",
        );
      }
    }
  },
  // Changes terminated instances, adds groups where AWS replaces them, fails on unknown devices, and
  // protects every kind of instance.
  "ec2:ModifyInstanceAttribute": async (call, place, world) => {
    const id = text(call.parameters.InstanceId) ?? "";
    const instance = await requireLiving(id, place, world);
    if (list(call.parameters.GroupId).length > 0) {
      throw new UnknownOperationError("ec2:ModifyInstanceAttribute of groups");
    }
    if (instance) requireSupported(call, instance);
    for (const mapping of list(call.parameters.BlockDeviceMapping)) {
      const device = text(member(mapping, "DeviceName")) ?? "";
      if (instance && !instance.volumes.some((volume) => volume.device === device)) {
        throw new ApiError(
          "InvalidInstanceAttributeValue",
          `No device is currently mapped at ${device}`,
        );
      }
    }
  },
  // Takes snapshots of terminated instances.
  "ec2:CreateSnapshots": async (call, place, world) => {
    const id = text(member(call.parameters.InstanceSpecification, "InstanceId")) ?? "";
    await requireLiving(id, place, world);
  },
  // Tags what does not exist.
  "ec2:CreateTags": async (call, place, world) => {
    for (const id of list<string>(call.parameters.ResourceId)) {
      const type = ec2TypeOf(id);
      if (type && !(await world.exists(place, type, id))) throw notFound(type, id);
    }
  },
  // Fails with an HTML page on a group that does not exist, and detaches in every state.
  "autoscaling:DetachInstances": async (call, place, world) => {
    const { name, instances, detachable } = await requireGroup(call, place, world);
    const stranger = namedInstances(call).find((id) => !instances.includes(id));
    if (stranger) {
      throw validation(`The instance ${stranger} is not part of Auto Scaling group ${name}.`);
    }
    const busy = namedInstances(call).find((id) => !detachable.includes(id));
    if (busy) throw validation(`The instance ${busy} is not in InService or Standby.`);
  },
  // Answers ResourceContentionFault for a member, and exceeds the group's maximum.
  "autoscaling:AttachInstances": async (call, place, world) => {
    const { name, instances, desired, most } = await requireGroup(call, place, world);
    const known = namedInstances(call).find((id) => instances.includes(id));
    if (known) {
      throw validation(`Instance ${known} is already part of AutoScalingGroup:${name}.`);
    }
    const more = namedInstances(call).length;
    if (desired + more > most) {
      throw validation(
        `AutoScalingGroup ${name} has max-size=${most}, and desired-size=${desired}. To attach ${more} more instance, please update the AutoScalingGroup sizes appropriately.`,
      );
    }
  },
  // Takes topics of any region, counts characters, and attributes not at all.
  "sns:Publish": async (call) => {
    if (fromArn(text(call.parameters.TopicArn) ?? "").region !== call.region) {
      throw new ApiError("InvalidParameter", "Invalid parameter: TopicArn");
    }
    if (publishedBytes(call) > mostBytes) {
      throw new ApiError("InvalidParameter", "Invalid parameter: Message too long");
    }
  },
  // Registers instances that do not exist or do not run.
  "elasticloadbalancing:RegisterTargets": async (call, place, world) => {
    for (const target of list(call.parameters.Targets)) {
      const id = text(member(target, "Id")) ?? "";
      if (!id.startsWith("i-")) continue;
      const instance = await world.instance(place, id);
      if (instance?.state !== "running") {
        throw new ApiError(
          "InvalidTarget",
          `The following targets are not in a running state: ${id}`,
        );
      }
    }
  },
};

const tables = [
  checks,
  blockingChecks,
  documentChecks,
  eventChecks,
  identityChecks,
  managedPolicyChecks,
  networkChecks,
  policyChecks,
  workflowChecks,
] as const;

// SNS's default, which a topic of Cordon's does not raise.
const mostBytes = 262_144;

/** What SNS counts of a message: its text, and of each attribute name, type and value. */
function publishedBytes({ parameters }: ApiCall): number {
  const attributes = list(parameters.MessageAttributes).flatMap((entry) => [
    text(member(entry, "Name")),
    text(member(member(entry, "Value"), "DataType")),
    text(member(member(entry, "Value"), "StringValue")),
  ]);
  return [text(parameters.Message), ...attributes]
    .map((part) => Buffer.byteLength(part ?? ""))
    .reduce((sum, bytes) => sum + bytes, 0);
}

function invalidValue(message: string): ApiError {
  return new ApiError("InvalidParameterValue", message);
}

// By EC2's own refusal; its model has no pattern.
const groupText = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

function requireGroupText(what: string, value: string | undefined): void {
  if (groupText.test(value ?? "")) return;
  throw invalidValue(
    `Invalid ${what}. Valid values are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
  );
}

/** Checks the descriptions of rules, of which the emulator takes any. */
async function requireRuleTexts({ parameters }: ApiCall): Promise<void> {
  for (const permission of list(parameters.IpPermissions)) {
    for (const peers of ["IpRanges", "Ipv6Ranges", "Groups", "PrefixListIds"]) {
      for (const peer of list(member(permission, peers))) {
        requireGroupText("rule description", text(member(peer, "Description")));
      }
    }
  }
}

/** Refuses the whole call when one id or one permission is not exactly a rule of the group. */
async function requireRules(call: ApiCall, place: Place, world: World): Promise<void> {
  const { operation, parameters } = call;
  const group = text(parameters.GroupId) ?? "";
  const rules = await world.groupRules(place, group, operation.endsWith("Egress"));
  const ids = rules.map((rule) => text(member(rule, "securityGroupRuleId")));
  for (const id of list<string>(parameters.SecurityGroupRuleId)) {
    if (!ids.includes(id)) {
      throw new ApiError(
        "InvalidSecurityGroupRuleId.NotFound",
        `The security group rule ID '${id}' does not exist`,
      );
    }
  }
  const existing = new Set(rules.map(keyOfRule));
  const named = list(parameters.IpPermissions).flatMap(keysOfPermission);
  if (named.some((rule) => !existing.has(rule))) {
    throw new ApiError(
      "InvalidPermission.NotFound",
      "The specified rule does not exist in this security group.",
    );
  }
}

function keyOfRule(rule: unknown): string {
  const peer =
    member(member(rule, "referencedGroupInfo"), "groupId") ??
    member(rule, "prefixListId") ??
    member(rule, "cidrIpv4") ??
    member(rule, "cidrIpv6");
  return ruleText(
    member(rule, "ipProtocol"),
    member(rule, "fromPort"),
    member(rule, "toPort"),
    peer,
  );
}

function keysOfPermission(permission: unknown): readonly string[] {
  const peers = [
    ["Groups", "GroupId"],
    ["PrefixListIds", "PrefixListId"],
    ["IpRanges", "CidrIp"],
    ["Ipv6Ranges", "CidrIpv6"],
  ].flatMap(([kind = "", name = ""]) =>
    list(member(permission, kind)).map((peer) => member(peer, name)),
  );
  const of = (name: string) => member(permission, name);
  return peers.map((peer) => ruleText(of("IpProtocol"), of("FromPort"), of("ToPort"), peer));
}

/** All traffic has no ports; of every other protocol they are part of the rule. */
function ruleText(protocol: unknown, from: unknown, to: unknown, peer: unknown): string {
  const ports = String(protocol) === "-1" ? "" : `${from} ${to}`;
  return `${protocol} ${ports} ${peer}`;
}

/** Refuses what EC2 has not for Spot Instances and for roots on an instance store, unset too. */
function requireSupported({ parameters }: ApiCall, { spot, instanceStore }: InstanceFacts): void {
  const named = (attribute: string) => parameters[attribute] !== undefined;
  for (const [parameter, attribute] of [
    ["DisableApiTermination", "disableApiTermination"],
    ["DisableApiStop", "disableApiStop"],
  ] as const) {
    if (spot && named(parameter)) {
      throw new ApiError(
        "UnsupportedOperation",
        `Modifying '${attribute}' is not supported for spot instances.`,
      );
    }
  }
  if (instanceStore && named("DisableApiStop")) {
    throw new ApiError(
      "UnsupportedOperation",
      "Modifying 'disableApiStop' is not supported for instance store-backed instances.",
    );
  }
  if (instanceStore && named("InstanceInitiatedShutdownBehavior")) {
    throw new ApiError(
      "InvalidParameterCombination",
      "The attribute instanceInitiatedShutdownBehavior can only be used for EBS-backed images.",
    );
  }
}

function validation(message: string): ApiError {
  return new ApiError("ValidationError", message);
}

async function requireLiving(id: string, place: Place, world: World) {
  const instance = await world.instance(place, id);
  if (instance && ["terminated", "shutting-down"].includes(instance.state)) {
    throw new ApiError(
      "IncorrectInstanceState",
      `The instance '${id}' is not in a state from which it can be modified: ${instance.state}`,
    );
  }
  return instance;
}

async function requireGroup(call: ApiCall, place: Place, world: World) {
  const name = text(call.parameters.AutoScalingGroupName) ?? "";
  const group = await world.autoScalingGroup(place, name);
  if (!group) {
    throw validation(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  }
  return { name, ...group };
}

function namedInstances(call: ApiCall): readonly string[] {
  return list<string>(call.parameters.InstanceIds);
}
