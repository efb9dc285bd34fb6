/**
 * What facts and steps may ask of the account they act in. Types only; functions/aws implements
 * them with the SDK, test/support with an account held in memory. Every method is one API call
 * unless it says otherwise; a thing that does not exist is `undefined`, every other error throws.
 */

import type { ClosingId } from "../catalogue/containments";
import type { ControlId } from "../catalogue/controls";
import type { Value } from "../catalogue/controls/control";

export interface NetworkInterface {
  readonly id: string;
  readonly vpc: string;
  readonly groups: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** As EC2 names it: "interface", "trunk", "branch", "efa" and others. */
  readonly type: string;
  /** It forwards for others: EC2 does not check source and destination of its packets. */
  readonly forwards: boolean;
  /** AWS manages it (task interfaces of ECS, for one) and refuses changes to its groups. */
  readonly managed: boolean;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly vpc: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

/** One rule, flattened to one peer. */
export interface GroupRule {
  /** "-1" for every protocol. */
  readonly protocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer:
    | { readonly cidr: string }
    | { readonly group: string }
    | { readonly prefixList: string };
}

export interface Instance {
  readonly id: string;
  readonly state: string;
  readonly spot: boolean;
  readonly rootDevice: "ebs" | "instance-store";
  /** The service that manages the instance, such as eks.amazonaws.com; absent where none does. */
  readonly operator?: string;
  readonly vpc: string;
  /** ARN of the instance profile. */
  readonly profile?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly volumes: readonly {
    readonly id: string;
    readonly device: string;
    readonly deleteOnTermination: boolean;
  }[];
}

/** The three attributes that protect an instance, as EC2 names them. */
export interface InstanceAttributes {
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly instanceInitiatedShutdownBehavior: "stop" | "terminate";
}
export type InstanceAttribute = keyof InstanceAttributes;

export interface Compute {
  instance(id: string): Promise<Instance | undefined>;
  attribute<A extends InstanceAttribute>(id: string, attribute: A): Promise<InstanceAttributes[A]>;
  setAttribute(
    id: string,
    attribute: InstanceAttribute,
    value: InstanceAttributes[InstanceAttribute],
  ): Promise<void>;
  setDeleteOnTermination(id: string, devices: readonly string[], value: boolean): Promise<void>;
  /** Ids of the volumes of which a snapshot with this incident's tag exists; pages as needed. */
  snapshottedVolumes(incident: string): Promise<readonly string[]>;
  /** One crash-consistent set over every EBS volume, tagged in the creating call. */
  snapshotVolumes(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
  setTags(resource: string, tags: Readonly<Record<string, string>>): Promise<void>;
  removeTags(resource: string, keys: readonly string[]): Promise<void>;
}

/** A group is found by what EC2 keeps unique, its VPC and name. */
export interface GroupKey {
  readonly vpc: string;
  readonly name: string;
}

/** An interface endpoint for Session Manager. */
export interface SsmEndpoint {
  readonly id: string;
  readonly vpc: string;
  /** Of its interfaces, as CIDR blocks of one address each. */
  readonly addresses: readonly string[];
}

/** Groups are the account's own: in a shared VPC EC2 also shows those of other accounts. */
export interface Network {
  /** The interfaces attached to an instance. Branch interfaces are not: see `branchesOf`. */
  interfacesOf(instance: string): Promise<readonly NetworkInterface[]>;
  /**
   * The branch interfaces of these trunks, by the tag that EKS's controller sets: EC2 attaches a branch
   * interface to no instance, and shows its trunk to the service alone. Pages as needed.
   */
  branchesOf(trunks: readonly string[]): Promise<readonly NetworkInterface[]>;
  networkInterface(id: string): Promise<NetworkInterface | undefined>;
  setGroups(networkInterface: string, groups: readonly string[]): Promise<void>;
  /** Groups in every VPC of the region whose name begins with this. */
  groupsNamed(beginning: string): Promise<readonly SecurityGroup[]>;
  group(key: GroupKey): Promise<SecurityGroup | undefined>;
  createGroup(
    key: GroupKey,
    description: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<string>;
  authorize(
    group: string,
    direction: "ingress" | "egress",
    rules: readonly GroupRule[],
  ): Promise<void>;
  /** Revokes every rule of a group in one direction but those to keep, whatever they are like. */
  revokeAllBut(
    group: string,
    direction: "ingress" | "egress",
    kept: readonly GroupRule[],
  ): Promise<void>;
  deleteGroup(group: string): Promise<void>;
  /** Ids of the region's VPCs, those shared with the account included; pages as needed. */
  vpcs(): Promise<readonly string[]>;
  /** The account's groups with this tag; pages as needed. */
  groupsTagged(key: string, value: string): Promise<readonly SecurityGroup[]>;
  /** Ids of the interfaces that hold a group, sorted; pages as needed. */
  interfacesHolding(group: string): Promise<readonly string[]>;
  /**
   * The SSM interface endpoints (ssm, ssmmessages, ec2messages) of every VPC of the region, but for
   * those that are going or gone; pages as needed. Of a VPC that is shared with the account there
   * are none: PrivateLink shows endpoints to the VPC's owner alone.
   */
  ssmEndpoints(): Promise<readonly SsmEndpoint[]>;
}

export interface User {
  readonly name: string;
  /** IAM's own id (AIDA…): a renamed user keeps it, and no other user ever has it. */
  readonly uniqueId: string;
  /** With the path, which the name lacks. */
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}

export interface AccessKey {
  readonly id: string;
  readonly active: boolean;
}

export interface Role {
  readonly name: string;
  /** IAM's own id (AROA…): a role that replaces another of the same name has another. */
  readonly uniqueId: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The trust policy as IAM holds it. */
  readonly trust: object;
}

/** A user or a role, by name. */
export interface Principal {
  readonly type: "user" | "role";
  readonly name: string;
}

/** Whether a change was made; "quota" when IAM has no room for it. */
export type Fit = "done" | "quota";

/** What a user may have beside access keys; none of it works while the user is denied all actions. */
export const otherCredentials = [
  "console password",
  "MFA device",
  "SSH public key",
  "signing certificate",
  "service-specific credential",
] as const;
export type OtherCredential = (typeof otherCredentials)[number];

export interface Identity {
  user(name: string): Promise<User | undefined>;
  /** Name of the user with this unique id; reads every user of the account, page by page. */
  nameOfUser(uniqueId: string): Promise<string | undefined>;
  /** The long-term keys of a user, two at most; undefined without the user. */
  accessKeys(user: string): Promise<readonly AccessKey[] | undefined>;
  /** Name of the user a long-term key belongs to; undefined when it is no key of this account. */
  ownerOfKey(accessKey: string): Promise<string | undefined>;
  /** Ids of a user's other credentials, of one kind; pages as needed. */
  otherCredentials(user: string, kind: OtherCredential): Promise<readonly string[]>;
  setKeyActive(user: string, accessKey: string, active: boolean): Promise<void>;
  /** ARNs of the managed policies attached to a user; pages as needed. */
  attachedPolicies(user: string): Promise<readonly string[]>;
  attachPolicy(user: string, policyArn: string): Promise<Fit>;
  detachPolicy(user: string, policyArn: string): Promise<void>;
  /** Names of a user's or a role's inline policies; pages as needed. */
  inlinePolicies(principal: Principal): Promise<readonly string[]>;
  userPolicy(user: string, policy: string): Promise<object | undefined>;
  putUserPolicy(user: string, policy: string, document: object): Promise<Fit>;
  deleteUserPolicy(user: string, policy: string): Promise<void>;
  /** Puts a permissions boundary, or takes it away. */
  setBoundary(user: string, policyArn: string | undefined): Promise<void>;
  role(name: string): Promise<Role | undefined>;
  setPrincipalTags(principal: Principal, tags: Readonly<Record<string, string>>): Promise<void>;
  removePrincipalTags(principal: Principal, keys: readonly string[]): Promise<void>;
  /** The role an instance profile carries. */
  roleOfProfile(
    profileName: string,
  ): Promise<{ readonly name: string; readonly arn: string } | undefined>;
  rolePolicy(role: string, policy: string): Promise<object | undefined>;
  putRolePolicy(role: string, policy: string, document: object): Promise<Fit>;
  deleteRolePolicy(role: string, policy: string): Promise<void>;
  /** ARNs of the managed policies under a path that are attached to a role; pages as needed. */
  attachedRolePolicies(role: string, path: string): Promise<readonly string[]>;
  /** "missing" where IAM does not know the role or the policy. */
  attachRolePolicy(role: string, policyArn: string): Promise<Fit | "missing">;
  detachRolePolicy(role: string, policyArn: string): Promise<void>;
  /** The document of a managed policy's default version: one call more where there is one. */
  managedPolicy(policyArn: string): Promise<object | undefined>;
  /** "exists" where a policy of the account has the name already, under whatever path. */
  createPolicy(path: string, name: string, document: object): Promise<Fit | "exists">;
  /** Gives a managed policy another document, as its new default version. */
  replacePolicy(policyArn: string, document: object): Promise<Fit>;
  /** Deletes a managed policy with all its versions, two calls at least; "in use" while it is attached. */
  deletePolicy(policyArn: string): Promise<"done" | "in use">;
}

interface ScalingGroup {
  /** Instances in service. */
  readonly size: number;
  /** ARNs of the target groups that the group registers its instances with. */
  readonly targetGroups: readonly string[];
}

interface Registration {
  /** Ports on which the instance is registered; "draining" ones are left out. */
  readonly ports: readonly number[];
  /** The instance may serve, and no other target is healthy. */
  readonly isLast: boolean;
}

export interface Scaling {
  /** The group an instance belongs to, and its lifecycle state there, such as "InService". */
  groupOf(instance: string): Promise<{ readonly name: string; readonly state: string } | undefined>;
  /** Reads a group; undefined once it is deleted. */
  group(name: string): Promise<ScalingGroup | undefined>;
  detach(instance: string, group: string): Promise<void>;
  attach(instance: string, group: string): Promise<void>;
}

export interface TargetGroup {
  readonly arn: string;
  readonly vpc: string;
  /** A load balancer routes to it. Anybody may create others, by the thousand and for nothing. */
  readonly isUsed: boolean;
}

export interface Balancing {
  /** Lists the target groups of the region that take instances; pages as needed. */
  targetGroups(): Promise<readonly TargetGroup[]>;
  /** Reads how an instance is registered with a target group; one that was deleted has no ports. */
  registration(group: string, instance: string): Promise<Registration>;
  deregisterTarget(group: string, instance: string, port: number): Promise<void>;
  registerTarget(group: string, instance: string, port: number): Promise<void>;
  classicLoadBalancersOf(instance: string): Promise<readonly string[]>;
  deregisterFromLoadBalancer(name: string, instance: string): Promise<void>;
  registerWithLoadBalancer(name: string, instance: string): Promise<void>;
}

/** A setting of a posture control, or one that contains a resource. */
export type SettingId = ControlId | ClosingId;

/** A setting, as it is. */
export interface SettingState {
  readonly value: Value;
  /** Tags of the resource; none where it has none, or cannot have any. */
  readonly tags: Readonly<Record<string, string>>;
  /** The value that it ought to have, where the control's entry does not say: it depends on what it has. */
  readonly wanted?: Value;
  /** Why a person must approve that it is changed: somebody seems to rely on it. */
  readonly asks?: string;
  /** Why Cordon does not change it, even where a person approves. */
  readonly left?: string;
}

/** Settings that posture controls and containments are about. */
export interface Settings {
  /** Reads a setting, with a few calls; undefined where the resource is gone. */
  read(setting: SettingId, id: string): Promise<SettingState | undefined>;
  /** Gives the setting a value, from any other: a crash may have left a part of it. */
  write(setting: SettingId, id: string, value: Value): Promise<void>;
}

/** The addresses that web applications of an account and region are kept from. */
export interface BlockedAddresses {
  /** Reads an address and how many there are, with a few calls; undefined without the sets. */
  of(address: string): Promise<{ readonly blocked: boolean; readonly number: number } | undefined>;
  /** Blocks an address or not, with a few calls; fails where somebody changes the set meanwhile. */
  change(address: string, blocked: boolean): Promise<void>;
}

/** One session in one account and region; what it may do is what it was assumed for. */
export interface MemberAccount {
  readonly compute: Compute;
  readonly network: Network;
  readonly identity: Identity;
  readonly scaling: Scaling;
  readonly balancing: Balancing;
  readonly settings: Settings;
  readonly addresses: BlockedAddresses;
}
