import { expect } from "chai";
import * as builders from "../../../support/builders";
import { AwsError } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

describe("a release of a user [R4] [E4]", () => {
  const { accessKey, spareKey, denyAllArn } = builders;
  const userId = `${builders.userKey}-1`;
  const keys = (world: SimulatedWorld) => world.state.users.deploy?.keys.map((key) => key.active);
  const sentence = (key: string) =>
    `Access key ${key} stays disabled: replace it. Reactivate it only if it is certain that it never leaked: aws iam update-access-key --user-name=deploy --access-key-id=${key} --status Active`;
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
      order: {
        by: "arn:aws:sts::444455556666:assumed-role/responders/ana",
        reason: "a false positive",
        at: "2026-11-20T10:05:00.000Z",
      },
      disabled: [],
      restored: ["tag user deploy SecurityStatus=Restored", "remove the deny of user deploy"],
      kept: [accessKey, spareKey].map(sentence),
      gone: [],
      drifted: [],
      byHand: [],
      keptInPlace: [],
      problems: [],
      others: [],
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
    // One to list the keys, and one each for the deny and the tags.
    expect(world.sessions.filter(({ duty }) => duty === "release")).to.have.lengthOf(3);
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

  // R8: "disableKeys: named" left the other key active, and the release took the deny off.
  it("disables the user's other key first that was reported as exposed since", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident(), { policy: { disableKeys: "named" } });
    expect(keys(world)).to.deep.equal([false, true]);
    world.exposed.add(spareKey);
    const before = world.changes.length;
    expect(answered(await world.release(userId))).to.deep.include({
      outcome: "released",
      disabled: [`disable access key ${spareKey} of user deploy`],
    });
    expect(keys(world)).to.deep.equal([false, false]);
    expect(world.changes.slice(before).map((call) => call.method)).to.deep.equal([
      "identity.setKeyActive",
      "identity.detachPolicy",
      "identity.removePrincipalTags",
      "identity.setPrincipalTags",
    ]);
    expect(world.notices.at(-1)?.text).to.include(
      `\nExposed access keys, disabled before the release\n  - disable access key ${spareKey} of user deploy\n`,
    );
  });

  for (const close of [false, true]) {
    it(`keeps the deny while an exposed key stays active${close ? ", and when it is closed" : ""}`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      await world.answer(builders.userIncident(), { policy: { disableKeys: "named" } });
      world.exposed.add(spareKey);
      const error = new AwsError("AccessDenied", "no");
      const report = answered(
        await world.release(userId, {
          close,
          fault: ({ method }) => (method === "identity.setKeyActive" ? error : undefined),
        }),
      );
      const problem = {
        what: `disable access key ${spareKey} of user deploy`,
        why: "AccessDenied: no",
        manual: `aws iam update-access-key --user-name=deploy --access-key-id=${spareKey} --status Inactive`,
      };
      expect(report).to.deep.include({
        outcome: close ? "released-in-part" : "unfinished",
        [close ? "byHand" : "problems"]: [problem],
      });
      expect(
        report.outcome !== "refused" && report.keptInPlace.map(({ why }) => why),
      ).to.deep.equal(
        Array.from(
          { length: 2 },
          () =>
            `kept in place because an exposed key may be active: disable access key ${spareKey} of user deploy`,
        ),
      );
      expect(world.state.users.deploy?.attached).to.include(denyAllArn);
      expect(world.state.users.deploy?.tags.SecurityStatus).to.equal("Quarantined");
    });
  }

  it("releases nothing while the user's keys cannot be read", async () => {
    const world = await contained();
    const before = structuredClone([world.state, world.items]);
    expect(
      answered(
        await world.release(userId, {
          fault: ({ method }) =>
            method === "identity.accessKeys"
              ? new AwsError("ServiceUnavailable", "later")
              : undefined,
        }),
      ),
    ).to.deep.equal({
      outcome: "refused",
      incident: userId,
      reason:
        "The user's access keys could not be read, and one may be exposed; try again: ServiceUnavailable: later",
      busy: true,
    });
    expect([world.state, world.items]).to.deep.equal(before);
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
          what: "remove the deny of user deploy",
          why: "it was changed after the containment",
          manual: `Detach AWSDenyAll from user deploy; if there is an inline policy Cordon-${userId}-5eed0001, delete it; if AWSDenyAll is the permissions boundary, delete the boundary.`,
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
