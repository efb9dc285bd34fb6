import { expect } from "chai";
import {
  type Cutter,
  cutExposedKey,
  runName,
  underPolicy,
} from "../../../../functions/flows/exposed-key/cut";
import { PartialContainment } from "../../../../functions/flows/respond/finish";
import type { Answer } from "../../../../functions/flows/respond/responder";
import type { Incident } from "../../../../functions/model/incident";
import type { AccessKey } from "../../../../functions/model/member-account";
import type { Notice } from "../../../../functions/notify/notice";
import attach from "../../../fixtures/cloudtrail-quarantine-attach.json";
import health from "../../../fixtures/health-credentials-exposed.json";
import advisor from "../../../fixtures/trusted-advisor-exposed-key.json";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

/** Records what is asked of it, in order. */
function cutter(changes: Partial<Cutter> = {}, answered: Answer = contained) {
  const asked: string[] = [];
  const incidents: Incident[] = [];
  const notices: Notice[] = [];
  const whole: Cutter = {
    securityAccount: "444455556666",
    sampleFindings: "act",
    delivery: 1,
    lastDelivery: 6,
    account: async (id) => {
      asked.push("account");
      return id === "123456789012" ? { id, name: "shop" } : undefined;
    },
    publish: async (notice) => void notices.push(notice),
    findings: new MemoryNotificationLog(),
    now: () => new Date("2026-06-05T08:01:00Z"),
    owner: async () => {
      asked.push("owner");
      return "my-username";
    },
    uniqueId: async (_place, userName) => {
      asked.push(`id of ${userName}`);
      return ids[userName];
    },
    keyActive: async () => true,
    keys: async (_place, userName) => {
      asked.push(`keys of ${userName}`);
      return userName === "my-username" ? keys : undefined;
    },
    isExposed: async () => false,
    start: async (name) => void asked.push(`start ${name}`),
    answer: async (incident) => {
      asked.push("answer");
      incidents.push(incident);
      return answered;
    },
    ...changes,
  };
  return { whole, asked, incidents, notices };
}
const ids: Record<string, string> = { "my-username": "AIDAEXAMPLEUSER000009" };
const keys: readonly AccessKey[] = [{ id: "AKIAIOSFODNN7EXAMPLE", active: true }];
const contained: Answer = { outcome: "contained", reason: "Severity 9", incident: "k-1" };
const as = (outcome: Answer["outcome"]): Answer => ({ outcome, reason: "so it is" });
const partial = () =>
  new PartialContainment({
    record: { id: "k-1" },
    problems: [{ step: { kind: "deny-user" }, why: "throttled" }],
  } as never);

describe("functions/flows/exposed-key/cut [C8] [R4] [R11]", () => {
  it("cuts the key Trusted Advisor names, and hands on what the later states need", async () => {
    const { whole, asked } = cutter();
    const { finding, ...cut } = await cutExposedKey(advisor, whole);
    expect(cut).to.deep.equal({
      outcome: "contained",
      reason: "Severity 9",
      incident: "k-1",
      place: { account: "123456789012", region: "us-east-1" },
      accountName: "shop",
      userName: "my-username",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
    });
    expect(finding?.type).to.equal("TrustedAdvisor:ExposedAccessKeys");
    expect(asked).to.deep.equal(["account", "owner", "id of my-username", "answer"]);
  });

  it("cuts the key of the user who has it, whatever the event or another user is called", async () => {
    ids.renamed = "AIDAEXAMPLEUSER000008";
    const { whole, asked, incidents } = cutter({ owner: async () => "renamed" });
    expect((await cutExposedKey(advisor, whole)).userName).to.equal("renamed");
    expect(asked).to.deep.equal(["account", "id of my-username", "id of renamed", "answer"]);
    expect(incidents[0]?.resource).to.deep.equal({
      kind: "user",
      id: "renamed",
      uniqueId: "AIDAEXAMPLEUSER000008",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
    });
  });

  it("cuts the user whom the event names where the key is gone", async () => {
    const { whole, incidents } = cutter({ owner: async () => undefined });
    await cutExposedKey(advisor, whole);
    expect(incidents[0]?.resource).to.deep.include({
      id: "my-username",
      uniqueId: "AIDAEXAMPLEUSER000009",
    });
  });

  it("is about the same incident as GuardDuty's finding on that user", async () => {
    const { whole, incidents } = cutter();
    await cutExposedKey(advisor, whole);
    await cutExposedKey(health, whole);
    // sha256 of "123456789012\niam\nuser-id/AIDAEXAMPLEUSER000009\ncontain-access-key"
    expect(incidents.map(({ key, playbook }) => [key, playbook])).to.deep.equal([
      ["de5474a475ff69e2", "contain-access-key"],
      ["de5474a475ff69e2", "contain-access-key"],
    ]);
  });

  it("answers one exposure that Trusted Advisor, AWS Health and CloudTrail report as one incident", async () => {
    const { whole, incidents } = cutter();
    for (const event of [attach, health, advisor]) await cutExposedKey(event, whole);
    expect(incidents.map(({ key, resource }) => [key, resource])).to.deep.equal(
      Array(3).fill([
        "de5474a475ff69e2",
        {
          kind: "user",
          id: "my-username",
          uniqueId: "AIDAEXAMPLEUSER000009",
          accessKey: "AKIAIOSFODNN7EXAMPLE",
        },
      ]),
    );
    // Once the first of them has cut the key, the others are no news.
    const known = cutter({ isExposed: async () => true }, as("duplicate"));
    for (const event of [attach, health, advisor])
      expect((await cutExposedKey(event, known.whole)).outcome).to.equal("nothing-new");
  });

  it("cuts each key of a user whom AWS quarantined, a second one in a run of its own", async () => {
    const events: object[] = [];
    const { whole, asked, incidents } = cutter({
      keys: async () => [
        { id: "AKIAI44QH8DHBEXAMPLE", active: false },
        { id: "AKIAIOSFODNN7EXAMPLE", active: true },
      ],
      start: async (name, event) => {
        asked.push(`start ${name.replace(/[0-9a-f]{12}$/, "HASH")}`);
        events.push(event);
      },
    });
    const { finding, ...cut } = await cutExposedKey(attach, whole);
    expect(cut).to.deep.equal({
      outcome: "contained",
      reason: "Severity 9",
      incident: "k-1",
      place: { account: "123456789012", region: "us-east-1" },
      accountName: "shop",
      userName: "my-username",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
    });
    expect([finding?.type, finding?.exposed]).to.deep.equal([
      "CloudTrail:QuarantinePolicyAttached",
      true,
    ]);
    expect(asked).to.include("start event-123456789012-AKIAI44QH8DHBEXAMPLE-HASH");
    expect((await cutExposedKey(events[0], whole)).accessKey).to.equal("AKIAI44QH8DHBEXAMPLE");
    // Of the second run, which starts none.
    expect([events.length, new Set(incidents.map(({ key }) => key)).size]).to.deep.equal([1, 1]);
  });

  it("notifies at once of a quarantined user whose keys it does not find, and changes nothing", async () => {
    for (const found of [undefined, []]) {
      const { whole, asked, notices } = cutter({ keys: async () => found });
      const { outcome, accessKey } = await cutExposedKey(attach, whole);
      expect([outcome, accessKey]).to.deep.equal(["nothing-new", undefined]);
      expect(asked).to.deep.equal(["account", "account"]);
      expect(notices.map(({ subject }) => subject)).to.deep.equal([
        "[Cordon] URGENT Review required, no change made: user my-username (CloudTrail:QuarantinePolicyAtt...",
      ]);
    }
  });

  it("tries again where the keys of a quarantined user cannot be read now", async () => {
    const { whole } = cutter({ keys: () => Promise.reject(new Error("throttled")) });
    const error = await cutExposedKey(attach, whole).catch((thrown: unknown) => thrown);
    expect(String(error)).to.equal("Error: throttled");
  });

  it("reads nothing of a quarantined user in an account outside the organization", async () => {
    const { whole, asked } = cutter();
    const detail = { ...attach.detail, recipientAccountId: "999988887777" };
    const foreign = { ...attach, account: "999988887777", detail };
    expect((await cutExposedKey(foreign, whole)).outcome).to.equal("refused");
    expect(asked).to.deep.equal(["account"]);
  });

  it("finds the key's user in IAM where AWS Health names only the key", async () => {
    const { whole, asked, incidents } = cutter();
    await cutExposedKey(health, whole);
    expect(asked).to.deep.equal(["account", "owner", "id of my-username", "answer"]);
    expect(incidents[0]?.resource).to.deep.equal({
      kind: "user",
      id: "my-username",
      uniqueId: "AIDAEXAMPLEUSER000009",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
    });
  });

  it("notifies of a key whose owner is unknown, and looks up its activity", async () => {
    const { whole, asked, notices } = cutter({ owner: async () => undefined });
    const cut = await cutExposedKey(health, whole);
    expect([cut.outcome, cut.accessKey, cut.userName]).to.deep.equal([
      "not-contained",
      "AKIAIOSFODNN7EXAMPLE",
      undefined,
    ]);
    expect(asked).not.to.include("answer");
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT Review required, no change made: access key AKIAIOSFODNN7EXAMPLE (Health:AWS_RISK...",
    ]);
  });

  const rootsKey = {
    ...advisor,
    detail: {
      ...advisor.detail,
      "check-item-detail": {
        ...advisor.detail["check-item-detail"],
        "User Name (IAM or Root)": "root",
      },
    },
  };
  const unread = async () => {
    throw new Error("AccessDenied");
  };
  for (const [who, event, changes] of [
    ["IAM says <root_account>", health, { owner: async () => "<root_account>" }],
    [
      "IAM says root, and knows no user of that name with the key",
      health,
      { owner: async () => "root", keyActive: async () => undefined },
    ],
    [
      "Trusted Advisor says root, and IAM knows no user of that name with the key",
      rootsKey,
      { owner: async () => undefined, keyActive: async () => undefined },
    ],
    [
      "Trusted Advisor says root, and IAM cannot be asked",
      rootsKey,
      { owner: async () => undefined, keyActive: unread },
    ],
  ] as const) {
    it(`never touches root: ${who}`, async () => {
      const { whole, asked, notices } = cutter(changes);
      expect((await cutExposedKey(event, whole)).outcome).to.equal("not-contained");
      expect(asked.filter((each) => !each.startsWith("id of "))).to.deep.equal([
        "account",
        "account",
      ]);
      expect(notices[0]?.subject).to.match(/^\[Cordon\] URGENT .*: root user/);
    });
  }

  it("cuts the key of an IAM user who is named root, active or not", async () => {
    for (const active of [true, false]) {
      const asked: unknown[] = [];
      const { whole, incidents } = cutter({
        owner: async () => "root",
        keyActive: async (...args) => {
          asked.push(args);
          return active;
        },
      });
      for (const event of [rootsKey, health]) {
        const { outcome, userName } = await cutExposedKey(event, whole);
        expect([outcome, userName]).to.deep.equal(["contained", "root"]);
      }
      const place = { account: "123456789012", region: "us-east-1" };
      const question = [place, "root", "AKIAIOSFODNN7EXAMPLE"];
      expect(asked).to.deep.equal([question, question]);
      expect(incidents.map(({ resource }) => resource)).to.deep.equal(
        Array(2).fill({ kind: "user", id: "root", accessKey: "AKIAIOSFODNN7EXAMPLE" }),
      );
    }
  });

  it("refuses an account outside the organization before anything is asked there", async () => {
    const { whole, asked, notices } = cutter();
    const foreign = { ...advisor, account: "999988887777" };
    expect(await cutExposedKey(foreign, whole)).to.deep.equal({
      outcome: "refused",
      reason: "Account 999988887777 is not in the organization",
    });
    expect([asked, notices]).to.deep.equal([["account"], []]);
  });

  it("refuses a malformed event, and makes no call", async () => {
    const { whole, asked } = cutter();
    expect((await cutExposedKey({ source: "aws.trustedadvisor" }, whole)).outcome).to.equal(
      "refused",
    );
    expect(asked).to.deep.equal([]);
  });

  const ends: readonly [string, Answer, Partial<Cutter>, string][] = [
    ["finds the key inactive", as("notified"), { keyActive: async () => false }, "key-gone"],
    ["finds no such key", as("notified"), { keyActive: async () => undefined }, "key-gone"],
    ["finds no such user", as("target-missing"), {}, "key-gone"],
    ["may only notify", as("notified"), {}, "not-contained"],
    ["waits for approval", as("awaiting-approval"), {}, "not-contained"],
    ["runs dry", as("dry-run"), {}, "not-contained"],
    ["is about a sample", as("logged"), {}, "nothing-new"],
    ["is a duplicate", as("duplicate"), { isExposed: async () => true }, "nothing-new"],
    [
      "cannot read whether the key is dead",
      as("notified"),
      {
        keyActive: async () => {
          throw new Error("throttled");
        },
      },
      "not-contained",
    ],
    // GuardDuty's finding contained the user; that the key is public is news.
    ["is a duplicate that first reports the exposure", as("duplicate"), {}, "contained"],
    // The first try contained it and died before it could say so.
    [
      "is a duplicate of its own first try",
      as("duplicate"),
      { isExposed: async () => true, delivery: 2 },
      "contained",
    ],
  ];
  for (const [what, answered, changes, outcome] of ends) {
    it(`ends as ${outcome} when the response ${what}`, async () => {
      const { whole } = cutter(changes, answered);
      expect((await cutExposedKey(advisor, whole)).outcome).to.equal(outcome);
    });
  }

  it("has the workflow retry incomplete containment, and goes on after the last try", async () => {
    const failing = (delivery: number) =>
      cutExposedKey(
        advisor,
        cutter({
          delivery,
          answer: async () => {
            throw partial();
          },
        }).whole,
      );
    const early = await failing(5).catch((error: unknown) => error);
    expect(early).to.be.instanceOf(PartialContainment);
    const { outcome, reason, accessKey } = await failing(6);
    expect({ outcome, reason, accessKey }).to.deep.equal({
      outcome: "contained-in-part",
      reason: "Incident k-1 is contained in part: deny-user: throttled",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
    });
  });

  it("starts a run for each further key, and cuts its own even if that fails", async () => {
    const many = {
      ...health,
      detail: {
        ...health.detail,
        affectedEntities: [
          { entityValue: "AKIAIOSFODNN7EXAMPLE" },
          { entityValue: "AKIAI44QH8DHBEXAMPLE" },
        ],
      },
    };
    const { whole, asked } = cutter();
    await cutExposedKey(many, whole);
    expect(asked.filter((each) => each.startsWith("start"))).to.have.lengthOf(1);
    expect(asked.find((each) => each.startsWith("start"))).to.match(
      /^start event-123456789012-AKIAI44QH8DHBEXAMPLE-[0-9a-f]{12}$/,
    );

    const failing = cutter({
      start: async () => {
        throw new Error("Step Functions is down");
      },
    });
    const error = await cutExposedKey(many, failing.whole).catch((thrown: unknown) => thrown);
    expect(String(error)).to.equal("Error: Step Functions is down");
    expect(failing.asked).to.include("answer");
  });

  it("names a run so that Step Functions takes the name, and another report gets another", () => {
    const long = `AKIA${"X".repeat(124)}`;
    const name = underPolicy("1a2b3c4d", runName("reconcile", "123456789012", long, "report"));
    expect(name.length).to.be.at.most(80);
    expect(name).to.match(/^1a2b3c4d-reconcile-123456789012-/);
    expect(runName("event", "123456789012", "AKIA", "one")).not.to.equal(
      runName("event", "123456789012", "AKIA", "two"),
    );
    expect(runName("event", "123456789012", long, "one")).not.to.equal(
      runName("event", "123456789012", `${long.slice(0, -1)}Y`, "one"),
    );
  });
});
