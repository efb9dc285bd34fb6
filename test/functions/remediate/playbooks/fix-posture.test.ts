/** A setting that a control is about: fixed where the policy says so, given back exactly, never fought over. */
import { expect } from "chai";
import { detectCompliance } from "../../../../functions/detect/compliance";
import { PartialContainment } from "../../../../functions/flows/respond/finish";
import type { Incident } from "../../../../functions/model/incident";
import type { SettingState } from "../../../../functions/model/member-account";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import { fixture } from "../../../support/cases";
import { type Json, spoiled } from "../../../support/events";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const group = "sg-0123456789abcdef0";
const rule = {
  protocol: "tcp",
  from: 22,
  to: 22,
  cidr: "0.0.0.0/0",
  description: "for the move",
};
const key = `open-ssh ${group}`;

function incident(time = "2026-11-20T10:00:00Z"): Incident {
  const changes: readonly (readonly [readonly string[], unknown])[] = [
    [["time"], time],
    [["detail", "configRuleName"], "cordon-restricted-ssh-conformance-pack-a1b2c3"],
    [["detail", "resourceType"], "AWS::EC2::SecurityGroup"],
    [["detail", "resourceId"], group],
  ];
  const event = changes.reduce<Json>(
    (each, [path, value]) => spoiled(each, path, value),
    fixture("config-compliance-change"),
  );
  const detected = detectCompliance(event);
  if (detected.kind !== "incident") throw new Error(JSON.stringify(detected));
  return detected.incident;
}

const policy = { stage: builders.posturePolicy };

function world(setting: Partial<SettingState> = {}): SimulatedWorld {
  const found = { value: [rule], tags: { team: "web" }, ...setting };
  return new SimulatedWorld({ ...builders.standardAccount(), settings: { [key]: found } });
}

const valueIn = ({ state }: SimulatedWorld) => state.settings?.[key]?.value;

describe("the playbook that fixes posture [R5] [R6] [R7]", () => {
  it("only notifies by the default policy, whose automatic tier begins at 7", async () => {
    const here = world();
    const ending = answered(await here.answer(incident()));
    expect(ending.outcome).to.equal("notified");
    expect(ending.reason).to.equal("Severity 4 is below 7, the threshold for containment");
    expect(here.changes).to.deep.equal([]);
    expect(here.notices[0]?.text).to.include(
      `\nDo this\n  - By hand: remove the rules of security group ${group} that open port 22 to the internet.\n`,
    );
    expect(here.notices[0]?.subject).to.equal(
      `[Cordon] Review required, no change made: security group ${group} (Config:cordon-rest...`,
    );
  });

  it("notifies once a day of an account's settings that break the same rule", async () => {
    const here = world();
    const outcomes: string[] = [];
    for (const day of [0, 0, 1]) {
      here.pass(day * 86_400_000);
      const found = incident(here.now().toISOString());
      const own = { ...found, finding: { ...found.finding, id: String(outcomes.length) } };
      outcomes.push(answered(await here.answer(own)).outcome);
    }
    expect(outcomes).to.deep.equal(["notified", "logged", "notified"]);
    expect(here.notices).to.have.length(2);
    expect(here.notices[0]?.text).to.include(
      "Other resources may break it, too. Cordon notifies once a day, account and rule",
    );
  });

  it("changes nothing in a dry run, and says what it would change", async () => {
    const here = world();
    await here.answer(incident(), { policy: { ...policy, mode: "dry-run" } });
    expect(here.changes.filter(({ method }) => method === "settings.write")).to.deep.equal([]);
    expect(here.notices[0]?.text).to.include(
      `remove the rules of security group ${group} that open port 22 to the internet`,
    );
  });

  it("takes the rules that open the port away, and gives exactly them back", async () => {
    const here = world();
    const fixed = answered(await here.answer(incident(), { policy }));
    expect(fixed.outcome).to.equal("contained");
    expect(valueIn(here)).to.deep.equal([]);
    const [notice] = here.notices;
    expect(notice?.subject).to.equal(
      `[Cordon] Fixed: security group ${group} (Config:cordon-restricted-ssh)`,
    );
    expect(notice?.text).to.include("Connections that are open already go on");

    const released = answered(await here.release(`${incident().key}-1`));
    expect(released.outcome).to.equal("released");
    expect(valueIn(here)).to.deep.equal([rule]);
  });

  it("does not fix again what responders gave back, which AWS Config then finds again", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    await here.release(`${incident().key}-1`);
    here.pass(60_000);
    const next = answered(await here.answer(incident(here.now().toISOString()), { policy }));
    expect(next.outcome).to.equal("notified");
    expect(next.reason).to.match(
      /^Responders gave the setting back at 2026-11-20T.*: Cordon fixes it once$/,
    );
    expect(valueIn(here)).to.deep.equal([rule]);
  });

  it("does not fight over a setting whose fix a person approved either", async () => {
    const here = world();
    const asked = incident();
    const requested = {
      ...asked,
      finding: { ...asked.finding, requestedAt: asked.finding.lastSeen },
    };
    expect(answered(await here.answer(requested, { policy })).outcome).to.equal("contained");
    for (let day = 0; day < 3; day++) {
      here.state.settings![key] = { value: [rule], tags: {} };
      here.pass(25 * 3_600_000);
      expect(answered(await here.watch(asked.key, { policy })).outcome).to.equal("notified");
      expect(answered(await here.watch(asked.key, { policy })).outcome).to.equal("logged");
    }
    expect(valueIn(here)).to.deep.equal([rule]);
    expect(here.notices.filter(({ subject }) => subject.includes("URGENT"))).to.deep.equal([]);
  });

  it("counts with the brakes of its playbook and account, and not with the organization's", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    expect(Object.keys(here.brakes.counts).map((each) => each.split(" ")[0])).to.deep.equal([
      "playbook/fix-posture/222233334444",
      "type/Config:cordon-restricted-ssh",
    ]);
  });

  it("answers a late finding about what is fixed with nothing", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    here.pass(3_600_000);
    const late = answered(await here.answer(incident("2026-11-20T10:59:00Z"), { policy }));
    expect(late.outcome).to.equal("duplicate");
    expect(here.notices).to.have.length(1);
    expect(here.followUps).to.deep.equal([]);
  });

  it("does not fight with who changes it back: it notifies, at a finding and by its watch", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    here.state.settings![key] = { value: [rule], tags: {} };
    const watched = answered(await here.watch(incident().key, { policy }));
    expect(watched.outcome).to.equal("notified");
    expect(watched.reason).to.include("Cordon fixes a setting once");
    const found = answered(await here.answer(incident("2026-11-20T10:04:00Z"), { policy }));
    expect(found.outcome).to.equal("logged");
    expect(here.notices.at(-1)?.subject).to.match(/^\[Cordon\] Setting changed back: /);
    expect(valueIn(here)).to.deep.equal([rule]);
  });

  it("finishes what a run that died left half done", async () => {
    const both = [rule, { ...rule, cidr: "::/0" }];
    const here = world({ value: both });
    const writes = (call: { method: string }) => call.method === "settings.write";
    const fault = (call: { method: string }) =>
      writes(call) ? new AwsError("TimeoutError", "no answer") : undefined;
    expect((await here.answer(incident(), { policy, fault })).kind).to.equal("failed");
    here.state.settings![key] = { value: [rule], tags: {} };
    here.outlastLease();
    const ending = answered(await here.answer(incident(), { policy, delivery: 2 }));
    expect(ending.outcome).to.equal("contained");
    expect(valueIn(here)).to.deep.equal([]);
    await here.release(`${incident().key}-1`);
    expect(valueIn(here)).to.deep.equal(both);
  });

  const held: Readonly<Record<string, readonly [Partial<SettingState>, string, string]>> = {
    "somebody seems to rely on it": [
      { asks: "A rule opens ports 20 to 30" },
      "awaiting-approval",
      "A rule opens ports 20 to 30",
    ],
    "the resource may be Cordon's own": [
      { left: `Security group ${group} has the tag cordon` },
      "notified",
      `Security group ${group} has the tag cordon`,
    ],
    "its owner opted out": [
      { tags: { AutoRemediation: "disabled" } },
      "awaiting-approval",
      "The resource has the tag AutoRemediation=disabled, which an intruder may have set: approve the plan unless the tag's owner objects",
    ],
  };
  for (const [what, [setting, outcome, reason]] of Object.entries(held)) {
    it(`changes nothing where ${what}`, async () => {
      const here = world(setting);
      const ending = answered(await here.answer(incident(), { policy }));
      expect(ending.outcome).to.equal(outcome);
      const [notice] = here.notices;
      expect(notice?.text).to.include(`  - ${reason}\n`);
      expect(notice?.subject).to.not.include("URGENT");
      expect(here.changes.filter(({ method }) => method === "settings.write")).to.deep.equal([]);
    });
  }

  it("says nothing of a setting that is as it ought to be already", async () => {
    const here = world({ value: [] });
    const ending = answered(await here.answer(incident(), { policy }));
    expect([ending.outcome, ending.reason]).to.deep.equal([
      "logged",
      `The setting of security group ${group} is as it ought to be`,
    ]);
    expect([here.notices, here.changes]).to.deep.equal([[], []]);
  });

  it("changes nothing where the resource is gone, and says so", async () => {
    const here = new SimulatedWorld(builders.standardAccount());
    const ending = answered(await here.answer(incident(), { policy }));
    expect([ending.outcome, ending.reason]).to.deep.equal([
      "target-missing",
      `The security group ${group} does not exist`,
    ]);
    expect(here.notices.map(({ subject }) => subject)).to.deep.equal([
      `[Cordon] Target missing: no change made: security group ${group} (Config:cordon-restr...`,
    ]);
    expect(here.changes).to.deep.equal([]);
  });

  it("notifies of one in a region that is not governed, and changes nothing", async () => {
    const here = world();
    const found = incident();
    const elsewhere = { ...found, place: { ...found.place, region: "us-west-2" } };
    const ending = answered(await here.answer(elsewhere, { policy }));
    expect([ending.outcome, ending.reason]).to.deep.equal([
      "notified",
      "Region us-west-2 is not governed by this deployment",
    ]);
    expect([here.notices.length, here.changes]).to.deep.equal([1, []]);
  });

  const arn = `arn:aws:ec2:us-east-1:222233334444:security-group/${group}`;
  for (const covers of [{ resource: arn }, { tag: "team=web" }, { playbook: "fix-posture" }]) {
    it(`notifies of one that an exception covers, and changes nothing: ${Object.keys(covers)}`, async () => {
      const here = world();
      here.exceptions.push(builders.exception(covers));
      const ending = answered(await here.answer(incident(), { policy }));
      expect([ending.outcome, ending.reason]).to.deep.equal([
        "notified",
        "Exception 1a2b3c4d of team-web until 2027-01-31: load test",
      ]);
      expect([here.notices.length, here.changes]).to.deep.equal([1, []]);
    });
  }

  const meanwhile = {
    "was changed": [
      { value: [{ ...rule, cidr: "::/0" }], tags: {} },
      "Since the plan was made it was changed to: protocol: tcp, from: 22, to: 22, cidr: ::/0, description: for the move. Nothing was changed",
    ],
    "was deleted": [undefined, "\nNo longer exists: nothing was done\n"],
  } as const;
  for (const [what, [setting, sentence]] of Object.entries(meanwhile)) {
    it(`notifies of one that ${what} while the plan was made, and changes nothing`, async () => {
      const here = world();
      const fault = ({ method }: { method: string }) => {
        if (method === "journal.begin") here.state.settings = setting ? { [key]: setting } : {};
        return undefined;
      };
      const ending = await here.answer(incident(), { policy, fault });
      expect(ending.kind === "failed" && ending.error).to.be.instanceOf(PartialContainment);
      expect(here.state.settings).to.deep.equal(setting ? { [key]: setting } : {});
      expect(here.changes.filter(({ method }) => method === "settings.write")).to.deep.equal([]);
      expect(here.notices.map(({ subject }) => subject)).to.deep.equal([
        `[Cordon] URGENT Not fixed: security group ${group} (Config:cordon-restricted-ssh)`,
      ]);
      expect(here.notices[0]?.text).to.include(sentence);
    });
  }
});
