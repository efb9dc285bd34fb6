import { expect } from "chai";
import {
  list,
  type Options,
  type Result,
  showIncident,
  whyIncident,
} from "../../../cli/incidents/command";
import type { JournalReader } from "../../../functions/record/journal";
import { AskedWorld, alice } from "../../support/asked";
import * as builders from "../../support/builders";
import { MemoryApprovals } from "../../support/memory-approvals";
import { MemoryJournal } from "../../support/memory-journal";
import { answered, SimulatedWorld } from "../../support/simulated-world";

const text: Options = { json: false };
const json: Options = { json: true };
const id = `${builders.incidentKey}-1`;

function journalOf(world: SimulatedWorld): JournalReader {
  return new MemoryJournal(world.items, () => world.now());
}

const shown = (of: string, options: Options, journal: JournalReader) =>
  showIncident(of, options, journal, new MemoryApprovals());

function linesOf(result: Result): readonly string[] {
  if ("problem" in result) throw new Error(result.problem);
  return result.lines;
}

const jsonOf = (result: Result) => JSON.parse(linesOf(result).join("\n"));

async function containedWorld() {
  const world = new SimulatedWorld(builders.standardAccount());
  answered(await world.answer(builders.incident()));
  return world;
}

/** A function's role, whose containment a person must approve. */
async function waitingWorld() {
  const world = new SimulatedWorld(builders.identityAccount());
  const role = { id: "thumbnails", session: "thumbnails", key: "41485cd95a6efb60" };
  const { outcome } = answered(await world.answer(builders.roleIncident({}, role)));
  expect(outcome).to.equal("awaiting-approval");
  return { world, id: `${role.key}-1` };
}

describe("npx cordon list [E4]", () => {
  it("says that nothing is open", async () => {
    const journal = journalOf(new SimulatedWorld(builders.standardAccount()));
    expect(linesOf(await list(text, journal))).to.deep.equal([
      "No incident is open, and no plan waits.",
    ]);
    expect(jsonOf(await list(json, journal))).to.deep.equal([]);
  });

  it("shows an open incident in two lines of at most 100 characters", async () => {
    const lines = linesOf(await list(text, journalOf(await containedWorld())));
    expect(lines).to.deep.equal([
      "incident              status              severity  since (UTC)       account",
      "  region          resource                      finding type                           not in effect",
      "",
      "f306fc2273fcd649-1    contained           8         2026-11-20 10:05  Web shop (222233334444)",
      "  eu-central-1    instance i-0a1b2c3d4e5f60718  CryptoCurrency:EC2/BitcoinTool.B       0 of 18",
      "",
      "Details: npx cordon show INCIDENT. Reasons: npx cordon why INCIDENT.",
    ]);
  });

  it("lists what was begun before what waits, and says what it waits for", async () => {
    const { world, id: waits } = await waitingWorld();
    answered(await world.answer(builders.incident({ severity: 7 })));
    const dry = { policy: { mode: "dry-run" } } as const;
    const user = builders.userIncident({ severity: 7.5 });
    answered(await world.answer(user, dry));
    const found = jsonOf(await list(json, journalOf(world)));
    expect(
      found.map((each: Record<string, unknown>) => [each.incident, each.status, each.waitsFor]),
    ).to.deep.equal([
      [id, "contained", undefined],
      [waits, "planned", "approval"],
      [`${user.key}-1`, "planned", "dry run"],
    ]);
    expect(found[1].notInEffect).to.have.lengthOf(found[1].steps);
    expect(found[0]).to.deep.include({
      account: { id: "222233334444", name: "Web shop" },
      region: "eu-central-1",
      playbook: "contain-instance",
      resource: { kind: "instance", id: "i-0a1b2c3d4e5f60718" },
      findingType: "CryptoCurrency:EC2/BitcoinTool.B",
      severity: 7,
      since: "2026-11-20T10:05:00.000Z",
    });
    world.items[id]!.marks = { ...world.items[id]!.marks, 0: "by-hand", 1: "gone" };
    expect(jsonOf(await list(json, journalOf(world)))[0].notInEffect).to.have.lengthOf(2);
    answered(await world.release(id));
    expect(jsonOf(await list(json, journalOf(world)))).to.have.lengthOf(2);
  });

  it("keeps the text of strangers within its cell and its line", async () => {
    const world = await containedWorld();
    const item = world.items[id]!;
    item.record = { ...item.record, accountName: `Web\nshop\u001b[31m \u202e${"x".repeat(400)}` };
    const lines = linesOf(await list(text, journalOf(world)));
    expect(lines).to.have.lengthOf(7);
    expect(lines[3]).to.match(/^f306fc2273fcd649-1 .* Web shop \[31m x+…$/);
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
  });
});

describe("npx cordon show [E4]", () => {
  it("shows an attack sequence by its parts, with their stages [D7]", async () => {
    const world = new SimulatedWorld(builders.sequenceAccount());
    const of = [builders.userIncident(), builders.roleIncident()];
    answered(await world.answer(builders.sequenceIncident(of), { policy: { mode: "dry-run" } }));
    const lines = linesOf(await shown(`${builders.sequenceKey}-1`, text, journalOf(world)));
    expect(lines.filter((line) => line.includes(", stage "))).to.deep.equal([
      "user deploy, stage mark",
      "user deploy, stage deny",
      "user deploy, stage keys",
      "role analyst, session alice@example.com, stage mark",
      "role analyst, session alice@example.com, stage deny",
    ]);
    // Security Hub's action would contain a resource of it.
    expect(lines.join("\n")).not.to.include("Cordon: contain");
  });

  it("shows finding, decision, steps with their marks and before-values, and commands", async () => {
    const lines = linesOf(await shown(id, text, journalOf(await containedWorld())));
    expect(lines).to.include.members([
      "Incident    f306fc2273fcd649-1",
      "Status      contained",
      "Since       2026-11-20T10:05:00.000Z",
      "Account     Web shop (222233334444), eu-central-1",
      "Resource    instance i-0a1b2c3d4e5f60718",
      "  The instance talks to a mining pool.",
      "  Severity 8 meets the threshold of 7, the instance began the activity (it opened the connection), and every guard passed",
      "Stage quarantine",
      "Residual risk",
      "Next steps",
      '  npx cordon mark f306fc2273fcd649-1 false-positive --type=CryptoCurrency:EC2/BitcoinTool.B --days=14 --reason="WHY"',
      '  npx cordon release f306fc2273fcd649-1 --reason "WHY"',
      "  aws guardduty get-findings --region eu-central-1 --finding-ids=1ab2c3d4e5f60718293a4b5c6d7e8f90 --detector-id \"$(aws guardduty list-detectors --region eu-central-1 --query 'DetectorIds[0]' --output text)\"",
    ]);
    expect(lines.join("\n")).to.match(
      / {2}done {6}quarantine-interface: eni-01: sg-admin, sg-web → quarantine only\n {6}before: \["sg-admin","sg-web"\]\n/,
    );
  });

  it("shows who released an incident, and why, also after another began", async () => {
    const world = await containedWorld();
    answered(await world.release(id));
    world.pass(60_000);
    const again = builders.incident({ lastSeen: "2026-11-20T10:05:30.000Z" });
    expect(answered(await world.answer(again)).incident).to.equal(`${builders.incidentKey}-2`);
    const lines = linesOf(await shown(id, text, journalOf(world)));
    expect(lines).to.include.members([
      "Status      released",
      "Release",
      "  By          arn:aws:sts::444455556666:assumed-role/responders/ana",
      "  Reason      a false positive",
      "  At          2026-11-20T10:05:00.000Z",
    ]);
    expect(lines.join("\n")).to.not.include("npx cordon release");
    const { release, steps, seal } = jsonOf(await shown(id, json, journalOf(world)));
    expect(release.reason).to.equal("a false positive");
    expect(seal).to.equal(undefined);
    const states = steps.map(({ state }: { state: string }) => state);
    expect(states).to.include.members(["restored", "kept"]);
  });

  it("writes no line that a stranger's title begins", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const title = "harmless\n\nCommands\n  rm -rf / \u202e\u0007";
    answered(await world.answer(builders.incident({ title })));
    const lines = linesOf(await shown(id, text, journalOf(world)));
    expect(lines).to.include("  harmless Commands rm -rf /");
    expect(lines.filter((line) => line === "Commands")).to.have.lengthOf(1);
    const { finding } = jsonOf(await shown(id, json, journalOf(world)));
    expect(finding.title).to.equal("harmless Commands rm -rf /");
  });
});

describe("npx cordon why [C9]", () => {
  it("names every guard that a containment passed", async () => {
    const world = await containedWorld();
    const lines = linesOf(await whyIncident(id, text, journalOf(world)));
    expect(lines[0]).to.equal(
      'Incident f306fc2273fcd649-1 is contained: Cordon began "Contain instance" for instance i-0a1b2c3d4e5f60718 automatically at 2026-11-20T10:05:00.000Z, because no guard objected.',
    );
    expect(lines).to.include(
      "   1. passed    accountInOrganization: The finding's account belongs to the organization.",
    );
    const passed = lines.flatMap((line) => /^ +\d+\. passed {4}(\w+): /.exec(line)?.[1] ?? []);
    expect(passed).to.deep.equal(world.items[id]?.record.checked);
    expect(passed).to.include.members(["severityHighEnough", "notOldNews", "noApprovalNeeded"]);
    expect(lines.filter((line) => line.includes("OBJECTED"))).to.be.empty;
    expect(lines.at(-1)).to.equal(
      "  The log /aws/lambda/cordon-respond-contain-instance has both: entries finding.answered.",
    );
  });

  it("names the guard that asks for approval, for a plan that was never begun", async () => {
    const { world, id: waits } = await waitingWorld();
    const lines = linesOf(await whyIncident(waits, text, journalOf(world)));
    expect(lines[0]).to.match(
      /and changed nothing, because a guard asks for a person's approval\.$/,
    );
    expect(lines.filter((line) => line.includes("OBJECTED"))[0]).to.match(
      /^ +\d+\. OBJECTED {2}noApprovalNeeded: The response stops no workload but one that is compromised; /,
    );
    expect(lines).to.include("  Guards after it were not checked.");
    const { guards } = jsonOf(await whyIncident(waits, json, journalOf(world)));
    expect(guards.at(-1)).to.include({ name: "noApprovalNeeded", result: "objected" });
  });

  it("says what a dry run by the policy would have waited for", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const role = { id: "thumbnails", session: "thumbnails", key: "41485cd95a6efb60" };
    const policy = { stage: builders.stagePolicy({ playbooks: {} }) };
    answered(await world.answer(builders.roleIncident({}, role), { policy }));
    const journal = journalOf(world);
    expect(linesOf(await whyIncident(`${role.key}-1`, text, journal))[0]).to.match(
      /and changed nothing\. Policy: dry run for revoke-sessions, which cordon:policy does not name\. Otherwise a guard would have asked for a person's approval\.$/,
    );
    expect(jsonOf(await list(json, journal))[0].waitsFor).to.equal("dry run");
    expect(linesOf(await shown(`${role.key}-1`, text, journal))).to.include(
      "  Policy: dry run for revoke-sessions, which cordon:policy does not name",
    );
  });

  it("says that a dry run changed nothing, and what an older record does not hold", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    answered(await world.answer(builders.incident(), { policy: { mode: "dry-run" } }));
    const verdict = linesOf(await whyIncident(id, text, journalOf(world)))[0];
    expect(verdict).to.match(
      /and changed nothing\. This deployment runs in dry-run mode\. No guard objected\.$/,
    );
    const { checked: _, ...older } = world.items[id]!.record;
    world.items[id]!.record = older;
    const lines = linesOf(await whyIncident(id, text, journalOf(world)));
    expect(lines).to.include(
      "  Which guards were checked: an older version of Cordon wrote this record.",
    );
    expect(lines).to.not.include("Guards, in order");
  });
});

describe("what keeps npx cordon list, show and why from an answer [E4]", () => {
  const failing = (name: string) => {
    const fail = () => Promise.reject(Object.assign(new Error("said\nso"), { name }));
    return { epoch: fail, openIncidents: fail, waitingPlans: fail, decidedSince: fail };
  };

  for (const [what, given, sentence] of [
    ["a malformed id", "i-0abc\n\u001b[1m", /^"i-0abc \[1m" is not an incident id: /],
    ["no id", "", /^"" is not an incident id: /],
    [
      "an incident that the journal does not have",
      "0f3a9c1d2b4e5f60-1",
      /^The journal has no incident 0f3a9c1d2b4e5f60-1: /,
    ],
    ["an epoch that is to come", `${builders.incidentKey}-2`, /^The journal has no incident /],
  ] as const) {
    it(`is said in one sentence: ${what}`, async () => {
      const journal = journalOf(await containedWorld());
      for (const run of [showIncident, whyIncident]) {
        const result = await run(given, text, journal);
        expect("problem" in result && result.problem).to.match(sentence);
      }
    });
  }

  for (const [name, sentence] of [
    ["CredentialsProviderError", /^There are no credentials: .* said so\.$/],
    ["ResourceNotFoundException", /^There is no journal cordon-journal in us-east-1: /],
    ["AccessDeniedException", /^These credentials need dynamodb:Query .*: said so$/],
    ["ExpiredTokenException", /^AWS does not accept these credentials: said so$/],
  ] as const) {
    it(`is said in one sentence: ${name}`, async () => {
      const results = [
        await list(json, failing(name)),
        await shown(id, text, failing(name)),
        await whyIncident(id, json, failing(name)),
      ];
      for (const result of results) {
        expect("problem" in result && result.problem).to.match(sentence);
      }
    });
  }

  it("is thrown where nothing is known of it", async () => {
    const error = await list(text, failing("TypeError")).catch((thrown: Error) => thrown);
    expect((error as Error).name).to.equal("TypeError");
  });
});

describe("npx cordon show of an approval [C5]", () => {
  const view = async ({ record, approvals, world }: AskedWorld, at: string, options = text) =>
    showIncident(record.id, options, journalOf(world), approvals, new Date(at));
  const early = "2026-11-20T11:00:00.000Z";

  it("prints what is asked, until when, who may answer, and how", async () => {
    const asked = await AskedWorld.open();
    const lines = linesOf(await view(asked, early));
    const from = lines.indexOf("Approval");
    expect(lines.slice(from, from + 5)).to.deep.equal([
      "Approval",
      "  State       waits",
      `  Plan        ${asked.record.revision}, asked at 2026-11-20T10:05:00.000Z`,
      "  Until       2026-11-20T14:05:00.000Z",
      "  By whom     principals of the security account that may invoke cordon-approve",
    ]);
    expect(lines).to.include.members([
      `  Undo        npx cordon release ${asked.record.id} --reason "WHY"`,
      `  npx cordon approve ${asked.record.id} --plan ${asked.record.revision} --reason "WHY"`,
      `  npx cordon reject ${asked.record.id} --plan ${asked.record.revision} --reason "WHY"`,
    ]);
    expect(lines.join()).not.to.include("token");
    expect(jsonOf(await view(asked, early, json)).approvals[0].digest).to.equal(asked.digest);
  });

  it("prints what the principal did before, in lines that none of it can break [R12]", async () => {
    const asked = await AskedWorld.open();
    const item = asked.approvals.items[0];
    if (item === undefined) throw new Error("nobody was asked");
    asked.approvals.items[0] = {
      ...item,
      excerpt: {
        from: "2026-11-20T04:00:00.000Z",
        to: "2026-11-20T10:05:00.000Z",
        found: 4,
        calls: [
          {
            at: "2026-11-20T10:01:00.000Z",
            region: "us-east-1",
            call: "iam:CreateUser\nState  approved",
            address: "198.51.100.23",
            addresses: 1,
            error: "AccessDenied",
            changes: true,
            times: 3,
          },
        ],
        missing: ["CloudTrail could not be read in eu-west-1: Rate exceeded"],
      },
    };
    const lines = linesOf(await view(asked, early));
    const from = lines.findIndex((line) => line.startsWith("What the principal did"));
    expect(lines.slice(from, from + 5)).to.deep.equal([
      "What the principal did from 2026-11-20T04:00:00.000Z to 2026-11-20T10:05:00.000Z, by CloudTrail",
      "  2026-11-20T10:01:00.000Z  us-east-1       iam:CreateUser State approved                     198.51.100.23                 AccessDenied, 3 times",
      "  Not listed: 1 of 4 calls that were read.",
      "  CloudTrail could not be read in eu-west-1: Rate exceeded",
      "  Calls come into CloudTrail up to 15 minutes late, and reads and writes of data do not.",
    ]);
  });

  it("says what became of it", async () => {
    const state = async (asked: AskedWorld, at = early) =>
      linesOf(await view(asked, at)).find((line) => line.startsWith("  State"));
    const asked = await AskedWorld.open();
    expect(await state(asked, "2026-11-20T14:05:00.000Z")).to.equal(
      "  State       expired: nobody answered",
    );
    await asked.give();
    expect(await state(asked)).to.equal(
      `  State       approved by ${alice} at 2026-11-20T10:05:00.000Z: seen in the logs`,
    );
    const [given] = asked.approvals.items;
    if (given?.answer) Object.assign(given.answer, { onPage: true, only: [1, 2] });
    expect(await state(asked)).to.equal(
      `  State       approved by ${alice} at 2026-11-20T10:05:00.000Z, on the page, steps 1, 2 alone: seen in the logs`,
    );
    const begun = await AskedWorld.open();
    const item = begun.world.items[begun.record.id];
    if (item) item.status = "contained";
    expect(await state(begun)).to.equal("  State       over: the incident was begun without it");
    if (item)
      Object.assign(item, { status: "planned", record: { ...item.record, plannedAt: early } });
    expect(await state(begun)).to.equal("  State       over: the plan is another one now");
  });
});
