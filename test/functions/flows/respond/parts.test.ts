import { expect } from "chai";
import { playbookScope } from "../../../../functions/catalogue/brake-scopes";
import type { Incident } from "../../../../functions/model/incident";
import type { Approval } from "../../../../functions/record/approvals";
import { allSteps } from "../../../../functions/remediate/plan";
import * as builders from "../../../support/builders";
import { AwsError } from "../../../support/memory-account";
import { answered, type Faults, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.sequenceKey}-1`;
const by = "arn:aws:sts::444455556666:assumed-role/Responders/alice@example.com";
const all = [
  builders.userIncident(),
  builders.roleIncident(),
  builders.incident(),
  ...builders.otherIncidents(),
];
const user = "user deploy";
const role = "role analyst, session alice@example.com";
const instance = `instance ${builders.instanceId}`;
const [second, third] = builders.otherInstances.map((each) => `instance ${each}`);
const every = [user, role, instance, second, third];

async function answer(
  faults: Faults = {},
  {
    of = all,
    world = new SimulatedWorld(builders.sequenceAccount()),
  }: { readonly of?: readonly Incident[]; readonly world?: SimulatedWorld } = {},
) {
  const incident = builders.sequenceIncident(of);
  const run = await world.answer(incident, faults);
  return { world, incident, run, answer: answered(run), record: world.items[id]?.record };
}

const planned = (record: Awaited<ReturnType<typeof answer>>["record"]) =>
  record?.plan.parts?.map(({ name }) => name);
/** The parts of which the plan has steps. */
const stepped = (record: Awaited<ReturnType<typeof answer>>["record"]) => [
  ...new Set(record?.plan.stages.map(({ part }) => part)),
];

describe("an attack sequence [D7]", () => {
  it("is contained as one incident, with one notice, each part by the role of its own family", async () => {
    const { world, answer: ended, record } = await answer();
    expect(ended.outcome).to.equal("contained");
    expect(Object.keys(world.items)).to.deep.equal([id]);
    expect(world.notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Contained: attack sequence of user deploy and 4 more (AttackSequence:EC2/CompromisedInst...",
    ]);
    expect(planned(record)).to.deep.equal(every);
    expect(stepped(record)).to.deep.equal(every);
    const { state } = world;
    expect(state.users.deploy?.attached).to.include(builders.denyAllArn);
    for (const each of Object.values(state.interfaces))
      expect(each.groups).to.deep.equal(["sg-quarantine"]);
    // Each instance has a deny of its own on the role that all three share.
    const denies = Object.keys(state.roles.web?.policies ?? {}).filter((name) =>
      name.startsWith("Cordon-"),
    );
    expect(denies).to.have.lengthOf(3);
    for (const { family, place, statements } of world.sessions) {
      const actions = JSON.stringify(statements);
      expect(place).to.deep.equal(builders.place);
      if (family === "instance")
        expect(actions).not.to.match(/iam:(AttachUser|UpdateAccess|TagUser|TagRole)/);
      else expect(actions).not.to.include("ec2:");
    }
    expect(new Set(world.sessions.map(({ family }) => family))).to.deep.equal(
      new Set(["identity", "instance"]),
    );
    expect(world.looks.map(({ key }) => key)).to.deep.equal([
      builders.sequenceKey,
      builders.sequenceKey,
      builders.sequenceKey,
    ]);
  });

  it("takes no more calls in a row than its slowest part alone", async () => {
    const turnsOf = async (incident: Incident) => {
      const world = new SimulatedWorld(builders.sequenceAccount());
      const run = await world.answer(incident, { inTurns: true });
      expect(answered(run).outcome).to.equal("contained");
      return run.turns;
    };
    const alone = await Promise.all(all.map(turnsOf));
    const together = await turnsOf(builders.sequenceIncident(all));
    console.log(`      ${alone.join(", ")} alone; ${together} together`);
    expect(together).to.equal(Math.max(...alone));
  });

  it("is undone field by field by one release", async () => {
    const before = builders.sequenceAccount();
    const { world } = await answer();
    const report = answered(await world.release(id));
    expect(report).to.deep.include({ outcome: "released", drifted: [], problems: [], byHand: [] });
    const { state } = world;
    state.snapshots = [];
    for (const [one, other] of [
      [state.users.deploy, before.users.deploy],
      [state.roles.analyst, before.roles.analyst],
      ...Object.keys(before.instances).map(
        (each) => [state.instances[each], before.instances[each]] as const,
      ),
    ] as const) {
      expect(one?.tags.SecurityStatus).to.equal("Restored");
      delete one?.tags.RestoredAt;
      delete one?.tags.SecurityStatus;
      const was = other?.tags.SecurityStatus;
      if (one && was !== undefined) one.tags.SecurityStatus = was;
    }
    // Keys stay disabled; the Auto Scaling group has started a replacement.
    for (const key of before.users.deploy?.keys ?? []) key.active = false;
    const group = state.scalingGroups["web-asg"];
    expect(group?.instances).to.include(builders.instanceId);
    before.scalingGroups = state.scalingGroups;
    for (const each of Object.values(before.interfaces)) each.groups.sort();
    for (const each of Object.values(state.interfaces)) each.groups.sort();
    for (const each of Object.keys(state.instances))
      if (!(each in before.instances)) delete state.instances[each];
    expect(state).to.deep.equal(before);
  });

  it("contains a session although another one of the same role is contained", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.pipelineIncident({}, "burned"));
    const denies = () => Object.keys(world.state.roles.pipeline?.policies ?? {}).length;
    const before = denies();
    const { record } = await answer(
      {},
      { world, of: [builders.pipelineIncident({}, "mallory"), builders.userIncident()] },
    );
    expect(planned(record)).to.deep.equal(["role pipeline, session mallory", user]);
    expect(denies()).to.equal(before + 1);
  });

  it("is no missing target while an actor is left, and says who", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    delete world.state.users.deploy;
    const why = "no IAM policy restricts root";
    const incident = builders.sequenceIncident(
      [builders.userIncident(), builders.userIncident()],
      {},
      [{ what: "Root root", why, manualSteps: ["Sign in as root."], isOpen: true }],
    );
    expect(answered(await world.answer(incident)).outcome).to.equal("notified");
    const [notice] = world.notices;
    expect(notice?.subject).to.match(/^\[Cordon\] URGENT /);
    expect(notice?.text).to.include(`Root root: ${why}`);
    expect(notice?.text).to.include("  - Sign in as root.\n");
  });

  it("asks about an instance whose credentials a part is about, unless it is a part itself", async () => {
    const session = builders.instanceSessionIncident();
    const { world } = await answer({}, { of: [session] });
    expect(world.hosts).to.deep.equal([builders.sequenceKey]);
    const both = await answer({}, { of: [session, builders.incident()] });
    expect(both.world.hosts).to.deep.equal([]);
  });

  describe("leaves out a part, says why, and contains the rest:", () => {
    const left = async (
      why: RegExp,
      faults: Faults,
      change: (world: SimulatedWorld) => void = () => undefined,
    ) => {
      const world = new SimulatedWorld(builders.sequenceAccount());
      change(world);
      const { answer: ended, record } = await answer(faults, { world });
      expect(ended.outcome).to.equal("contained-in-part");
      const [way, ...more] = record?.plan.open ?? [];
      expect(more).to.deep.equal([]);
      expect(way).to.match(why);
      expect(world.notices).to.have.lengthOf(1);
      expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Contained in part: /);
      expect(world.notices[0]?.text).to.include(`\nStill open\n  - ${way}\n`);
      return { world, record };
    };

    it("a protected resource", async () => {
      const { record } = await left(
        /^instance i-0a1b2c3d4e5f60718 is left out: The resource is listed in cordon:protectedResources$/,
        { policy: { protectedResources: [builders.instanceArn] } },
      );
      expect(stepped(record)).to.deep.equal([user, role, second, third]);
    });

    it("a break-glass principal", async () => {
      const { record } = await left(/^user deploy is left out: deploy is a break-glass principal/, {
        policy: { breakGlass: { roles: [], users: ["ci/deploy"] } },
      });
      expect(stepped(record)).to.deep.equal([role, instance, second, third]);
    });

    it("what an exception covers", async () => {
      await left(
        /^role analyst, session alice@example.com is left out: Exception 1a2b3c4d of team-web/,
        {},
        (world) =>
          world.exceptions.push(
            builders.exception({ resource: `arn:aws:iam::${builders.account}:role/analyst` }),
          ),
      );
    });

    it("what is covered by a tag of its own", async () => {
      await left(/^instance i-0a1b2c3d4e5f60718 is left out: Exception/, {}, (world) =>
        world.exceptions.push(builders.exception({ tag: "Name=web-1" })),
      );
    });

    it("what does not exist", async () => {
      await left(/^user deploy is left out: The user deploy does not exist$/, {}, ({ state }) => {
        delete state.users.deploy;
      });
    });

    it("what the policy has planned only", async () => {
      const stage = builders.stagePolicy();
      const { "contain-access-key": _, ...playbooks } = stage.playbooks;
      const { record } = await left(
        /^user deploy is left out: Policy: dry run for contain-access-key, which cordon:policy does not name$/,
        { policy: { stage: { ...stage, playbooks } } },
      );
      expect(stepped(record)).not.to.include(user);
    });

    it("an instance in a region that is not governed", async () => {
      const elsewhere = {
        ...builders.incident(),
        place: { ...builders.place, region: "sa-east-1" },
      };
      const {
        answer: ended,
        record,
        world,
      } = await answer({}, { of: [builders.userIncident(), elsewhere] });
      expect(ended.outcome).to.equal("contained-in-part");
      expect(record?.plan.open).to.deep.equal([
        `${instance} is left out: Region sa-east-1 is not governed by this deployment`,
      ]);
      expect(world.log.map(({ method }) => method)).not.to.include("compute.instance");
    });

    it("a service-linked role", async () => {
      const linked = builders.roleIncident(
        {},
        { id: "AWSServiceRoleForAutoScaling", session: "AutoScaling", key: "00000000000000aa" },
      );
      const { record } = await answer({}, { of: [builders.userIncident(), linked] });
      expect(record?.plan.open?.[0]).to.include("is a service-linked role");
      expect(stepped(record)).to.deep.equal([user]);
    });

    it("what was released since, although the sequence was not", async () => {
      const world = new SimulatedWorld(builders.sequenceAccount());
      await world.answer(builders.incident());
      world.outlastLease();
      await world.release(`${builders.incidentKey}-1`);
      world.notices.length = 0;
      const { record } = await answer({}, { world });
      expect(record?.plan.open?.[0]).to.match(
        /^instance i-0a1b2c3d4e5f60718 is left out: Responders released/,
      );
    });
  });

  it("leaves out what an incident of its own contains, names that, and counts as contained", async () => {
    const world = new SimulatedWorld(builders.sequenceAccount());
    await world.answer(builders.incident());
    world.notices.length = 0;
    const { answer: ended, record } = await answer({}, { world });
    expect(ended.outcome).to.equal("contained");
    expect(stepped(record)).to.deep.equal([user, role, second, third]);
    expect(world.notices[0]?.text).to.include(
      `\n  - ${instance} is left out: incident ${builders.incidentKey}-1 about it is contained.\n`,
    );
    const other = answered(
      await world.answer(builders.incident({ lastSeen: "2026-11-20T10:01:00.000Z" })),
    );
    expect(other.outcome).to.equal("duplicate");
  });

  it("meets an ordinary finding about a part as contained", async () => {
    const { world } = await answer();
    const before = world.changes.length;
    for (const each of all) {
      const ended = answered(await world.answer(each));
      expect([each.playbook, ended.outcome]).to.deep.equal([each.playbook, "notified"]);
      expect(ended.reason).to.include("is already contained");
    }
    expect(world.changes).to.have.lengthOf(before);
  });

  it("contains the rest where a part cannot be read, and that part at the next delivery", async () => {
    const fault: Faults["fault"] = ({ method, args }) =>
      method === "compute.instance" && args[0] === builders.instanceId
        ? new AwsError("Throttling", "Rate exceeded")
        : undefined;
    const world = new SimulatedWorld(builders.sequenceAccount());
    const incident = builders.sequenceIncident(all);
    expect((await world.answer(incident, { fault })).kind).to.equal("failed");
    const { record } = world.items[id] ?? {};
    expect(stepped(record)).to.deep.equal([user, role, second, third]);
    expect(record?.plan.open).to.deep.equal([
      `${instance} is left out: Reading the target failed: Throttling: Rate exceeded`,
    ]);
    // It was counted with the rest.
    const window = `${playbookScope("contain-instance", builders.account)} 2026-11-20T10`;
    expect(world.brakes.counts[window]).to.have.lengthOf(3);
    world.outlastLease();
    const ended = answered(await world.answer(incident, { delivery: 2 }));
    expect(ended.outcome).to.equal("contained");
    expect(stepped(world.items[id]?.record)).to.have.members(every);
    expect(world.items[id]?.record.plan.open).to.equal(undefined);
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-quarantine"]);
  });

  it("notifies where nothing is left to contain", async () => {
    const { answer: ended, world } = await answer(
      { policy: { protectedResources: [builders.instanceArn] } },
      { of: [builders.incident()] },
    );
    expect(ended.outcome).to.equal("notified");
    expect(ended.reason).to.equal(
      `Cordon contains nothing of the attack sequence: ${instance}: The resource is listed in cordon:protectedResources`,
    );
    expect([world.items, world.changes]).to.deep.equal([{}, []]);
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Review required/);
  });

  it("notifies where none of it exists any more", async () => {
    const world = new SimulatedWorld(builders.sequenceAccount());
    world.state.users = {};
    const { answer: ended } = await answer({}, { world, of: [builders.userIncident()] });
    expect(ended.outcome).to.equal("target-missing");
  });

  it("tries again where nothing of it can be read, and is left to people in the end", async () => {
    const fault: Faults["fault"] = ({ method }) =>
      method.startsWith("identity.") ? new AwsError("Throttling", "Rate exceeded") : undefined;
    const world = new SimulatedWorld(builders.sequenceAccount());
    const incident = builders.sequenceIncident([builders.userIncident()]);
    expect((await world.answer(incident, { fault })).kind).to.equal("failed");
    expect(world.notices).to.deep.equal([]);
    const ended = answered(await world.answer(incident, { fault, delivery: 5 }));
    expect(ended.outcome).to.equal("notified");
    expect(world.items).to.deep.equal({});
  });

  describe("asks once", () => {
    const optOut = (world: SimulatedWorld) => {
      const target = world.state.instances[builders.instanceId];
      if (target) target.tags.AutoRemediation = "disabled";
      return world;
    };

    it("where one part would need an approval, and then contains all of it", async () => {
      const world = optOut(new SimulatedWorld(builders.sequenceAccount()));
      const { answer: ended, record } = await answer({}, { world });
      expect(ended.outcome).to.equal("awaiting-approval");
      expect(world.changes).to.deep.equal([]);
      expect(world.asked).to.have.lengthOf(1);
      expect(world.notices).to.have.lengthOf(1);
      expect(record?.reasons[0]).to.include(
        `${instance}: The resource has the tag AutoRemediation=disabled`,
      );
      expect(record?.objectedBy).to.equal("noApprovalNeeded");
      expect(planned(record)).to.deep.equal(every);

      const { digest = "" } = world.asked[0] ?? {};
      const at = world.now().toISOString();
      world.approvals.push({
        digest,
        incident: id,
        expiresAt: "2026-11-21T10:00:00.000Z",
        answer: { decision: "approve", by, reason: "seen in the logs", at },
      } as Approval);
      const done = answered(await world.approved({ incident: id, digest }));
      expect(done.outcome, done.reason).to.equal("contained");
      expect(stepped(world.items[id]?.record)).to.deep.equal(every);
      expect(answered(await world.watch(builders.sequenceKey)).outcome).to.equal("logged");
    });

    it("where it is a node of a cluster", async () => {
      const node = builders.incident({ begunBy: { who: "unclear", why: "it is a node" } });
      const { answer: ended, world } = await answer({}, { of: [builders.userIncident(), node] });
      expect(ended.outcome).to.equal("awaiting-approval");
      expect(world.changes).to.deep.equal([]);
    });

    it("where the policy has a playbook of a part ask", async () => {
      const stage = builders.stagePolicy();
      const playbooks = { ...stage.playbooks, "revoke-sessions": { response: "ask" as const } };
      const { answer: ended } = await answer({ policy: { stage: { ...stage, playbooks } } });
      expect(ended.outcome).to.equal("awaiting-approval");
    });
  });

  describe("and the brakes [C7]", () => {
    it("counts each part in the brakes of its playbook and of the organization", async () => {
      const { world } = await answer();
      const counts = Object.entries(world.brakes.counts).map(([scope, names]) => [
        scope.split(" ")[0],
        names.length,
      ]);
      expect(Object.fromEntries(counts)).to.deep.equal({
        "playbook/contain-access-key/222233334444": 1,
        "playbook/revoke-sessions/222233334444": 1,
        "playbook/contain-instance/222233334444": 3,
        "group/222233334444/eu-central-1/web-asg": 1,
        organization: 5,
        "type/AttackSequence:EC2/CompromisedInstanceGroup": 1,
      });
    });

    for (const brakes of [
      { perPlaybookAndAccount: 2, organization: 50, groupPercent: 30 },
      { perPlaybookAndAccount: 10, organization: 4, groupPercent: 30 },
    ]) {
      it(`is no way round them: it asks where its parts are too many (${JSON.stringify(brakes)})`, async () => {
        const { answer: ended, world } = await answer({ policy: { brakes } });
        expect(ended.outcome).to.equal("awaiting-approval");
        expect(world.changes).to.deep.equal([]);
        expect(Object.keys(world.brakes.tripped)).to.have.lengthOf(1);
      });
    }

    it("asks where a brake of one part is tripped", async () => {
      const world = new SimulatedWorld(builders.sequenceAccount());
      const scope = playbookScope("revoke-sessions", builders.account);
      const brake = { scope, limit: 10, trippedAt: "2026-11-20T09:00:00.000Z", incident: "0-1" };
      world.brakes.tripped[scope] = { brake, alertUntil: 0 };
      const { answer: ended } = await answer({}, { world });
      expect(ended.outcome).to.equal("awaiting-approval");
    });
  });

  it("is planned as a whole in a dry run, and changes nothing", async () => {
    const { answer: ended, world, record } = await answer({ policy: { mode: "dry-run" } });
    expect(ended.outcome).to.equal("dry-run");
    expect(world.changes).to.deep.equal([]);
    expect(stepped(record)).to.deep.equal(every);
    expect(allSteps(record?.plan ?? { stages: [] }).length).to.be.greaterThan(30);
  });
});
