import { expect } from "chai";
import type { ContainmentRequest } from "../../../../functions/detect/request";
import * as builders from "../../../support/builders";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { account, region, instanceId } = builders;
const by = "arn:aws:sts::444455556666:assumed-role/responders/ana";

describe("a request by command [C5] [R1]", () => {
  const asking = (contain: string, more: Partial<ContainmentRequest> = {}): ContainmentRequest => ({
    contain,
    account,
    region,
    reason: "its credentials were used elsewhere",
    by,
    ...more,
  });

  it("contains an instance that no finding named, and says who requested it and why", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    expect(answered(await world.askToContain(asking(instanceId)))).to.deep.include({
      outcome: "contained",
      reason: `${by} requested it by command, and every guard passed`,
      incident: `${builders.incidentKey}-1`,
    });
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
    expect(world.notices[0]?.text).to.match(
      new RegExp(`^${by} requested it: its credentials were used elsewhere\n`),
    );
  });

  it("contains a user in the incident of the findings about the user", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const answer = answered(await world.askToContain(asking("user/deploy")));
    expect(answer).to.include({ outcome: "contained", incident: `${builders.userKey}-1` });
    // A finding of another type about what is contained: notified, in the same incident.
    expect(answered(await world.answer(builders.userIncident()))).to.include({
      outcome: "notified",
      incident: `${builders.userKey}-1`,
    });
  });

  it("stops at the plan of a dry run", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const answer = answered(await world.askToContain(asking(instanceId, { dryRun: true })));
    const reason = `${by} requested a dry run by command`;
    expect(answer).to.include({ outcome: "dry-run", reason });
    expect(world.notices[0]?.text).to.include(`Why no change was made\n  - ${reason}\n`);
    expect(world.notices[0]?.text).to.not.include("Security Hub");
    expect(world.changes.filter(({ method }) => !method.startsWith("queue"))).to.deep.equal([]);
  });

  it("is answered where the target is contained, and where it does not exist", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.askToContain(asking(instanceId));
    expect(answered(await world.askToContain(asking(instanceId)))).to.include({
      outcome: "notified",
      reason: `Incident ${builders.incidentKey}-1 is already contained: nothing is left to do`,
    });
    expect(answered(await world.askToContain(asking("i-0b1b2c3d4e5f60718"))).outcome).to.equal(
      "target-missing",
    );
  });

  it("approves no plan: not even the same one, the second time", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    // A Lambda function's sessions have one name: the whole role would be revoked.
    const request = asking("session/thumbnails/thumbnails");
    const first = answered(await world.askToContain(request));
    world.pass(60_000);
    const second = answered(await world.askToContain(request));
    expect([first.outcome, second.outcome]).to.deep.equal([
      "awaiting-approval",
      "awaiting-approval",
    ]);
    expect(Object.values(world.items).map(({ status }) => status)).to.deep.equal(["planned"]);
  });

  const refusals: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    "no target": [asking("role/web"), /^"role\/web" is nothing that Cordon contains/],
    "no account": [asking(instanceId, { account: "22223333" }), /account: must be a 12-digit/],
    "no region": [asking(instanceId, { region: "europe" }), /region: must be a region/],
    "no reason": [asking(instanceId, { reason: "" }), /reason: /],
    "a reason of 1,001 characters": [asking(instanceId, { reason: "x".repeat(1_001) }), /reason: /],
    "no caller": [{ contain: instanceId, account, region, reason: "x" }, /by: /],
  };
  for (const [what, [request, why]] of Object.entries(refusals)) {
    it(`is refused with ${what}, and reads and changes nothing`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const answer = answered(await world.askToContain(request));
      expect(answer.outcome).to.equal("refused");
      expect(answer.reason).to.match(why);
      expect([world.log, world.notices, world.items]).to.deep.equal([[], [], {}]);
    });
  }

  it("is refused for an account that is not in the organization, and reads nothing there", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const answer = answered(
      await world.askToContain(asking("user/deploy"), { account: () => undefined }),
    );
    expect(answer).to.include({
      outcome: "refused",
      reason: `Account ${account} is not in the organization`,
    });
    expect(world.log.filter(({ method }) => method.startsWith("identity"))).to.deep.equal([]);
  });
});
