import { expect } from "chai";
import type { ResponsePolicy } from "../../../../functions/decide/circumstances";
import { allSteps } from "../../../../functions/remediate/plan";
import type { Kind, Step, StepOf } from "../../../../functions/remediate/steps";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import type { AccountState } from "../../../support/memory-account";
import { answered, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.incidentKey}-1`;

describe("the plan to contain an instance", () => {
  it("keeps evidence first, isolates, cuts, labels; only isolation holds anything up", async () => {
    const { stages } = await planOf(builders.standardAccount());
    expect(
      stages.map(({ name, onFailure, limitSeconds, steps }) => ({
        name,
        onFailure,
        limitSeconds,
        steps: steps.length,
      })),
    ).to.deep.equal([
      { name: "preserve", onFailure: "continue", limitSeconds: 10, steps: 11 },
      { name: "quarantine", onFailure: "stop", limitSeconds: undefined, steps: 3 },
      { name: "cut connections", onFailure: "stop", limitSeconds: undefined, steps: 2 },
      { name: "label", onFailure: "continue", limitSeconds: undefined, steps: 2 },
    ]);
  });

  it("leaves interfaces that AWS manages, and says so", async () => {
    const state = builders.standardAccount();
    state.interfaces["eni-02"]!.managed = true;
    const plan = await planOf(state);
    const named = allSteps(plan).flatMap((step) =>
      "networkInterface" in step ? [step.networkInterface] : [],
    );
    expect(named).to.deep.equal(["eni-01", "eni-01", "eni-01"]);
    expect(plan.open).to.deep.equal([
      "eni-02 keeps its security groups: AWS manages it and refuses changes.",
    ]);
  });

  it("keeps an interface in quarantine that is there already, and cuts its connections", async () => {
    const state = builders.standardAccount();
    state.interfaces["eni-02"]!.groups = ["sg-quarantine"];
    const plan = await planOf(state);
    expect(
      of(plan, "quarantine-interface").map(({ networkInterface, before }) => [
        networkInterface,
        before,
      ]),
    ).to.deep.equal([
      ["eni-01", ["sg-admin", "sg-web"]],
      ["eni-02", ["sg-quarantine"]],
    ]);
    expect(of(plan, "cut-connections").map((step) => step.networkInterface)).to.deep.equal([
      "eni-01",
      "eni-02",
    ]);
  });

  // EC2 User Guide, "Tag your Amazon EC2 resources": 50 tags a resource, those of AWS not counted.
  it("contains an instance and interfaces that have no room for its tags, and releases them", async () => {
    const state = builders.standardAccount();
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`team-${n}`, "x"]));
    state.instances[builders.instanceId]!.tags = { ...fifty };
    state.interfaces["eni-01"]!.tags = { ...fifty };
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    expect(world.notices[0]?.text).to.include(
      `${builders.instanceId} has no room for 6 tags: it does not show that it is contained.`,
    );
    expect(world.notices[0]?.text).to.include(
      "eni-01 has no room for the tag cordon=quarantined: no service control policy keeps other principals from moving it.",
    );
    expect(world.notices[0]?.text).to.not.include("eni-02 has no room");
    const through = world.changes
      .filter(({ method, args }) => method === "network.setGroups" && args[0] === "eni-01")
      .map(({ args }) => String(args[1]));
    expect(through).to.have.lengthOf(3);
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(world.state.interfaces["eni-01"]!.tags).to.deep.equal(fifty);
    expect(world.state.instances[builders.instanceId]!.tags).to.deep.equal(fifty);
  });

  it("sets SecurityStatus alone where there is room for one tag, and names the others", async () => {
    const state = builders.standardAccount();
    state.instances[builders.instanceId]!.tags = Object.fromEntries(
      Array.from({ length: 49 }, (_, n) => [`team-${n}`, "x"]),
    );
    const plan = await planOf(state);
    expect(of(plan, "tag-instance").map(({ after }) => after)).to.deep.equal([
      { SecurityStatus: "Quarantined" },
    ]);
    expect(plan.residual).to.include(
      `${builders.instanceId} has no room for the tags QuarantinedAt, CordonIncident, GuardDutyFindingId, GuardDutyFindingType, OriginalSecurityGroups.`,
    );
  });

  it("tags what has room for exactly its tags", async () => {
    const state = builders.standardAccount();
    const fortyFour = Object.fromEntries(Array.from({ length: 44 }, (_, n) => [`team-${n}`, "x"]));
    state.instances[builders.instanceId]!.tags = { ...fortyFour, "aws:autoscaling:groupName": "a" };
    expect(of(await planOf(state), "tag-instance")).to.have.lengthOf(1);
  });

  it("says what it could not read in time, what that leaves open, and the command for it", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const error = new AwsError("RequestLimitExceeded", "Request limit exceeded.");
    // By itself Cordon would ask first.
    const requested = builders.incident({ requestedAt: "2026-11-20T10:04:00.000Z" });
    const ending = await world.answer(requested, {
      fault: ({ method, args }) =>
        method === "scaling.groupOf" || args[1] === "disableApiStop" ? error : undefined,
    });
    expect(answered(ending).outcome).to.equal("contained");
    const { text } = world.notices[0]!;
    for (const line of [
      "Cordon could not read autoScalingGroup in time, so an Auto Scaling group may replace and terminate the instance: RequestLimitExceeded: Request limit exceeded.",
      "Cordon could not read disableApiStop in time, so stop protection is as it was: RequestLimitExceeded: Request limit exceeded.",
      `Make up for disableApiStop, which Cordon could not read: aws ec2 modify-instance-attribute --instance-id=${builders.instanceId} --disable-api-stop --region eu-central-1`,
      `Make up for autoScalingGroup, which Cordon could not read: aws autoscaling describe-auto-scaling-instances --instance-ids=${builders.instanceId} --region eu-central-1`,
    ]) {
      expect(text).to.include(line);
    }
  });

  it("sets only what is not set", async () => {
    const state = builders.standardAccount();
    state.instances[builders.instanceId]!.attributes.disableApiStop = true;
    expect(
      of(await planOf(state), "set-instance-attribute").map((step) => step.attribute),
    ).to.deep.equal(["disableApiTermination", "instanceInitiatedShutdownBehavior"]);
  });

  // EC2 User Guide: "Enable stop protection", "Change instance termination protection", "Change
  // instance initiated shutdown behavior", "Amazon EC2 managed instances".
  for (const { kind, changes, sets, keeps, residual } of [
    {
      kind: "an On-Demand instance with an EBS root",
      changes: {},
      sets: ["disableApiTermination", "disableApiStop", "instanceInitiatedShutdownBehavior"],
      keeps: 1,
      residual: [],
    },
    {
      kind: "a Spot Instance",
      changes: { spot: true },
      sets: ["instanceInitiatedShutdownBehavior"],
      keeps: 1,
      residual: [
        "EC2 refuses termination and stop protection for a Spot Instance, and may interrupt it.",
      ],
    },
    {
      kind: "an instance with an instance-store root",
      changes: { rootDevice: "instance-store" as const },
      sets: ["disableApiTermination"],
      keeps: 1,
      residual: [
        "The root device is an instance store: EC2 refuses stop protection, and a shutdown terminates the instance.",
      ],
    },
    {
      kind: "a Spot Instance with an instance-store root",
      changes: { spot: true, rootDevice: "instance-store" as const },
      sets: [],
      keeps: 1,
      residual: [
        "EC2 refuses termination and stop protection for a Spot Instance, and may interrupt it.",
        "The root device is an instance store: EC2 refuses stop protection, and a shutdown terminates the instance.",
      ],
    },
    {
      kind: "an instance that another service manages",
      changes: { operator: "eks.amazonaws.com" },
      sets: [],
      keeps: 0,
      residual: [
        "eks.amazonaws.com manages the instance: EC2 refuses termination protection, and deletes its volumes on termination.",
      ],
    },
  ]) {
    it(`contains ${kind} to the end, and says what EC2 refuses`, async () => {
      const state = builders.standardAccount();
      Object.assign(state.instances[builders.instanceId]!, changes);
      const plan = await planOf(state);
      expect(of(plan, "set-instance-attribute").map((step) => step.attribute)).to.deep.equal(sets);
      expect(of(plan, "keep-volumes")).to.have.lengthOf(keeps);
      expect(plan.residual.filter((line) => /EC2 refuses/.test(line))).to.deep.equal(residual);
      const world = new SimulatedWorld(state);
      expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
      await world.release(id);
      const { volumes, attributes } = world.state.instances[builders.instanceId]!;
      expect({ volumes, attributes }).to.deep.equal({
        volumes: [
          { id: "vol-01", device: "/dev/xvda", deleteOnTermination: true },
          { id: "vol-02", device: "/dev/sdf", deleteOnTermination: false },
        ],
        attributes: {
          disableApiTermination: false,
          disableApiStop: false,
          instanceInitiatedShutdownBehavior: "terminate",
        },
      });
    });
  }

  it("takes no snapshot of an instance without volumes, and keeps none that stays anyway", async () => {
    const state = builders.standardAccount();
    state.instances[builders.instanceId]!.volumes = [];
    expect(of(await planOf(state), "snapshot-volumes")).to.deep.equal([]);
    expect(of(await planOf(state), "keep-volumes")).to.deep.equal([]);
  });

  it("leaves an Auto Scaling group that lets go of the instance already", async () => {
    const state = builders.standardAccount();
    state.scalingGroups["web-asg"] = {
      instances: [],
      detaching: [builders.instanceId],
      desired: 0,
      max: 4,
    };
    expect(of(await planOf(state), "detach-from-group")).to.deep.equal([]);
  });

  it("asks only the target groups of the instance's VPC whether they have it", async () => {
    const state = builders.standardAccount();
    state.targetGroups["arn:elsewhere"] = { vpc: "vpc-02", targets: [] };
    const world = new SimulatedWorld(state);
    await world.answer(builders.incident(), { policy: { mode: "dry-run" } });
    const asked = world.log.filter((call) => call.method === "balancing.registration");
    expect(asked.map((call) => call.args[0])).to.deep.equal([builders.targetGroupArn]);
  });

  it("gives each VPC its own group, which leads to that VPC's endpoints alone", async () => {
    const state = builders.youngAccount();
    state.endpoints = [
      { id: "vpce-01", vpc: "vpc-01", groups: ["sg-web"], addresses: ["10.1.0.5/32"] },
      { id: "vpce-02", vpc: "vpc-02", groups: ["sg-other"], addresses: ["10.2.0.5/32"] },
      { id: "vpce-99", vpc: "vpc-99", groups: ["sg-foreign"], addresses: ["10.9.0.5/32"] },
    ];
    state.profiles = { web: "web" };
    state.roles = { web: { arn: builders.roleArn, policies: {}, tags: {}, trust: {} } };
    state.instances[builders.instanceId]!.profile =
      "arn:aws:iam::222233334444:instance-profile/web";
    const plan = await planOf(state);
    const provide = { kind: "provide-quarantine-group", name: "cordon-quarantine" };
    expect(of(plan, "provide-quarantine-group")).to.deep.equal([
      { ...provide, vpc: "vpc-01", addresses: ["10.1.0.5/32"] },
      { ...provide, vpc: "vpc-02", addresses: ["10.2.0.5/32"] },
    ]);
    // The carve-out of the deny names no endpoint of a VPC the instance is not in.
    expect(of(plan, "deny-instance-credentials")[0]?.endpoints).to.deep.equal([
      "vpce-01",
      "vpce-02",
    ]);
    expect(of(plan, "quarantine-interface").map((step) => step.quarantine)).to.deep.equal([
      { vpc: "vpc-01", name: "cordon-quarantine" },
      { vpc: "vpc-02", name: "cordon-quarantine" },
    ]);
  });

  it("closes a quarantine group that is open before it puts anything into it", async () => {
    const open = { protocol: "-1", peer: { cidr: "0.0.0.0/0" } };
    for (const direction of ["ingress", "egress"] as const) {
      const state = builders.standardAccount();
      state.groups["sg-quarantine"]![direction].push(open);
      const world = new SimulatedWorld(state);
      const { outcome } = answered(await world.answer(builders.incident()));
      expect(outcome, direction).to.equal("contained");
      expect(world.state.groups["sg-quarantine"], direction).to.deep.equal(
        builders.standardAccount().groups["sg-quarantine"],
      );
      const methods = world.changes.map((call) => call.method);
      expect(methods.indexOf("network.revokeAllBut"), direction)
        .to.be.at.least(0)
        .and.below(methods.indexOf("network.setGroups"));
    }
  });

  it("does not take another VPC's quarantine group for its own", async () => {
    const state = builders.standardAccount();
    state.groups["sg-quarantine"]!.vpc = "vpc-02";
    const plan = await planOf(state);
    expect(of(plan, "provide-quarantine-group").map((step) => step.vpc)).to.deep.equal(["vpc-01"]);
  });

  it("writes the original groups into the tag only as far as a tag value goes", async () => {
    const state = builders.standardAccount();
    const groups = Array.from({ length: 16 }, (_, n) => `sg-${String(n).padStart(17, "0")}`);
    for (const group of groups) state.groups[group] = state.groups["sg-web"]!;
    state.interfaces["eni-01"]!.groups = groups;
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    expect(world.state.instances[builders.instanceId]?.tags.OriginalSecurityGroups).to.equal(
      "see the Cordon journal",
    );
    await world.release(id);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(groups);
  });

  it("changes nothing of an instance that is shutting down, or in quarantine", async () => {
    const leaving = builders.standardAccount();
    leaving.instances[builders.instanceId]!.state = "shutting-down";
    const isolated = builders.standardAccount();
    for (const each of Object.values(isolated.interfaces)) each.groups = ["sg-quarantine"];
    for (const [state, reason] of [
      [leaving, /is terminated: nothing is left to isolate$/],
      [isolated, /is already contained; Cordon does not change it again$/],
    ] as const) {
      const world = new SimulatedWorld(state);
      expect(answered(await world.answer(builders.incident())).reason).to.match(reason);
      expect(world.changes).to.deep.equal([]);
      expect(world.items).to.deep.equal({});
    }
  });

  // The shapes: a node of EKS with pods that have groups of their own.
  it("isolates the branch interfaces of an EKS node, each in its own VPC", async () => {
    const state = withBranches();
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    expect(state.interfaces["eni-branch"]?.groups).to.deep.equal(["sg-quarantine"]);
    // Its trunk is another instance's.
    expect(state.interfaces["eni-foreign"]?.groups).to.deep.equal(["sg-data"]);
    expect(world.items[id]?.record.plan.open).to.deep.equal([]);
    await world.release(id);
    expect(world.state.interfaces["eni-branch"]?.groups).to.deep.equal(["sg-web"]);
  });

  it("isolates the rest of a node whose branch interfaces cannot be read, and says so", async () => {
    const world = new SimulatedWorld(withBranches());
    const error = new AwsError("RequestLimitExceeded", "Too many.");
    const fault = ({ method }: { method: string }) =>
      method === "network.branchesOf" ? error : undefined;
    // The next delivery may read them.
    const ending = await world.answer(builders.incident(), { fault });
    expect(ending.kind).to.equal("failed");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
    world.outlastLease();
    await world.answer(builders.incident(), { fault, delivery: lastDelivery });
    expect(world.items[id]?.record.plan.open).to.deep.equal([
      "Branch interfaces of eni-trunk keep their security groups: reading them failed: RequestLimitExceeded: Too many.",
    ]);
  });

  it("isolates an instance whose role cannot be read, and denies its credentials when it can", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const down = new AwsError("ServiceFailure", "no");
    const fault = ({ method }: { method: string }) =>
      method === "identity.roleOfProfile" ? down : undefined;
    const first = await world.answer(builders.incident(), { fault });
    expect(first.kind).to.equal("failed");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Isolated in part: /);
    expect(world.notices[0]?.text).to.include(
      `The credentials of arn:aws:iam::${builders.account}:instance-profile/service/web are not denied: reading the role failed: ServiceFailure: no`,
    );
    world.outlastLease();
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    expect(Object.keys(world.state.roles.web?.policies ?? {})).to.have.length(2);
    expect(world.items[id]?.record.plan.open).to.deep.equal([]);
    expect(answered(await world.release(id)).outcome).to.equal("released");
    expect(Object.keys(world.state.roles.web?.policies ?? {})).to.deep.equal(["app"]);
  });

  it("lists as open what AWS manages on a node, and how to take the node out", async () => {
    const state = withBranches();
    state.interfaces["eni-branch"]!.managed = true;
    delete state.interfaces["eni-trunk"]!.tags["eks:eni:owner"];
    state.instances[builders.instanceId]!.tags = { "aws:ecs:clusterName": "checkout" };
    const plan = await planOf(state);
    expect(plan.open).to.deep.equal([
      "eni-branch keeps its security groups: AWS manages it and refuses changes.",
      "Task interfaces on trunk eni-trunk keep their security groups: EC2 does not show which these are.",
    ]);
    expect(plan.nextSteps[0]).to.include(
      "--cluster=checkout --container-instances ARN --status DRAINING",
    );
    state.instances[builders.instanceId]!.tags = { "eks:cluster-name": "shop" };
    expect((await planOf(state)).nextSteps.slice(0, 3)).to.deep.equal([
      "Connect to the cluster: aws eks update-kubeconfig --name=shop --region eu-central-1",
      `Find the node of ${builders.instanceId}: kubectl get nodes -o custom-columns=NODE:.metadata.name,ID:.spec.providerID | grep ${builders.instanceId}`,
      "Take the pods off the node, then delete it: kubectl cordon NODE; kubectl drain NODE --ignore-daemonsets --delete-emptydir-data --force; kubectl delete node NODE",
    ]);
  });

  it("makes its own group where another principal has taken the name, and leaves theirs", async () => {
    const state = builders.standardAccount();
    const foreign = { ...state.groups["sg-quarantine"]!, tags: {} };
    state.groups["sg-quarantine"] = foreign;
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    const [group] = state.interfaces["eni-01"]!.groups;
    expect(state.groups[group!]).to.deep.include({
      name: "cordon-quarantine-5eed0001",
      tags: { cordon: "quarantine", CordonMadeBy: "responder" },
      ingress: [],
    });
    expect(state.groups["sg-quarantine"]).to.deep.equal({ ...foreign });
  });

  it("uses the account's own group in a shared VPC, not a participant's of the same name", async () => {
    const state = builders.standardAccount();
    state.groups["sg-000-theirs"] = {
      ...state.groups["sg-quarantine"]!,
      owner: "333344445555",
      egress: [],
    };
    const plan = await planOf(state);
    expect(of(plan, "quarantine-interface").map((step) => step.quarantine.id)).to.deep.equal([
      "sg-quarantine",
      "sg-quarantine",
    ]);
    expect(of(plan, "provide-quarantine-group")).to.deep.equal([]);
  });

  it("does not cut connections when no time is left to close again, and says so", async () => {
    for (const faults of [{ secondsLeft: 29 }, { delivery: 5 }]) {
      const world = new SimulatedWorld(builders.standardAccount());
      expect(answered(await world.answer(builders.incident(), faults)).outcome).to.equal(
        "contained-in-part",
      );
      const passed = world.changes.filter(({ method }) => method === "network.setGroups");
      expect(passed.map(({ args }) => args[1])).to.deep.equal([
        ["sg-quarantine"],
        ["sg-quarantine"],
      ]);
      expect(world.notices[0]?.text).to.include(
        "eni-01 is in quarantine, but its open connections were not cut: the run had no time left",
      );
    }
  });

  it("opens an interface once, however often a later step fails", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const error = new AwsError("TagPolicyViolation", "The tag policy does not allow it");
    for (let delivery = 1; delivery <= 4; delivery++) {
      await world.answer(builders.incident(), {
        delivery,
        fault: ({ method, args }) =>
          method === "compute.setTags" && args[0] === "eni-01" ? error : undefined,
      });
    }
    const openings = world.changes.filter(
      ({ method, args }) =>
        method === "network.setGroups" && !String(args[1]).includes("sg-quarantine"),
    );
    expect(openings.map(({ args }) => args[0]).sort()).to.deep.equal(["eni-01", "eni-02"]);
  });

  // EC2 Auto Scaling User Guide, "Considerations for detaching instances".
  for (const [state, detaches, says] of [
    ["InService", 1, undefined],
    ["Standby", 1, undefined],
    ["Pending:Wait", 0, "Pending:Wait EC2 Auto Scaling refuses to detach it."],
    ["Warmed:Running", 0, "Warmed:Running EC2 Auto Scaling refuses to detach it."],
    [
      "Terminating:Wait",
      0,
      "Terminating:Wait EC2 Auto Scaling refuses to detach it, and terminates it whatever its protection.",
    ],
  ] as const) {
    it(`contains an instance that is ${state} in its Auto Scaling group`, async () => {
      const account = builders.standardAccount();
      account.scalingGroups["web-asg"]!.states = { [builders.instanceId]: state };
      const plan = await planOf(account);
      expect(of(plan, "detach-from-group")).to.have.lengthOf(detaches);
      const residual = plan.residual.filter((line) => line.includes("refuses to detach"));
      expect(residual).to.deep.equal(
        says === undefined
          ? []
          : [`The instance stays in Auto Scaling group web-asg: in the state ${says}`],
      );
      const world = new SimulatedWorld(account);
      expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    });
  }

  // EC2 Auto Scaling User Guide, "Attach EC2 instances to your Auto Scaling group".
  it("says that a release attaches in service what was in Standby", async () => {
    const says = async (state: string) => {
      const account = builders.standardAccount();
      account.scalingGroups["web-asg"]!.states = { [builders.instanceId]: state };
      return (await planOf(account)).residual.filter((line) => line.includes("Standby"));
    };
    expect(await says("Standby")).to.deep.equal([
      `The instance was in Standby: a release attaches it to Auto Scaling group web-asg in service. To keep it out of service, move it back then: aws autoscaling enter-standby --auto-scaling-group-name=web-asg --instance-ids=${builders.instanceId} --should-decrement-desired-capacity --region=eu-central-1`,
    ]);
    expect(await says("InService")).to.deep.equal([]);
  });

  it("isolates an instance whose other interfaces are in quarantine", async () => {
    const state = builders.standardAccount();
    state.interfaces["eni-01"]!.groups = ["sg-quarantine"];
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("leaves the credentials of Cordon's own role alone, by its whole ARN", async () => {
    const denied = async (rolePath: string) => {
      const state = builders.standardAccount();
      const web = state.roles.web!;
      state.roles.web = {
        ...web,
        arn: `arn:aws:iam::${builders.account}:role/security/cordon-contain-instance`,
      };
      const ownRoles = { ...builders.policy().ownRoles, rolePath };
      return of(await planOf(state, { ownRoles }), "deny-instance-credentials").length;
    };
    expect(await denied("/security/")).to.equal(0);
    expect(await denied("/")).to.equal(1);
  });

  it("leaves the credentials of a break-glass role alone, and says so", async () => {
    const policy = { breakGlass: { roles: ["service/*"], users: [] } };
    const plan = await planOf(builders.standardAccount(), policy);
    expect(of(plan, "deny-instance-credentials")).to.deep.equal([]);
    expect(plan.residual).to.include(
      "Role web is protected: Cordon did not deny the instance's credentials.",
    );
    const others = { breakGlass: { roles: ["web"], users: ["service/*"] } };
    expect(
      of(await planOf(builders.standardAccount(), others), "deny-instance-credentials"),
    ).to.have.lengthOf(1);
  });
});

/** The standard instance as a node: a trunk with one branch, and a branch of another node. */
function withBranches(): AccountState {
  const state = builders.standardAccount();
  const eks = { "eks:eni:owner": "eks-vpc-resource-controller" };
  const branch = (trunk: string, group: string) => ({
    instance: "",
    vpc: "vpc-01",
    groups: [group],
    tags: { ...eks, "vpcresources.k8s.aws/trunk-eni-id": trunk },
    managed: false,
    type: "branch",
  });
  state.interfaces["eni-trunk"] = {
    ...state.interfaces["eni-02"]!,
    tags: { ...eks },
    type: "trunk",
  };
  state.interfaces["eni-branch"] = branch("eni-trunk", "sg-web");
  state.interfaces["eni-foreign"] = branch("eni-elsewhere", "sg-data");
  return state;
}

async function planOf(state: AccountState, policy: Partial<ResponsePolicy> = {}) {
  const world = new SimulatedWorld(structuredClone(state));
  await world.answer(builders.incident(), { policy: { ...policy, mode: "dry-run" } });
  return world.items[id]!.record.plan;
}

function of<K extends Kind>(
  plan: { stages: readonly { steps: readonly Step[] }[] },
  kind: K,
): readonly StepOf<K>[] {
  return plan.stages
    .flatMap((stage) => stage.steps)
    .filter((step): step is StepOf<K> => step.kind === kind);
}
