import { expect } from "chai";
import type { Requested } from "../../../../functions/detect/security-hub";
import type { Incident } from "../../../../functions/model/incident";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import { answered, deaths, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.incidentKey}-1`;
const userId = `${builders.userKey}-1`;
const requestedAt = "2026-11-20T10:20:00Z";
const noWord =
  "Release the incident that the notice names: npx cordon release INCIDENT --reason TEXT";

/** A finding of Security Hub about the same, sent to be released. */
const sent = ({ finding, ...rest }: Incident, at = requestedAt): Requested => ({
  kind: "incident",
  incident: { ...rest, finding: { ...finding, severity: 2, requestedAt: at } },
});
const instance = builders.incident();
const noticeOf = (world: SimulatedWorld) => {
  const { subject = "", text = "" } = world.notices.at(-1) ?? {};
  return { subject, text };
};

async function contained(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.standardAccount());
  await world.answer(instance);
  return world;
}

describe("a release that a person asks for in Security Hub [R11] [E4]", () => {
  it("undoes the incident of the finding's resource, as the command does", async () => {
    const [asked, named] = [await contained(), await contained()];
    const first = asked.changes.length;
    expect(answered(await asked.request(sent(instance)))).to.deep.equal({
      outcome: "released",
      reason: "A responder requested it in Security Hub",
      incident: id,
    });
    expect(answered(await named.release(id)).outcome).to.equal("released");
    expect(asked.state).to.deep.equal(named.state);
    expect(asked.changes.slice(first)).to.deep.equal(named.changes.slice(first));
    expect(asked.sessions).to.deep.equal(named.sessions);
    const [own, others] = [asked, named].map((world) =>
      noticeOf(world).text.replace(/^(Requester|Reason) .*\n/gm, ""),
    );
    expect(own).to.equal(others);
    expect(noticeOf(asked).text).to.include(
      "\nRequester  Security Hub custom action\nReason     requested in Security Hub\n",
    );
    expect(asked.items[id]?.release).to.deep.equal({
      by: "Security Hub custom action",
      reason: "requested in Security Hub",
      at: "2026-11-20T10:05:00.000Z",
    });
    expect(asked.items[id]?.status).to.equal("released");
  });

  it("keeps every access key disabled: that takes a word that no finding has", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.userIncident());
    expect(answered(await world.request(sent(builders.userIncident())))).to.deep.include({
      outcome: "released",
      incident: userId,
    });
    const { keys, attached } = world.state.users.deploy!;
    expect(keys.map(({ active }) => active)).to.deep.equal([false, false]);
    expect(attached).not.to.include(builders.denyAllArn);
    expect(noticeOf(world).text).to.include("\nLeft in place by design\n");
  });

  it("is the release of the newest incident, whatever was released before it", async () => {
    const world = await contained();
    await world.release(id);
    await world.answer(builders.incident({ lastSeen: "2026-11-20T10:30:00.000Z" }));
    expect(answered(await world.request(sent(instance)))).to.deep.include({
      outcome: "released",
      incident: `${builders.incidentKey}-2`,
    });
  });

  it("finishes a release that stopped half way when it is asked for again", async () => {
    const world = await contained();
    const error = new AwsError("RequestLimitExceeded", "Request limit exceeded.");
    const fault = ({ method }: { method: string }) =>
      method === "scaling.attach" ? error : undefined;
    expect(answered(await world.request(sent(instance), { fault })).outcome).to.equal("unfinished");
    expect(world.items[id]).to.deep.include({ status: "releasing", leaseUntil: 0 });
    expect(answered(await world.request(sent(instance))).outcome).to.equal("released");
  });

  it("is finished by the next delivery, wherever it died", async () => {
    const { calls } = await (await contained()).request(sent(instance));
    const whole = await contained();
    await whole.request(sent(instance));
    expect(calls.length).to.be.above(20);
    for (const death of deaths(calls)) {
      const world = await contained();
      expect((await world.request(sent(instance), { death })).kind).to.equal("died");
      world.outlastLease();
      const { outcome } = answered(await world.request(sent(instance), { delivery: 2 }));
      // The run that died may have finished everything but its own reply.
      expect(outcome, JSON.stringify(death)).to.be.oneOf(["released", "notified"]);
      expect(world.items[id]?.status, JSON.stringify(death)).to.equal("released");
      expect(world.state.interfaces, JSON.stringify(death)).to.deep.equal(whole.state.interfaces);
    }
  });

  it("waits for the run that works on the incident, and gives up in words", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(instance, { death: { at: 40, when: "after" } });
    const before = structuredClone(world.state);
    const held = await world.request(sent(instance), { delivery: lastDelivery - 1 });
    expect(held.kind === "failed" && held.error.name).to.equal("LeaseHeld");
    expect(world.notices).to.deep.equal([]);
    const reason = `Another run works on ${id}; try again in three minutes`;
    expect(answered(await world.request(sent(instance), { delivery: lastDelivery }))).to.deep.equal(
      { outcome: "notified", reason, incident: id },
    );
    expect(noticeOf(world).text).to.include(reason);
    expect(world.state).to.deep.equal(before);
    world.outlastLease();
    expect(answered(await world.request(sent(instance))).outcome).to.equal("released");
  });

  const refusals: readonly (readonly [
    what: string,
    requested: Requested,
    reason: string,
    manualSteps: string | undefined,
    before: (world: SimulatedWorld) => Promise<unknown>,
  ])[] = [
    [
      "nothing that Cordon contained",
      sent(instance),
      `The journal has no incident for ${builders.instanceId}`,
      noWord,
      async () => {},
    ],
    [
      "a plan that was only announced",
      sent(instance),
      `Incident ${id} was only planned: there is no change to undo`,
      undefined,
      (world) => world.answer(instance, { policy: { mode: "dry-run" } }),
    ],
    [
      "an incident that was released",
      sent(instance),
      `Incident ${id} was released at 2026-11-20T10:05:00.000Z by arn:aws:sts::444455556666:assumed-role/responders/ana: a false positive`,
      undefined,
      async (world) => {
        await world.answer(instance);
        await world.release(id);
      },
    ],
    [
      "what was contained since the person asked",
      sent(instance, "2026-11-20T10:05:00.000Z"),
      `Incident ${id} was contained at 2026-11-20T10:05:00.000Z, after this release was requested: request it again if you mean this containment`,
      undefined,
      (world) => world.answer(instance),
    ],
    [
      "a finding that names two",
      {
        kind: "unanswered",
        finding: builders.finding({ requestedAt }),
        place: builders.place,
        resource: "instances",
        advice: {
          why: "The finding names 2 instances, and Cordon answers for one",
          manualSteps: [],
        },
      },
      "Cordon cannot determine which incident to release: The finding names 2 instances, and Cordon answers for one",
      noWord,
      (world) => world.answer(instance),
    ],
    [
      "a finding about a bucket",
      {
        kind: "unanswered",
        finding: builders.finding({ requestedAt }),
        place: builders.place,
        resource: "AwsS3Bucket",
      },
      "Cordon cannot determine which incident to release: No playbook covers AwsS3Bucket",
      noWord,
      (world) => world.answer(instance),
    ],
  ];
  for (const [what, requested, reason, manualSteps, before] of refusals) {
    it(`changes nothing and notifies why: ${what}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      await before(world);
      const unchanged = structuredClone([world.state, world.items]);
      const notices = world.notices.length;
      expect(answered(await world.request(requested))).to.deep.include({
        outcome: "notified",
        reason,
      });
      expect([world.state, world.items]).to.deep.equal(unchanged);
      expect(world.notices).to.have.lengthOf(notices + 1);
      const { subject, text } = noticeOf(world);
      expect(subject).to.match(/^\[Cordon\] Review required, no change made: /);
      expect(text).to.include(`\nWhy no change was made\n  - ${reason}\n`);
      expect(text.includes(`\nDo this\n  - ${manualSteps}\n`)).to.equal(manualSteps !== undefined);
    });
  }

  it("is refused, unread, when the event is none of ours", async () => {
    const world = await contained();
    const { value, calls } = (await world.request({ kind: "refused", reason: "not ours" })) as {
      value: unknown;
      calls: readonly unknown[];
    };
    expect(value).to.deep.equal({ outcome: "refused", reason: "not ours" });
    expect(calls).to.deep.equal([]);
  });
});
