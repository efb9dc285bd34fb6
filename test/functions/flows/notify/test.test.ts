import { expect } from "chai";
import type { Channel } from "../../../../functions/catalogue/channels";
import { type ChannelTestPorts, testChannels } from "../../../../functions/flows/notify/test";
import type { DeliveryState } from "../../../../functions/notify/delivery-log";
import type { Notice } from "../../../../functions/notify/notice";

const channels: readonly Channel[] = [
  { name: "team", type: "mail", to: "team@example.com" },
  { name: "boss", type: "mail", to: "boss@example.com" },
  { name: "chat", type: "teams", secret: "/x" },
  { name: "pager", type: "pagerduty", secret: "/y" },
  { name: "owner", type: "owner", tag: "Owner", from: "a@b.cc", domains: ["b.cc"] },
];

function setUp(answers: Readonly<Record<string, readonly (readonly DeliveryState[])[]>>) {
  const sent: Notice[] = [];
  const slept: number[] = [];
  const asked: Record<string, number> = {};
  const ports: ChannelTestPorts = {
    channels,
    async send(notice) {
      sent.push(notice);
      return notice.urgency;
    },
    async deliveriesOf(message) {
      const time = asked[message] ?? 0;
      asked[message] = time + 1;
      const all = answers[message] ?? [];
      return all[Math.min(time, all.length - 1)] ?? [];
    },
    confirmed: async () => ["team@example.com"],
    sleep: async (ms) => void slept.push(ms),
  };
  return { ports, sent, slept };
}

describe("a test of the channels", () => {
  it("sends one message of each kind to all, and says what became of each", async () => {
    const both = [
      { channel: "chat", delivered: true },
      { channel: "pager", delivered: false, why: "ChannelRefused: HTTP 400" },
    ];
    const { ports, sent, slept } = setUp({
      normal: [[], [{ channel: "chat", delivered: false }], both],
      urgent: [
        [
          { channel: "chat", delivered: true },
          { channel: "pager", delivered: true },
        ],
      ],
    });
    const tested = await testChannels(ports);
    expect(sent.map(({ subject, channels: about }) => [subject, about])).to.deep.equal([
      ["[Cordon] Test: a message that is normal", "test"],
      ["[Cordon] URGENT Test: a message that is urgent", "test"],
    ]);
    expect(slept).to.deep.equal([2_000, 2_000]);
    expect(tested.map(({ name, urgency, delivered }) => [name, urgency, delivered])).to.deep.equal([
      ["team", "normal", true],
      ["team", "urgent", true],
      ["boss", "normal", false],
      ["boss", "urgent", false],
      ["chat", "normal", true],
      ["chat", "urgent", true],
      ["pager", "normal", false],
      ["pager", "urgent", true],
      ["owner", "normal", true],
      ["owner", "urgent", true],
    ]);
    expect(tested[2]?.why).to.equal(
      "Nobody confirmed the subscription of boss@example.com: follow the link that SNS mailed, or deploy with pulumi up --refresh for another one",
    );
    expect(tested[6]?.why).to.equal("ChannelRefused: HTTP 400");
  });

  it("ends after a minute, and says of which channel it knows nothing", async () => {
    const { ports, slept } = setUp({ normal: [[{ channel: "chat", delivered: true }]] });
    const tested = await testChannels(ports);
    expect(slept).to.have.lengthOf(60);
    expect(tested.find(({ name }) => name === "pager")).to.deep.equal({
      name: "pager",
      type: "pagerduty",
      urgency: "normal",
      delivered: false,
      why: "Not tried within 60 seconds: see the log of cordon-notify-channels",
    });
  });
});
