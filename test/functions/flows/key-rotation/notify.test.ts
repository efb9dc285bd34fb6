import { expect } from "chai";
import { oldKeyFormat, parseOldKeyMessage } from "../../../../contract/key-rotation-message";
import { isAnsweredElsewhere } from "../../../../functions/catalogue/routing";
import { oldKeyNews } from "../../../../functions/flows/key-rotation/news";
import {
  isoWeek,
  NoRecipient,
  notifyFailedReport,
  notifyOldKey,
  type OldKey,
} from "../../../../functions/flows/key-rotation/notify";
import {
  type FailedReport,
  type Report,
  readMessage,
} from "../../../../functions/flows/key-rotation/report";
import type { Notice } from "../../../../functions/notify/notice";
import type {
  OldKeyNotice,
  OldKeyNotificationLog,
} from "../../../../functions/notify/notification-log";
import { fixture } from "../../../support/cases";
import { spoiled } from "../../../support/events";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

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
    expect(readMessage(envelope, topic)).to.deep.equal({
      kind: "report",
      report: { id: "m-1", account: "222233334444", userName: "ci.deploy+x" },
    });
  });

  const neither = "It is no message of SNS, and no automation's failure";
  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no JSON", undefined, neither],
    ["another type", { ...envelope, Type: "SubscriptionConfirmation" }, neither],
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
      expect(readMessage(message, topic)).to.deep.equal({ kind: "refused", reason });
    });
  }
});

describe("an automation's failure", () => {
  const event = fixture("ssm-automation-failed");

  it("is read from the event of its end", () => {
    expect(readMessage(event, topic)).to.deep.equal({
      kind: "failed",
      failed: {
        id: "d290ece9-1088-4383-9df6-cd5b4ac42b99",
        account: "222233334444",
        region: "us-east-1",
        execution: "333ba70b-2333-48db-b17e-a5e69c6f4d1c",
        status: "Failed",
      },
    });
    expect(isAnsweredElsewhere(event)).to.equal(true);
  });

  const others: readonly (readonly [string, readonly string[], unknown])[] = [
    ["of another document", ["detail", "Definition"], "AWS-PublishSNSNotification"],
    ["of an automation that succeeded", ["detail", "Status"], "Success"],
    ["of a step", ["detail-type"], "EC2 Automation Step Status-change Notification"],
    ["of another source", ["source"], "custom.ssm"],
  ];
  for (const [what, path, value] of others) {
    it(`is refused, and left to triage, if it is ${what}`, () => {
      const other = spoiled(event, [...path], value);
      expect(readMessage(other, topic).kind).to.equal("refused");
      expect(isAnsweredElsewhere(other)).to.equal(false);
    });
  }

  it("is refused with an execution that is no id: people get it in a command", () => {
    const other = spoiled(event, ["detail", "ExecutionId"], "x; rm -rf ~");
    expect(readMessage(other, topic).kind).to.equal("refused");
  });
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

describe("telling of an old access key [P7] [R8]", () => {
  const report: Report = { id: "m-1", account: "222233334444", userName: "ci" };

  class MemoryOldKeys extends MemoryNotificationLog<OldKeyNotice> implements OldKeyNotificationLog {
    readonly users = new Set<string>();
    async admit({ account, userName, week }: Omit<OldKeyNotice, "target">, most: number) {
      const others = [...this.users].filter((user) => user.startsWith(`${account} ${week} `));
      const user = `${account} ${week} ${userName}`;
      if (!others.includes(user) && others.length >= most) return false;
      this.users.add(user);
      return true;
    }
  }

  function notifier(
    changes: {
      known?: boolean;
      at?: string;
      failing?: string[];
      others?: string[];
      /** When the active keys of every user were made. */
      made?: readonly string[] | Error | undefined;
    } = {},
  ) {
    const { known = true, failing = [] } = changes;
    const made =
      "made" in changes ? changes.made : ["2026-08-01T00:00:00Z", "2026-11-20T00:00:00Z"];
    const given: [target: string, notice: Notice | OldKey][] = [];
    const clock = { at: changes.at ?? "2026-11-21T10:00:00Z" };
    const target = (name: string) => ({
      name,
      async notify(notice: Notice | OldKey) {
        if (failing.includes(name)) throw new Error(`${name} is down`);
        given.push([name, notice]);
      },
    });
    return {
      account: async (id: string) => (known ? { id, name: "shop-production" } : undefined),
      notifications: new MemoryOldKeys(),
      asked: [] as string[],
      async keysMade(account: string, userName: string) {
        this.asked.push(`${account} ${userName}`);
        if (made instanceof Error) throw made;
        return made?.map((date) => new Date(date));
      },
      isRefusal: (error: unknown) => (error as Error).message === "AccessDenied",
      maxAgeDays: 90,
      people: [target("notices"), target("chat")],
      others: changes.others?.map(target) ?? [],
      now: () => new Date(clock.at),
      given,
      failing,
      clock,
    };
  }

  it("tells every target once, by account, user and what to do", async () => {
    const people = notifier();
    expect(await notifyOldKey(report, people)).to.deep.equal({
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
    const people = notifier();
    await notifyOldKey(report, people);
    expect(await notifyOldKey({ ...report, id: "m-2" }, people)).to.deep.equal({
      outcome: "duplicate",
      reason: "User ci of 222233334444 was told of in 2026-W47 already",
    });
    people.clock.at = "2026-11-23T00:00:00Z";
    expect((await notifyOldKey({ ...report, id: "m-3" }, people)).outcome).to.equal("notified");
    expect(people.given).to.have.length(4);
  });

  it("takes users, and accounts, apart", async () => {
    const people = notifier();
    await notifyOldKey(report, people);
    await notifyOldKey({ ...report, id: "m-2", userName: "cd" }, people);
    await notifyOldKey({ ...report, id: "m-3", account: "333344445555" }, people);
    expect(people.given).to.have.length(6);
  });

  it("tells, at the next delivery, the target alone that could not be told", async () => {
    const people = notifier({ failing: ["chat"] });
    const failed = await notifyOldKey(report, people).catch((error: Error) => error);
    expect(failed).to.be.instanceOf(AggregateError).and.have.property("message", "chat is down");
    people.failing.splice(0);
    expect(await notifyOldKey(report, people)).to.deep.equal({
      outcome: "notified",
      reason: "User ci of 222233334444 has an old access key: told chat",
    });
    expect(people.given.map(([name]) => name)).to.deep.equal(["notices", "chat"]);
  });

  it("leaves a notice to the report that is telling it", async () => {
    const people = notifier({ failing: ["chat"] });
    await notifyOldKey(report, people).catch(() => undefined);
    people.failing.splice(0);
    const other = await notifyOldKey({ ...report, id: "m-2" }, people).catch(
      (error: Error) => error,
    );
    expect(other)
      .to.be.instanceOf(Error)
      .and.have.property("message", "chat is being told by another delivery");
    expect(people.given).to.have.length(1);
  });

  it("refuses a report about an account that is not in the organization", async () => {
    const people = notifier({ known: false });
    expect(await notifyOldKey(report, people)).to.deep.equal({
      outcome: "refused",
      reason: "Account 222233334444 is not in the organization",
    });
    expect([people.given, people.notifications.items.size]).to.deep.equal([[], 0]);
  });

  it("holds a report against the user's keys, in the account that it names, before all else", async () => {
    const cases: readonly (readonly [readonly string[] | undefined, string])[] = [
      [undefined, "User ci of 222233334444 does not exist: nobody is told"],
      [[], "User ci of 222233334444 has no active key older than 90 days: nobody is told"],
      [
        // 90 days before it is asked.
        ["2026-08-23T10:00:00Z"],
        "User ci of 222233334444 has no active key older than 90 days: nobody is told",
      ],
    ];
    for (const [made, reason] of cases) {
      const people = notifier({ made, others: ["jira"] });
      expect(await notifyOldKey(report, people)).to.deep.equal({ outcome: "logged", reason });
      expect(people.asked).to.deep.equal(["222233334444 ci"]);
      expect([
        people.given,
        people.notifications.items.size,
        people.notifications.users.size,
      ]).to.deep.equal([[], 0, 0]);
    }
    const people = notifier({ made: ["2026-08-23T09:59:59Z"] });
    expect((await notifyOldKey(report, people)).outcome).to.equal("notified");
  });

  it("tells people alone, once a week, that an account's keys cannot be read", async () => {
    const people = notifier({ made: new Error("AccessDenied"), others: ["jira"] });
    expect(await notifyOldKey(report, people)).to.deep.equal({
      outcome: "notified",
      reason: "The keys of User ci of 222233334444 cannot be read: told notices, chat",
    });
    expect(await notifyOldKey({ ...report, id: "m-2", userName: "ghost-1" }, people)).to.deep.equal(
      {
        outcome: "duplicate",
        reason:
          "The keys of User ghost-1 of 222233334444 cannot be read: such was told in 2026-W47 already",
      },
    );
    expect(people.given.map(([name]) => name)).to.deep.equal(["notices", "chat"]);
    const notice = people.given[0]?.[1] as Notice;
    expect(notice.subject).to.equal(
      "[Cordon] Old access keys were reported in 222233334444, which Cordon cannot ask",
    );
    expect(notice.text).to.include("Look whether the role cordon-investigate-identity stands");
    expect(notice.text).to.include(
      "aws configservice get-compliance-details-by-config-rule --config-rule-name cordon-access-keys-rotated --compliance-types NON_COMPLIANT --region us-east-1",
    );
  });

  it("is tried again where asking for the keys fails otherwise", async () => {
    const people = notifier({ made: new Error("Throttling") });
    const failed = await notifyOldKey(report, people).catch((error: Error) => error.message);
    expect([failed, people.given]).to.deep.equal(["Throttling", []]);
  });

  it("tells of 50 users of an account and week, then once that there are more", async () => {
    const people = notifier({ others: ["jira"] });
    const tell = (n: number) =>
      notifyOldKey({ ...report, id: `m-${n}`, userName: `user-${n}` }, people);
    for (let n = 1; n <= 50; n += 1) await tell(n);
    expect(people.given).to.have.length(150);
    expect(await tell(51)).to.deep.equal({
      outcome: "notified",
      reason: "User user-51 of 222233334444 is beyond the 50 users of the week: told notices, chat",
    });
    expect((await tell(52)).outcome).to.equal("duplicate");
    expect(people.given).to.have.length(152);
    expect(people.given[150]?.[1]).to.have.property(
      "subject",
      "[Cordon] More than 50 users of 222233334444 have old access keys",
    );
    // Whoever is among them stays so, and other accounts have their own.
    expect((await tell(50)).outcome).to.equal("duplicate");
    const other = { ...report, account: "333344445555", id: "m-53" };
    expect((await notifyOldKey(other, people)).reason).to.include("told notices, chat, jira");
  });

  it("tells queues and Jira of it, too, each with all that it needs", async () => {
    const people = notifier({ others: ["jira"] });
    expect((await notifyOldKey(report, people)).reason).to.equal(
      "User ci of 222233334444 has an old access key: told notices, chat, jira",
    );
    expect(people.given[2]).to.deep.equal([
      "jira",
      {
        account: { id: "222233334444", name: "shop-production" },
        userName: "ci",
        week: "2026-W47",
        notice: people.given[0]?.[1],
      },
    ]);
  });

  it("says why where there is nobody to tell, tells the others, and looks again next time", async () => {
    const people = notifier({ others: ["jira"] });
    let owner: string | undefined;
    const others = [
      {
        name: "owner",
        async notify() {
          if (owner === undefined) throw new NoRecipient("the user has no tag Owner");
        },
      },
      ...people.others,
    ];
    expect((await notifyOldKey(report, { ...people, others })).reason).to.equal(
      "User ci of 222233334444 has an old access key: told notices, chat, jira; owner: the user has no tag Owner",
    );
    expect(await notifyOldKey(report, { ...people, others })).to.deep.equal({
      outcome: "duplicate",
      reason:
        "User ci of 222233334444 was told of in 2026-W47 already; owner: the user has no tag Owner",
    });
    owner = "ann@example.com";
    expect((await notifyOldKey(report, { ...people, others })).reason).to.equal(
      "User ci of 222233334444 has an old access key: told owner",
    );
  });

  const failed: FailedReport = {
    id: "e-1",
    account: "222233334444",
    region: "us-east-1",
    execution: "333ba70b-2333-48db-b17e-a5e69c6f4d1c",
    status: "TimedOut",
  };

  it("tells people alone that an automation failed, with what to do", async () => {
    const people = notifier({ others: ["jira"] });
    expect(await notifyFailedReport(failed, people)).to.deep.equal({
      outcome: "notified",
      reason:
        "Automation 333ba70b-2333-48db-b17e-a5e69c6f4d1c of 222233334444 ended as TimedOut: told notices, chat",
    });
    expect(people.given.map(([name]) => name)).to.deep.equal(["notices", "chat"]);
    expect(people.given[0]?.[1]).to.deep.equal({
      subject: "[Cordon] Old access keys of 222233334444 may go unreported",
      text: [
        "Account: 222233334444 (shop-production), us-east-1",
        "Automation: 333ba70b-2333-48db-b17e-a5e69c6f4d1c, TimedOut",
        "",
        "What failed",
        "  - The automation cordon-access-keys-rotated, which reports a user with an old access key.",
        "  - After some failures AWS Config excepts the user, and is silent about it until somebody deletes the exception.",
        "",
        "Do this, with credentials of the account",
        "  - Read why: aws ssm get-automation-execution --automation-execution-id 333ba70b-2333-48db-b17e-a5e69c6f4d1c --region us-east-1",
        "  - Once that is mended, see who is excepted: aws configservice describe-remediation-exceptions --config-rule-name cordon-access-keys-rotated --region us-east-1",
        "  - Delete what nobody meant: aws configservice delete-remediation-exceptions --config-rule-name cordon-access-keys-rotated --region us-east-1 --resource-keys ResourceType=AWS::IAM::User,ResourceId=AIDA...",
        "You are told once a week and account while automations fail.",
        "",
      ].join("\n"),
    });
  });

  it("tells of failures once a week and account, however many there are", async () => {
    const people = notifier();
    await notifyFailedReport(failed, people);
    expect(await notifyFailedReport({ ...failed, id: "e-2" }, people)).to.deep.equal({
      outcome: "duplicate",
      reason:
        "Automation 333ba70b-2333-48db-b17e-a5e69c6f4d1c of 222233334444 ended as TimedOut: such was told in 2026-W47 already",
    });
    await notifyFailedReport({ ...failed, id: "e-3", account: "333344445555" }, people);
    people.clock.at = "2026-11-23T00:00:00Z";
    await notifyFailedReport({ ...failed, id: "e-4" }, people);
    expect(people.given).to.have.length(6);
  });

  it("refuses a failure in an account that is not in the organization", async () => {
    const people = notifier({ known: false });
    expect((await notifyFailedReport(failed, people)).outcome).to.equal("refused");
    expect(people.given).to.deep.equal([]);
  });
});

describe("the message to queues", () => {
  const oldKey: OldKey = {
    account: { id: "222233334444", name: "shop-production" },
    userName: "ci",
    week: "2026-W47",
    notice: { subject: "", text: "" },
  };
  const at = new Date("2026-11-21T10:00:00Z");

  it("says who, where and when, in a form with a name, which its reader takes", () => {
    const sent = oldKeyNews(oldKey, at);
    expect(sent).to.deep.equal({
      format: "cordon-old-key/1",
      // By: printf 222233334444/ci/2026-W47 | sha256sum | cut -c1-16
      id: "c42bd95f78f82bfa",
      at: "2026-11-21T10:00:00.000Z",
      account: { id: "222233334444", name: "shop-production" },
      user: "ci",
      week: "2026-W47",
      rule: "cordon-access-keys-rotated",
    });
    expect(parseOldKeyMessage(JSON.stringify({ ...sent, later: 1 }))).to.deep.equal(sent);
    expect(sent.format).to.equal(oldKeyFormat);
  });

  it("has the same id in every copy, and another for another user, account or week", () => {
    const id = (changes: Partial<OldKey>, when = at) =>
      oldKeyNews({ ...oldKey, ...changes }, when).id;
    expect(id({}, new Date("2026-11-22T10:00:00Z"))).to.equal(id({}));
    const ids = [
      id({}),
      id({ userName: "cd" }),
      id({ week: "2026-W48" }),
      id({ account: { id: "333344445555", name: "shop-production" } }),
    ];
    expect(new Set(ids).size).to.equal(4);
  });

  it("is refused by its reader in another form", () => {
    const other = { ...oldKeyNews(oldKey, at), format: "cordon-old-key/2" };
    expect(() => parseOldKeyMessage(JSON.stringify(other))).to.throw(/cordon-old-key\/1/);
  });
});
