import { expect } from "chai";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import { answered, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const credentials = builders.instanceSessionIncident();

/** A world in which an instance's stolen credentials are denied. */
async function denied(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.identityAccount());
  expect(answered(await world.answer(credentials)).outcome).to.equal("contained");
  return world;
}

const headings = ({ notices }: SimulatedWorld) =>
  notices.map(({ subject }) => subject.split(" (")[0]);

describe("stolen credentials of an instance [C5] [R3]", () => {
  it("are denied at once, and people are asked about the instance", async () => {
    const world = await denied();
    expect(world.hosts).to.deep.equal([credentials.key]);
    const { instances, interfaces } = structuredClone(world.state);
    const asked = answered(await world.askAboutHost(credentials.key));
    expect(asked).to.deep.equal({
      outcome: "awaiting-approval",
      reason: "A responder must approve the plan",
      // The incident that a finding about the instance would have.
      incident: `${builders.incidentKey}-1`,
    });
    expect(world.state).to.deep.include({ instances, interfaces });
    expect(world.asked.map(({ incident }) => incident)).to.deep.equal([
      `${builders.incidentKey}-1`,
    ]);
    expect(headings(world)).to.deep.equal([
      "[Cordon] Contained: role web",
      `[Cordon] URGENT Approval required: no change made: ${builders.instanceId}`,
    ]);
    const { text } = world.notices[1]!;
    expect(text).to.include(
      `its role's credentials were stolen, and denied in incident ${credentials.key}-1; whoever took them may be on the instance, or not`,
    );
    expect(text).to.include("Planned steps\n");
  });

  it("have people asked once, however often the task comes", async () => {
    const world = await denied();
    for (const _ of [1, 2, 3]) {
      expect(answered(await world.askAboutHost(credentials.key)).outcome).to.equal(
        "awaiting-approval",
      );
    }
    expect([world.asked.length, world.notices.length]).to.deep.equal([1, 2]);
  });

  it("have nobody asked about an instance that is contained", async () => {
    const world = await denied();
    answered(await world.answer(builders.incident()));
    const before = structuredClone(world.state);
    const { outcome, incident } = answered(await world.askAboutHost(credentials.key));
    expect([outcome, incident]).to.deep.equal(["logged", `${builders.incidentKey}-1`]);
    expect([world.state, world.asked]).to.deep.equal([before, []]);
    // Calls from elsewhere are no activity of the instance.
    expect(headings(world)).to.deep.equal([
      "[Cordon] Contained: role web",
      `[Cordon] Isolated: ${builders.instanceId}`,
    ]);
  });

  it("have people asked although a responder requested the response to the credentials", async () => {
    const requested = builders.instanceSessionIncident({
      requestedAt: "2026-11-20T10:04:00Z",
      requestedBy: "arn:aws:sts::444455556666:assumed-role/responders/ana",
    });
    const world = new SimulatedWorld(builders.identityAccount());
    expect(answered(await world.answer(requested)).outcome).to.equal("contained");
    const { interfaces } = structuredClone(world.state);
    expect(answered(await world.askAboutHost(requested.key)).outcome).to.equal("awaiting-approval");
    expect(world.state.interfaces).to.deep.equal(interfaces);
    expect(world.notices[1]?.text).not.to.include("requested");
  });

  it("have nobody asked about an instance that has another role: whoever opens a session names it", async () => {
    const world = await denied();
    world.state.profiles = { web: "shared" };
    expect(answered(await world.askAboutHost(credentials.key))).to.deep.equal({
      outcome: "logged",
      reason: `No governed region has the instance of incident ${credentials.key}-1 with role web`,
    });
    expect(world.asked).to.deep.equal([]);
  });

  it("have the instance found although a region cannot be read", async () => {
    const world = await denied();
    let reads = 0;
    const ending = await world.askAboutHost(credentials.key, {
      fault: ({ method }) => {
        if (method !== "compute.instance") return undefined;
        reads += 1;
        return reads === 1 ? new AwsError("AuthFailure", "not able to validate") : undefined;
      },
    });
    expect(answered(ending).outcome).to.equal("awaiting-approval");
    expect(world.asked[0]?.incident).not.to.equal(`${builders.incidentKey}-1`);
  });

  it("are looked for again while a region cannot be read, and then logged with the reason", async () => {
    const world = await denied();
    const fault = ({ method }: { readonly method: string }) =>
      method === "compute.instance" ? new AwsError("AuthFailure", "not able") : undefined;
    expect((await world.askAboutHost(credentials.key, { fault })).kind).to.equal("failed");
    const last = answered(
      await world.askAboutHost(credentials.key, { fault, delivery: lastDelivery }),
    );
    expect(last.outcome).to.equal("logged");
    expect(last.reason).to.match(
      / with role web, as far as it could be read: eu-central-1 could not be read \(AuthFailure: not able\); us-east-1/,
    );
  });

  it("have the instance looked for in every governed region", async () => {
    const world = await denied();
    delete world.state.instances[builders.instanceId];
    const ending = await world.askAboutHost(credentials.key);
    expect(answered(ending)).to.deep.equal({
      outcome: "logged",
      reason: `No governed region has the instance of incident ${credentials.key}-1 with role web`,
    });
    // eu-central-1 and us-east-1.
    const looks = ending.calls.filter(({ method }) => method === "compute.instance");
    expect(looks).to.have.lengthOf(2);
    expect(world.notices).to.have.lengthOf(1);
  });

  it("have nobody asked once their incident is released", async () => {
    const world = await denied();
    answered(await world.release(`${credentials.key}-1`));
    expect(answered(await world.askAboutHost(credentials.key))).to.deep.equal({
      outcome: "logged",
      reason: `Incident ${credentials.key}-1 is released`,
    });
  });

  it("are denied whether or not people can be asked", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const down = new Error("The queue is down");
    const answer = await world.answer(credentials, {
      fault: ({ method }) => (method === "queue.askAboutHost" ? down : undefined),
    });
    expect(answered(answer).outcome).to.equal("contained");
    expect(world.notices[0]?.text).to.include("npx cordon contain i-0a1b2c3d4e5f60718");
  });

  it("are not asked about again when the deny is repaired", async () => {
    const world = await denied();
    world.state.roles.web!.policies = {};
    expect(answered(await world.watch(credentials.key)).outcome).to.equal("contained");
    expect(world.hosts).to.deep.equal([credentials.key]);
  });

  it("are no cause to ask about what another incident is about, or none", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    answered(await world.answer(builders.taskIncident()));
    expect(world.hosts).to.deep.equal([]);
    for (const key of [builders.taskKey, "0123456789abcdef"]) {
      expect(answered(await world.askAboutHost(key))).to.deep.equal({
        outcome: "refused",
        reason: `Incident ${key} is not about an instance's credentials`,
      });
    }
  });
});
