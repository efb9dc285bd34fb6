import { expect } from "chai";
import { MailSubscriptions, mailFilter } from "../../../../components/flows/notify/mail";
import { record } from "../../../support/recorder";

describe("components/flows/notify/mail", () => {
  it("subscribes each address to the topic, with a filter where the entry has one", async () => {
    const made = await record(
      () =>
        new MailSubscriptions("mail", {
          noticeTopicArn: "arn:topic",
          channels: [
            { name: "team", type: "mail", to: "team@example.com" },
            { name: "boss", type: "mail", to: "boss@example.com", urgent: true },
          ],
        }),
    );
    const common = { topic: "arn:topic", protocol: "email" };
    expect(made.named("mail-team").inputs).to.deep.equal({
      ...common,
      endpoint: "team@example.com",
    });
    expect(made.named("mail-boss").inputs).to.deep.equal({
      ...common,
      endpoint: "boss@example.com",
      filterPolicy: '{"urgency":["urgent",{"exists":false}]}',
    });
  });

  const absent = { exists: false };
  const filters: readonly (readonly [
    string,
    Parameters<typeof mailFilter>[0],
    object | undefined,
  ])[] = [
    ["nothing", {}, undefined],
    [
      "accounts, and what is about none",
      { accounts: ["111122223333"] },
      { account: ["111122223333", absent] },
    ],
    [
      "a severity, and what is urgent",
      { severity: 7 },
      { $or: [{ severity: [{ numeric: [">=", 7] }, absent] }, { urgency: ["urgent"] }] },
    ],
    [
      "what is urgent, whatever its severity",
      { severity: 7, urgent: true },
      { urgency: ["urgent", absent] },
    ],
    ["key rotation, and tests", { about: ["key-rotation"] }, { about: ["key-rotation", "test"] }],
    [
      "operations, with alarms",
      { about: ["incidents", "operations"] },
      { about: ["incidents", "operations", "test"] },
    ],
  ];
  for (const [what, given, filter] of filters) {
    it(`filters by ${what}`, () => {
      expect(mailFilter(given)).to.deep.equal(filter);
    });
  }
});
