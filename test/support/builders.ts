/** The instance, account, finding and policy that tests vary one field of. */
import type { ResponsePolicy } from "../../functions/decide/circumstances";
import type { StagePolicy } from "../../functions/decide/stage-policy";
import type { Finding } from "../../functions/model/finding";
import type { Incident } from "../../functions/model/incident";
import type { Aside, Part, ResourceKind } from "../../functions/model/resource";
import type { Covered, Exception } from "../../functions/record/exceptions";
import type { Knowledge } from "../../functions/remediate/facts/reader";
import type { AccountState } from "./memory-account";

export const account = "222233334444";
export const region = "eu-central-1";
export const place = { account, region } as const;
export const instanceId = "i-0a1b2c3d4e5f60718";
/** Serves beside the standard instance. */
const siblingId = "i-0b2c3d4e5f6071829";
export const instanceArn = `arn:aws:ec2:${region}:${account}:instance/${instanceId}`;
export const roleArn = `arn:aws:iam::${account}:role/service/web`;
export const targetGroupArn = `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/web/73e2d6bc24d8a067`;
export const accessKey = "AKIAEXAMPLEKEY000001";
export const spareKey = "AKIAEXAMPLEKEY000002";
export const userArn = `arn:aws:iam::${account}:user/ci/deploy`;
export const denyAllArn = "arn:aws:iam::aws:policy/AWSDenyAll";
/** sha256 of account, region, instance and playbook, each on a line; by `printf … | sha256sum`. */
export const incidentKey = "f306fc2273fcd649";

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
    type: "CryptoCurrency:EC2/BitcoinTool.B",
    severity: 8,
    title: "The instance talks to a mining pool.",
    begunBy: { who: "resource", why: "it opened the connection" },
    sample: false,
    lastSeen: "2026-11-20T10:00:00.000Z",
    ...changes,
  };
}

/** An attack on the standard instance. */
export const byOutsider: Partial<Finding> = {
  begunBy: { who: "outsider", why: "a remote host opened the connection" },
};

export function incident(changes: Partial<Finding> = {}): Incident {
  return {
    key: incidentKey,
    playbook: "contain-instance",
    place,
    resource: { kind: "instance", id: instanceId },
    finding: finding(changes),
  };
}

/** By: printf '222233334444\niam\nuser-id/AIDAEXAMPLEUSER000001\ncontain-access-key' | sha256sum */
export const userKey = "68f166b5da54dc22";
export const userId = "AIDAEXAMPLEUSER000001";
/** By: printf '222233334444\niam\nrole/analyst\nrevoke-sessions' | sha256sum */
export const roleKey = "41485cd95a6efb59";
/** By: printf '222233334444\niam\nrole/web/i-0a1b2c3d4e5f60718\nrevoke-sessions' | sha256sum */
export const instanceSessionKey = "53c5e4ecf3466862";

/** Its id is what ECS names the session after (Amazon ECS Developer Guide, task ARNs). */
export const taskId = "4f9a1c2b3d5e67788990aabbccddeeff";
/** By: printf '222233334444\niam\nrole/tasks/4f9a1c2b3d5e67788990aabbccddeeff\nrevoke-sessions' | sha256sum */
export const taskKey = "d17cc17b538770bc";
/** By: printf '222233334444\niam\nrole/pipeline\nrevoke-sessions' | sha256sum */
export const pipelineKey = "aa0733c99de34bfe";

/** An incident of one kind that also passes for one of any: the compiler does not see that it is. */
export type About<R extends ResourceKind> = Incident & Incident<R>;

const credentialFinding: Partial<Finding> = {
  type: "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom",
  title: "The credentials were used from an address on your threat list.",
};

/** Credentials of the standard user in wrong hands. */
export function userIncident(changes: Partial<Finding> = {}, key = accessKey): About<"user"> {
  return {
    key: userKey,
    playbook: "contain-access-key",
    place,
    resource: { kind: "user", id: "deploy", uniqueId: userId, accessKey: key },
    finding: finding({ ...credentialFinding, ...changes }),
  };
}

/** A session of a role in wrong hands; by itself the federated role's. */
export function roleIncident(
  changes: Partial<Finding> = {},
  role: { readonly id: string; readonly session: string; readonly key: string } = {
    id: "analyst",
    session: "alice@example.com",
    key: roleKey,
  },
): About<"role"> {
  return {
    key: role.key,
    playbook: "revoke-sessions",
    place,
    resource: {
      kind: "role",
      id: role.id,
      accessKey: "ASIAEXAMPLEKEY000009",
      session: role.session,
    },
    finding: finding({ ...credentialFinding, ...changes }),
  };
}

/** The session that EC2 issued to the standard instance. */
export function instanceSessionIncident(changes: Partial<Finding> = {}): About<"role"> {
  return roleIncident(
    { type: "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", ...changes },
    { id: "web", session: instanceId, key: instanceSessionKey },
  );
}

/** The security group whose port a posture finding is about. */
export const openGroup = "sg-0123456789abcdef0";
/** By: printf '222233334444\neu-central-1\nopen-ssh/sg-0123456789abcdef0\nfix-posture' | sha256sum */
const openGroupKey = "47c6b6b81f36a2d5";
/** By: printf '222233334444\neu-central-1\nbucket-public-access/reports\nfix-posture' | sha256sum */
const bucketKey = "f129b428753bd451";

/** A setting that AWS Config found: by itself, the group's rules that open port 22. */
export function postureIncident(
  changes: Partial<Finding> = {},
  control: "open-ssh" | "bucket-public-access" = "open-ssh",
): About<"posture"> {
  const ofGroup = control === "open-ssh";
  return {
    key: ofGroup ? openGroupKey : bucketKey,
    playbook: "fix-posture",
    place,
    resource: ofGroup
      ? {
          kind: "posture",
          control,
          id: openGroup,
          arn: `arn:aws:ec2:${region}:${account}:security-group/${openGroup}`,
          name: `security group ${openGroup}`,
        }
      : {
          kind: "posture",
          control,
          id: "reports",
          arn: "arn:aws:s3:::reports",
          name: "bucket reports",
        },
    finding: finding({
      type: ofGroup ? "Config:cordon-restricted-ssh" : "Config:cordon-bucket-public-access",
      ...changes,
    }),
  };
}

/** By: printf '222233334444\neu-central-1\nsequence/1ab2c3d4e5f60718293a4b5c6d7e8f90\ncontain-sequence' | sha256sum */
export const sequenceKey = "1863948a83a38f1f";

/** An attack sequence whose parts are these, as findings about each alone have them. */
export function sequenceIncident(
  of: readonly Incident[],
  changes: Partial<Finding> = {},
  asides: readonly Aside[] = [],
): About<"sequence"> {
  const parts = of.map((each) => partOf(each));
  const { begunBy: _, ...found } = finding({
    type: "AttackSequence:EC2/CompromisedInstanceGroup",
    severity: 9,
    title: "A sequence of actions on several resources.",
    ...changes,
  });
  const { id } = found;
  const name = `${parts[0]?.name} and ${parts.length - 1} more`;
  return {
    key: sequenceKey,
    playbook: "contain-sequence",
    place,
    resource: { kind: "sequence", id, name, parts, asides },
    finding: found,
  };
}

function partOf({ key, playbook, place, resource, finding: { begunBy } }: Incident): Part {
  if (!("accessKey" in resource) && resource.kind !== "user" && resource.kind !== "instance") {
    throw new Error("It is no part");
  }
  const session = resource.kind === "role" ? `, session ${resource.session}` : "";
  return {
    name: `${resource.kind} ${resource.id}${session}`,
    ...{ key, place, resource, playbook: playbook as Part["playbook"] },
    ...(resource.kind === "instance" && begunBy && { begunBy }),
  };
}

/** Ids of instances beside the standard one, with its role and in its VPC. */
export const otherInstances = ["i-0000000000000000b", "i-0000000000000000c"] as const;

/** By: printf '222233334444\neu-central-1\ni-0000000000000000b\ncontain-instance' | sha256sum, and so on */
const otherKeys = ["ed30a36c24c21602", "3d23ad4e8d753f16"];

/** Incidents about the other instances. */
export function otherIncidents(changes: Partial<Finding> = {}): readonly Incident[] {
  return otherInstances.map((id, index) => ({
    ...incident(changes),
    key: otherKeys[index] ?? "",
    resource: { kind: "instance", id },
  }));
}

/** The account of users and roles, with three instances of one role and VPC. */
export function sequenceAccount(): AccountState {
  const state = identityAccount();
  const standard = state.instances[instanceId]!;
  for (const [index, id] of otherInstances.entries()) {
    const eni = `eni-1${index}`;
    state.instances[id] = {
      ...structuredClone(standard),
      tags: { Name: `web-${index + 2}` },
      volumes: [{ id: `vol-1${index}`, device: "/dev/xvda", deleteOnTermination: true }],
    };
    state.interfaces[eni] = {
      instance: id,
      vpc: "vpc-01",
      groups: ["sg-web"],
      tags: {},
      managed: false,
    };
  }
  return state;
}

/** An entry of the register of exceptions, in effect until the end of January. */
export function exception(covers: Covered, changes: Partial<Exception> = {}): Exception {
  return {
    id: "1a2b3c4d",
    kind: "exception",
    covers,
    reason: "load test",
    owner: "team-web",
    expires: "2027-01-31",
    addedBy: "arn:aws:sts::444455556666:assumed-role/responders/ana",
    addedAt: "2026-11-01T09:00:00.000Z",
    ...changes,
  };
}

/** The session that ECS opened for a task. */
export function taskIncident(changes: Partial<Finding> = {}): About<"role"> {
  return roleIncident(changes, { id: "tasks", session: taskId, key: taskKey });
}

/** A session of a role that a pipeline assumes as a web identity, and that has the name it gave. */
export function pipelineIncident(
  changes: Partial<Finding> = {},
  session = "GitHubActions",
): About<"role"> {
  return roleIncident(changes, { id: "pipeline", session, key: pipelineKey });
}

/** The policy of a new deployment, with some parts changed. */
export function stagePolicy(changes: Partial<StagePolicy> = {}): StagePolicy {
  return {
    notifyFrom: 4,
    automaticFrom: 7,
    playbooks: {
      "contain-instance": { response: "automatic" },
      "contain-access-key": { response: "automatic" },
      "revoke-sessions": { response: "automatic" },
      "contain-sequence": { response: "automatic" },
    },
    rules: [],
    ...changes,
  };
}

/** An address that attacked the standard instance. */
export function addressIncident(changes: Partial<Finding> = {}): About<"address"> {
  return {
    // printf '222233334444\neu-central-1\naddress/11.0.0.7/i-0a1b2c3d4e5f60718\nblock-address' | sha256sum
    key: "71e3d36eb55035ee",
    playbook: "block-address",
    place,
    resource: { kind: "address", id: "11.0.0.7", attacked: instanceId },
    finding: finding({ type: "UnauthorizedAccess:EC2/SSHBruteForce", ...changes }),
  };
}

/** A deployment that blocks addresses by itself. */
export const blockingPolicy: Partial<ResponsePolicy> = {
  stage: stagePolicy({ playbooks: { "block-address": { response: "automatic" } } }),
  blocking: { hours: 24, neverBlock: [] },
};

/** The policy of a stage that fixes posture by itself. */
export const posturePolicy = stagePolicy({
  playbooks: {
    ...stagePolicy().playbooks,
    "fix-posture": { response: "automatic", automaticFrom: 4 },
  },
});

export function policy(changes: Partial<ResponsePolicy> = {}): ResponsePolicy {
  return {
    mode: "enforce",
    stage: stagePolicy(),
    sampleFindings: "act",
    governedRegions: [region, "us-east-1"],
    protectedResources: [],
    brakes: { perPlaybookAndAccount: 10, organization: 50, groupPercent: 30 },
    criticalResources: [],
    forwarders: [],
    breakGlass: { roles: [], users: [] },
    ownRoles: { securityAccount: "444455556666", rolePath: "/", deploymentRole: "cordon-deploy" },
    disableKeys: "all",
    guardrails: "none",
    ...changes,
  };
}

/**
 * An account with the standard instance: two interfaces in different groups, two volumes, a role,
 * an Auto Scaling group, a target group, a Classic Load Balancer, and a VPC with SSM endpoints and
 * a quarantine group.
 */
export function standardAccount(): AccountState {
  return {
    instances: {
      [instanceId]: {
        state: "running",
        spot: false,
        rootDevice: "ebs",
        vpc: "vpc-01",
        profile: `arn:aws:iam::${account}:instance-profile/service/web`,
        tags: { Name: "web-1", SecurityStatus: "Reviewed" },
        volumes: [
          { id: "vol-01", device: "/dev/xvda", deleteOnTermination: true },
          { id: "vol-02", device: "/dev/sdf", deleteOnTermination: false },
        ],
        attributes: {
          disableApiTermination: false,
          disableApiStop: false,
          instanceInitiatedShutdownBehavior: "terminate",
        },
      },
    },
    interfaces: {
      "eni-01": {
        instance: instanceId,
        vpc: "vpc-01",
        groups: ["sg-web", "sg-admin"],
        tags: {},
        managed: false,
      },
      "eni-02": {
        instance: instanceId,
        vpc: "vpc-01",
        groups: ["sg-data"],
        tags: { Name: "data" },
        managed: false,
      },
    },
    groups: {
      "sg-web": group("web", "vpc-01"),
      "sg-admin": group("admin", "vpc-01"),
      "sg-data": group("data", "vpc-01"),
      "sg-endpoints": group("endpoints", "vpc-01"),
      "sg-quarantine": {
        ...group("cordon-quarantine", "vpc-01"),
        tags: { cordon: "quarantine" },
        ingress: [],
        egress: ["10.20.1.7/32", "10.20.1.8/32"].map((cidr) => ({
          protocol: "tcp",
          fromPort: 443,
          toPort: 443,
          peer: { cidr },
        })),
      },
    },
    vpcs: { "vpc-01": { ipv6: false }, "vpc-02": { ipv6: true } },
    endpoints: [
      { id: "vpce-0ssm", vpc: "vpc-01", groups: ["sg-endpoints"], addresses: ["10.20.1.7/32"] },
      { id: "vpce-0msg", vpc: "vpc-01", groups: ["sg-endpoints"], addresses: ["10.20.1.8/32"] },
    ],
    snapshots: [],
    profiles: { web: "web" },
    roles: {
      web: {
        arn: roleArn,
        policies: { app: { Version: "2012-10-17", Statement: [] } },
        tags: {},
        trust: trustOf({ Service: "ec2.amazonaws.com" }),
      },
    },
    users: {},
    scalingGroups: { "web-asg": { instances: [instanceId], detaching: [], desired: 1, max: 4 } },
    targetGroups: {
      [targetGroupArn]: {
        vpc: "vpc-01",
        targets: [
          { instance: siblingId, port: 8080 },
          { instance: instanceId, port: 8080 },
        ],
      },
    },
    loadBalancers: { "web-classic": { instances: [instanceId] } },
  };
}

/**
 * An account whose instance is in two young VPCs, one of them with IPv6: no quarantine groups,
 * no endpoints. It is a Spot instance with no role, in front of nothing.
 */
export function youngAccount(): AccountState {
  const state = standardAccount();
  const { profile: _profile, ...instance } = state.instances[instanceId]!;
  return {
    ...state,
    instances: { [instanceId]: { ...instance, spot: true, tags: {} } },
    interfaces: {
      "eni-01": { ...state.interfaces["eni-01"]!, groups: ["sg-web"] },
      "eni-02": { ...state.interfaces["eni-02"]!, vpc: "vpc-02", groups: ["sg-other"] },
    },
    groups: { "sg-web": group("web", "vpc-01"), "sg-other": group("other", "vpc-02") },
    endpoints: [],
    profiles: {},
    roles: {},
    scalingGroups: {},
    targetGroups: {},
    loadBalancers: {},
  };
}

/** The standard instance after one of its interfaces was put into quarantine manually. */
export function halfIsolatedAccount(): AccountState {
  const state = standardAccount();
  state.interfaces["eni-02"]!.groups = ["sg-quarantine"];
  return state;
}

const organizationRoot = "arn:aws:iam::111122223333:root";

/**
 * An account of users and roles: a user with two active keys among others, and a role of every sort
 * that a response distinguishes.
 */
export function identityAccount(user: Partial<AccountState["users"][string]> = {}): AccountState {
  const role = (path: string, trust: object): AccountState["roles"][string] => ({
    arn: `arn:aws:iam::${account}:role/${path}`,
    policies: { app: { Version: "2012-10-17", Statement: [] } },
    tags: { team: "data" },
    trust,
  });
  const saml = { Federated: `arn:aws:iam::${account}:saml-provider/corp` };
  const web = (provider: string) => ({
    Federated: `arn:aws:iam::${account}:oidc-provider/${provider}`,
  });
  return {
    ...standardAccount(),
    users: {
      deploy: {
        id: userId,
        arn: userArn,
        tags: { team: "build", SecurityStatus: "Reviewed" },
        keys: [
          { id: accessKey, active: true },
          { id: spareKey, active: true },
        ],
        attached: ["arn:aws:iam::aws:policy/PowerUserAccess"],
        policies: {},
        ...user,
      },
      other: {
        id: "AIDAEXAMPLEUSER000002",
        arn: `arn:aws:iam::${account}:user/other`,
        tags: {},
        keys: [{ id: "AKIAEXAMPLEKEY000003", active: true }],
        attached: [],
        policies: {},
      },
    },
    roles: {
      web: role("service/web", trustOf({ Service: "ec2.amazonaws.com" })),
      shared: role(
        "shared",
        trustOf({ Service: "ec2.amazonaws.com" }, { AWS: `arn:aws:iam::${account}:root` }),
      ),
      analyst: role("analyst", trustOf(saml)),
      thumbnails: role("service/thumbnails", trustOf({ Service: ["lambda.amazonaws.com"] })),
      pods: role("pods", trustOf(web(`oidc.eks.${region}.amazonaws.com/id/0A1B`))),
      pipeline: role("pipeline", trustOf(web("token.actions.githubusercontent.com"))),
      tasks: role("service/tasks", trustOf({ Service: "ecs-tasks.amazonaws.com" })),
      AWSServiceRoleForAutoScaling: role(
        "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        trustOf({ Service: "autoscaling.amazonaws.com" }),
      ),
      AWSReservedSSO_Admin_0123456789abcdef: role(
        "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef",
        trustOf(saml),
      ),
      AWSManaged: role("aws-reserved/AWSManaged", trustOf({ AWS: organizationRoot })),
      // Cordon's own of a deployment with a path, and names that anybody may give a role.
      ...Object.fromEntries(
        ["security/cordon-contain-identity", "cordon-x", "stacksets-exec-x"].map((path) => [
          path.slice(path.lastIndexOf("/") + 1),
          role(path, trustOf({ AWS: organizationRoot })),
        ]),
      ),
      rescue: role("break-glass/rescue", trustOf(saml)),
    },
  };
}

/** The standard user with no room for another managed policy. */
export function fullyAttachedUser(): AccountState {
  return identityAccount({ attached: attachments() });
}

/** The standard user with no room for any policy: only the boundary is left. */
export function fullUser(boundary?: string): AccountState {
  return identityAccount({
    attached: attachments(),
    policies: { app: inline(1_950) },
    ...(boundary !== undefined && { boundary }),
  });
}

/**
 * The account with no room for an inline policy on a role, and for one managed policy more: what a storm
 * leaves, or a thief who may write the role's policies.
 */
export function withFullRole(
  state: AccountState,
  name = "web",
  { attached = 9 } = {},
): AccountState {
  Object.assign(state.roles[name]!, {
    policies: { app: inline(10_150) },
    attached: attachments().slice(0, attached),
  });
  return { ...state, managed: {} };
}

function attachments(): string[] {
  return Array.from({ length: 10 }, (_, n) => `arn:aws:iam::${account}:policy/team-${n}`);
}

/** An inline policy of some length. */
export function inline(characters: number): object {
  const empty = { Version: "2012-10-17", Statement: [{ Sid: "" }] };
  const Sid = "S".repeat(characters - JSON.stringify(empty).length);
  return { Version: "2012-10-17", Statement: [{ Sid }] };
}

export function trustOf(...principals: readonly object[]): object {
  return {
    Version: "2012-10-17",
    Statement: principals.map((Principal) => ({
      Effect: "Allow",
      Principal,
      Action: "sts:AssumeRole",
    })),
  };
}

function group(name: string, vpc: string): AccountState["groups"][string] {
  return {
    name,
    vpc,
    description: name,
    tags: {},
    ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, peer: { cidr: "10.0.0.0/8" } }],
    egress: [{ protocol: "-1", peer: { cidr: "0.0.0.0/0" } }],
  };
}

/** Waits for reads however long they take. */
export const patient: Knowledge = {
  sleep: () => new Promise(() => undefined),
  policy: policy(),
  journal: { isExposed: async () => false },
  isRefusal: () => false,
};
