import { expect } from "chai";
import type { Wanted } from "../../../../functions/record/requests";
import * as builders from "../../../support/builders";
import { wanted } from "../../../support/requesting";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { account, region, instanceId } = builders;
const by = "arn:aws:sts::444455556666:assumed-role/responders/ana";
const id = "0".repeat(32);

describe("what a person asks for by command [C5] [R1]", () => {
  const user = { ...wanted, contain: "user/deploy" };

  it("contains an instance that no finding named, and says who requested it and why", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const answer = {
      outcome: "contained",
      reason: `${by} requested it by command, and every guard passed`,
      incident: `${builders.incidentKey}-1`,
    };
    expect(answered(await world.askFor(wanted))).to.deep.include(answer);
    expect(world.requests.items[0]?.answer).to.deep.equal(answer);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
    expect(world.notices[0]?.text).to.match(
      new RegExp(`\n${by} requested it: its credentials were used elsewhere\n`),
    );
  });

  it("names the person in the journal, and as the source identity of every session", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    answered(await world.askFor(wanted));
    const { record } = world.items[`${builders.incidentKey}-1`] ?? {};
    expect(record?.incident.finding.requestedBy).to.equal(by);
    expect(world.sessions).to.not.be.empty;
    expect(new Set(world.sessions.map(({ approver }) => approver))).to.deep.equal(
      new Set(["responders-ana"]),
    );
    // What Cordon does for a finding has none.
    const other = new SimulatedWorld(builders.standardAccount());
    answered(await other.answer(builders.incident()));
    expect(new Set(other.sessions.map(({ approver }) => approver))).to.deep.equal(
      new Set([undefined]),
    );
  });

  it("contains a user in the incident of the findings about the user", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const answer = answered(await world.askFor(user, "contain-access-key"));
    expect(answer).to.include({ outcome: "contained", incident: `${builders.userKey}-1` });
    // A finding of another type about what is contained: notified, in the same incident.
    expect(answered(await world.answer(builders.userIncident()))).to.include({
      outcome: "notified",
      incident: `${builders.userKey}-1`,
    });
  });

  it("stops at the plan of a dry run", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const answer = answered(await world.askFor({ ...wanted, dryRun: true }));
    const reason = `${by} requested a dry run by command`;
    expect(answer).to.include({ outcome: "dry-run", reason });
    expect(world.notices[0]?.text).to.include(`Why no change was made\n  - ${reason}\n`);
    expect(world.notices[0]?.text).to.not.include("Security Hub");
    expect(world.changes.filter(({ method }) => !method.startsWith("queue"))).to.deep.equal([]);
  });

  it("is answered where the target is contained, and where it does not exist", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.askFor(wanted);
    expect(answered(await world.askFor(wanted))).to.include({
      outcome: "notified",
      reason: `Incident ${builders.incidentKey}-1 is already contained: nothing is left to do`,
    });
    const missing = { ...wanted, contain: "i-0b1b2c3d4e5f60718" };
    expect(answered(await world.askFor(missing)).outcome).to.equal("target-missing");
  });

  it("approves no plan: not even the same one, the second time", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    // A Lambda function's sessions have one name: the whole role would be revoked.
    const request = { ...wanted, contain: "session/thumbnails/thumbnails" };
    const first = answered(await world.askFor(request, "revoke-sessions"));
    world.pass(60_000);
    const second = answered(await world.askFor(request, "revoke-sessions"));
    expect([first.outcome, second.outcome]).to.deep.equal([
      "awaiting-approval",
      "awaiting-approval",
    ]);
    expect(Object.values(world.items).map(({ status }) => status)).to.deep.equal(["planned"]);
  });

  it("is answered once: a task that comes again changes nothing, also after a release", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    answered(await world.askFor(wanted));
    answered(await world.release(`${builders.incidentKey}-1`));
    const before = structuredClone([world.state, world.notices]);
    expect(answered(await world.requested(id))).to.deep.equal({
      outcome: "logged",
      reason: `Request ${id} was answered: contained`,
    });
    expect([world.state, world.notices]).to.deep.equal(before);
  });

  it("is gone on with by the next delivery where the run dies", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const died = await world.askFor(wanted, "contain-instance", {
      death: { at: 30, when: "after" },
    });
    expect(died.kind).to.equal("died");
    expect(world.requests.items[0]?.answer).to.equal(undefined);
    world.outlastLease();
    answered(await world.requested(id, "contain-instance", { delivery: 2 }));
    expect(world.requests.items[0]?.answer?.outcome).to.be.oneOf(["contained", "notified"]);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("waits for another run, whose answer may be the one to write", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.askFor(wanted, "contain-instance", { death: { at: 30, when: "after" } });
    const during = await world.requested(id, "contain-instance");
    expect(during.kind === "failed" && during.error.name).to.equal("LeaseHeld");
    expect(world.requests.items[0]?.answer).to.equal(undefined);
    answered(await world.requested(id, "contain-instance", { delivery: 5 }));
    expect(world.requests.items[0]?.answer)
      .to.have.property("reason")
      .that.matches(/; try again in three minutes$/);
  });

  for (const [what, request, playbook] of [
    ["that nobody made", "f".repeat(32), "contain-instance"],
    ["of another playbook", id, "contain-access-key"],
  ] as const) {
    it(`is refused ${what}, whatever the task says`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const at = world.now().toISOString();
      await world.requests.ask({ id, playbook: "contain-instance", wanted, by, at });
      expect(answered(await world.requested(request, playbook))).to.deep.equal({
        outcome: "refused",
        reason: `Nobody made the request ${request} of ${playbook}`,
      });
      expect([world.changes, world.notices, world.items]).to.deep.equal([[], [], {}]);
    });
  }

  it("only notifies where it comes an hour late", async () => {
    for (const [ms, outcome] of [
      [3_600_000, "notified"],
      [3_599_999, "contained"],
    ] as const) {
      const world = new SimulatedWorld(builders.standardAccount());
      const at = world.now().toISOString();
      await world.requests.ask({ id, playbook: "contain-instance", wanted, by, at });
      world.pass(ms);
      expect(answered(await world.requested(id)).outcome).to.equal(outcome);
      if (outcome === "contained") continue;
      const reason = `${by} asked for it at ${at}, but it reached Cordon only now: ask again`;
      expect(world.requests.items[0]?.answer).to.deep.equal({ outcome, reason });
      expect(world.notices.map(({ subject }) => subject)).to.deep.equal([
        `[Cordon] URGENT Review required, no change made: ${instanceId} (Cordon:Request/Contain)`,
      ]);
      expect(world.notices[0]?.text).to.include(reason);
      expect(world.items).to.deep.equal({});
    }
  });

  const refusals: Readonly<Record<string, readonly [Wanted, RegExp]>> = {
    "no target": [{ ...wanted, contain: "role/web" }, /^"role\/web" is nothing that Cordon/],
    "no account": [{ ...wanted, account: "22223333" }, /account: must be a 12-digit/],
    "no region": [{ ...wanted, region: "europe" }, /region: must be a region/],
    "no reason": [{ ...wanted, reason: "" }, /reason: /],
    "a reason of 1,001 characters": [{ ...wanted, reason: "x".repeat(1_001) }, /reason: /],
    "no local journal": [{ adopt: "{", reason: "x" }, /^This is no open record of a local journal/],
  };
  for (const [what, [request, why]] of Object.entries(refusals)) {
    it(`is refused with ${what}, for the person to read, and changes nothing`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      // No dead letter: nobody but the person need know.
      expect(answered(await world.askFor(request)).outcome).to.equal("logged");
      const { outcome, reason } = world.requests.items[0]?.answer ?? {};
      expect(outcome).to.equal("refused");
      expect(reason).to.match(why);
      expect([world.log, world.notices, world.items]).to.deep.equal([[], [], {}]);
    });
  }

  it("is refused for an account that is not in the organization, and reads nothing there", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    answered(await world.askFor(user, "contain-access-key", { account: () => undefined }));
    expect(world.requests.items[0]?.answer).to.deep.equal({
      outcome: "refused",
      reason: `Account ${account} is not in the organization`,
    });
    expect(world.log.filter(({ method }) => method.startsWith("identity"))).to.deep.equal([]);
  });

  it("is refused in a region that is not governed", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    expect(region).to.not.equal("ap-south-2");
    answered(await world.askFor({ ...wanted, region: "ap-south-2" }));
    expect(world.requests.items[0]?.answer?.outcome).to.be.oneOf(["refused", "notified", "logged"]);
    expect(world.items).to.deep.equal({});
  });
});
