import { expect } from "chai";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.incidentKey}-1`;

/** What a release answers once somebody has changed the journal's item, and what it changed. */
async function releaseAfter(change: (record: Omit<IncidentRecord, "status" | "marks">) => unknown) {
  const world = new SimulatedWorld(builders.standardAccount());
  await world.answer(builders.incident());
  const item = world.items[id]!;
  const changed = change(structuredClone(item.record));
  item.record = changed as typeof item.record;
  const before = structuredClone({ state: world.state, items: world.items });
  const calls = world.log.length;
  const report = answered(await world.release(id));
  return {
    report,
    calls: world.log.length - calls,
    unchanged:
      JSON.stringify({ state: world.state, items: world.items }) === JSON.stringify(before),
  };
}

/** Replaces a text anywhere in the plan. */
const inPlan = (text: string, other: string) => (record: { readonly plan: object }) => ({
  ...record,
  plan: JSON.parse(JSON.stringify(record.plan).replaceAll(text, other)) as object,
});

const tampered = `The plan of ${id} is not as a responder sealed it: somebody changed the journal; find out who in CloudTrail, and undo the containment by hand, as its notice lists it`;
const foreign = (name: string) =>
  `The plan of ${id} names ${name}, which cannot be of this incident: undo the containment by hand, as its notice lists it`;

describe("the trust of a release in its record", () => {
  const cases: readonly (readonly [string, Parameters<typeof releaseAfter>[0], string])[] = [
    ["whose original groups were replaced", inPlan("sg-web", "sg-open"), tampered],
    [
      "whose seal was removed, or never existed",
      ({ seal: _seal, ...record }) => record,
      `The plan of ${id} has no seal, as plans of older versions of Cordon: undo its steps by hand, as its notice lists them`,
    ],
    [
      "that names a policy of others",
      inPlan(`Cordon-${id}-5eed0001`, "PermissionsOfBilling"),
      foreign("PermissionsOfBilling"),
    ],
    [
      "that names the policy of another incident, whose id begins alike",
      inPlan(`Cordon-${id}-`, `Cordon-${id}2-`),
      foreign(`Cordon-${id}2-5eed0001`),
    ],
    [
      "that names a security group of others",
      inPlan(`cordon-untrack-${id}-5eed0001`, "default"),
      foreign("default, default, default, default"),
    ],
  ];
  for (const [what, change, reason] of cases) {
    it(`refuses a plan ${what}, in one sentence and with nothing changed`, async () => {
      expect(await releaseAfter(change)).to.deep.equal({
        report: { outcome: "refused", incident: id, reason },
        calls: 0,
        unchanged: true,
      });
    });
  }

  it("goes by a record that came back with its members in another order", async () => {
    const { report } = await releaseAfter(({ plan, incident, ...record }) => ({
      incident: Object.fromEntries(Object.entries(incident).reverse()),
      plan: Object.fromEntries(Object.entries(plan).reverse()),
      ...record,
    }));
    expect(report.outcome).to.equal("released");
  });
});
