import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type ContainReport, containByHand } from "../../../cli/break-glass/contain";
import { JournalFileError, readRecord } from "../../../cli/break-glass/local-journal";
import type { Operator } from "../../../cli/break-glass/operator";
import { releaseByHand } from "../../../cli/break-glass/release";
import type { ResponsePolicy } from "../../../functions/decide/circumstances";
import { readTarget, type Target } from "../../../functions/detect/request";
import * as builders from "../../support/builders";
import { type AccountState, type Gate, MemoryAccount } from "../../support/memory-account";

const { account, region, instanceId } = builders;
const by = `arn:aws:sts::${account}:assumed-role/BreakGlass/ana`;

describe("containment with a responder's own credentials [R15] [C8]", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordon-break-glass-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function operatorOf(member: MemoryAccount, as: Partial<Operator> = {}): Operator {
    return {
      by,
      account,
      member,
      now: () => new Date("2026-11-20T10:05:00.000Z"),
      // Limits do not end; every other wait is over at once.
      sleep: (_ms, signal) =>
        signal === undefined ? Promise.resolve() : new Promise(() => undefined),
      ...as,
    };
  }

  function containing(
    member: MemoryAccount,
    text: string,
    {
      as = {},
      policy = {},
      yes = true,
    }: {
      readonly as?: Partial<Operator>;
      readonly policy?: Partial<ResponsePolicy>;
      readonly yes?: boolean;
    } = {},
  ): Promise<ContainReport> {
    const order = { target: readTarget(text) as Target, region, reason: "miner", folder, yes };
    return containByHand(order, operatorOf(member, as), builders.policy(policy));
  }

  const files = () => readdirSync(folder);

  it("isolates an instance as Cordon does, and releases it field by field", async () => {
    const state = builders.standardAccount();
    const before = structuredClone(state);
    const member = new MemoryAccount(state);
    const report = await containing(member, instanceId);
    if (report.outcome !== "carried-out") return expect.fail(JSON.stringify(report));
    const { record, extent, problems } = report.contained;
    expect({ extent, problems }).to.deep.equal({ extent: "whole", problems: [] });
    // The 1,324th day of local journals: 20 November 2026 is the 324th day of its year.
    expect(record.id).to.equal(`${builders.incidentKey}-1324`);
    expect(record.reasons[0]).to.equal(`${by} contained it with own credentials: miner`);
    expect(Object.values(state.interfaces).map(({ groups }) => groups)).to.deep.equal([
      ["sg-quarantine"],
      ["sg-quarantine"],
    ]);
    expect(files()).to.deep.equal([`cordon-${record.id}.json`]);

    const file = join(folder, `cordon-${record.id}.json`);
    const released = await releaseByHand(
      { file, reason: "over", close: false },
      operatorOf(member),
    );
    expect([...released.problems, ...released.drifted, ...released.byHand]).to.deep.equal([]);
    // EC2 keeps an interface's groups as a set.
    const sets = ({ interfaces }: AccountState) =>
      Object.entries(interfaces).map(([id, each]) => [
        id,
        { ...each, groups: new Set(each.groups) },
      ]);
    expect(sets(state)).to.deep.equal(sets(before));
    expect(state.roles).to.deep.equal(before.roles);
    expect(state.instances[instanceId]?.attributes).to.deep.equal(
      before.instances[instanceId]?.attributes,
    );
    expect(readRecord(file)).to.include({ status: "released" });
    const again = await releaseByHand(
      { file, reason: "over", close: false },
      operatorOf(member),
    ).catch((error: Error) => error);
    expect(again).to.be.instanceOf(JournalFileError);
    expect((again as Error).message).to.equal(`Incident ${record.id} was released already`);
  });

  it("denies a user, under the incident that GuardDuty's findings about the user have", async () => {
    const state = builders.identityAccount();
    const report = await containing(new MemoryAccount(state), "user/deploy");
    if (report.outcome !== "carried-out") return expect.fail(JSON.stringify(report));
    expect(report.contained.extent).to.equal("whole");
    expect(report.contained.record.incident.key).to.equal(builders.userKey);
    expect(state.users.deploy?.attached).to.include(builders.denyAllArn);
    expect(state.users.deploy?.keys.map(({ active }) => active)).to.deep.equal([false, false]);
    expect(state.users.other?.keys.map(({ active }) => active)).to.deep.equal([true]);
  });

  it("denies the session of a task", async () => {
    const state = builders.identityAccount();
    const report = await containing(new MemoryAccount(state), `session/tasks/${builders.taskId}`);
    if (report.outcome !== "carried-out") return expect.fail(JSON.stringify(report));
    expect(report.contained.record.incident.key).to.equal(builders.taskKey);
    expect(Object.keys(state.roles.tasks?.policies ?? {}).at(-1)).to.match(
      new RegExp(`^Cordon-${builders.taskKey}-1324-[0-9a-f]{8}$`),
    );
  });

  it("disables every key, whatever the stack says: which are public cannot be asked", async () => {
    const state = builders.identityAccount();
    await containing(new MemoryAccount(state), "user/deploy", { policy: { disableKeys: "named" } });
    expect(state.users.deploy?.keys.map(({ active }) => active)).to.deep.equal([false, false]);
  });

  it("prints the plan and changes nothing without --yes", async () => {
    const state = builders.standardAccount();
    const member = new MemoryAccount(state);
    const report = await containing(member, instanceId, { yes: false });
    expect(report.outcome).to.equal("planned");
    expect(member.log.filter(({ mutating }) => mutating)).to.deep.equal([]);
    expect(files()).to.deep.equal([]);
  });

  const refusals: Readonly<
    Record<string, readonly [string, AccountState, Parameters<typeof containing>[2], RegExp]>
  > = {
    "a break-glass principal": [
      "user/deploy",
      builders.identityAccount(),
      { policy: { breakGlass: { roles: [], users: ["deploy", "ci/deploy"] } } },
      /^deploy is a break-glass principal and is never contained$/,
    ],
    "a protected resource": [
      instanceId,
      builders.standardAccount(),
      { policy: { protectedResources: [builders.instanceArn] } },
      /^The resource is listed in cordon:protectedResources$/,
    ],
    "what does not exist": ["user/nobody", builders.identityAccount(), {}, /nobody/],
    "the user whose keys it works with": [
      "user/deploy",
      builders.identityAccount(),
      { as: { by: builders.userArn } },
      /^deploy is the user whose credentials this command uses: it would cut itself off$/,
    ],
    "the role whose session it works with": [
      "session/BreakGlass/ana",
      builders.identityAccount(),
      {},
      /^BreakGlass is the role whose credentials this command uses/,
    ],
  };
  for (const [what, [text, state, options, why]] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      const member = new MemoryAccount(state);
      const report = await containing(member, text, options);
      expect(report.outcome).to.equal("refused");
      expect((report as { reason: string }).reason).to.match(why);
      expect(member.log.filter(({ mutating }) => mutating)).to.deep.equal([]);
      expect(files()).to.deep.equal([]);
    });
  }

  it("has written every original value before the first change", async () => {
    const state = builders.standardAccount();
    let atFirstChange: string | undefined;
    const gate: Gate = async (call, effect) => {
      if (call.mutating) {
        const [file = "none"] = files();
        atFirstChange ??= readFileSync(join(folder, file), "utf8");
      }
      return effect();
    };
    await containing(new MemoryAccount(state, [], gate), instanceId);
    for (const group of ["sg-web", "sg-admin", "sg-data"]) expect(atFirstChange).to.include(group);
  });

  it("finishes with the same command what a process that died had begun", async () => {
    const state = builders.standardAccount();
    // The quarantine of the second interface is refused for a time.
    let refuses = true;
    const gate: Gate = async (call, effect) => {
      if (refuses && call.mutating && JSON.stringify(call.args).includes("eni-02")) {
        throw Object.assign(new Error("Rate exceeded"), { name: "RequestLimitExceeded" });
      }
      return effect();
    };
    const first = await containing(new MemoryAccount(state, [], gate), instanceId);
    if (first.outcome !== "carried-out") return expect.fail(JSON.stringify(first));
    expect(first.contained.extent).to.equal("part");
    refuses = false;
    const second = await containing(new MemoryAccount(state, [], gate), instanceId);
    if (second.outcome !== "carried-out") return expect.fail(JSON.stringify(second));
    expect(second.contained.extent).to.equal("whole");
    expect(second.contained.record.id).to.equal(first.contained.record.id);
    expect(state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-quarantine"]);
    expect(files()).to.have.length(1);
  });

  it("begins a new incident after the release, in a file of its own", async () => {
    const member = new MemoryAccount(builders.standardAccount());
    await containing(member, instanceId);
    const [first = ""] = files();
    const file = join(folder, first);
    await releaseByHand({ file, reason: "over", close: false }, operatorOf(member));
    const report = await containing(member, instanceId);
    if (report.outcome !== "carried-out") return expect.fail(JSON.stringify(report));
    expect(report.contained.record.id).to.equal(`${builders.incidentKey}-1325`);
    expect(files()).to.have.length(2);
  });

  describe("its journal", () => {
    const changes: readonly (readonly [string, (text: string) => string, RegExp])[] = [
      ["no JSON", () => "{", /cannot be read/],
      ["another file", () => '{"name":"app"}', /is no local journal of Cordon/],
      [
        "another id",
        (text) => text.replaceAll("-1324", "-1399"),
        /its incident has another id|must have the name/,
      ],
      ["other groups", (text) => text.replace('"sg-web"', '"sg-open"'), /its plan is not the one/],
    ];
    for (const [what, change, why] of changes) {
      it(`releases nothing from ${what}`, async () => {
        const member = new MemoryAccount(builders.standardAccount());
        await containing(member, instanceId);
        const [name = ""] = files();
        const file = join(folder, name);
        writeFileSync(file, change(readFileSync(file, "utf8")));
        const done = member.log.length;
        const outcome = await releaseByHand(
          { file, reason: "over", close: false },
          operatorOf(member),
        ).catch((error: Error) => error);
        expect(outcome).to.be.instanceOf(JournalFileError);
        expect((outcome as Error).message).to.match(why);
        expect(member.log).to.have.length(done);
      });
    }

    it("releases nothing in another account than the credentials'", async () => {
      const member = new MemoryAccount(builders.standardAccount());
      await containing(member, instanceId);
      const [name = ""] = files();
      const outcome = await releaseByHand(
        { file: join(folder, name), reason: "over", close: false },
        operatorOf(member, { account: "333344445555" }),
      ).catch((error: Error) => error.message);
      expect(outcome).to.match(/^These credentials are of account 333344445555, but incident/);
    });
  });
});
