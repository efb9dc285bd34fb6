import { expect } from "chai";
import { isAnsweredElsewhere } from "../../../../functions/catalogue/routing";
import {
  type KeyRotationReminder,
  NoRecipient,
  notifyFailedReport,
  notifyKeyRotation,
} from "../../../../functions/flows/key-rotation/notify";
import {
  type FailedReport,
  type Report,
  readMessage,
} from "../../../../functions/flows/key-rotation/report";
import type { Notice } from "../../../../functions/notify/notice";
import type {
  KeyRotationNotification,
  KeyRotationNotificationLog,
} from "../../../../functions/notify/notification-log";
import { fixture } from "../../../support/cases";
import { spoiled } from "../../../support/events";
import { mailed } from "../../../support/mailed";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

const topic = "arn:aws:sns:us-east-1:444455556666:cordon-key-rotation";
const envelope = {
  Type: "Notification",
  MessageId: "m-1",
  TopicArn: topic,
  Message: 'Account "222233334444" User "ci.deploy+x" needs to rotate their access key.',
  Timestamp: "2026-11-21T10:00:00.000Z",
};

describe("a key rotation report", () => {
  it("is read from SNS's envelope", () => {
    expect(readMessage(envelope, topic)).to.deep.equal({
      kind: "report",
      report: { id: "m-1", account: "222233334444", userName: "ci.deploy+x" },
    });
  });

  const neither = "It is neither an SNS message nor the event of a failed automation";
  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no JSON", undefined, neither],
    ["another type", { ...envelope, Type: "SubscriptionConfirmation" }, neither],
    [
      "another topic",
      { ...envelope, TopicArn: `${topic}-2` },
      `It was published to the topic ${topic}-2`,
    ],
    ["free text", { ...envelope, Message: "Hello" }, "Its text is not the automation's"],
    [
      "more than one line",
      { ...envelope, Message: `${envelope.Message}\nAnd pay here.` },
      "Its text is not the automation's",
    ],
    [
      "a name that IAM does not allow",
      { ...envelope, Message: envelope.Message.replace("ci.deploy", "<b>") },
      "Its text is not the automation's",
    ],
    [
      "a malformed account id",
      { ...envelope, Message: envelope.Message.replace("222233334444", "2222") },
      "Its text is not the automation's",
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

  it("is refused with an execution that is no id: the notice has it in a command", () => {
    const other = spoiled(event, ["detail", "ExecutionId"], "x; rm -rf ~");
    expect(readMessage(other, topic).kind).to.equal("refused");
  });
});

describe("notifying about key rotation [P7] [R8]", () => {
  const report: Report = { id: "m-1", account: "222233334444", userName: "ci" };

  class MemoryKeyRotationLog
    extends MemoryNotificationLog<KeyRotationNotification>
    implements KeyRotationNotificationLog
  {
    readonly users = new Set<string>();
    async admit(
      { account, userName, week }: Omit<KeyRotationNotification, "target">,
      most: number,
    ) {
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
      owned?: boolean;
      /** When the active keys of every user were created. */
      made?: readonly string[] | Error | undefined;
    } = {},
  ) {
    const { known = true, failing = [] } = changes;
    const made =
      "made" in changes ? changes.made : ["2026-08-01T00:00:00Z", "2026-11-20T00:00:00Z"];
    const given: [target: string, notification: Notice | KeyRotationReminder][] = [];
    const clock = { at: changes.at ?? "2026-11-21T10:00:00Z" };
    const target = (name: string) => ({
      name,
      async notify(notification: Notice | KeyRotationReminder) {
        if (failing.includes(name)) throw new Error(`${name} is down`);
        given.push([name, notification]);
      },
    });
    return {
      account: async (id: string) => (known ? { id, name: "shop-production" } : undefined),
      notifications: new MemoryKeyRotationLog(),
      asked: [] as string[],
      async keysMade(account: string, userName: string) {
        this.asked.push(`${account} ${userName}`);
        if (made instanceof Error) throw made;
        return made?.map((date) => new Date(date));
      },
      isRefusal: (error: unknown) => (error as Error).message === "AccessDenied",
      maxAgeDays: 90,
      responders: target("notices"),
      owner: changes.owned ? target("owner") : undefined,
      now: () => new Date(clock.at),
      given,
      failing,
      clock,
    };
  }

  it("notifies the topic once, with account, user and what to do", async () => {
    const notifying = notifier();
    expect(await notifyKeyRotation(report, notifying)).to.deep.equal({
      outcome: "notified",
      reason: "User ci of 222233334444 must rotate an access key: notified notices",
    });
    expect(notifying.given.map(([name]) => name)).to.deep.equal(["notices"]);
    expect(mailed(notifying.given[0]?.[1] as Notice)).to.deep.equal({
      urgency: "normal",
      subject: "[Cordon] Rotate the access key of ci in 222233334444",
      text: [
        "Account    shop-production (222233334444)",
        "User       ci",
        "",
        "What AWS Config found",
        "  - An active access key of this user is older than the organization's maximum age.",
        "  - Cordon changed nothing: the key still works.",
        "",
        "Do this",
        "  - Create a second access key, update the applications to use it, and deactivate the old key.",
        "  - Delete the old key once no application needs it. If the user has no owner, deactivate its keys.",
        "",
        "Cordon repeats this notice weekly until the key is rotated.",
        "",
      ].join("\n"),
    });
  });

  it("sends no second notification in a week, and one in the next", async () => {
    const notifying = notifier();
    await notifyKeyRotation(report, notifying);
    expect(await notifyKeyRotation({ ...report, id: "m-2" }, notifying)).to.deep.equal({
      outcome: "duplicate",
      reason: "User ci of 222233334444 must rotate an access key: already notified in 2026-W47",
    });
    notifying.clock.at = "2026-11-23T00:00:00Z";
    expect((await notifyKeyRotation({ ...report, id: "m-3" }, notifying)).outcome).to.equal(
      "notified",
    );
    expect(notifying.given).to.have.length(2);
  });

  it("counts users and accounts separately", async () => {
    const notifying = notifier();
    await notifyKeyRotation(report, notifying);
    await notifyKeyRotation({ ...report, id: "m-2", userName: "cd" }, notifying);
    await notifyKeyRotation({ ...report, id: "m-3", account: "333344445555" }, notifying);
    expect(notifying.given).to.have.length(3);
  });

  it("notifies, at the next delivery, only the target that failed", async () => {
    const notifying = notifier({ owned: true, failing: ["owner"] });
    const failed = await notifyKeyRotation(report, notifying).catch((error: Error) => error);
    expect(failed).to.be.instanceOf(AggregateError).and.have.property("message", "owner is down");
    notifying.failing.splice(0);
    expect(await notifyKeyRotation(report, notifying)).to.deep.equal({
      outcome: "notified",
      reason: "User ci of 222233334444 must rotate an access key: notified owner",
    });
    expect(notifying.given.map(([name]) => name)).to.deep.equal(["notices", "owner"]);
  });

  it("leaves a notification to the report that is sending it", async () => {
    const notifying = notifier({ owned: true, failing: ["owner"] });
    await notifyKeyRotation(report, notifying).catch(() => undefined);
    notifying.failing.splice(0);
    const other = await notifyKeyRotation({ ...report, id: "m-2" }, notifying).catch(
      (error: Error) => error,
    );
    expect(other)
      .to.be.instanceOf(Error)
      .and.have.property("message", "Another delivery is notifying owner");
    expect(notifying.given).to.have.length(1);
  });

  it("refuses a report about an account that is not in the organization", async () => {
    const notifying = notifier({ known: false });
    expect(await notifyKeyRotation(report, notifying)).to.deep.equal({
      outcome: "refused",
      reason: "Account 222233334444 is not in the organization",
    });
    expect([notifying.given, notifying.notifications.items.size]).to.deep.equal([[], 0]);
  });

  it("checks a report against the user's keys, in the account that it names, before all else", async () => {
    const cases: readonly (readonly [readonly string[] | undefined, string])[] = [
      [undefined, "User ci of 222233334444 does not exist: no notification sent"],
      [[], "User ci of 222233334444 has no active key older than 90 days: no notification sent"],
      [
        // 90 days before it is asked.
        ["2026-08-23T10:00:00Z"],
        "User ci of 222233334444 has no active key older than 90 days: no notification sent",
      ],
    ];
    for (const [made, reason] of cases) {
      const notifying = notifier({ made, owned: true });
      expect(await notifyKeyRotation(report, notifying)).to.deep.equal({
        outcome: "logged",
        reason,
      });
      expect(notifying.asked).to.deep.equal(["222233334444 ci"]);
      expect([
        notifying.given,
        notifying.notifications.items.size,
        notifying.notifications.users.size,
      ]).to.deep.equal([[], 0, 0]);
    }
    const notifying = notifier({ made: ["2026-08-23T09:59:59Z"] });
    expect((await notifyKeyRotation(report, notifying)).outcome).to.equal("notified");
  });

  it("notifies the responders alone, once a week, that an account's keys cannot be read", async () => {
    const notifying = notifier({ made: new Error("AccessDenied"), owned: true });
    expect(await notifyKeyRotation(report, notifying)).to.deep.equal({
      outcome: "notified",
      reason: "The keys of User ci of 222233334444 cannot be read: notified notices",
    });
    expect(
      await notifyKeyRotation({ ...report, id: "m-2", userName: "ghost-1" }, notifying),
    ).to.deep.equal({
      outcome: "duplicate",
      reason:
        "The keys of User ghost-1 of 222233334444 cannot be read: already notified in 2026-W47",
    });
    expect(notifying.given.map(([name]) => name)).to.deep.equal(["notices"]);
    const notice = notifying.given[0]?.[1] as Notice;
    expect(notice.subject).to.equal("[Cordon] Key rotation in 222233334444 cannot be verified");
    expect(notice.text).to.include(
      "Check whether the role cordon-investigate-identity exists in the account",
    );
    expect(notice.text).to.include(
      "aws configservice get-compliance-details-by-config-rule --config-rule-name cordon-access-keys-rotated --compliance-types NON_COMPLIANT --region us-east-1",
    );
  });

  it("is retried where reading the keys fails otherwise", async () => {
    const notifying = notifier({ made: new Error("Throttling") });
    const failed = await notifyKeyRotation(report, notifying).catch(
      (error: Error) => error.message,
    );
    expect([failed, notifying.given]).to.deep.equal(["Throttling", []]);
  });

  it("notifies about 50 users of an account and week, then once that there are more", async () => {
    const notifying = notifier({ owned: true });
    const reported = (n: number) =>
      notifyKeyRotation({ ...report, id: `m-${n}`, userName: `user-${n}` }, notifying);
    for (let n = 1; n <= 50; n += 1) await reported(n);
    expect(notifying.given).to.have.length(100);
    expect(await reported(51)).to.deep.equal({
      outcome: "notified",
      reason: "User user-51 of 222233334444 exceeds the 50 users of the week: notified notices",
    });
    expect((await reported(52)).outcome).to.equal("duplicate");
    expect(notifying.given).to.have.length(101);
    expect(notifying.given[100]?.[1]).to.have.property(
      "subject",
      "[Cordon] More than 50 users of 222233334444 must rotate their access keys",
    );
    // A user who was counted stays counted, and other accounts have a limit of their own.
    expect((await reported(50)).outcome).to.equal("duplicate");
    const other = { ...report, account: "333344445555", id: "m-53" };
    expect((await notifyKeyRotation(other, notifying)).reason).to.include(
      "notified notices, owner",
    );
  });

  it("gives the owner the account, the user and the notice", async () => {
    const notifying = notifier({ owned: true });
    expect((await notifyKeyRotation(report, notifying)).reason).to.equal(
      "User ci of 222233334444 must rotate an access key: notified notices, owner",
    );
    expect(notifying.given[1]).to.deep.equal([
      "owner",
      {
        account: { id: "222233334444", name: "shop-production" },
        userName: "ci",
        notice: notifying.given[0]?.[1],
      },
    ]);
  });

  it("says why a target has no recipient, notifies the others, and tries again next time", async () => {
    const notifying = notifier({ owned: true });
    let owner: string | undefined;
    const owned = {
      ...notifying,
      owner: {
        name: "owner",
        async notify() {
          if (owner === undefined) throw new NoRecipient("the user has no tag Owner");
        },
      },
    };
    expect((await notifyKeyRotation(report, owned)).reason).to.equal(
      "User ci of 222233334444 must rotate an access key: notified notices; owner: the user has no tag Owner",
    );
    expect(await notifyKeyRotation(report, owned)).to.deep.equal({
      outcome: "duplicate",
      reason:
        "User ci of 222233334444 must rotate an access key: already notified in 2026-W47; owner: the user has no tag Owner",
    });
    owner = "ann@example.com";
    expect((await notifyKeyRotation(report, owned)).reason).to.equal(
      "User ci of 222233334444 must rotate an access key: notified owner",
    );
  });

  const failed: FailedReport = {
    id: "e-1",
    account: "222233334444",
    region: "us-east-1",
    execution: "333ba70b-2333-48db-b17e-a5e69c6f4d1c",
    status: "TimedOut",
  };

  it("notifies the responders alone that an automation failed, with what to do", async () => {
    const notifying = notifier({ owned: true });
    expect(await notifyFailedReport(failed, notifying)).to.deep.equal({
      outcome: "notified",
      reason:
        "Automation 333ba70b-2333-48db-b17e-a5e69c6f4d1c of 222233334444 ended as TimedOut: notified notices",
    });
    expect(notifying.given.map(([name]) => name)).to.deep.equal(["notices"]);
    expect(mailed(notifying.given[0]?.[1] as Notice)).to.deep.equal({
      urgency: "normal",
      subject: "[Cordon] Key rotation reports of 222233334444 are failing",
      text: [
        "Account    shop-production (222233334444), us-east-1",
        "Automation 333ba70b-2333-48db-b17e-a5e69c6f4d1c, TimedOut",
        "",
        "What failed",
        "  - The automation cordon-access-keys-rotated, which reports users whose access keys are due for rotation.",
        "  - After repeated failures AWS Config adds a remediation exception for the user, and reports the user again only once the exception is deleted.",
        "",
        "Do this, with credentials of the account",
        "  - Read the failure message: aws ssm get-automation-execution --automation-execution-id=333ba70b-2333-48db-b17e-a5e69c6f4d1c --region us-east-1",
        "  - Once the cause is fixed, list the exceptions: aws configservice describe-remediation-exceptions --config-rule-name cordon-access-keys-rotated --region us-east-1",
        "  - Delete the unintended ones: aws configservice delete-remediation-exceptions --config-rule-name cordon-access-keys-rotated --region us-east-1 --resource-keys ResourceType=AWS::IAM::User,ResourceId=AIDA...",
        "",
        "Cordon repeats this notice weekly for the account while automations fail.",
        "",
      ].join("\n"),
    });
  });

  it("notifies about failures once a week and account, however many there are", async () => {
    const notifying = notifier();
    await notifyFailedReport(failed, notifying);
    expect(await notifyFailedReport({ ...failed, id: "e-2" }, notifying)).to.deep.equal({
      outcome: "duplicate",
      reason:
        "Automation 333ba70b-2333-48db-b17e-a5e69c6f4d1c of 222233334444 ended as TimedOut: already notified in 2026-W47",
    });
    await notifyFailedReport({ ...failed, id: "e-3", account: "333344445555" }, notifying);
    notifying.clock.at = "2026-11-23T00:00:00Z";
    await notifyFailedReport({ ...failed, id: "e-4" }, notifying);
    expect(notifying.given).to.have.length(3);
  });

  it("refuses a failure in an account that is not in the organization", async () => {
    const notifying = notifier({ known: false });
    expect((await notifyFailedReport(failed, notifying)).outcome).to.equal("refused");
    expect(notifying.given).to.deep.equal([]);
  });
});
