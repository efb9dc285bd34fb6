import { expect } from "chai";
import * as builders from "../../../support/builders";
import { AwsError } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";
import { sorted } from "../../../support/sorted";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
describe("a release [E4]", () => {
  it("restores the instance, newest change first, with exactly these calls", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
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
    const world = new SimulatedWorld(builders.standardAccount());
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

  it("does not take a lost reply for a failure where one read shows that it took effect", async () => {
    for (const method of ["scaling.attach", "balancing.registerTarget", "network.setGroups"]) {
      const world = new SimulatedWorld(builders.standardAccount());
      await world.answer(incident);
      const ending = await world.release(id, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending), method).to.deep.include({ outcome: "released", problems: [] });
    }
  });

  it("notifies before it closes the journal", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
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
    (world: SimulatedWorld) => Promise<unknown>,
  ])[] = [
    ["a name that is none", "i-1", /^"i-1" is not an incident id/, async () => {}],
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
      "an incident that has a newer epoch",
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
      const world = new SimulatedWorld(builders.standardAccount());
      await before(world);
      const { length } = world.changes;
      const report = answered(await world.release(name));
      expect(report.outcome).to.equal("refused");
      expect(report.outcome === "refused" && report.reason).to.match(reason);
      expect(world.changes).to.have.lengthOf(length);
    });
  }
});

describe("a release of a user [R4] [E4]", () => {
  const { accessKey, spareKey, denyAllArn } = builders;
  const userId = `${builders.userKey}-1`;
  const keys = (world: SimulatedWorld) => world.state.users.deploy?.keys.map((key) => key.active);
  const sentence = (key: string) =>
    `Access key ${key} stays disabled: replace it. Reactivate it only if it is certain that it never leaked: aws iam update-access-key --user-name deploy --access-key-id ${key} --status Active`;
  const contained = async (exposed: readonly string[] = []) => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident());
    for (const key of exposed) world.exposed.add(key);
    return world;
  };

  it("takes the deny off and keeps every key disabled, with the way to change that", async () => {
    const world = await contained();
    const before = world.changes.length;
    expect(answered(await world.release(userId))).to.deep.equal({
      outcome: "released",
      incident: userId,
      restored: ["tag user deploy SecurityStatus=Quarantined", "deny user deploy all actions"],
      kept: [accessKey, spareKey].map((key) => `disable access key ${key} of user deploy`),
      drifted: [],
      problems: [],
    });
    expect(world.changes.slice(before).map(({ method, args }) => [method, ...args])).to.deep.equal([
      ["identity.detachPolicy", "deploy", denyAllArn],
      [
        "identity.removePrincipalTags",
        "user",
        "deploy",
        ["QuarantinedAt", "CordonIncident", "GuardDutyFindingId", "GuardDutyFindingType"],
      ],
      [
        "identity.setPrincipalTags",
        "user",
        "deploy",
        { SecurityStatus: "Restored", RestoredAt: "2026-11-20T10:05:00.000Z" },
      ],
    ]);
    expect(keys(world)).to.deep.equal([false, false]);
    expect(world.notices.at(-1)?.text).to.include(
      `\nLeft in place by design\n  - ${sentence(accessKey)}\n  - ${sentence(spareKey)}\n`,
    );
    // Two keys, the deny and the tags to contain, and only the latter two to release.
    expect(world.sessions.filter((each) => each.family === "identity")).to.have.lengthOf(2);
  });

  it("makes the keys active again that it is asked to", async () => {
    const world = await contained();
    const report = answered(await world.release(userId, { reactivateKeys: true }));
    expect(report).to.deep.include({ outcome: "released", kept: [] });
    expect(keys(world)).to.deep.equal([true, true]);
    expect(world.state.users.deploy?.attached).not.to.include(denyAllArn);
  });

  for (const key of [accessKey, spareKey]) {
    it(`refuses to make an exposed key active, and changes nothing: ${key}`, async () => {
      const world = await contained([key]);
      const before = structuredClone(world.state);
      const notices = world.notices.length;
      expect(answered(await world.release(userId, { reactivateKeys: true }))).to.deep.equal({
        outcome: "refused",
        incident: userId,
        reason: `${key} is exposed and must never be active again; release without --reactivate-keys, and give the user a new key`,
      });
      expect(world.state).to.deep.equal(before);
      expect(world.notices).to.have.lengthOf(notices);
      expect(world.items[userId]?.status).to.equal("contained");
      expect(answered(await world.release(userId)).outcome).to.equal("released");
      expect(keys(world)).to.deep.equal([false, false]);
    });
  }

  it("refuses it although the exposure came later, with a finding that changed nothing", async () => {
    const world = await contained();
    const exposure = builders.userIncident({ exposed: true });
    expect(answered(await world.answer(exposure)).outcome).to.equal("duplicate");
    const report = answered(await world.release(userId, { reactivateKeys: true }));
    expect(report.outcome).to.equal("refused");
  });

  it("refuses it although the exposure came before, with another incident that was released", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident({ exposed: true }));
    await world.release(userId);
    world.state.users.deploy!.keys[0]!.active = true;
    await world.answer(builders.userIncident({ lastSeen: "2026-11-20T10:30:00.000Z" }));
    const next = `${builders.userKey}-2`;
    expect(world.items[next]?.status).to.equal("contained");
    const report = answered(await world.release(next, { reactivateKeys: true }));
    expect(report.outcome).to.equal("refused");
    expect(keys(world)).to.deep.equal([false, false]);
  });

  it("remembers the exposure although the response is only rehearsed", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident({ exposed: true }), { policy: { mode: "dry-run" } });
    expect([...world.exposed]).to.deep.equal([accessKey]);
  });

  it("has nothing against other keys than those it disabled", async () => {
    const world = await contained(["AKIAEXAMPLEKEY000003"]);
    const report = answered(await world.release(userId, { reactivateKeys: true }));
    expect(report.outcome).to.equal("released");
  });

  it("leaves what others changed since, and says how to restore it by hand", async () => {
    const world = new SimulatedWorld(builders.fullUser());
    await world.answer(builders.userIncident());
    world.state.users.deploy!.boundary = `arn:aws:iam::${builders.account}:policy/limits`;
    expect(answered(await world.release(userId))).to.deep.include({
      outcome: "released-in-part",
      drifted: [
        {
          what: "deny user deploy all actions",
          why: "it was changed after the containment",
          manual: `Detach AWSDenyAll from user deploy; if there is an inline policy Cordon-${userId}, delete it; if AWSDenyAll is the permissions boundary, delete the boundary.`,
        },
      ],
    });
    expect(world.state.users.deploy?.boundary).to.match(/policy\/limits$/);
  });

  it("finds nothing to restore of a user or a key that is gone", async () => {
    const world = await contained();
    world.state.users.deploy!.keys.shift();
    const report = answered(await world.release(userId, { reactivateKeys: true }));
    expect(report).to.deep.include({ outcome: "released", problems: [] });
    const gone = await contained();
    delete gone.state.users.deploy;
    expect(answered(await gone.release(userId))).to.deep.include({
      outcome: "released",
      drifted: [],
      problems: [],
    });
  });
});
