import { expect } from "chai";
import type { Incident } from "../../../../functions/model/incident";
import * as builders from "../../../support/builders";
import { AwsError } from "../../../support/memory-account";
import { answered, type Faults, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.sequenceKey}-1`;
const of = [builders.userIncident(), builders.roleIncident(), builders.incident()];
const [other] = builders.otherIncidents() as readonly [Incident];
const instance = `instance ${builders.instanceId}`;

async function contained(faults: Faults = {}): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.sequenceAccount());
  const ended = answered(await world.answer(builders.sequenceIncident(of), faults));
  expect(ended.outcome).to.equal("contained");
  world.notices.length = 0;
  return world;
}

/** What a thief or a pipeline does: lets the user and the instance out again. */
function open({ state }: SimulatedWorld): void {
  const { deploy } = state.users;
  if (deploy) deploy.attached = deploy.attached.filter((arn) => arn !== builders.denyAllArn);
  const eni = state.interfaces["eni-01"];
  if (eni) eni.groups = ["sg-web"];
}

const isDenied = ({ state }: SimulatedWorld) =>
  state.users.deploy?.attached.includes(builders.denyAllArn);
const groups = ({ state }: SimulatedWorld) => state.interfaces["eni-01"]?.groups;

describe("a contained attack sequence [D7] [R15]", () => {
  it("is left alone while all of it is contained", async () => {
    const world = await contained();
    const changes = world.changes.length;
    expect(answered(await world.watch(builders.sequenceKey)).outcome).to.equal("logged");
    expect(world.changes).to.have.lengthOf(changes);
    expect(world.notices).to.deep.equal([]);
  });

  it("is contained again, with one notice, and without another plan for what holds", async () => {
    const world = await contained();
    const before = world.items[id]?.record.plan;
    open(world);
    expect(answered(await world.watch(builders.sequenceKey)).outcome).to.equal("contained");
    expect([isDenied(world), groups(world)]).to.deep.equal([true, ["sg-quarantine"]]);
    expect(world.notices.map(({ subject }) => subject.slice(0, 47))).to.deep.equal([
      "[Cordon] URGENT Contained again: attack sequenc",
    ]);
    const after = world.items[id]?.record.plan;
    // The time of the role's revocation stays: its sessions since are no thief's.
    expect(after?.stages.filter(({ part }) => part?.startsWith("role"))).to.deep.equal(
      before?.stages.filter(({ part }) => part?.startsWith("role")),
    );
    expect(after?.parts).to.deep.equal(before?.parts);
  });

  it("contains the rest again where one part may not be changed any more", async () => {
    const world = await contained();
    open(world);
    const policy = { protectedResources: [builders.instanceArn] };
    const run = await world.watch(builders.sequenceKey, { policy, delivery: 5 });
    expect(run.kind).to.equal("failed");
    expect([isDenied(world), groups(world)]).to.deep.equal([true, ["sg-web"]]);
    expect(world.notices[0]?.text).to.include(
      "left alone while its target may not be changed, or cannot be read",
    );
    const again = answered(await world.watch(builders.sequenceKey, { policy }));
    expect([again.outcome, groups(world)]).to.deep.equal(["notified", ["sg-web"]]);
    expect(again.reason).to.include(
      `${instance} may not be changed now: The resource is listed in cordon:protectedResources`,
    );
    const quiet = answered(await world.watch(builders.sequenceKey, { policy }));
    expect(quiet.outcome).to.equal("logged");
  });

  it("contains the rest again where one part cannot be read", async () => {
    const world = await contained();
    open(world);
    const fault: Faults["fault"] = ({ method, args }) =>
      method === "compute.instance" && args[0] === builders.instanceId
        ? new AwsError("Throttling", "Rate exceeded")
        : undefined;
    await world.watch(builders.sequenceKey, { fault, delivery: 5 });
    expect([isDenied(world), groups(world)]).to.deep.equal([true, ["sg-web"]]);
    world.outlastLease();
    expect(answered(await world.watch(builders.sequenceKey)).outcome).to.equal("contained");
    expect(groups(world)).to.deep.equal(["sg-quarantine"]);
  });

  it("goes on without a part that exists no more, and notifies once all are gone", async () => {
    const world = await contained();
    delete world.state.users.deploy;
    const eni = world.state.interfaces["eni-01"];
    if (eni) eni.groups = ["sg-web"];
    expect(answered(await world.watch(builders.sequenceKey)).outcome).to.equal("contained");
    expect(groups(world)).to.deep.equal(["sg-quarantine"]);
    world.state.users = {};
    delete world.state.roles.analyst;
    delete world.state.instances[builders.instanceId];
    const gone = answered(await world.watch(builders.sequenceKey));
    expect(gone.reason).to.equal(
      `Incident ${id} is contained, and The attack sequence of user deploy and 2 more no longer exists`,
    );
  });

  it("tells urgently, once, of what an update names besides, and does not contain it", async () => {
    const world = await contained();
    const changes = world.changes.length;
    const update = builders.sequenceIncident([...of, other]);
    for (let n = 0; n < 2; n++) await world.answer(update);
    expect(world.changes).to.have.lengthOf(changes);
    expect(world.notices).to.have.lengthOf(1);
    const [notice] = world.notices;
    expect(notice?.subject).to.match(/^\[Cordon\] URGENT Contained in part: /);
    expect(notice?.text).to.include(
      `Since incident ${id} began, GuardDuty names in the same attack sequence: instance ${other.resource.id}. The incident does not contain them`,
    );
    expect(notice?.text).to.include(
      `npx cordon contain ${other.resource.id} --account=222233334444 --region=eu-central-1 `,
    );
  });

  it("plans what an update names besides, where the first plan still waits", async () => {
    const world = new SimulatedWorld(builders.sequenceAccount());
    const target = world.state.instances[builders.instanceId];
    if (target) target.tags.AutoRemediation = "disabled";
    for (const parts of [of, [...of, other]]) {
      const ended = answered(await world.answer(builders.sequenceIncident(parts)));
      expect(ended.outcome).to.equal("awaiting-approval");
    }
    expect(world.items[id]?.record.plan.parts?.map(({ name }) => name)).to.include(
      `instance ${other.resource.id}`,
    );
  });

  it("is not over when the deny of its role is", async () => {
    const world = await contained();
    const item = world.items[id];
    if (item) item.containedAt = "2026-11-19T10:00:00.000Z";
    const ended = answered(await world.watch(builders.sequenceKey));
    expect(ended.reason).to.equal(`Incident ${id} is contained`);
  });

  it("says again of a repair what it left out when it began", async () => {
    const policy = { protectedResources: [builders.instanceArn] };
    const world = new SimulatedWorld(builders.sequenceAccount());
    await world.answer(builders.sequenceIncident(of), { policy });
    open(world);
    expect(answered(await world.watch(builders.sequenceKey, { policy })).outcome).to.equal(
      "contained-in-part",
    );
    expect([isDenied(world), groups(world)]).to.deep.equal([true, ["sg-web"]]);
    expect(world.notices.at(-1)?.text).to.include(
      `\nStill open\n  - ${instance} is left out: The resource is listed in cordon:protectedResources\n`,
    );
  });
});
