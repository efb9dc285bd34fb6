/**
 * The responses that every sweep of deaths and faults goes through: an account, an incident, and what
 * the account must look like contained and restored. What is expected is written out by hand.
 */
import { expect } from "chai";
import type { Value } from "../../functions/catalogue/controls/control";
import { untrackGroupName } from "../../functions/catalogue/quarantine-group";
import type { Incident } from "../../functions/model/incident";
import type { SettingState } from "../../functions/model/member-account";
import { incidentId } from "../../functions/record/journal";
import { allSteps } from "../../functions/remediate/plan";
import * as builders from "./builders";
import type { AccountState } from "./memory-account";
import type { Faults, SimulatedWorld } from "./simulated-world";

export interface Response {
  readonly name: string;
  readonly make: () => AccountState;
  readonly incident: Incident;
  /** What every run of it has in common. */
  readonly faults: Pick<Faults, "policy" | "reactivateKeys">;
  /**
   * Lets the contained target out again, as a thief or a pipeline does. Absent where Cordon does not do
   * again what it has done once.
   */
  readonly opened?: (state: AccountState) => void;
  /** Expects the account contained; `where` says which of many runs it was. */
  contained(world: SimulatedWorld, where: string): void;
  /** Expects the account field by field as it was, but for what a release leaves on purpose. */
  restored(world: SimulatedWorld, before: AccountState, where: string): void;
}

const { accessKey, spareKey, denyAllArn } = builders;
const powerUser = "arn:aws:iam::aws:policy/PowerUserAccess";
const boundary = `arn:aws:iam::${builders.account}:policy/limits`;
const teams = Array.from({ length: 10 }, (_, n) => `arn:aws:iam::222233334444:policy/team-${n}`);

export const responses: readonly Response[] = [
  instance("the standard instance", builders.standardAccount, {
    "eni-01": ["sg-admin", "sg-web"],
    "eni-02": ["sg-data"],
  }),
  instance("an instance in two VPCs without quarantine groups", builders.youngAccount, {
    "eni-01": ["sg-web"],
    "eni-02": ["sg-other"],
  }),
  instance("an instance with one interface in quarantine already", builders.halfIsolatedAccount, {
    "eni-01": ["sg-admin", "sg-web"],
    "eni-02": ["sg-quarantine"],
  }),
  instance(
    "an instance whose role has no room for an inline policy",
    () => builders.withFullRole(builders.standardAccount()),
    { "eni-01": ["sg-admin", "sg-web"], "eni-02": ["sg-data"] },
  ),
  user("the standard user", builders.identityAccount, {
    attached: [powerUser, denyAllArn],
    policies: [],
  }),
  user("a user whose keys the release makes active again", builders.identityAccount, {
    attached: [powerUser, denyAllArn],
    policies: [],
    reactivateKeys: true,
  }),
  user("a user whose key is exposed", builders.identityAccount, {
    attached: [powerUser, denyAllArn],
    policies: [],
    exposed: true,
  }),
  user("a user of whom only the named key is disabled", builders.identityAccount, {
    attached: [powerUser, denyAllArn],
    policies: [],
    disabled: [accessKey],
  }),
  user("a user with a boundary", () => builders.identityAccount({ boundary }), {
    attached: [powerUser, denyAllArn],
    policies: [],
    boundary,
  }),
  user("a user with ten policies", builders.fullyAttachedUser, {
    attached: teams,
    policies: ["Cordon"],
  }),
  user("a user with no room for a policy", builders.fullUser, {
    attached: teams,
    policies: ["app"],
    boundary: denyAllArn,
  }),
  user("a user with a boundary and no room for a policy", () => builders.fullUser(boundary), {
    attached: teams,
    policies: ["app"],
    boundary: denyAllArn,
  }),
  role(
    "sessions of a federated role",
    builders.roleIncident(),
    (run) => (deny) => issuedBefore(run, deny),
  ),
  role(
    "the session of an instance",
    builders.instanceSessionIncident(),
    () => () => [
      {
        Sid: "CordonAll",
        Effect: "Deny",
        Resource: "*",
        Action: "*",
        Condition: {
          ArnEquals: {
            "ec2:SourceInstanceARN": "arn:aws:ec2:*:222233334444:instance/i-0a1b2c3d4e5f60718",
          },
        },
      },
      {
        Sid: "CordonSession",
        Effect: "Deny",
        Resource: "*",
        Action: "*",
        Condition: { StringLike: { "aws:userid": "*:i-0a1b2c3d4e5f60718" } },
      },
    ],
    // Its other instances go on.
    false,
  ),
  role(
    "the session of a task",
    builders.taskIncident(),
    () => () => ({
      Sid: "CordonSession",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: {
        StringEquals: { "aws:userid": "AROA-tasks:4f9a1c2b3d5e67788990aabbccddeeff" },
      },
    }),
    false,
  ),
  role(
    "sessions of the name that a pipeline gives",
    builders.pipelineIncident(),
    (run) => (deny) => ({
      ...issuedBefore(run, deny),
      Condition: {
        ...issuedBefore(run, deny).Condition,
        StringEquals: { "aws:userid": "AROA-pipeline:GitHubActions" },
      },
    }),
    false,
    // By: printf GitHubActions | sha256sum
    "-7e5e228a3eab130f21dc74fcd2e8bce0",
  ),
  role(
    "sessions of a federated role with no room for an inline policy",
    builders.roleIncident(),
    (run) => (deny) => issuedBefore(run, deny),
    true,
    "",
    () => builders.withFullRole(builders.identityAccount(), "analyst"),
  ),
  address("an IPv4 address", builders.addressIncident()),
  posture("the rules of a group that open a port", builders.postureIncident(), {
    found: ["0.0.0.0/0", "::/0"].map((cidr) => ({ protocol: "tcp", from: 22, to: 22, cidr })),
    fixed: [],
  }),
  posture("a bucket without a block", builders.postureIncident({}, "bucket-public-access"), {
    found: null,
    fixed: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  }),
  bucket("a bucket with a policy", { Version: "2012-10-17", Statement: [] }),
  bucket("a bucket without one", null),
  sequence(),
];

/** A sequence of one instance, in front of nothing, and the session of a federated role. */
function sequence(): Response {
  const incident = builders.sequenceIncident([builders.roleIncident(), builders.incident()]);
  const id = incidentId(incident.key, 1);
  // By: printf 'role analyst, session alice@example.com' | sha256sum, and of 'instance i-0a1b2c3d4e5f60718'
  const [ofRole, ofInstance] = ["ebf473c7", "105af28b"].map(
    (part) => `Cordon-${id}-5eed0001-${part}`,
  );
  const make = (): AccountState => {
    const state = builders.identityAccount();
    const { "eni-01": eni } = state.interfaces;
    const target = state.instances[builders.instanceId]!;
    target.volumes = target.volumes.slice(0, 1);
    return {
      ...state,
      interfaces: { "eni-01": eni! },
      scalingGroups: {},
      targetGroups: {},
      loadBalancers: {},
    };
  };
  return {
    name: "an attack sequence of an instance and a role",
    make,
    incident,
    faults: {},
    opened({ interfaces, roles }) {
      interfaces["eni-01"]!.groups = ["sg-web"];
      delete roles.analyst!.policies[ofRole!];
    },
    contained(world, where) {
      const { state, items } = world;
      const plannedAt = items[id]?.record.plannedAt ?? "";
      const eni = state.interfaces["eni-01"];
      expect([eni?.groups, eni?.tags.cordon], where).to.deep.equal([
        ["sg-quarantine"],
        "quarantined",
      ]);
      expect(untrackGroups(state, id), where).to.deep.equal([]);
      expect(
        state.snapshots.map((each) => each.volume),
        where,
      ).to.deep.equal(["vol-01"]);
      const attributes: Readonly<Record<string, unknown>> =
        state.instances[builders.instanceId]?.attributes ?? {};
      const unread = unreadIn(world.notices);
      for (const [attribute, wanted] of [
        ["disableApiTermination", true],
        ["disableApiStop", true],
        ["instanceInitiatedShutdownBehavior", "stop"],
      ] as const) {
        if (!unread.has(attribute)) expect(attributes[attribute], where).to.equal(wanted);
      }
      expect(state.instances[builders.instanceId]?.tags.CordonIncident, where).to.equal(id);
      const { inline } = deniesOn(state, "analyst");
      expect(inline, where).to.deep.equal({
        [ofRole!]: {
          Version: "2012-10-17",
          Statement: [issuedBefore({ plannedAt, now: world.now() }, inline[ofRole!])],
        },
      });
      expect(deniesOn(state, "web").inline, where).to.deep.equal({ [ofInstance!]: instanceDeny });
      // A part that could not be read at first is planned by a later delivery.
      const { QuarantinedAt = "" } = state.roles.analyst?.tags ?? {};
      expect(Date.parse(QuarantinedAt), where).to.be.within(
        Date.parse(plannedAt),
        world.now().getTime(),
      );
      expect(state.roles.analyst?.tags, where).to.deep.equal({
        team: "data",
        ...marks(incident, QuarantinedAt),
      });
      const { analyst: _, web: __, ...untouched } = make().roles;
      const { analyst: ___, web: ____, ...others } = state.roles;
      expect([others, state.users], where).to.deep.equal([untouched, make().users]);
    },
    restored(world, before, where) {
      const state = structuredClone(world.state);
      const isTagged = (name: string) =>
        world.changes.some(({ args }) =>
          ["SecurityStatus", name].every((part) => JSON.stringify(args).includes(part)),
        );
      for (const [name, tags, was] of [
        ["analyst", state.roles.analyst!.tags, before.roles.analyst!.tags],
        [
          builders.instanceId,
          state.instances[builders.instanceId]!.tags,
          before.instances[builders.instanceId]!.tags,
        ],
      ] as const) {
        if (isTagged(name)) restoreTags(world, tags, was, where);
      }
      state.snapshots = [];
      expect(untrackGroups(state, id), where).to.deep.equal([]);
      for (const each of Object.values(state.interfaces)) each.groups.sort();
      for (const each of Object.values(before.interfaces)) each.groups.sort();
      expect(state, where).to.deep.equal(before);
    },
  };
}

/** The policies of a role that Cordon wrote: inline, and of the account's managed ones those attached. */
function deniesOn({ roles, managed = {} }: AccountState, role: string) {
  const { policies = {}, attached = [] } = roles[role] ?? {};
  const own = attached.filter((arn) => arn.includes(":policy/cordon/"));
  return {
    inline: Object.fromEntries(
      Object.entries(policies).filter(([name]) => name.startsWith("Cordon-")),
    ),
    attached: Object.fromEntries(own.map((arn) => [arn, managed[arn]?.at(-1)])),
  };
}

/** The deny of sessions issued before 30 seconds after the run began: the first, or one that went on. */
function issuedBefore(
  { plannedAt, now }: { readonly plannedAt: string; readonly now: Date },
  deny: unknown,
) {
  const moment = JSON.stringify(deny).match(/"aws:TokenIssueTime":"([^"]+)"/)?.[1] ?? "";
  expect(Date.parse(moment)).to.be.within(Date.parse(plannedAt) + 30_000, now.getTime() + 30_000);
  return {
    Sid: "CordonIssuedBefore",
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { DateLessThan: { "aws:TokenIssueTime": moment } },
  };
}

function bucket(name: string, before: SettingState["value"]): Response {
  const arn = "arn:aws:s3:::reports";
  const resource = { kind: "resource", type: "bucket", id: "reports", arn, name: "bucket reports" };
  const incident = {
    ...builders.incident({ type: "Exfiltration:S3/AnomalousBehavior" }),
    key: "b0c4e7d0a1f2e3d4",
    playbook: "contain-resource",
    resource,
  } as unknown as Incident;
  const open = { BlockPublicAcls: true, BlockPublicPolicy: false };
  const settings = (policy: SettingState["value"], block: SettingState["value"]) => ({
    "bucket-policy reports": { value: policy, tags: {} },
    "bucket-public-access reports": { value: block, tags: { team: "data" } },
  });
  const make = () => ({ ...builders.standardAccount(), settings: settings(before, open) });
  const principal = (path: string) => `arn:aws:iam::${builders.account}:${path}`;
  const denied = {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CordonContained",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: {
          ArnNotLike: {
            "aws:PrincipalArn": [
              principal("role/cordon-contain-resource"),
              principal("role/cordon-release-resource"),
              principal("root"),
            ],
          },
        },
      },
    ],
  };
  const blocked = {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  };
  return {
    name,
    make,
    incident,
    faults: {
      policy: {
        stage: builders.stagePolicy({
          playbooks: { "contain-resource": { response: "automatic", types: ["*"] } },
        }),
      },
    },
    opened(state) {
      state.settings = { ...state.settings, ...settings(before, blocked) };
    },
    contained({ state }, where) {
      expect(state.settings, where).to.deep.equal(settings(denied, blocked));
    },
    restored({ state }, was, where) {
      expect(state, where).to.deep.equal(was);
    },
  };
}

function user(
  name: string,
  make: () => AccountState,
  expected: {
    readonly attached: readonly string[];
    /** Names of the inline policies; "Cordon" for the incident's. */
    readonly policies: readonly string[];
    readonly boundary?: string;
    /** Keys that the containment disables. @default both */
    readonly disabled?: readonly string[];
    readonly reactivateKeys?: boolean;
    /** The finding says that the key is public. */
    readonly exposed?: true;
  },
): Response {
  const incident = builders.userIncident(expected.exposed && { exposed: true });
  const id = incidentId(incident.key, 1);
  const { disabled = [accessKey, spareKey], reactivateKeys = false } = expected;
  return {
    name,
    make,
    incident,
    faults: {
      ...(expected.disabled && { policy: { disableKeys: "named" } }),
      ...(reactivateKeys && { reactivateKeys }),
    },
    opened({ users }) {
      const deploy = users.deploy!;
      deploy.attached = deploy.attached.filter((arn) => arn !== denyAllArn);
      delete deploy.policies[`Cordon-${id}-5eed0001`];
      if (deploy.boundary === denyAllArn) delete deploy.boundary;
    },
    contained({ state, items, exposed }, where) {
      expect([...exposed], where).to.deep.equal(expected.exposed ? [accessKey] : []);
      const { deploy, ...others } = state.users;
      expect(deploy?.keys, where).to.deep.equal(
        [accessKey, spareKey].map((key) => ({ id: key, active: !disabled.includes(key) })),
      );
      expect(deploy?.attached, where).to.deep.equal(expected.attached);
      expect(deploy?.boundary, where).to.equal(expected.boundary);
      expect(Object.keys(deploy?.policies ?? {}), where).to.deep.equal(
        expected.policies.map((policy) => (policy === "Cordon" ? `Cordon-${id}-5eed0001` : policy)),
      );
      if (expected.policies.includes("Cordon")) {
        expect(deploy?.policies[`Cordon-${id}-5eed0001`], where).to.deep.equal({
          Version: "2012-10-17",
          Statement: [{ Sid: "CordonAll", Effect: "Deny", Action: "*", Resource: "*" }],
        });
      }
      expect(deploy?.tags, where).to.deep.equal({
        team: "build",
        ...marks(incident, items[id]?.record.plannedAt),
      });
      const before = make();
      expect([others, state.roles], where).to.deep.equal([
        { other: before.users.other },
        before.roles,
      ]);
    },
    restored(world, before, where) {
      const state = structuredClone(world.state);
      const { deploy } = state.users;
      restoreTags(world, deploy!.tags, before.users.deploy!.tags, where);
      // What was disabled stays so, unless the person who releases asks for more.
      for (const key of before.users.deploy!.keys) {
        const cut = world.changes.some(
          ({ method, args }) => method === "identity.setKeyActive" && args[1] === key.id,
        );
        if (cut && !reactivateKeys) key.active = false;
      }
      deploy!.attached.sort();
      before.users.deploy!.attached.sort();
      expect(state, where).to.deep.equal(before);
    },
  };
}

function role(
  name: string,
  incident: builders.About<"role">,
  deny: (run: {
    readonly plannedAt: string;
    readonly now: Date;
  }) => (found: unknown) => object | readonly object[],
  /** Whether the role itself says that it is contained. */
  tagged = true,
  suffix = "",
  make = () => builders.identityAccount(),
): Response {
  const id = incidentId(incident.key, 1);
  const policy = `Cordon-${id}-5eed0001${suffix}`;
  const { managed } = make();
  const arn = `arn:aws:iam::${builders.account}:policy/cordon/${policy}`;
  return {
    name,
    make,
    incident,
    faults: {},
    opened({ roles }) {
      const target = roles[incident.resource.id]!;
      delete target.policies[policy];
      target.attached = target.attached?.filter((each) => each !== arn) ?? [];
      if (managed === undefined) delete target.attached;
    },
    contained(world, where) {
      const { state, items } = world;
      const { [incident.resource.id]: target, ...others } = state.roles;
      const plannedAt = items[id]?.record.plannedAt ?? "";
      const denies = deniesOn(state, incident.resource.id);
      const [found] = [...Object.values(denies.inline), ...Object.values(denies.attached)];
      const wanted = {
        Version: "2012-10-17",
        Statement: [deny({ plannedAt, now: world.now() })(found)].flat(),
      };
      expect(denies, where).to.deep.equal(
        managed === undefined
          ? { inline: { [policy]: wanted }, attached: {} }
          : { inline: {}, attached: { [arn]: wanted } },
      );
      expect(target?.policies.app, where).to.deep.equal(
        make().roles[incident.resource.id]?.policies.app,
      );
      expect(target?.tags, where).to.deep.equal({
        team: "data",
        ...(tagged && marks(incident, plannedAt)),
      });
      const { [incident.resource.id]: _target, ...untouched } = make().roles;
      expect([others, state.users], where).to.deep.equal([untouched, make().users]);
    },
    restored(world, before, where) {
      const state = structuredClone(world.state);
      const { tags } = state.roles[incident.resource.id]!;
      restoreTags(world, tags, before.roles[incident.resource.id]!.tags, where);
      expect(state, where).to.deep.equal(before);
    },
  };
}

function marks(incident: Incident, plannedAt: string | undefined) {
  return {
    SecurityStatus: "Quarantined",
    QuarantinedAt: plannedAt,
    CordonIncident: incidentId(incident.key, 1),
    GuardDutyFindingId: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
    GuardDutyFindingType: incident.finding.type,
  };
}

/** Expects what a release writes, where anything was written, and puts the earlier tags in place. */
function restoreTags(
  world: SimulatedWorld,
  tags: Record<string, string>,
  before: Record<string, string>,
  where: string,
): void {
  if (world.changes.some((call) => JSON.stringify(call.args).includes("SecurityStatus"))) {
    expect(tags.SecurityStatus, where).to.equal("Restored");
    expect(tags.RestoredAt, where).to.match(/^2026-11-20T1/);
    delete tags.RestoredAt;
    delete tags.SecurityStatus;
    if (before.SecurityStatus !== undefined) tags.SecurityStatus = before.SecurityStatus;
  }
}

/** What denies the standard instance's credentials but to the agent, in the VPC's own endpoints. */
const instanceDeny = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "CordonAllButAgent",
      Effect: "Deny",
      Resource: "*",
      NotAction: ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"],
      Condition: { ArnEquals: { "ec2:SourceInstanceARN": builders.instanceArn } },
    },
    {
      Sid: "CordonAgentElsewhere",
      Effect: "Deny",
      Resource: "*",
      Action: ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"],
      Condition: {
        ArnEquals: { "ec2:SourceInstanceARN": builders.instanceArn },
        StringNotEqualsIfExists: { "aws:SourceVpce": ["vpce-0msg", "vpce-0ssm"] },
      },
    },
  ],
};

function instance(
  name: string,
  make: () => AccountState,
  originals: Readonly<Record<string, readonly string[]>>,
): Response {
  const incident = builders.incident();
  const id = incidentId(incident.key, 1);
  return {
    name,
    make,
    incident,
    faults: {},
    opened({ interfaces, roles }) {
      interfaces["eni-01"]!.groups = [...originals["eni-01"]!];
      for (const each of Object.values(roles)) {
        if (each.attached) each.attached = each.attached.filter((arn) => !arn.includes("Cordon-"));
      }
    },
    contained({ state, items, notices }, where) {
      const steps = allSteps(items[id]!.record.plan);
      const recorded = steps.flatMap((step) =>
        step.kind === "quarantine-interface" ? [[step.networkInterface, step.before]] : [],
      );
      expect(Object.fromEntries(recorded), where).to.deep.equal(originals);
      expect(
        state.snapshots.map((each) => each.volume),
        where,
      ).to.deep.equal(["vol-01", "vol-02"]);
      for (const [name, each] of Object.entries(state.interfaces)) {
        const group = state.groups[each.groups[0] ?? ""];
        expect(each.groups.length, `${where} ${name}`).to.equal(1);
        expect(group?.name, `${where} ${name}`).to.equal("cordon-quarantine");
        expect(group?.ingress, `${where} ${name}`).to.deep.equal([]);
        // Without SSM endpoints in the VPC nothing may leave; with them, only towards them.
        expect(group?.egress, `${where} ${name}`).to.deep.equal(
          state.endpoints.length === 0
            ? []
            : ["10.20.1.7/32", "10.20.1.8/32"].map((cidr) => ({
                protocol: "tcp",
                fromPort: 443,
                toPort: 443,
                peer: { cidr },
              })),
        );
        expect(each.tags.cordon, `${where} ${name}`).to.equal("quarantined");
      }
      expect(untrackGroups(state, id), where).to.deep.equal([]);
      const instance = state.instances[builders.instanceId]!;
      expect(instance.tags.SecurityStatus, where).to.equal("Quarantined");
      const unread = unreadIn(notices);
      for (const [attribute, wanted] of [
        ["disableApiTermination", !instance.spot],
        ["disableApiStop", !instance.spot],
        ["instanceInitiatedShutdownBehavior", "stop"],
      ] as const) {
        if (unread.has(attribute)) continue;
        expect(instance.attributes[attribute], `${where} ${attribute}`).to.equal(wanted);
      }
      expect(
        instance.volumes.map((each) => each.deleteOnTermination),
        where,
      ).to.deep.equal([false, false]);
      for (const role of Object.keys(state.roles)) {
        const denies = deniesOn(state, role);
        const policy = `Cordon-${id}-5eed0001`;
        const managed = `arn:aws:iam::${builders.account}:policy/cordon/${policy}`;
        expect([Object.keys(denies.inline), Object.keys(denies.attached)], where).to.deep.equal(
          state.managed === undefined ? [[policy], []] : [[], [managed]],
        );
        expect(denies.attached[managed], where).to.deep.equal(
          state.managed === undefined ? undefined : instanceDeny,
        );
      }
      for (const group of Object.values(state.scalingGroups)) {
        if (unread.has("autoScalingGroup")) continue;
        expect(group.instances, where).to.have.lengthOf(1).and.not.include(builders.instanceId);
      }
      for (const group of Object.values(state.targetGroups))
        if (!unread.has("targetGroups"))
          expect(
            group.targets.filter(({ instance }) => instance === builders.instanceId),
            where,
          ).to.deep.equal([]);
      for (const one of Object.values(state.loadBalancers))
        if (!unread.has("loadBalancers")) expect(one.instances, where).to.deep.equal([]);
    },
    restored(world, before, where) {
      const state = structuredClone(world.state);
      const instance = state.instances[builders.instanceId]!;
      restoreTags(world, instance.tags, before.instances[builders.instanceId]!.tags, where);
      state.snapshots = [];
      expect(untrackGroups(state, id), where).to.deep.equal([]);
      for (const [group, each] of Object.entries(state.groups)) {
        if (each.tags.CordonMadeBy === "responder") delete state.groups[group];
      }
      for (const [name, group] of Object.entries(state.scalingGroups)) {
        const replacements = group.instances.filter((each) => each !== builders.instanceId);
        for (const each of replacements) delete state.instances[each];
        expect(replacements.length, where).to.be.at.most(1);
        expect(group.desired, where).to.equal(
          before.scalingGroups[name]!.desired + replacements.length,
        );
        group.instances = [builders.instanceId];
        group.desired = before.scalingGroups[name]!.desired;
      }
      for (const each of Object.values(state.interfaces)) each.groups.sort();
      for (const each of Object.values(before.interfaces)) each.groups.sort();
      expect(state, where).to.deep.equal(before);
    },
  };
}

/** Of an address that another attack wants blocked, too. */
function address(name: string, incident: Incident): Response {
  const make = (...more: readonly string[]): AccountState => ({
    ...builders.standardAccount(),
    blocked: ["11.0.0.1", ...more],
  });
  return {
    name,
    make: () => make(),
    incident,
    faults: { policy: builders.blockingPolicy },
    opened(state) {
      state.blocked = ["11.0.0.1"];
    },
    contained({ state }, where) {
      expect(state, where).to.deep.equal(make(incident.resource.id));
    },
    restored({ state }, before, where) {
      expect(state, where).to.deep.equal(before);
    },
  };
}

function posture(
  name: string,
  incident: builders.About<"posture">,
  { found, fixed }: { readonly found: Value; readonly fixed: Value },
): Response {
  const { control, id } = incident.resource;
  const setting = `${control} ${id}`;
  const tags = { team: "web" };
  const make = (value = found): AccountState => ({
    ...builders.standardAccount(),
    settings: {
      [setting]: { value, tags },
      [`${control} another`]: { value: found, tags: {} },
    },
  });
  return {
    name,
    make,
    incident,
    faults: { policy: { stage: builders.posturePolicy } },
    contained({ state }, where) {
      expect(state, where).to.deep.equal(make(fixed));
    },
    restored({ state }, before, where) {
      expect(state, where).to.deep.equal(before);
    },
  };
}

/** What the notice says that Cordon could not read: nothing else may be left as it was. */
function unreadIn(notices: SimulatedWorld["notices"]): ReadonlySet<string> {
  const text = notices.map((notice) => notice.text).join("\n");
  return new Set(
    [...text.matchAll(/Cordon could not read (\w+) in time/g)].map(([, what]) => what ?? ""),
  );
}

function untrackGroups(state: AccountState, id: string): string[] {
  return Object.values(state.groups)
    .map((group) => group.name)
    .filter((name) => name.startsWith(untrackGroupName(`${id}-5eed0001`)));
}
