import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { policy, type Sources } from "../../../cli/policy/command";
import type { StagePolicy } from "../../../functions/decide/stage-policy";
import * as builders from "../../support/builders";
import { MemoryJournal } from "../../support/memory-journal";
import { answered, SimulatedWorld } from "../../support/simulated-world";

const folder = mkdtempSync(join(tmpdir(), "cordon-policy-"));
const text = { json: false };
const unit = "ou-cord-22222222";

function written(content: unknown, name = "policy.yaml"): string {
  const file = join(folder, name);
  // JSON is YAML, too.
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function sources(world?: SimulatedWorld, changes: Partial<Sources> = {}): Sources {
  const now = () => new Date("2026-11-25T10:00:00.000Z");
  return {
    variablesOf: async () => ({ MODE: "enforce", POLICY: JSON.stringify(builders.stagePolicy()) }),
    journal: new MemoryJournal(world?.items ?? {}, now),
    unitsOf: async () => [unit],
    now,
    ...changes,
  };
}

async function linesOf(options: { json: boolean; with?: string }, given = sources()) {
  const result = await policy(options, given);
  if ("problem" in result) throw new Error(result.problem);
  return result.lines;
}

async function problemOf(options: { json: boolean; with?: string }, given = sources()) {
  const result = await policy(options, given);
  return "problem" in result ? result.problem : "no problem";
}

const failing = (name: string, message: string) => () =>
  Promise.reject(Object.assign(new Error(message), { name }));

describe("npx cordon policy [C1] [C2] [C4]", () => {
  const rolledOut: StagePolicy = {
    notifyFrom: 4,
    askFrom: 5,
    automaticFrom: 7,
    playbooks: {
      "contain-instance": { response: "automatic", types: ["CryptoCurrency:*"], automaticFrom: 8 },
      "contain-access-key": { response: "ask" },
    },
    rules: [
      { accounts: ["222233334444"], units: [unit], response: "dry-run" },
      { units: [unit], playbooks: ["revoke-sessions"], notifyFrom: 2 },
    ],
  };
  const deployed = (mode: string, stage: StagePolicy) =>
    sources(undefined, {
      variablesOf: async () => ({ MODE: mode, POLICY: JSON.stringify(stage) }),
    });

  it("shows what is deployed, entry by entry", async () => {
    expect(await linesOf(text, deployed("enforce", rolledOut))).to.deep.equal([
      "Mode enforce: responses go as far as the policy says.",
      "Findings are notified from 4, asked about from 5, automatic from 7; below 4 logged.",
      "",
      "Playbooks",
      "  contain-instance     automatic for CryptoCurrency:*, dry run for others; automatic from 8",
      "  contain-access-key   ask",
      "  revoke-sessions      dry run, because it is not named",
      "  contain-sequence     dry run, because it is not named",
      "  fix-posture          dry run, because it is not named",
      "  block-address        dry run, because it is not named",
      "  contain-resource     dry run, because it is not named",
      "",
      "Rules: an account before its units, an inner unit before an outer one, units before the above",
      "  222233334444, ou-cord-22222222, every playbook: dry run",
      "  ou-cord-22222222, revoke-sessions: notified from 2",
    ]);
  });

  it("says that a stage in dry run changes nothing, and prints JSON", async () => {
    const given = deployed("dry-run", rolledOut);
    expect((await linesOf(text, given))[0]).to.equal(
      "Mode dry-run: nothing is changed, whatever the policy says.",
    );
    expect(JSON.parse((await linesOf({ json: true }, given)).join("\n"))).to.deep.equal({
      mode: "dry-run",
      policy: rolledOut,
    });
  });

  it("asks each responder, and says so where they differ or have no policy", async () => {
    const asked: string[] = [];
    const differing = sources(undefined, {
      variablesOf: async (name) => {
        asked.push(name);
        const stage = builders.stagePolicy(name.endsWith("sessions") ? { notifyFrom: 5 } : {});
        return { MODE: "enforce", POLICY: JSON.stringify(stage) };
      },
    });
    expect(await problemOf(text, differing)).to.equal(
      "The responders do not have the same policy: a deployment has stopped half-way. Run pulumi up again.",
    );
    expect(asked).to.deep.equal([
      "cordon-respond-contain-instance",
      "cordon-respond-contain-access-key",
      "cordon-respond-revoke-sessions",
      "cordon-respond-contain-sequence",
      "cordon-respond-fix-posture",
      "cordon-respond-contain-resource",
    ]);
    for (const variables of [{ MODE: "enforce" }, { MODE: "enforce", POLICY: "{" }, {}]) {
      const older = sources(undefined, { variablesOf: async () => ({ ...variables }) });
      expect(await problemOf(text, older)).to.equal(
        "A deployed responder has no policy: an older version of Cordon is deployed.",
      );
    }
  });

  for (const [name, message, problem] of [
    [
      "CredentialsProviderError",
      "Could not load credentials",
      "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials.",
    ],
    [
      "AccessDeniedException",
      "User is not\nauthorized",
      "These credentials need lambda:GetFunctionConfiguration on cordon-respond-*, or with a file dynamodb:Scan on cordon-journal and kms:Decrypt on its key: User is not authorized",
    ],
    [
      "ResourceNotFoundException",
      "Function not found",
      "Cordon is not deployed in us-east-1 of the account of these credentials: are they those of the security account? Function not found",
    ],
    ["ExpiredTokenException", "expired", "AWS does not accept these credentials: expired"],
  ] as const) {
    it(`says in one sentence what is missing: ${name}`, async () => {
      const given = sources(undefined, { variablesOf: failing(name, message) });
      expect(await problemOf(text, given)).to.equal(problem);
    });
  }
});

describe("npx cordon policy --with FILE [C4]", () => {
  /** An instance contained at severity 7.5, a user in dry run, and a role that waits for an approval. */
  const world = async () => {
    const instances = new SimulatedWorld(builders.standardAccount());
    answered(await instances.answer(builders.incident({ severity: 7.5 })));
    const identities = new SimulatedWorld(builders.identityAccount());
    answered(await identities.answer(builders.userIncident(), { policy: { mode: "dry-run" } }));
    const role = { id: "thumbnails", session: "thumbnails", key: "41485cd95a6efb60" };
    const { outcome } = answered(await identities.answer(builders.roleIncident({}, role)));
    expect(outcome).to.equal("awaiting-approval");
    Object.assign(instances.items, identities.items);
    return instances;
  };
  const instance = `${builders.incidentKey}-1`;
  const user = `${builders.userIncident().key}-1`;
  const role = "41485cd95a6efb60-1";
  const replayed = async (file: string, changes: Partial<Sources> = {}) =>
    JSON.parse(
      (await linesOf({ json: true, with: file }, sources(await world(), changes))).join("\n"),
    );
  const differences = async (content: unknown, changes: Partial<Sources> = {}) => {
    const found = await replayed(written(content), changes);
    return found.differences.map(({ incident, was, would, because }: Record<string, string>) => [
      incident,
      was,
      would,
      because,
    ]);
  };
  const automatic =
    "Severity 8 meets the threshold of 7, the credentials are compromised, and every guard passed";

  it("lists what becomes automatic, and leaves what another guard objected to", async () => {
    expect(await differences(builders.stagePolicy())).to.deep.equal([
      [user, "dry run", "automatic", automatic],
    ]);
  });

  for (const [what, changes, expected] of [
    [
      "a higher threshold",
      { automaticFrom: 8 },
      [
        [
          instance,
          "automatic",
          "notified",
          "Severity 7.5 is below 8, the threshold for containment",
        ],
        [user, "dry run", "automatic", automatic.replace("of 7", "of 8")],
      ],
    ],
    [
      "logging below 7.6",
      { notifyFrom: 7.6, automaticFrom: 9 },
      [
        [instance, "automatic", "logged", "Severity 7.5 is below 7.6"],
        [user, "dry run", "notified", "Severity 8 is below 9, the threshold for containment"],
        [role, "approval", "notified", "Severity 8 is below 9, the threshold for containment"],
      ],
    ],
    [
      "a playbook that asks, and others that are not named",
      { playbooks: { "contain-instance": { response: "ask" } } },
      [
        [instance, "automatic", "approval", "Policy: ask first for contain-instance"],
        [
          role,
          "approval",
          "dry run",
          "Policy: dry run for revoke-sessions, which cordon:policy does not name",
        ],
      ],
    ],
    [
      "a unit in dry run",
      { rules: [{ units: [unit], playbooks: ["contain-instance"], response: "dry-run" }] },
      [
        [
          instance,
          "automatic",
          "dry run",
          "Policy: dry run for contain-instance in unit ou-cord-22222222",
        ],
        [user, "dry run", "automatic", automatic],
      ],
    ],
  ] as const) {
    it(`says what differs by ${what}`, async () => {
      const found = await differences(builders.stagePolicy(changes as Partial<StagePolicy>));
      expect(found).to.have.deep.members(expected);
      expect(found).to.have.lengthOf(expected.length);
    });
  }

  it("counts units that cannot be looked up as notified", async () => {
    const rules = [{ units: [unit], playbooks: ["contain-instance" as const], notifyFrom: 2 }];
    const unitsOf = failing("AccessDenied", "no");
    const [first] = await differences(builders.stagePolicy({ rules }), { unitsOf });
    expect(first).to.deep.equal([
      instance,
      "automatic",
      "notified",
      "Policy: what it says of the units of account 222233334444 is unknown, because they could not be read: AccessDenied: no",
    ]);
  });

  it("takes the mode from a stage's file, which is a dry run where it has none", async () => {
    const stage = (more: object) =>
      written({ config: { "cordon:policy": builders.stagePolicy(), ...more } }, "Pulumi.prod.yaml");
    const dry = await replayed(stage({}));
    expect(dry.mode).to.equal("dry-run");
    expect(dry.differences.map(({ would }: Record<string, string>) => would)).to.deep.equal([
      "dry run",
      "dry run",
    ]);
    expect((await replayed(stage({ "cordon:mode": "enforce" }))).mode).to.equal("enforce");
  });

  it("leaves out what is older than 30 days", async () => {
    const now = () => new Date("2026-12-20T10:05:00.001Z");
    const given = sources(await world(), { now });
    const lines = await linesOf({ json: false, with: written(builders.stagePolicy()) }, given);
    expect(lines[0]).to.equal(
      "0 incidents since 2026-11-20 10:05, by this policy in mode enforce: 0 decided differently.",
    );
  });

  it("writes lines of at most 100 characters, and what the journal cannot tell", async () => {
    const shown = await world();
    const item = shown.items[user]!;
    const { incident } = item.record;
    const finding = { ...incident.finding, type: "Recon:IAMUser/\u001b[31m\nX" };
    item.record = { ...item.record, incident: { ...incident, finding } };
    const file = written(builders.stagePolicy());
    expect(await linesOf({ json: false, with: file }, sources(shown))).to.deep.equal([
      "3 incidents since 2026-10-26 10:00, by this policy in mode enforce: 1 decided differently.",
      "",
      `${user}    2026-11-20 10:05  8     dry run → automatic       contain-access-key in 222233334444`,
      "  Recon:IAMUser/ [31m X about user deploy",
      `  ${automatic}`,
      "",
      "What the journal cannot tell",
      "  Findings that only notified, were logged or refused are not in the journal: a policy that asks or acts from a lower severity would have begun more than this.",
      "  Of an incident the journal has the newest plan alone, and of units those of today.",
      "  What becomes automatic counts with the brakes, which may hold it back.",
    ]);
  });

  for (const [what, file, problem] of [
    ["is not there", join(folder, "none.yaml"), / cannot be read: Error: ENOENT/],
    ["is no YAML", written("a: [", "broken.yaml"), /broken\.yaml cannot be read: YAMLParseError/],
    [
      "is a stage's and has no policy",
      written({ config: { "cordon:mode": "enforce" } }, "Pulumi.staging.yaml"),
      /Pulumi\.staging\.yaml has no cordon:policy, and so no policy to compare with\.$/,
    ],
    [
      "has a wrong mode",
      written({ config: { "cordon:policy": {}, "cordon:mode": "on" } }, "Pulumi.local.yaml"),
      /^cordon:mode in .*Pulumi\.local\.yaml must be one of dry-run, enforce\.$/,
    ],
    [
      "has a wrong policy",
      written({ notifyFrom: 4, automaticFrom: 7, playbooks: { "contain-instanc": {} } }, "w.yaml"),
      /^cordon:policy\.playbooks has no "contain-instanc"; did you mean contain-instance\?$/,
    ],
  ] as const) {
    it(`refuses a file that ${what}, and reads nothing`, async () => {
      const decidedSince = failing("Unexpected", "the journal was read");
      const given = sources(undefined, { journal: { decidedSince } });
      expect(await problemOf({ json: false, with: file }, given)).to.match(problem);
    });
  }
});
