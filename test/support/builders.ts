/** The instance, account, finding and policy that tests vary one field of. */
import type { ResponsePolicy } from "../../functions/decide/circumstances";
import type { Finding, Incident } from "../../functions/incident";
import type { AccountState } from "./memory-account";

export const account = "222233334444";
export const region = "eu-central-1";
export const place = { partition: "aws", account, region } as const;
export const instanceId = "i-0a1b2c3d4e5f60718";
export const instanceArn = `arn:aws:ec2:${region}:${account}:instance/${instanceId}`;
export const roleArn = `arn:aws:iam::${account}:role/service/web`;
export const targetGroupArn = `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/web/73e2d6bc24d8a067`;
/** sha256 of account, region, instance and playbook, each on a line; by `printf … | sha256sum`. */
export const incidentKey = "f306fc2273fcd649";

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
    type: "CryptoCurrency:EC2/BitcoinTool.B",
    severity: 8,
    title: "The instance talks to a mining pool.",
    role: "ACTOR",
    sample: false,
    lastSeen: "2026-11-20T10:00:00.000Z",
    ...changes,
  };
}

export function incident(changes: Partial<Finding> = {}): Incident {
  return {
    key: incidentKey,
    playbook: "contain-instance",
    place,
    resource: { kind: "instance", id: instanceId },
    finding: finding(changes),
  };
}

export function policy(changes: Partial<ResponsePolicy> = {}): ResponsePolicy {
  return {
    mode: "enforce",
    sampleFindings: "act",
    governedRegions: [region, "us-east-1"],
    protectedResources: [],
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
        egress: [{ protocol: "tcp", fromPort: 443, toPort: 443, peer: { group: "sg-endpoints" } }],
      },
    },
    vpcs: { "vpc-01": { ipv6: false }, "vpc-02": { ipv6: true } },
    endpoints: [
      { id: "vpce-0ssm", vpc: "vpc-01", groups: ["sg-endpoints"] },
      { id: "vpce-0msg", vpc: "vpc-01", groups: ["sg-endpoints"] },
    ],
    snapshots: [],
    profiles: { web: "web" },
    roles: {
      web: {
        arn: roleArn,
        policies: { app: { Version: "2012-10-17", Statement: [] } },
      },
    },
    scalingGroups: { "web-asg": { instances: [instanceId], detaching: [], desired: 1, max: 4 } },
    targetGroups: {
      [targetGroupArn]: { vpc: "vpc-01", targets: [{ instance: instanceId, port: 8080 }] },
    },
    loadBalancers: { "web-classic": { instances: [instanceId] } },
  };
}

/**
 * An account whose instance stands in two young VPCs, one of them with IPv6: no quarantine groups,
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

/** The standard instance after somebody has put one of its interfaces into quarantine by hand. */
export function halfIsolatedAccount(): AccountState {
  const state = standardAccount();
  state.interfaces["eni-02"]!.groups = ["sg-quarantine"];
  return state;
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
