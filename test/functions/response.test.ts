import { expect } from "chai";
import { catalogue } from "../../functions/catalogue";
import { LeaseHeld } from "../../functions/record/journal";
import { PartialContainment } from "../../functions/response";
import type { Tier } from "../../functions/verdict";
import * as builders from "../support/builders";
import { answered, Estate, type Fate, lastDelivery } from "../support/life";
import { type AccountState, AwsError, type LoggedCall } from "../support/memory-account";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const untrack = "sg-00000000000000006";

describe("the response to the standard instance", () => {
  it("makes exactly these changes, stage by stage", async () => {
    const world = new Estate(builders.standardAccount());
    const ending = answered(await world.answer(incident));
    expect(ending).to.deep.equal({
      outcome: "contained",
      reason: "Severity 8 is at least 7, the resource acted, and nothing speaks against it",
      incident: id,
    });
    const calls = world.changes.map(({ method, args }) => [method, ...args]);
    const stages = [calls.slice(0, 9), calls.slice(9, 14), calls.slice(14, 20), calls.slice(20)];
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
        ["identity.putRolePolicy", "web", `Cordon-${id}`, denial],
        ["scaling.detach", builders.instanceId, "web-asg"],
        ["balancing.deregisterTarget", builders.targetGroupArn, builders.instanceId, 8080],
        ["balancing.deregisterFromLoadBalancer", "web-classic", builders.instanceId],
      ]),
      sorted([
        ["network.setGroups", "eni-01", ["sg-quarantine"]],
        ["network.setGroups", "eni-02", ["sg-quarantine"]],
        ["network.createGroup", "vpc-01", `cordon-untrack-${id}`, { cordon: "untrack" }],
        ["network.authorize", untrack, "ingress", [everything("0.0.0.0/0"), everything("::/0")]],
        // A new group allows all IPv4 egress by itself.
        ["network.authorize", untrack, "egress", [everything("::/0")]],
      ]),
      sorted([
        ["network.setGroups", "eni-01", [untrack]],
        ["network.setGroups", "eni-01", ["sg-quarantine"]],
        ["compute.setTags", "eni-01", { CordonConnectionsCut: id }],
        ["network.setGroups", "eni-02", [untrack]],
        ["network.setGroups", "eni-02", ["sg-quarantine"]],
        ["compute.setTags", "eni-02", { CordonConnectionsCut: id }],
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
        ["network.setGroups", ["sg-quarantine"]],
        ["network.setGroups", [untrack]],
        ["network.setGroups", ["sg-quarantine"]],
        ["compute.setTags", { CordonConnectionsCut: id }],
      ]);
    }
  });

  it("changes nothing before the journal holds the plan with every before-value", async () => {
    const world = new Estate(builders.standardAccount());
    const { calls } = await world.answer(incident);
    const begin = calls.findIndex((call) => call.method === "journal.begin");
    expect(calls.slice(0, begin).filter((call) => call.mutating)).to.deep.equal([]);
    expect(calls.slice(begin + 1).some((call) => call.mutating)).to.equal(true);
  });

  it("reads back every lasting step before it says so", async () => {
    const world = new Estate(builders.standardAccount());
    const { calls } = await world.answer(incident);
    const last = calls.findLastIndex((call) => call.method === "network.deleteGroup");
    const published = calls.findIndex((call) => call.method === "topic.publish");
    const reads = calls.slice(last + 1, published).map((call) => call.method);
    expect(reads.filter((method) => method !== "sts.assume").sort()).to.deep.equal(
      [
        ...["balancing.classicLoadBalancersOf", "balancing.registeredPorts"],
        ...["compute.attribute", "compute.attribute", "compute.attribute"],
        ...["compute.instance", "compute.instance", "compute.snapshottedVolumes"],
        ...["identity.rolePolicy", "network.group"],
        // Each interface twice: for its group, and for its connections.
        ...Array.from({ length: 4 }, () => "network.networkInterface"),
        "scaling.groupOf",
      ].sort(),
    );
    expect(calls.at(-1)?.method).to.equal("journal.finish");
  });

  it("repairs once what did not take effect, and then stands verified", async () => {
    for (const [name, lose] of Object.entries(silent)) {
      const world = new Estate(builders.standardAccount());
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
      expect(lose.stands(world.state), name).to.equal(true);
    }
  });

  it("does not say contained while a step will not stand", async () => {
    const world = new Estate(builders.standardAccount());
    const ending = await world.answer(incident, {
      // Somebody takes the termination protection away as fast as it is set.
      fault: (call) => {
        if (call.method === "compute.attribute") {
          world.state.instances[builders.instanceId]!.attributes.disableApiTermination = false;
        }
        return undefined;
      },
    });
    expect(ending.kind === "failed" && ending.error.message).to.equal(
      `Incident ${id} is contained in part: set-instance-attribute: Error: set disableApiTermination of ${builders.instanceId} to true: applied, but it does not stand`,
    );
    expect(world.items[id]?.status).to.equal("containing");
  });

  it("isolates after ten seconds although a snapshot still runs, and waits for it in the end", async () => {
    const world = new Estate(builders.standardAccount());
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

  it("keeps a release from restoring what others changed since", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    world.state.interfaces["eni-01"]!.groups = ["sg-data"];
    const report = answered(await world.release(id));
    expect(report).to.deep.include({
      outcome: "released-in-part",
      drifted: [
        {
          what: "eni-01: sg-admin, sg-web → quarantine only",
          why: "someone changed it after the containment",
          manual: "Set the security groups of eni-01 back to sg-admin, sg-web.",
        },
      ],
      problems: [],
    });
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-data"]);
    expect(world.state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-data"]);
  });

  it("narrows a session for each step, and asks for the release role's only to release", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    // Sixteen steps, each with its own session.
    expect(world.sessions.filter((each) => each.family === undefined)).to.have.lengthOf(16);
    expect(new Set(world.sessions.map((each) => JSON.stringify(each.statements))).size).to.equal(
      16,
    );
    await world.release(id);
    // Less the snapshots and the removal of the untrack group, which stay as they are.
    expect(world.sessions.filter((each) => each.family === "instance")).to.have.lengthOf(14);
  });
});

describe("a release", () => {
  it("restores the instance, newest change first, with exactly these calls", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    const before = world.changes.length;
    await world.release(id);
    const calls = world.changes.slice(before).map(({ method, args }) => [method, ...args]);
    expect([
      calls.slice(0, 2),
      calls.slice(2, 4),
      calls.slice(4, 6),
      sorted(calls.slice(6)),
    ]).to.deep.equal([
      [
        [
          "compute.removeTags",
          builders.instanceId,
          [
            "QuarantinedAt",
            "CordonIncident",
            "GuardDutyFindingId",
            "GuardDutyFindingType",
            "OriginalSecurityGroups",
          ],
        ],
        [
          "compute.setTags",
          builders.instanceId,
          { SecurityStatus: "Restored", RestoredAt: "2026-11-20T10:05:00.000Z" },
        ],
      ],
      [
        ["compute.removeTags", "eni-01", ["CordonConnectionsCut"]],
        ["compute.removeTags", "eni-02", ["CordonConnectionsCut"]],
      ],
      [
        ["network.setGroups", "eni-01", ["sg-admin", "sg-web"]],
        ["network.setGroups", "eni-02", ["sg-data"]],
      ],
      sorted([
        ["compute.setAttribute", builders.instanceId, "disableApiTermination", false],
        ["compute.setAttribute", builders.instanceId, "disableApiStop", false],
        [
          "compute.setAttribute",
          builders.instanceId,
          "instanceInitiatedShutdownBehavior",
          "terminate",
        ],
        ["compute.setDeleteOnTermination", builders.instanceId, ["/dev/xvda"], true],
        ["identity.deleteRolePolicy", "web", `Cordon-${id}`],
        ["scaling.attach", builders.instanceId, "web-asg"],
        ["balancing.registerTarget", builders.targetGroupArn, builders.instanceId, 8080],
        ["balancing.registerWithLoadBalancer", "web-classic", builders.instanceId],
      ]),
    ]);
    expect(world.items[id]?.status).to.equal("released");
    expect(Object.values(world.items[id]?.marks ?? {}).sort()).to.deep.equal([
      ...Array.from({ length: 2 }, () => "kept"),
      ...Array.from({ length: 14 }, () => "restored"),
    ]);
  });

  it("restores the rest when one step is refused, and finishes when it is run again", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    world.state.scalingGroups["web-asg"]!.max = 1;
    expect(answered(await world.release(id))).to.deep.include({
      outcome: "unfinished",
      problems: [
        {
          what: `detach ${builders.instanceId} from Auto Scaling group web-asg, which starts a replacement`,
          why: "ValidationError: web-asg would exceed its maximum 1",
          manual: `Attach ${builders.instanceId} to Auto Scaling group web-asg; raise the group's maximum first if it is reached.`,
        },
      ],
    });
    expect(world.items[id]).to.deep.include({ status: "releasing", leaseUntil: 0 });
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-admin", "sg-web"]);
    world.state.scalingGroups["web-asg"]!.max = 2;
    expect(answered(await world.release(id))).to.deep.include({
      outcome: "released",
      drifted: [],
      problems: [],
    });
  });

  it("tells people before it closes the journal", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    const { calls } = await world.release(id);
    expect(calls.slice(-2).map((call) => call.method)).to.deep.equal([
      "topic.publish",
      "journal.finish",
    ]);
    expect(world.notices.at(-1)?.subject).to.equal(
      `[Cordon] Released: ${builders.instanceId} (${id})`,
    );
  });

  const refusals: readonly (readonly [
    string,
    string,
    RegExp,
    (world: Estate) => Promise<unknown>,
  ])[] = [
    ["a name that is none", "i-1", /^"i-1" is no incident id/, async () => {}],
    ["an unknown incident", id, /^The journal has no incident/, async () => {}],
    [
      "a plan that was only announced",
      id,
      /was only planned/,
      (world) => world.answer(incident, { policy: { mode: "dry-run" } }),
    ],
    [
      "an incident that was released",
      id,
      /was released at 2026-11-20T10:05:00.000Z$/,
      async (world) => {
        await world.answer(incident);
        await world.release(id);
      },
    ],
    [
      "an incident of which a newer epoch stands",
      id,
      /the newest is f306fc2273fcd649-2$/,
      async (world) => {
        await world.answer(incident);
        await world.release(id);
        await world.answer(builders.incident({ lastSeen: "2026-11-20T11:00:00.000Z" }));
      },
    ],
    [
      "an incident on which another run works",
      id,
      /^Another run works on f306fc2273fcd649-1; try again in three minutes$/,
      async (world) => {
        await world.answer(incident, { death: { at: 40, when: "after" } });
      },
    ],
  ];
  for (const [what, name, reason, before] of refusals) {
    it(`refuses ${what} and changes nothing`, async () => {
      const world = new Estate(builders.standardAccount());
      await before(world);
      const { length } = world.changes;
      const report = answered(await world.release(name));
      expect(report.outcome).to.equal("refused");
      expect(report.outcome === "refused" && report.reason).to.match(reason);
      expect(world.changes).to.have.lengthOf(length);
    });
  }
});

describe("a finding that comes again", () => {
  it("is a duplicate while the incident is contained", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    const { length } = world.changes;
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "duplicate",
      reason: `Incident ${id} is contained`,
      incident: id,
    });
    expect([world.changes.length, world.notices.length]).to.deep.equal([length, 1]);
  });

  it("is a duplicate although AWS manages one of the interfaces", async () => {
    const state = builders.standardAccount();
    state.interfaces["eni-02"]!.managed = true;
    const world = new Estate(state);
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(answered(await world.answer(incident)).outcome).to.equal("duplicate");
  });

  it("tells people when someone has taken the instance out of quarantine, and leaves it", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    world.state.interfaces["eni-02"]!.groups = ["sg-data"];
    const { length } = world.changes;
    const ending = answered(await world.answer(incident));
    expect(ending.outcome).to.equal("notified");
    expect(ending.reason).to.match(/someone has taken the resource out of quarantine since$/);
    expect(world.changes).to.have.lengthOf(length);
    expect(world.notices).to.have.lengthOf(2);
  });

  it("is a duplicate while a release is unfinished, however far it came", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    world.state.scalingGroups["web-asg"]!.max = 1;
    expect(answered(await world.release(id)).outcome).to.equal("unfinished");
    const { length } = world.changes;
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "duplicate",
      reason: `Incident ${id} is releasing`,
      incident: id,
    });
    expect(world.changes).to.have.lengthOf(length);
  });

  it("tells people after a release, and contains in a new epoch only on newer activity", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident);
    await world.release(id);
    expect(answered(await world.answer(incident)).reason).to.equal(
      "People released this incident at 2026-11-20T10:05:00.000Z, and the finding shows nothing newer",
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

describe("twenty answers at once", () => {
  it("make one set of changes: the others fail with LeaseHeld and are duplicates later", async () => {
    const alone = new Estate(builders.standardAccount());
    await alone.answer(incident);
    const world = new Estate(builders.standardAccount());
    const endings = await Promise.all(Array.from({ length: 20 }, () => world.answer(incident)));
    const failed = endings.filter((ending) => ending.kind === "failed");
    expect(endings.filter((ending) => ending.kind === "answered")).to.have.lengthOf(1);
    expect(failed.map((ending) => ending.error instanceof LeaseHeld)).to.deep.equal(
      Array.from({ length: 19 }, () => true),
    );
    expect(world.changes).to.deep.equal(alone.changes);
    expect(world.notices).to.have.lengthOf(1);
    for (const _ of failed) {
      expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("duplicate");
    }
    expect(world.changes).to.deep.equal(alone.changes);
  });

  it("leave it to the lease when the one that began dies", async () => {
    const world = new Estate(builders.standardAccount());
    await world.answer(incident, { death: { at: 50, when: "after" } });
    const early = await world.answer(incident, { delivery: 2 });
    expect(early.kind === "failed" && early.error).to.be.instanceOf(LeaseHeld);
    world.outlastLease();
    const endings = await Promise.all([1, 2, 3].map(() => world.answer(incident, { delivery: 3 })));
    expect(endings.map((ending) => ending.kind).sort()).to.deep.equal([
      "answered",
      "failed",
      "failed",
    ]);
    expect(world.state.snapshots).to.have.lengthOf(2);
  });

  it("do not let a run that outlived its lease close the incident", async () => {
    const world = new Estate(builders.standardAccount());
    let resumed: Promise<unknown> | undefined;
    const slow = await world.answer(incident, {
      slow: (call) => call.method === "topic.publish",
      // As it reports, its lease runs out and another run takes over.
      fault: (call) => {
        if (call.method === "topic.publish" && resumed === undefined) {
          world.outlastLease();
          resumed = world.answer(incident, { delivery: 2 });
        }
        return undefined;
      },
    });
    await resumed;
    expect(slow.kind === "failed" && slow.error).to.be.instanceOf(LeaseHeld);
    expect(world.items[id]).to.deep.include({ status: "contained", runner: "run-2" });
  });
});

describe("a dry run", () => {
  const policy = { mode: "dry-run" } as const;

  it("records and announces the plan once, and changes nothing", async () => {
    const world = new Estate(builders.standardAccount());
    const before = structuredClone(world.state);
    for (const delivery of [1, 1, 1]) {
      expect(answered(await world.answer(incident, { policy, delivery }))).to.deep.equal({
        outcome: "dry-run",
        reason: "This deployment runs in dry-run mode",
        incident: id,
      });
      world.outlastLease();
    }
    expect(world.state).to.deep.equal(before);
    expect(world.changes).to.deep.equal([]);
    expect(world.sessions).to.deep.equal([]);
    expect(world.notices.map((notice) => notice.subject)).to.deep.equal([
      `[Cordon] Dry run: nothing was changed: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
    ]);
    expect(world.items[id]).to.deep.include({ status: "planned", leaseUntil: 0, marks: {} });
  });

  it("replaces and announces the plan again when the facts change", async () => {
    const world = new Estate(builders.standardAccount());
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
    const world = new Estate(builders.standardAccount());
    await world.answer(incident, { policy });
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    await world.release(id);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-web"]);
  });
});

describe("a playbook that needs approval", () => {
  // No playbook does yet: the tier is set for these tests alone.
  const entry = catalogue["contain-instance"] as { tier: Tier };
  before(() => {
    entry.tier = "approve";
  });
  after(() => {
    entry.tier = "auto";
  });

  it("records and announces the plan once, and changes nothing", async () => {
    const world = new Estate(builders.standardAccount());
    for (const _ of [1, 2]) {
      expect(answered(await world.answer(incident))).to.deep.equal({
        outcome: "awaiting-approval",
        reason: "A person must approve first",
        incident: id,
      });
    }
    expect(world.changes).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.subject).to.match(
      /^\[Cordon\] Waiting for approval: nothing was changed/,
    );
    expect(world.items[id]).to.deep.include({ status: "planned", leaseUntil: 0 });
  });
});

describe("a response without permission or certainty", () => {
  it("refuses another organization's account without reading from it", async () => {
    const world = new Estate(builders.standardAccount());
    const ending = await world.answer(incident, { account: () => undefined });
    expect(answered(ending)).to.deep.equal({
      outcome: "refused",
      reason: `Account ${builders.account} is not in the organization`,
    });
    expect(ending.calls.map((call) => call.method)).to.deep.equal(["organization.account"]);
  });

  it("tells people at once when reading is refused, and changes nothing", async () => {
    for (const method of ["compute.instance", "journal.find", "organization.account"]) {
      const world = new Estate(builders.standardAccount());
      const ending = await world.answer(incident, {
        fault: (call) =>
          call.method === method ? new AwsError("AccessDenied", "You may not") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("notified");
      expect(answered(ending).reason, method).to.match(
        /could not be (read|looked up): AccessDenied: You may not$/,
      );
      expect(world.changes, method).to.deep.equal([]);
      expect(world.notices, method).to.have.lengthOf(1);
    }
  });

  it("fails the message while a read may still succeed, and tells people at the last delivery", async () => {
    for (const method of ["compute.instance", "journal.find", "organization.account"]) {
      const world = new Estate(builders.standardAccount());
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

  it("says that the target is missing, and looks at nothing else of it", async () => {
    const world = new Estate({ ...builders.standardAccount(), instances: {}, interfaces: {} });
    expect(answered(await world.answer(incident))).to.deep.equal({
      outcome: "target-missing",
      reason: `There is no instance ${builders.instanceId} there`,
    });
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] Target missing/);
  });

  it("leaves a terminated instance, whose attributes EC2 does not tell any more", async () => {
    const state = builders.standardAccount();
    state.instances[builders.instanceId]!.state = "terminated";
    const world = new Estate({ ...state, interfaces: {} });
    expect(answered(await world.answer(incident)).outcome).to.equal("notified");
    expect(world.changes).to.deep.equal([]);
  });

  it("does not read from a region that is not governed", async () => {
    const world = new Estate(builders.standardAccount());
    const ending = await world.answer(incident, { policy: { governedRegions: ["us-east-1"] } });
    expect(answered(ending).outcome).to.equal("notified");
    expect(world.log).to.deep.equal([]);
  });

  it("only logs what is below severity 4", async () => {
    const world = new Estate(builders.standardAccount());
    const ending = answered(await world.answer(builders.incident({ severity: 3.9 })));
    expect(ending).to.deep.equal({ outcome: "logged", reason: "Severity 3.9 is below 4" });
    expect([world.log, world.notices]).to.deep.equal([[], []]);
  });
});

describe("a call that fails once", () => {
  const kinds: readonly (readonly [string, Omit<Fate, "fault">, Error])[] = [
    ["with throttling", {}, new AwsError("RequestLimitExceeded", "Request limit exceeded.")],
    ["with a lost reply", { lost: true }, new AwsError("TimeoutError", "socket hang up")],
  ];
  for (const [how, fate, error] of kinds) {
    for (const make of [builders.standardAccount, builders.youngAccount]) {
      it(`${how} ends contained after a redelivery at the latest, ${make.name}`, async () => {
        const { calls } = await new Estate(make()).answer(incident);
        for (const at of calls.keys()) {
          const world = new Estate(make());
          const where = `${at + 1} ${calls[at]?.method}`;
          const fault = (_call: LoggedCall, number: number) =>
            number === at + 1 ? error : undefined;
          const first = await world.answer(incident, { ...fate, fault });
          // Whatever failed, a run that ends leaves no interface open.
          expect(openInterfaces(world.state), where).to.deep.equal([]);
          let ending = first;
          if (first.kind === "failed") {
            // The queue hides a failed message for no shorter than the lease.
            world.outlastLease();
            ending = await world.answer(incident, { delivery: 2 });
          }
          expect(answered(ending).outcome, where).to.be.oneOf(["contained", "duplicate"]);
          expect(world.items[id]?.status, where).to.equal("contained");
          expect(
            Object.values(world.state.interfaces).map(
              (each) => world.state.groups[each.groups[0]!]?.name,
            ),
            where,
          ).to.deep.equal(["cordon-quarantine", "cordon-quarantine"]);
          expect(world.state.snapshots, where).to.have.lengthOf(2);
          expect(
            Object.values(world.state.groups).filter((group) =>
              group.name.startsWith("cordon-untrack"),
            ),
            where,
          ).to.deep.equal([]);
          expect(world.notices.length, where).to.be.at.least(1);
        }
      });
    }
  }

  it("with a lost reply is not taken for a failure where one look tells that it took effect", async () => {
    const once = [
      "compute.snapshotVolumes",
      "compute.setAttribute",
      "compute.setDeleteOnTermination",
      "identity.putRolePolicy",
      "scaling.detach",
      "balancing.deregisterTarget",
      "balancing.deregisterFromLoadBalancer",
      "network.deleteGroup",
    ];
    for (const method of once) {
      const world = new Estate(builders.standardAccount());
      const ending = await world.answer(incident, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending).outcome, method).to.equal("contained");
      expect(world.state.snapshots, method).to.have.lengthOf(2);
    }
  });

  for (const [how, fate, error] of kinds) {
    it(`${how} during a release is mended by running it again`, async () => {
      const model = new Estate(builders.standardAccount());
      await model.answer(incident);
      const { calls } = await model.release(id);
      for (const at of calls.keys()) {
        const world = new Estate(builders.standardAccount());
        await world.answer(incident);
        const where = `${at + 1} ${calls[at]?.method}`;
        const fault = (_call: LoggedCall, number: number) =>
          number === at + 1 ? error : undefined;
        await world.release(id, { ...fate, fault });
        world.outlastLease();
        const report = answered(await world.release(id));
        if (report.outcome === "refused") expect(report.reason, where).to.match(/was released at/);
        else expect(report.outcome, where).to.equal("released");
        expect(world.state.interfaces["eni-01"]?.groups, where).to.deep.equal([
          "sg-admin",
          "sg-web",
        ]);
        expect(world.items[id]?.status, where).to.equal("released");
      }
    });
  }
});

describe("a step that always fails", () => {
  const error = new AwsError("AccessDenied", "You may not");
  interface Case {
    readonly step: string;
    readonly fails: (call: LoggedCall) => boolean;
    /** What the notice says: the step as a person would do it, and why it was not done. */
    readonly says: string;
    readonly make?: () => AccountState;
    /** The failing step is isolation itself: so much of it stands nevertheless. */
    readonly quarantined?: readonly string[];
    /** Steps that wait for it. */
    readonly waiting?: number;
  }
  const on =
    (method: string, ...args: unknown[]) =>
    (call: LoggedCall) =>
      call.method === method && args.every((arg, n) => arg === undefined || call.args[n] === arg);
  const cases: readonly Case[] = [
    {
      step: "snapshot-volumes",
      fails: on("compute.snapshotVolumes"),
      says: `snapshot 2 volume(s) of ${builders.instanceId} as one set`,
    },
    ...(["disableApiTermination", "disableApiStop"] as const).map((attribute) => ({
      step: "set-instance-attribute",
      fails: on("compute.setAttribute", undefined, attribute),
      says: `set ${attribute} of ${builders.instanceId} to true`,
    })),
    {
      step: "set-instance-attribute",
      fails: on("compute.setAttribute", undefined, "instanceInitiatedShutdownBehavior"),
      says: `set instanceInitiatedShutdownBehavior of ${builders.instanceId} to stop`,
    },
    {
      step: "keep-volumes",
      fails: on("compute.setDeleteOnTermination"),
      says: `keep 1 volume(s) of ${builders.instanceId} on termination`,
    },
    {
      step: "deny-instance-credentials",
      fails: on("identity.putRolePolicy"),
      says: `deny role web for sessions issued to ${builders.instanceId} only`,
    },
    {
      step: "detach-from-group",
      fails: on("scaling.detach"),
      says: `detach ${builders.instanceId} from Auto Scaling group web-asg, which starts a replacement`,
    },
    {
      step: "deregister-target",
      fails: on("balancing.deregisterTarget"),
      says: `deregister ${builders.instanceId} from target group web, port 8080`,
    },
    {
      step: "deregister-from-load-balancer",
      fails: on("balancing.deregisterFromLoadBalancer"),
      says: `deregister ${builders.instanceId} from load balancer web-classic`,
    },
    {
      step: "quarantine-interface",
      fails: on("network.setGroups", "eni-02"),
      says: "eni-02: sg-data → quarantine only",
      quarantined: ["eni-01"],
      waiting: 4,
    },
    {
      step: "provide-untrack-group",
      fails: on("network.createGroup"),
      says: `make the untrack group cordon-untrack-${id} in vpc-01`,
      waiting: 4,
    },
    {
      step: "cut-connections",
      fails: (call) =>
        on("network.setGroups", "eni-02")(call) && call.args[1]?.toString() === untrack,
      says: "eni-02: quarantine → open for an instant → quarantine, to end connections",
      waiting: 2,
    },
    {
      step: "cut-connections",
      fails: on("compute.setTags", "eni-01"),
      says: "eni-01: quarantine → open for an instant → quarantine, to end connections",
      waiting: 2,
    },
    {
      step: "tag-instance",
      fails: on("compute.setTags", builders.instanceId),
      says: `tag ${builders.instanceId} SecurityStatus=Quarantined`,
    },
    {
      step: "remove-untrack-group",
      fails: on("network.deleteGroup"),
      says: `remove the untrack group cordon-untrack-${id}`,
    },
    {
      step: "provide-quarantine-group",
      make: builders.youngAccount,
      fails: on("network.createGroup", "vpc-02", "cordon-quarantine"),
      says: "make and close the quarantine group of vpc-02",
      quarantined: ["eni-01"],
      waiting: 5,
    },
  ];

  for (const { step, fails, says, make, quarantined, waiting } of cases) {
    const what = quarantined ? "the rest of isolation stands" : "isolation stands";
    it(`leaves the message to fail, but ${what}: ${says}`, async () => {
      const world = new Estate((make ?? builders.standardAccount)());
      const fault = (call: LoggedCall) => (fails(call) ? error : undefined);
      for (let delivery = 1; delivery <= lastDelivery; delivery++) {
        const ending = await world.answer(incident, { fault, delivery });
        expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
        const { message } = (ending as { error: Error }).error;
        expect(message).to.include(`Incident ${id} is contained in part: `);
        expect(message).to.include(`${step}: AccessDenied: You may not`);
        expect(world.items[id]).to.deep.include({ status: "containing", leaseUntil: 0 });
      }
      expect(
        Object.entries(world.state.interfaces)
          .filter(([, each]) => each.groups.some((one) => isQuarantine(world.state, one)))
          .map(([name]) => name),
      ).to.deep.equal(quarantined ?? ["eni-01", "eni-02"]);
      expect(openInterfaces(world.state)).to.deep.equal([]);
      const item = world.items[id]!;
      const planned = item.record.plan.stages.flatMap((stage): readonly unknown[] => stage.steps);
      const failing = step === "provide-quarantine-group" ? 2 : 1;
      expect(Object.values(item.marks)).to.deep.equal(
        Array.from({ length: planned.length - failing - (waiting ?? 0) }, () => "done"),
      );
      // Told twice: at the first delivery, and at the last, which leaves it to people.
      expect(world.notices.map((notice) => notice.subject)).to.deep.equal(
        Array.from(
          { length: 2 },
          () =>
            `[Cordon] Contained in part: ${builders.instanceId} (CryptoCurrency:EC2/BitcoinTool.B)`,
        ),
      );
      expect(world.notices[0]?.text).to.include("\nNot done; it is tried again\n");
      expect(world.notices[1]?.text).to.include("\nNot done, and given up: do it by hand\n");
      for (const { text } of world.notices) {
        expect(text).to.include(`  - ${says}: AccessDenied: You may not.`);
        expect(text.split("not tried while an earlier step fails").length - 1).to.equal(
          waiting ?? 0,
        );
      }
      // As soon as AWS permits it, the next delivery finishes.
      expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("contained");
      expect(world.state.snapshots).to.have.lengthOf(2);
    });
  }
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

/** Changes that AWS confirmed and that are gone when the response reads them back. */
const silent: Record<
  string,
  {
    /** A call after the change. */
    call: (call: LoggedCall) => boolean;
    undo: (state: AccountState) => void;
    stands: (state: AccountState) => boolean;
  }
> = {
  "an interface": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      state.interfaces["eni-02"]!.groups = ["sg-data"];
    },
    stands: (state) => state.interfaces["eni-02"]?.groups[0] === "sg-quarantine",
  },
  "a role policy": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      delete state.roles.web!.policies[`Cordon-${id}`];
    },
    stands: (state) => state.roles.web?.policies[`Cordon-${id}`] !== undefined,
  },
  "a target": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      state.targetGroups[builders.targetGroupArn]!.targets = [
        { instance: builders.instanceId, port: 8080 },
      ];
    },
    stands: (state) => state.targetGroups[builders.targetGroupArn]?.targets.length === 0,
  },
  "a tag": {
    call: (call) => call.method === "network.deleteGroup",
    undo: (state) => {
      delete state.instances[builders.instanceId]!.tags.SecurityStatus;
    },
    stands: (state) => state.instances[builders.instanceId]?.tags.SecurityStatus === "Quarantined",
  },
};

function everything(cidr: string) {
  return { protocol: "-1", peer: { cidr } };
}

function sorted(calls: readonly (readonly unknown[])[]): string[] {
  return calls.map((call) => JSON.stringify(call)).sort();
}

function isQuarantine(state: AccountState, group: string): boolean {
  return state.groups[group]?.name === "cordon-quarantine";
}

function openInterfaces(state: AccountState): string[] {
  return Object.entries(state.interfaces)
    .filter(([, each]) =>
      each.groups.some((group) => state.groups[group]?.name.startsWith("cordon-untrack")),
    )
    .map(([name]) => name);
}
