import { expect } from "chai";
import type { BrokenEntry, Exception } from "../../../../functions/record/exceptions";
import * as builders from "../../../support/builders";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { incident } = builders;
const id = `${builders.incidentKey}-1`;

function excepted(...entries: readonly (Exception | BrokenEntry)[]): SimulatedWorld {
  const world = new SimulatedWorld(builders.standardAccount());
  world.exceptions.push(...entries);
  return world;
}

describe("an exception [C3]", () => {
  it("leaves its resource to responders, and names its id, owner, end and reason", async () => {
    const world = excepted(builders.exception({ resource: builders.instanceArn }));
    const reason = "Exception 1a2b3c4d of team-web until 2027-01-31: load test";
    expect(answered(await world.answer(incident()))).to.deep.equal({ outcome: "notified", reason });
    expect(world.changes).to.deep.equal([]);
    expect(world.items).to.deep.equal({});
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.subject).to.match(
      /^\[Cordon\] URGENT Review required, no change made/,
    );
    expect(world.notices[0]?.text).to.include(`  - ${reason}\n`);
  });

  it("counts until the end of its last day, and not a moment longer", async () => {
    // The simulated world's clock begins at 2026-11-20T10:05:00Z.
    for (const [expires, outcome] of [
      ["2026-11-20", "notified"],
      ["2026-11-19", "contained"],
    ] as const) {
      const world = excepted(builders.exception({ account: builders.account }, { expires }));
      expect(answered(await world.answer(incident())).outcome, expires).to.equal(outcome);
    }
    const world = excepted(
      builders.exception({ account: builders.account }, { expires: "2026-11-20" }),
    );
    world.pass(Date.parse("2026-11-21T00:00:00Z") - Date.parse("2026-11-20T10:05:00Z"));
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
  });

  it("of a unit covers accounts below it; the units are looked up for such entries alone", async () => {
    const lookUps = async (world: SimulatedWorld) => {
      const ending = await world.answer(incident());
      const calls = ending.calls.filter(({ method }) => method === "organization.unitsOf");
      return [answered(ending).outcome, ...calls.map(({ args }) => args[0])];
    };
    const other = builders.exception({ account: "999988887777" });
    expect(await lookUps(excepted(other))).to.deep.equal(["contained"]);
    const ended = builders.exception({ unit: "ou-cord-workloads" }, { expires: "2026-11-19" });
    expect(await lookUps(excepted(ended))).to.deep.equal(["contained"]);
    for (const [units, outcome] of [
      [["ou-cord-workloads", "ou-cord-11111111"], "notified"],
      [["ou-cord-security"], "contained"],
    ] as const) {
      const world = excepted(builders.exception({ unit: "ou-cord-11111111" }));
      world.units.push(...units);
      expect(await lookUps(world)).to.deep.equal([outcome, builders.account]);
    }
  });

  it("by a tag is compared with the tags that the instance, user or role has now", async () => {
    const state = builders.identityAccount();
    state.instances[builders.instanceId]!.tags.env = "lab";
    for (const [tag, about, outcome] of [
      ["env=lab", incident(), "notified"],
      ["env=labs", incident(), "contained"],
      ["team=build", builders.userIncident(), "notified"],
      ["team=data", builders.userIncident(), "contained"],
      ["team=data", builders.roleIncident(), "notified"],
      ["team=build", builders.roleIncident(), "contained"],
    ] as const) {
      const world = new SimulatedWorld(structuredClone(state));
      world.exceptions.push(builders.exception({ tag }));
      expect(answered(await world.answer(about)).outcome, tag).to.equal(outcome);
    }
  });

  it("does not hold a responder's request back, whose notice names it", async () => {
    const world = excepted(builders.exception({ resource: builders.instanceArn }));
    const requestedAt = "2026-11-20T10:04:00Z";
    expect(answered(await world.answer(incident({ requestedAt }))).outcome).to.equal("contained");
    expect(world.notices[0]?.text).to.include(
      "Without the request Cordon would have asked first: Exception 1a2b3c4d of team-web until 2027-01-31: load test",
    );
    // The incident lasts until its release, also where a finding shows drift before the watch does.
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("that is added after a containment ends its repair, and says why", async () => {
    const world = excepted();
    await world.answer(incident());
    world.exceptions.push(builders.exception({ resource: builders.instanceArn }));
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.watch(builders.incidentKey))).to.deep.include({
      outcome: "notified",
      incident: id,
      reason: `Incident ${id} was contained, but is not any more: Exception 1a2b3c4d of team-web until 2027-01-31: load test`,
    });
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-web"]);
  });
});

describe("an exception by a tag, of a contained target [C3] [R15]", () => {
  it("does not end its repair: an intruder may have set the tag since", async () => {
    const world = excepted(builders.exception({ tag: "env=lab" }));
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    world.state.instances[builders.instanceId]!.tags.env = "lab";
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("contained");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });
});

describe("exceptions that are not known [C3]", () => {
  const urgent = /^\[Cordon\] URGENT Review required, no change made/;

  it("let nothing happen by itself: an entry that cannot be read, whatever it is about", async () => {
    const world = excepted({ id: "00ff00ff", problem: "A field is missing or unknown" });
    const { outcome, reason } = answered(await world.answer(incident()));
    expect([outcome, reason]).to.deep.equal([
      "notified",
      "Reading the register of exceptions failed: entry 00ff00ff cannot be read: A field is missing or unknown",
    ]);
    expect(world.changes).to.deep.equal([]);
    expect(world.notices.map(({ subject }) => urgent.test(subject))).to.deep.equal([true]);
  });

  for (const [what, method, reason] of [
    ["the register", "register.entries", ""],
    [
      "the account's units",
      "organization.unitsOf",
      `the units of account ${builders.account} could not be looked up: `,
    ],
  ] as const) {
    it(`let nothing happen by itself: ${what} may not be read`, async () => {
      const world = excepted(builders.exception({ unit: "ou-cord-security" }));
      const refusal = Object.assign(new Error("You may not"), { name: "AccessDeniedException" });
      const fault = (call: { readonly method: string }) =>
        call.method === method ? refusal : undefined;
      expect(answered(await world.answer(incident(), { fault })).reason).to.equal(
        `Reading the register of exceptions failed: ${reason}AccessDeniedException: You may not`,
      );
      expect(world.changes).to.deep.equal([]);
      expect(world.notices.map(({ subject }) => urgent.test(subject))).to.deep.equal([true]);
      const requestedAt = "2026-11-20T10:04:00Z";
      const requested = await world.answer(incident({ requestedAt }), { fault });
      expect(answered(requested).outcome).to.equal("contained");
    });
  }
});

describe("the tag AutoRemediation=disabled [C3]", () => {
  const optedOut = () => {
    const world = new SimulatedWorld(builders.standardAccount());
    world.state.instances[builders.instanceId]!.tags.AutoRemediation = "disabled";
    return world;
  };

  it("makes the response wait for an approval, urgently: an intruder may have set it", async () => {
    const world = optedOut();
    expect(answered(await world.answer(incident()))).to.deep.equal({
      outcome: "awaiting-approval",
      reason: "A responder must approve the plan",
      incident: id,
    });
    expect(world.changes).to.deep.equal([]);
    expect(world.items[id]?.status).to.equal("planned");
    expect(world.notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/Bitcoi...",
    ]);
    expect(world.notices[0]?.text).to.include(
      "The resource has the tag AutoRemediation=disabled, which an intruder may have set",
    );
  });

  it("does not hold a responder's request back, nor the repair of what was requested", async () => {
    const world = optedOut();
    const requestedAt = "2026-11-20T10:04:00Z";
    expect(answered(await world.answer(incident({ requestedAt }))).outcome).to.equal("contained");
    expect(world.notices[0]?.text).to.include(
      "Without the request Cordon would have asked first: The resource has the tag AutoRemediation=disabled",
    );
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    for (const look of [() => world.watch(builders.incidentKey), () => world.answer(incident())]) {
      world.state.interfaces["eni-01"]!.groups = ["sg-web"];
      expect(answered(await look()).outcome).to.equal("contained");
      expect(world.notices.at(-1)?.text).not.to.include("was set: it does not count");
    }
  });
});
