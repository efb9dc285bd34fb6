/** A thief renames the contained user, and another user to the name, while steps are carried out. */
import { expect } from "chai";
import { allSteps } from "../../../../../functions/remediate/plan";
import { kindOf } from "../../../../../functions/remediate/steps";
import * as builders from "../../../../support/builders";
import { type AccountState, MemoryAccount } from "../../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../../support/simulated-world";

const { denyAllArn } = builders;
const incident = builders.userIncident();
const id = `${builders.userKey}-1`;
const untouched = {
  ...builders.identityAccount().users.other!,
  arn: "arn:aws:iam::222233334444:user/ci/deploy",
};

/** The user of the finding is "helper" from then on, and the production user "deploy". */
function swap({ users }: AccountState): void {
  const { deploy, other } = users;
  delete users.other;
  users.helper = { ...deploy!, arn: "arn:aws:iam::222233334444:user/ci/helper" };
  users.deploy = { ...other!, arn: untouched.arn };
}

/** Answers the finding once, with the swap right before the first call of a kind. */
async function swappedBefore(method: string, state = builders.identityAccount()) {
  const world = new SimulatedWorld(state);
  let isDue = true;
  const fault = (call: { readonly method: string }) => {
    if (isDue && call.method === method) {
      isDue = false;
      swap(world.state);
    }
    return undefined;
  };
  const ending = await world.answer(incident, { fault });
  expect(isDue, method).to.equal(false);
  return { world, ending };
}

async function containedByRedelivery(world: SimulatedWorld) {
  world.outlastLease();
  expect(answered(await world.answer(incident, { delivery: 2 })).outcome).to.equal("contained");
  const { helper } = world.state.users;
  expect(helper?.attached).to.include(denyAllArn);
  expect(helper?.tags.SecurityStatus).to.equal("Quarantined");
  expect(helper?.keys.map(({ active }) => active)).to.deep.equal([false, false]);
}

describe("a production user who gets the name of the contained one [R5]", () => {
  it("is not touched when it has the name before the first change", async () => {
    const { world, ending } = await swappedBefore("sts.assume");
    expect(ending.kind).to.equal("failed");
    expect(world.state.users.deploy).to.deep.equal(untouched);
    await containedByRedelivery(world);
    expect(world.state.users.deploy).to.deep.equal(untouched);
  });

  it("is unmarked again when the mark hit it, and the notice says so", async () => {
    const { world, ending } = await swappedBefore("identity.setPrincipalTags");
    expect(ending.kind).to.equal("failed");
    const { tags, ...rest } = world.state.users.deploy!;
    expect(tags.SecurityStatus).to.equal("Restored");
    expect({ ...rest, tags: {} }).to.deep.equal(untouched);
    expect(world.notices[0]?.text).to.include(
      `The name deploy is that of AIDAEXAMPLEUSER000002 by now, not of ${builders.userId}: Cordon set its SecurityStatus to Quarantined, and then to Restored. Remove its tags QuarantinedAt, CordonIncident, GuardDutyFindingId, GuardDutyFindingType.`,
    );
    await containedByRedelivery(world);
    expect(world.state.users.deploy?.tags.SecurityStatus).to.equal("Restored");
  });

  it("is not denied any more when the deny hit it, and the notice says so", async () => {
    const { world, ending } = await swappedBefore("identity.attachPolicy");
    expect(ending.kind).to.equal("failed");
    expect(world.state.users.deploy).to.deep.equal(untouched);
    expect(world.notices[0]?.text).to.include(
      `The name deploy is that of AIDAEXAMPLEUSER000002 by now, not of ${builders.userId}: Cordon attached AWSDenyAll to it, and detached it again.`,
    );
    await containedByRedelivery(world);
    expect(world.state.users.deploy).to.deep.equal(untouched);
  });

  it("keeps its keys when it has the name before they are disabled", async () => {
    const { world } = await swappedBefore("identity.setKeyActive");
    expect(world.state.users.deploy).to.deep.equal(untouched);
    await containedByRedelivery(world);
    expect(world.state.users.deploy).to.deep.equal(untouched);
  });

  it("keeps the deny of an incident of its own", async () => {
    const state = builders.identityAccount();
    const contained = { attached: [denyAllArn], tags: { SecurityStatus: "Quarantined" } };
    Object.assign(state.users.other!, contained);
    const { world } = await swappedBefore("identity.attachPolicy", state);
    await containedByRedelivery(world);
    expect(world.state.users.deploy).to.deep.equal({ ...untouched, ...contained });
  });

  it("is denied until a person acts where the deny cannot be detached", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    let isDue = true;
    const fault = ({ method }: { readonly method: string }) => {
      if (method === "identity.attachPolicy" && isDue) {
        isDue = false;
        swap(world.state);
      }
      return method === "identity.detachPolicy"
        ? Object.assign(new Error("You may not"), { name: "AccessDenied" })
        : undefined;
    };
    expect((await world.answer(incident, { fault })).kind).to.equal("failed");
    expect(world.notices[0]?.text).to.include(
      "Cordon attached AWSDenyAll to it, and could not detach it (AccessDenied: You may not): aws iam detach-user-policy --user-name=deploy --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
    );
  });

  it("is not touched by the release", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(incident);
    swap(world.state);
    await world.release(id, { reactivateKeys: true });
    expect(world.state.users.deploy).to.deep.equal(untouched);
  });

  it("is not touched by undoing a step either, which fails", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(incident);
    const steps = allSteps(world.items[id]!.record.plan);
    swap(world.state);
    world.state.users.deploy!.attached = [denyAllArn];
    world.state.users.deploy!.tags = { SecurityStatus: "Quarantined" };
    const before = structuredClone(world.state);
    const account = new MemoryAccount(world.state);
    for (const step of steps) {
      const { inspect, undo } = kindOf(step.kind);
      expect(await inspect(step, account), step.kind).to.equal("gone");
      if (undo === "keep") throw new Error(`${step.kind} is never undone`);
      const error = await undo(step, account, world.now()).catch((thrown: Error) => thrown);
      expect(error, step.kind).to.be.instanceOf(Error);
    }
    expect(world.state).to.deep.equal(before);
  });
});
