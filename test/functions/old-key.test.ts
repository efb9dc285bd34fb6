import { expect } from "chai";
import {
  isoWeek,
  type NoticeKey,
  type Report,
  readReport,
  type Told,
  tellOldKey,
} from "../../functions/old-key";
import type { Notice } from "../../functions/record/notice";

const topic = "arn:aws:sns:us-east-1:444455556666:cordon-access-keys";
const envelope = {
  Type: "Notification",
  MessageId: "m-1",
  TopicArn: topic,
  Message: 'Account "222233334444" User "ci.deploy+x" needs to rotate their access key.',
  Timestamp: "2026-11-21T10:00:00.000Z",
};

describe("a report of an old access key", () => {
  it("is read from SNS's envelope", () => {
    expect(readReport(envelope, topic)).to.deep.equal({
      kind: "report",
      report: { id: "m-1", account: "222233334444", userName: "ci.deploy+x" },
    });
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no JSON", undefined, "It is no message of SNS"],
    ["another type", { ...envelope, Type: "SubscriptionConfirmation" }, "It is no message of SNS"],
    ["another topic", { ...envelope, TopicArn: `${topic}-2` }, `It is of the topic ${topic}-2`],
    ["free text", { ...envelope, Message: "Hello" }, "Its text is not that of the automation"],
    [
      "more lines than one",
      { ...envelope, Message: `${envelope.Message}\nAnd pay here.` },
      "Its text is not that of the automation",
    ],
    [
      "a name that IAM would not take",
      { ...envelope, Message: envelope.Message.replace("ci.deploy", "<b>") },
      "Its text is not that of the automation",
    ],
    [
      "an account that is none",
      { ...envelope, Message: envelope.Message.replace("222233334444", "2222") },
      "Its text is not that of the automation",
    ],
  ];
  for (const [what, message, reason] of refused) {
    it(`is refused if it is ${what}`, () => {
      expect(readReport(message, topic)).to.deep.equal({ kind: "refused", reason });
    });
  }
});

describe("the week in which people are told", () => {
  // ISO 8601's own edge cases, by `date -u -d DAY +%G-W%V`.
  const weeks = [
    ["2026-11-21T23:59:59Z", "2026-W47"],
    ["2026-11-22T23:59:59Z", "2026-W47"],
    ["2026-11-23T00:00:00Z", "2026-W48"],
    ["2027-01-03T12:00:00Z", "2026-W53"],
    ["2027-01-04T00:00:00Z", "2027-W01"],
    ["2024-12-30T00:00:00Z", "2025-W01"],
    ["2023-01-01T00:00:00Z", "2022-W52"],
    ["2028-02-29T08:00:00Z", "2028-W09"],
  ] as const;
  for (const [moment, week] of weeks) {
    it(`is ${week} at ${moment}`, () => expect(isoWeek(new Date(moment))).to.equal(week));
  }
});

describe("telling of an old access key", () => {
  const report: Report = { id: "m-1", account: "222233334444", userName: "ci" };

  /** Remembers claims as the table does, without its clock: a claim lasts until it is confirmed. */
  class MemoryTold implements Told {
    readonly items = new Map<string, { report: string; told: boolean }>();
    async claim(key: NoticeKey, by: string) {
      const known = this.items.get(JSON.stringify(key));
      if (known?.told) return "told";
      if (known && known.report !== by) return "claimed";
      this.items.set(JSON.stringify(key), { report: by, told: false });
      return "ours";
    }
    async confirm(key: NoticeKey) {
      const known = this.items.get(JSON.stringify(key));
      if (known) known.told = true;
    }
  }

  function teller(changes: { known?: boolean; at?: string; failing?: string[] } = {}) {
    const { known = true, failing = [] } = changes;
    const given: [target: string, notice: Notice][] = [];
    const clock = { at: changes.at ?? "2026-11-21T10:00:00Z" };
    const target = (name: string) => ({
      name,
      async tell(notice: Notice) {
        if (failing.includes(name)) throw new Error(`${name} is down`);
        given.push([name, notice]);
      },
    });
    return {
      account: async (id: string) => (known ? { id, name: "shop-production" } : undefined),
      told: new MemoryTold(),
      targets: [target("notices"), target("chat")],
      now: () => new Date(clock.at),
      given,
      failing,
      clock,
    };
  }

  it("tells every target once, by account, user and what to do", async () => {
    const people = teller();
    expect(await tellOldKey(report, people)).to.deep.equal({
      outcome: "notified",
      reason: "User ci of 222233334444 has an old access key: told notices, chat",
    });
    expect(people.given.map(([name]) => name)).to.deep.equal(["notices", "chat"]);
    expect(people.given[0]?.[1]).to.deep.equal({
      subject: "[Cordon] Rotate the access key of ci in 222233334444",
      text: [
        "Account: 222233334444 (shop-production)",
        "User: ci",
        "",
        "What AWS Config found",
        "  - An active access key of this user is older than the organization allows.",
        "  - Nothing was changed: the key goes on working.",
        "",
        "Do this",
        "  - Make a second key, put it to use, and disable the old one.",
        "  - Delete the old key once nothing misses it. If nobody knows the user, disable its keys.",
        "You are told once a week until the key is rotated.",
        "",
      ].join("\n"),
    });
  });

  it("tells nobody twice in a week, and again in the next", async () => {
    const people = teller();
    await tellOldKey(report, people);
    expect(await tellOldKey({ ...report, id: "m-2" }, people)).to.deep.equal({
      outcome: "duplicate",
      reason: "User ci of 222233334444 was told of in 2026-W47 already",
    });
    people.clock.at = "2026-11-23T00:00:00Z";
    expect((await tellOldKey({ ...report, id: "m-3" }, people)).outcome).to.equal("notified");
    expect(people.given).to.have.length(4);
  });

  it("takes users, and accounts, apart", async () => {
    const people = teller();
    await tellOldKey(report, people);
    await tellOldKey({ ...report, id: "m-2", userName: "cd" }, people);
    await tellOldKey({ ...report, id: "m-3", account: "333344445555" }, people);
    expect(people.given).to.have.length(6);
  });

  it("tells, at the next delivery, the target alone that could not be told", async () => {
    const people = teller({ failing: ["chat"] });
    const failed = await tellOldKey(report, people).catch((error: Error) => error);
    expect(failed).to.be.instanceOf(AggregateError).and.have.property("message", "chat is down");
    people.failing.splice(0);
    expect(await tellOldKey(report, people)).to.deep.equal({
      outcome: "notified",
      reason: "User ci of 222233334444 has an old access key: told chat",
    });
    expect(people.given.map(([name]) => name)).to.deep.equal(["notices", "chat"]);
  });

  it("leaves a notice to the report that is telling it", async () => {
    const people = teller({ failing: ["chat"] });
    await tellOldKey(report, people).catch(() => undefined);
    people.failing.splice(0);
    const other = await tellOldKey({ ...report, id: "m-2" }, people).catch((error: Error) => error);
    expect(other)
      .to.be.instanceOf(Error)
      .and.have.property("message", "chat is being told by another delivery");
    expect(people.given).to.have.length(1);
  });

  it("refuses a report about an account that is not in the organization", async () => {
    const people = teller({ known: false });
    expect(await tellOldKey(report, people)).to.deep.equal({
      outcome: "refused",
      reason: "Account 222233334444 is not in the organization",
    });
    expect([people.given, people.told.items.size]).to.deep.equal([[], 0]);
  });
});
