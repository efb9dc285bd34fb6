import { expect } from "chai";
import { policyLength } from "../../../../functions/model/policy-document";
import * as builders from "../../../support/builders";
import { type AccountState, AwsError, type LoggedCall } from "../../../support/memory-account";
import { answered, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";
import { sorted } from "../../../support/sorted";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const untrack = "sg-00000000000000006";

describe("the response to the standard instance [R1] [R11] [E1] [E4]", () => {
  it("has what its role's credentials made followed up 15 minutes later", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    expect(world.followUps).to.deep.equal([{ key: builders.incidentKey, seconds: 900 }]);
  });

  it("makes exactly these changes, stage by stage", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = answered(await world.answer(incident));
    expect(ending).to.deep.equal({
      outcome: "contained",
      reason:
        "Severity 8 meets the threshold of 7, the instance began the activity (it opened the connection), and every guard passed",
      incident: id,
      checked: [
        "accountInOrganization",
        "sampleFindingsActedOn",
        "severityWorthNotifying",
        "accountKnown",
        "regionGoverned",
        "severityHighEnough",
        "unitsRead",
        "notBegunByOutsider",
        "notOldNews",
        "targetRead",
        "journalRead",
        "findingReadAgain",
        "stillCurrent",
        "brakesRead",
        "targetExists",
        "targetNotTerminated",
        "notYetContained",
        "playbookApplies",
        "notProtected",
        "notBreakGlass",
        "exceptionsRead",
        "noException",
        "falsePositivesRead",
        "newerThanRelease",
        "notOptedOut",
        "noApprovalNeeded",
        "begunByResource",
        "typeUnderstood",
        "notCritical",
        "forwardsForNobody",
        "serviceRead",
        "notLastHealthyTarget",
        "severityAutomatic",
        "automaticByPolicy",
        "noBrakeTripped",
        "fewFalsePositives",
      ],
    });
    const calls = world.changes.map(({ method, args }) => [method, ...args]);
    const stages = [calls.slice(0, 11), calls.slice(11, 16), calls.slice(16, 20), calls.slice(20)];
    expect(stages.map(sorted)).to.deep.equal([
      sorted([
        [
          "compute.snapshotVolumes",
          builders.instanceId,
          {
            Purpose: "Forensic",
            IncidentId: id,
            SourceInstance: builders.instanceId,
            CreatedBy: "Cordon",
          },
        ],
        ["compute.setAttribute", builders.instanceId, "disableApiTermination", true],
        ["compute.setAttribute", builders.instanceId, "disableApiStop", true],
        ["compute.setAttribute", builders.instanceId, "instanceInitiatedShutdownBehavior", "stop"],
        ["compute.setDeleteOnTermination", builders.instanceId, ["/dev/xvda"], false],
        ["compute.setTags", "eni-01", { cordon: "quarantined" }],
        ["compute.setTags", "eni-02", { cordon: "quarantined" }],
        ["identity.putRolePolicy", "web", `Cordon-${id}-5eed0001`, denial],
        ["scaling.detach", builders.instanceId, "web-asg"],
        ["balancing.deregisterTarget", builders.targetGroupArn, builders.instanceId, 8080],
        ["balancing.deregisterFromLoadBalancer", "web-classic", builders.instanceId],
      ]),
      sorted([
        ["network.setGroups", "eni-01", ["sg-quarantine"]],
        ["network.setGroups", "eni-02", ["sg-quarantine"]],
        ["network.createGroup", "vpc-01", `cordon-untrack-${id}-5eed0001`, { cordon: "untrack" }],
        ["network.authorize", untrack, "ingress", [everything("0.0.0.0/0"), everything("::/0")]],
        // A new group allows all IPv4 egress by itself.
        ["network.authorize", untrack, "egress", [everything("::/0")]],
      ]),
      sorted([
        ["network.setGroups", "eni-01", [untrack]],
        ["network.setGroups", "eni-01", ["sg-quarantine"]],
        ["network.setGroups", "eni-02", [untrack]],
        ["network.setGroups", "eni-02", ["sg-quarantine"]],
      ]),
      sorted([
        [
          "compute.setTags",
          builders.instanceId,
          {
            SecurityStatus: "Quarantined",
            QuarantinedAt: "2026-11-20T10:05:00.000Z",
            CordonIncident: id,
            GuardDutyFindingId: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
            GuardDutyFindingType: "CryptoCurrency:EC2/BitcoinTool.B",
            OriginalSecurityGroups: "eni-01:sg-admin/sg-web eni-02:sg-data",
          },
        ],
        ["network.deleteGroup", untrack],
      ]),
    ]);
    // Within a stage the order is free, but not on one interface.
    for (const each of ["eni-01", "eni-02"]) {
      expect(
        calls.filter((call) => call[1] === each).map(([method, , value]) => [method, value]),
      ).to.deep.equal([
        ["compute.setTags", { cordon: "quarantined" }],
        ["network.setGroups", ["sg-quarantine"]],
        ["network.setGroups", [untrack]],
        ["network.setGroups", ["sg-quarantine"]],
      ]);
    }
  });

  it("changes nothing before the journal holds the plan with every before-value", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const { calls } = await world.answer(incident);
    const begin = calls.findIndex((call) => call.method === "journal.begin");
    expect(
      calls.slice(0, begin).flatMap((call) => (call.mutating ? [call.method] : [])),
    ).to.deep.equal([]);
    expect(calls.slice(begin + 1).some((call) => call.mutating)).to.equal(true);
  });

  it("reads back every lasting step before it says so", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const { calls } = await world.answer(incident);
    const last = calls.findLastIndex((call) => call.method === "network.deleteGroup");
    const published = calls.findIndex((call) => call.method === "topic.publish");
    const reads = calls.slice(last + 1, published).map((call) => call.method);
    expect(reads.filter((method) => method !== "sts.assume").sort()).to.deep.equal(
      [
        ...["balancing.classicLoadBalancersOf", "balancing.registration"],
        ...["compute.attribute", "compute.attribute", "compute.attribute"],
        ...["compute.instance", "compute.instance", "compute.snapshottedVolumes"],
        ...["identity.rolePolicy", "network.group"],
        // Each interface twice: for its group, and for its tag.
        ...Array.from({ length: 4 }, () => "network.networkInterface"),
        "scaling.groupOf",
      ].sort(),
    );
    expect(calls.at(-1)?.method).to.equal("journal.finish");
  });

  it("repairs once what did not take effect, and then verifies it", async () => {
    for (const [name, lose] of Object.entries(silent)) {
      const world = new SimulatedWorld(builders.standardAccount());
      let lost = false;
      const ending = await world.answer(incident, {
        fault: (call) => {
          if (!lost && lose.call(call)) {
            lost = true;
            lose.undo(world.state);
          }
          return undefined;
        },
      });
      expect(lost, name).to.equal(true);
      expect(answered(ending).outcome, name).to.equal("contained");
      expect(lose.inEffect(world.state), name).to.equal(true);
    }
  });

  it("does not say contained while a step is not in effect", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, {
      // Another principal removes the termination protection as fast as it is set.
      fault: (call) => {
        if (call.method === "compute.attribute") {
          world.state.instances[builders.instanceId]!.attributes.disableApiTermination = false;
        }
        return undefined;
      },
    });
    expect(ending.kind === "failed" && ending.error.message).to.equal(
      `Incident ${id} is contained in part: set-instance-attribute: NotInEffect: set disableApiTermination of ${builders.instanceId} to true: applied, but not in effect`,
    );
    // The lease is handed back: the next delivery need not wait for its end.
    expect(world.items[id]).to.deep.include({ status: "containing", leaseUntil: 0 });
    expect((await world.answer(incident, { delivery: 2 })).kind).to.equal("answered");
  });

  it("isolates after ten seconds although a snapshot still runs, and waits for it in the end", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, {
      slow: (call) => call.method === "compute.snapshotVolumes",
    });
    expect(answered(ending).outcome).to.equal("contained");
    const methods = world.changes.map((call) => call.method);
    expect(methods.indexOf("compute.snapshotVolumes")).to.be.greaterThan(
      methods.indexOf("network.setGroups"),
    );
    expect(world.state.snapshots.map((each) => each.volume)).to.deep.equal(["vol-01", "vol-02"]);
  });

  it("looks an untrack group up by name only to see that it is gone", async () => {
    const world = new SimulatedWorld(builders.youngAccount());
    const { calls } = await world.answer(incident);
    const name = `cordon-untrack-${id}-5eed0001`;
    const lookedUp = calls
      .filter(({ method, args }) => method === "network.group" && args.includes(name))
      .map(({ args }) => args);
    expect(lookedUp).to.deep.equal([
      ["vpc-01", name],
      ["vpc-02", name],
    ]);
  });

  it("ends the waits for the limits of reading, of the role and of a stage once these are over", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    expect(world.limits.map(({ aborted }) => aborted)).to.deep.equal([true, true, true]);
  });

  it("keeps a release from restoring what others changed since", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    world.state.interfaces["eni-01"]!.groups = ["sg-data"];
    const report = answered(await world.release(id));
    expect(report).to.deep.include({
      outcome: "released-in-part",
      drifted: [
        {
          what: "move eni-01 back to sg-admin, sg-web",
          why: "it was changed after the containment",
          manual: "Set the security groups of eni-01 back to sg-admin, sg-web.",
        },
      ],
      problems: [],
    });
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-data"]);
    expect(world.state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-data"]);
  });

  it("shares a session among what runs side by side, as long as its policy stays short", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    expect(world.sessions.map(changesOf)).to.deep.equal([
      ["ec2:CreateSnapshots", "ec2:CreateTags", "ec2:ModifyInstanceAttribute"],
      [
        "autoscaling:DetachInstances",
        "ec2:ModifyInstanceAttribute",
        "elasticloadbalancing:DeregisterTargets",
        "iam:AttachRolePolicy",
        "iam:CreatePolicy",
        "iam:PutRolePolicy",
      ],
      ["ec2:CreateTags", "elasticloadbalancing:DeregisterInstancesFromLoadBalancer"],
      ["ec2:ModifyNetworkInterfaceAttribute"],
      [
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
      ],
      ["ec2:ModifyNetworkInterfaceAttribute"],
      ["ec2:CreateTags", "ec2:DeleteSecurityGroup"],
    ]);
    for (const { statements } of world.sessions) {
      expect(policyLength(statements)).to.be.at.most(1_500);
    }
    const before = world.sessions.length;
    await world.release(id);
    const released = world.sessions.slice(before);
    expect(new Set(released.map(({ family }) => family))).to.deep.equal(new Set(["instance"]));
    expect(released.map(changesOf)).to.deep.equal([
      ["ec2:ModifyInstanceAttribute"],
      [
        "autoscaling:AttachInstances",
        "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
        "elasticloadbalancing:RegisterTargets",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
      ],
      ["ec2:DeleteTags"],
      ["ec2:DeleteSecurityGroup", "ec2:ModifyNetworkInterfaceAttribute"],
      ["ec2:ModifyNetworkInterfaceAttribute"],
      ["ec2:CreateTags", "ec2:DeleteTags"],
    ]);
  });
});

describe("a finding that comes again [R11]", () => {
  it("is a duplicate while the incident is contained", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const { length } = world.changes;
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "duplicate",
      reason: `Incident ${id} is contained`,
      incident: id,
    });
    expect([world.changes.length, world.notices.length]).to.deep.equal([length, 1]);
  });

  it("is notified, not silently a duplicate, when reading whether it is still contained fails", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const ending = answered(
      await world.answer(incident, {
        fault: (call) =>
          call.method === "compute.instance"
            ? Object.assign(new Error("not yours"), { name: "UnauthorizedOperation" })
            : undefined,
      }),
    );
    expect(ending).to.deep.equal({
      outcome: "notified",
      reason: `Incident ${id} was contained, but reading its current state failed: UnauthorizedOperation: not yours`,
      incident: id,
    });
    expect(world.notices).to.have.lengthOf(2);
  });

  it("is a duplicate although AWS manages one of the interfaces", async () => {
    const state = builders.standardAccount();
    state.interfaces["eni-02"]!.managed = true;
    const world = new SimulatedWorld(state);
    expect(answered(await world.answer(incident)).outcome).to.equal("contained-in-part");
    expect(answered(await world.answer(incident)).outcome).to.equal("duplicate");
  });

  it("notifies while a release is unfinished, and changes nothing", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const throttled = new AwsError("RequestLimitExceeded", "Request limit exceeded.");
    const fault = ({ method }: LoggedCall) => (method === "scaling.attach" ? throttled : undefined);
    expect(answered(await world.release(id, { fault })).outcome).to.equal("unfinished");
    const { length } = world.changes;
    const notices = world.notices.length;
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "notified",
      reason: `Incident ${id} is only partly released, and its resource may be reachable: finish the release with npx cordon release ${id} --reason "WHY", or end it with --close`,
      incident: id,
    });
    expect(world.changes).to.have.lengthOf(length);
    expect(world.notices).to.have.lengthOf(notices + 1);
  });

  it("notifies after a release, and contains in a new epoch only on newer activity", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    await world.release(id);
    expect(answered(await world.answer(incident)).reason).to.equal(
      "Responders released this incident at 2026-11-20T10:05:00.000Z, and the finding shows no newer activity",
    );
    const newer = builders.incident({ lastSeen: "2026-11-20T10:05:00.001Z" });
    expect(answered(await world.answer(newer))).to.deep.include({
      outcome: "contained",
      incident: `${builders.incidentKey}-2`,
    });
    expect(Object.keys(world.items)).to.deep.equal([id, `${builders.incidentKey}-2`]);
    expect(world.items[id]?.status).to.equal("released");
  });
});

describe("a dry run [C4] [R11]", () => {
  const policy = { mode: "dry-run" } as const;

  it("records and announces the plan once, and changes nothing", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const before = structuredClone(world.state);
    for (const isRepeated of [false, true, true]) {
      expect(answered(await world.answer(incident, { policy }))).to.deep.equal({
        outcome: "dry-run",
        reason: "This deployment runs in dry-run mode",
        incident: id,
        ...(isRepeated && { isRepeated }),
      });
      world.outlastLease();
    }
    expect(world.state).to.deep.equal(before);
    expect(world.changes).to.deep.equal([]);
    expect(world.sessions).to.deep.equal([]);
    expect(world.notices.map((notice) => notice.subject)).to.deep.equal([
      `[Cordon] URGENT Dry run: no change made: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
    ]);
    expect(world.items[id]).to.deep.include({ status: "planned", leaseUntil: 0, marks: {} });
  });

  it("replaces and announces the plan again when the facts change", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { policy });
    const revision = world.items[id]?.record.revision;
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    await world.answer(incident, { policy });
    expect(world.notices).to.have.lengthOf(2);
    expect(world.notices[1]?.text).to.include("eni-01: sg-web → quarantine only");
    expect(world.items[id]?.record.revision).not.to.equal(revision);
    expect(world.items[id]?.status).to.equal("planned");
  });

  it("gives way to the facts of the day it is enforced", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { policy });
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    await world.release(id);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-web"]);
  });

  it("after a release lets nothing contain that is older, whatever it planned in between", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    await world.release(id);
    const requestedAt = "2026-11-20T10:20:00Z";
    const request = builders.incident({ severity: 2, ...builders.byOutsider, requestedAt });
    const second = `${builders.incidentKey}-2`;
    expect(answered(await world.answer(request, { policy }))).to.deep.include({
      outcome: "dry-run",
      incident: second,
    });
    expect(world.items[second]?.status).to.equal("planned");
    const before = world.changes.length;
    for (const [mode, outcome] of [
      ["enforce", "notified"],
      // Of the same finding, with the same reason.
      ["dry-run", "duplicate"],
    ] as const) {
      expect(answered(await world.answer(incident, { policy: { mode } }))).to.deep.equal({
        outcome,
        reason:
          "Responders released this incident at 2026-11-20T10:05:00.000Z, and the finding shows no newer activity",
      });
    }
    expect(world.changes).to.have.lengthOf(before);
    const newer = builders.incident({ lastSeen: "2026-11-20T10:05:00.001Z" });
    expect(answered(await world.answer(newer))).to.deep.include({
      outcome: "contained",
      incident: second,
    });
  });
});

describe("a dry run that a person asks for [C4]", () => {
  const requestedAt = "2026-11-20T10:20:00Z";
  const asked = builders.incident({
    severity: 2,
    ...builders.byOutsider,
    requestedAt,
    dryRun: true,
  });
  const plain = {
    outcome: "dry-run",
    reason: "A responder requested a dry run in Security Hub",
  } as const;
  const subjects = (world: SimulatedWorld) => world.notices.map(({ subject }) => subject);

  it("announces the plan each time, changes nothing and leaves the journal alone", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const before = structuredClone(world.state);
    for (const mode of ["enforce", "dry-run", "enforce"] as const) {
      const ending = await world.answer(asked, { policy: { mode } });
      expect(answered(ending)).to.deep.equal(plain);
      expect(
        ending.calls.filter(({ mutating }) => mutating).map(({ method }) => method),
      ).to.deep.equal(["topic.publish"]);
    }
    expect(world.state).to.deep.equal(before);
    expect([world.items, world.sessions]).to.deep.equal([{}, []]);
    const subject = `[Cordon] Dry run: no change made: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`;
    expect(subjects(world)).to.deep.equal([subject, subject, subject]);
    expect(world.notices[0]?.text).to.include("\nPlanned steps\n");
    expect(world.notices[0]?.text).not.to.match(/^Incident /m);
  });

  it("does not prevent the containment that follows", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(asked);
    expect(answered(await world.answer(incident))).to.deep.include({
      outcome: "contained",
      incident: id,
    });
  });

  it("does not let an old finding contain again what was released", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    await world.release(id);
    expect(answered(await world.answer(asked))).to.deep.equal(plain);
    const before = world.changes.length;
    expect(answered(await world.answer(incident)).outcome).to.equal("notified");
    expect(world.changes).to.have.lengthOf(before);
  });

  it("comes too late, and says so, once the incident is contained", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const before = world.changes.length;
    expect(answered(await world.answer(asked))).to.deep.equal({
      outcome: "notified",
      reason: `Incident ${id} is already contained: nothing is left to plan`,
      incident: id,
    });
    expect(world.changes).to.have.lengthOf(before);
    expect(world.notices).to.have.lengthOf(2);
  });

  it("finishes nothing that another run has begun", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { death: { at: 40, when: "after" } });
    world.outlastLease();
    const before = structuredClone([world.state, world.items]);
    expect(answered(await world.answer(asked))).to.deep.equal({
      outcome: "notified",
      reason: `Incident ${id} is already being contained: nothing is left to plan`,
      incident: id,
    });
    expect([world.state, world.items]).to.deep.equal(before);
  });

  it("announces what would be applied again where the target is no longer contained", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    const { length } = world.changes;
    expect(answered(await world.answer(asked)).outcome).to.equal("dry-run");
    expect(world.notices[1]?.text).to.include("eni-01: sg-admin, sg-web → quarantine only");
    expect(world.changes).to.have.lengthOf(length);
  });

  for (const [what, policy, reason] of [
    [
      "a protected instance",
      { protectedResources: [builders.instanceArn] },
      "The resource is listed in cordon:protectedResources",
    ],
    [
      "a region that is not governed",
      { governedRegions: ["us-east-1"] },
      "Region eu-central-1 is not governed by this deployment",
    ],
  ] as const) {
    it(`says why nothing would be done: ${what}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      expect(answered(await world.answer(asked, { policy }))).to.deep.equal({
        outcome: "notified",
        reason,
      });
    });
  }
});

describe("a containment that a person asks for", () => {
  const asked = builders.incident({ severity: 2, requestedAt: "2026-11-20T10:20:00Z" });

  it("is notified, each time, although the plan was announced of this dry-run deployment", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const policy = { mode: "dry-run" } as const;
    await world.answer(incident, { policy });
    const before = structuredClone(world.items);
    world.pass(60_000);
    for (const _ of [1, 2]) {
      expect(answered(await world.answer(asked, { policy }))).to.deep.equal({
        outcome: "dry-run",
        reason: "This deployment runs in dry-run mode",
        incident: id,
      });
    }
    expect(world.items).to.deep.equal(before);
    const [seen, ...again] = world.notices;
    expect(again).to.have.lengthOf(2);
    for (const { text, incident: news } of again) {
      expect(text).to.include("\n  - A responder requested it in Security Hub, and every guard");
      const { incident: named, revision, plannedAt } = news ?? {};
      const { incident: first, revision: valid, plannedAt: at } = seen?.incident ?? {};
      expect([named, revision, plannedAt]).to.deep.equal([first, valid, at]);
      expect(revision).to.match(/^[0-9a-f]{8}$/);
    }
  });

  it("is notified, each time, that the incident is already contained", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const before = world.changes.length;
    for (const _ of [1, 2]) {
      expect(answered(await world.answer(asked))).to.deep.equal({
        outcome: "notified",
        reason: `Incident ${id} is already contained: nothing is left to do`,
        incident: id,
      });
    }
    expect(world.changes).to.have.lengthOf(before);
    expect(world.notices.map(({ subject }) => subject.slice(0, 30))).to.deep.equal([
      "[Cordon] Isolated: i-0a1b2c3d4",
      "[Cordon] Review required, no c",
      "[Cordon] Review required, no c",
    ]);
  });

  it("is notified that it is not done for a sample where those are logged, nor is a dry run", async () => {
    const policy = { sampleFindings: "log" } as const;
    const requestedAt = "2026-11-20T10:20:00Z";
    for (const dryRun of [{}, { dryRun: true }] as const) {
      const world = new SimulatedWorld(builders.standardAccount());
      const sample = builders.incident({ sample: true, requestedAt, ...dryRun });
      expect(answered(await world.answer(sample, { policy }))).to.deep.equal({
        outcome: "notified",
        reason: "This is a sample finding, and this stage only logs samples",
      });
      expect([world.changes, world.items]).to.deep.equal([[], {}]);
      expect(world.notices).to.have.lengthOf(1);
    }
  });
});

describe("a playbook that asks first by the policy [C1]", () => {
  const stage = builders.stagePolicy({ playbooks: { "contain-instance": { response: "ask" } } });
  const policy = { stage };

  it("is announced although a person has seen the same plan in a dry run", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const requestedAt = "2026-11-20T10:04:00Z";
    await world.answer(builders.incident({ requestedAt, dryRun: true }), { policy });
    expect(answered(await world.answer(incident, { policy })).outcome).to.equal(
      "awaiting-approval",
    );
    expect(world.notices).to.have.lengthOf(2);
  });

  it("records and announces the plan once, and changes nothing", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    for (const isRepeated of [false, true]) {
      expect(answered(await world.answer(incident, { policy }))).to.deep.equal({
        outcome: "awaiting-approval",
        reason: "A responder must approve the plan",
        incident: id,
        ...(isRepeated && { isRepeated }),
      });
    }
    expect(world.changes).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.subject).to.match(
      /^\[Cordon\] URGENT Approval required: no change made/,
    );
    expect(world.items[id]).to.deep.include({ status: "planned", leaseUntil: 0 });
  });

  describe("and that a responder requests after the plan was announced [C5] [R3]", () => {
    const request = (requestedAt: string) => builders.incident({ requestedAt });
    /** A minute after the plan. */
    const later = "2026-11-20T10:06:00Z";

    it("is carried out, and the journal says why", async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      await world.answer(incident, { policy });
      expect(answered(await world.answer(request(later), { policy })).outcome).to.equal(
        "contained",
      );
      expect(world.items[id]).to.deep.include({ status: "contained" });
      expect(world.items[id]?.record.reasons[0]).to.equal(
        "A responder requested it after the plan of 2026-11-20T10:05:00.000Z was announced, which approves it",
      );
    });

    it("waits where the same request had the plan made, and comes a second time", async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const first = request("2026-11-20T10:04:00Z");
      for (const _ of [1, 2]) {
        expect(answered(await world.answer(first, { policy })).outcome).to.equal(
          "awaiting-approval",
        );
      }
      expect(world.changes).to.deep.equal([]);
    });

    it("waits again where the plan is another one by now", async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      await world.answer(incident, { policy });
      const { state } = world;
      const [name = ""] = Object.keys(state.interfaces);
      state.interfaces[name] = { ...state.interfaces[name]!, groups: ["sg-0123456789abcdef0"] };
      expect(answered(await world.answer(request(later), { policy })).outcome).to.equal(
        "awaiting-approval",
      );
      expect(world.changes).to.deep.equal([]);
      expect(world.notices).to.have.lengthOf(2);
    });

    it("waits in a dry run", async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      await world.answer(incident, { policy });
      const dry = { policy: { mode: "dry-run", stage } } as const;
      expect(answered(await world.answer(request(later), dry)).outcome).to.equal("dry-run");
      expect(world.changes).to.deep.equal([]);
    });
  });
});

describe("a finding that cannot lead to action [R11]", () => {
  for (const [what, finding] of [
    ["is of medium severity", { severity: 5 }],
    ["is of what an outsider began", builders.byOutsider],
  ] as const) {
    it(`reads nothing of the account: it ${what}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const ending = await world.answer(builders.incident(finding));
      expect(answered(ending).outcome).to.equal("notified");
      // The look-up in the organization is the security account's own.
      expect(ending.calls.map(({ method }) => method)).to.deep.equal([
        "organization.account",
        "journal.find",
        "journal.find",
        "topic.publish",
      ]);
      expect(world.sessions).to.deep.equal([]);
    });
  }
});

describe("a response without permission or certainty [D6] [C3]", () => {
  it("refuses another organization's account without reading from it", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, { account: () => undefined });
    expect(answered(ending)).to.deep.equal({
      outcome: "refused",
      reason: `Account ${builders.account} is not in the organization`,
    });
    expect(ending.calls.map((call) => call.method)).to.deep.equal(["organization.account"]);
  });

  it("notifies at once when reading is refused, and changes nothing", async () => {
    for (const method of [
      "compute.instance",
      "journal.find",
      "organization.account",
      "register.entries",
    ]) {
      const world = new SimulatedWorld(builders.standardAccount());
      const ending = await world.answer(incident, {
        fault: (call) =>
          call.method === method ? new AwsError("AccessDenied", "You may not") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("notified");
      expect(answered(ending).reason, method).to.match(
        /^(Reading|Looking up) .+ failed: AccessDenied: You may not$/,
      );
      expect(world.changes, method).to.deep.equal([]);
      expect(world.notices, method).to.have.lengthOf(1);
    }
  });

  it("fails the message while a read may still succeed, and notifies at the last delivery", async () => {
    for (const method of [
      "compute.instance",
      "journal.find",
      "organization.account",
      "register.entries",
    ]) {
      const world = new SimulatedWorld(builders.standardAccount());
      const fault = (call: LoggedCall) =>
        call.method === method ? new AwsError("ServiceUnavailable", "Later") : undefined;
      for (let delivery = 1; delivery < lastDelivery; delivery++) {
        const ending = await world.answer(incident, { fault, delivery });
        expect(ending.kind === "failed" && ending.error.name, method).to.equal(
          "ServiceUnavailable",
        );
        expect(world.notices, method).to.deep.equal([]);
      }
      const last = await world.answer(incident, { fault, delivery: lastDelivery });
      expect(answered(last).outcome, method).to.equal("notified");
      expect(world.notices, method).to.have.lengthOf(1);
      expect(world.changes, method).to.deep.equal([]);
    }
  });

  it("changes nothing of an instance whose interfaces AWS manages, and notifies once an hour", async () => {
    const state = builders.standardAccount();
    for (const each of Object.values(state.interfaces)) each.managed = true;
    const world = new SimulatedWorld(state);
    for (const [minutes, outcome] of [
      [15, "notified"],
      [60, "duplicate"],
      [0, "notified"],
    ] as const) {
      expect(answered(await world.answer(incident))).to.include({
        outcome,
        reason: `AWS manages every interface of ${builders.instanceId} and refuses changes to their groups, so Cordon cannot isolate it`,
      });
      world.pass(minutes * 60_000);
    }
    expect(world.changes).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(2);
    expect(world.notices[1]?.text).to.include(
      `aws ec2 create-snapshots --instance-specification InstanceId=${builders.instanceId} --region eu-central-1`,
    );
  });

  it("says that the target is missing, and looks at nothing else of it", async () => {
    const world = new SimulatedWorld({
      ...builders.standardAccount(),
      instances: {},
      interfaces: {},
    });
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "target-missing",
      reason: `The instance ${builders.instanceId} does not exist`,
    });
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] Target missing/);
  });

  it("leaves a terminated instance, whose attributes EC2 no longer returns", async () => {
    const state = builders.standardAccount();
    state.instances[builders.instanceId]!.state = "terminated";
    const world = new SimulatedWorld({ ...state, interfaces: {} });
    expect(answered(await world.answer(incident)).outcome).to.equal("notified");
    expect(world.changes).to.deep.equal([]);
  });

  it("does not read from a region that is not governed", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = await world.answer(incident, { policy: { governedRegions: ["us-east-1"] } });
    expect(answered(ending).outcome).to.equal("notified");
    expect(world.log).to.deep.equal([]);
  });

  it("only logs what is below severity 4", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const ending = answered(await world.answer(builders.incident({ severity: 3.9 })));
    expect(ending).to.deep.equal({ outcome: "logged", reason: "Severity 3.9 is below 4" });
    expect([world.log, world.notices]).to.deep.equal([[], []]);
  });
});

const denial = {
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

describe("the response to old news [C2]", () => {
  const seenAt = (lastSeen: string, sentAt = lastSeen) =>
    builders.incident({ lastSeen, report: { sentAt, region: builders.region, updatedAt: sentAt } });
  const asked = (world: { readonly calls: readonly LoggedCall[] }) =>
    world.calls.filter(({ method }) => method === "guardduty.currency").length;

  // The world's clock says 2026-11-20T10:05.
  const days: readonly (readonly [string, ReturnType<typeof seenAt>])[] = [
    ["a dead letter that is sent again 13 days later", seenAt("2026-11-07T10:00:00.000Z")],
    [
      "a new event about activity of two days ago",
      seenAt("2026-11-18T10:00:00.000Z", "2026-11-20T10:04:00.000Z"),
    ],
    [
      "an event of two days ago with newer activity, which no clock explains",
      seenAt("2026-11-20T10:00:00.000Z", "2026-11-18T10:00:00.000Z"),
    ],
    ["a finding whose time cannot be read", seenAt("yesterday", "2026-11-20T10:04:00.000Z")],
  ];
  for (const [what, old] of days) {
    it(`notifies, changes nothing, and reads neither GuardDuty nor the target: ${what}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const run = await world.answer(old);
      expect(answered(run).outcome).to.equal("notified");
      expect(answered(run).reason).to.match(/^The finding is more than a day old: /);
      expect(run.calls.map(({ method }) => method)).to.have.members([
        "organization.account",
        "journal.find",
        "journal.find",
        "topic.publish",
      ]);
      expect(world.notices[0]?.text).to.include("request the response in Security Hub");
    });
  }

  for (const [currency, outcome] of [
    ["current", "contained"],
    ["archived", "notified"],
    ["updated", "notified"],
    ["missing", "notified"],
  ] as const) {
    it(`asks GuardDuty about a finding of two hours: ${currency} means ${outcome}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const run = await world.answer(seenAt("2026-11-20T08:05:00.000Z"), { currency });
      expect([answered(run).outcome, asked(run)]).to.deep.equal([outcome, 1]);
      if (outcome === "notified") expect(world.changes.map(({ method }) => method)).to.be.empty;
    });
  }

  it("does not ask about a finding of an hour", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const run = await world.answer(seenAt("2026-11-20T09:05:00.000Z"), { currency: "archived" });
    expect([answered(run).outcome, asked(run)]).to.deep.equal(["contained", 0]);
  });

  it("changes nothing while GuardDuty cannot be asked: at once where it refuses, else in the end", async () => {
    const old = seenAt("2026-11-20T08:05:00.000Z");
    const failing = (error: Error) => (call: LoggedCall) =>
      call.method === "guardduty.currency" ? error : undefined;
    const refused = new SimulatedWorld(builders.standardAccount());
    const fault = failing(new AwsError("AccessDeniedException", "no"));
    const { outcome, reason } = answered(await refused.answer(old, { fault }));
    expect(outcome).to.equal("notified");
    expect(reason).to.match(
      /^The finding is more than an hour old, and asking GuardDuty .* failed/,
    );
    const slow = new SimulatedWorld(builders.standardAccount());
    const late = { fault: failing(new AwsError("InternalServerErrorException", "later")) };
    expect((await slow.answer(old, late)).kind).to.equal("failed");
    expect(slow.notices).to.be.empty;
    const last = answered(await slow.answer(old, { ...late, delivery: lastDelivery }));
    expect(last.outcome).to.equal("notified");
    expect([...refused.changes, ...slow.changes].map(({ method }) => method)).to.be.empty;
  });

  it("keeps contained what is contained, however old the finding is by now", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    answered(await world.answer(incident));
    world.pass(3 * 24 * 60 * 60_000);
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    const run = await world.watch(builders.incidentKey, { currency: "archived" });
    expect([answered(run).outcome, asked(run)]).to.deep.equal(["contained", 0]);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("answers a responder's request whatever the finding's age", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const requestedAt = "2026-11-20T10:04:00.000Z";
    const old = builders.incident({ lastSeen: "2026-10-01T10:00:00.000Z", requestedAt });
    const run = await world.answer(old, { currency: "archived" });
    expect([answered(run).outcome, asked(run)]).to.deep.equal(["contained", 0]);
  });
});

/** Changes that AWS confirmed and that are gone when the response reads them back. */
const silent: Record<
  string,
  {
    /** A call after the change. */
    call: (call: LoggedCall) => boolean;
    undo: (state: AccountState) => void;
    inEffect: (state: AccountState) => boolean;
  }
> = {
  "an interface": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      state.interfaces["eni-02"]!.groups = ["sg-data"];
    },
    inEffect: (state) => state.interfaces["eni-02"]?.groups[0] === "sg-quarantine",
  },
  "a role policy": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      delete state.roles.web!.policies[`Cordon-${id}-5eed0001`];
    },
    inEffect: (state) => state.roles.web?.policies[`Cordon-${id}-5eed0001`] !== undefined,
  },
  "a target": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      state.targetGroups[builders.targetGroupArn]!.targets = [
        { instance: builders.instanceId, port: 8080 },
      ];
    },
    inEffect: (state) => state.targetGroups[builders.targetGroupArn]?.targets.length === 0,
  },
  "a tag": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      delete state.instances[builders.instanceId]!.tags.SecurityStatus;
    },
    inEffect: (state) =>
      state.instances[builders.instanceId]?.tags.SecurityStatus === "Quarantined",
  },
};

function everything(cidr: string) {
  return { protocol: "-1", peer: { cidr } };
}

/** What a session may change, whatever else it may read. */
function changesOf({ statements }: SimulatedWorld["sessions"][number]): readonly string[] {
  const actions = statements.flatMap((statement) => statement.actions);
  return [...new Set(actions)].filter((action) => !/:(Describe|Get|List)/.test(action)).sort();
}
