import { expect } from "chai";
import { channels } from "../../../cli/check/channels";
import type { Channel } from "../../../functions/catalogue/channels";
import { AwsError } from "../../support/aws-error";
import { fakeClients } from "../../support/check/fake-clients";
import { settings } from "../../support/check/settings";

const own = `arn:aws:sqs:us-east-1:${settings.securityAccount}:cordon-deliver`;
const subscription = (Endpoint: string, SubscriptionArn = "arn:aws:sns:x") => ({
  Protocol: "email",
  Endpoint,
  SubscriptionArn,
});
const ask = async (
  Subscriptions: readonly object[] | Error,
  changes: { mode?: "enforce" | "dry-run"; notify?: readonly Channel[] } = {},
  deployed = true,
) => {
  const answer = Subscriptions instanceof Error ? Subscriptions : { Subscriptions };
  const clients = fakeClients({ sns: { ListSubscriptionsByTopic: answer } });
  const { state, detail } = await channels(
    clients,
    { ...settings, mode: "enforce", notify: [], ...changes },
    deployed,
  );
  return [state, detail];
};
const none = "nobody confirmed a subscription of the notice topic, and no channel posts to people";

describe("the check of channels", () => {
  it("is ok where a channel posts to people, whoever subscribes", async () => {
    const chat: Channel = { name: "chat", type: "teams", secret: "/x" };
    expect(await ask([], { notify: [chat] })).to.deep.equal(["ok", "people are notified by chat"]);
  });

  it("is ok where a subscription is confirmed that is not Cordon's own", async () => {
    expect(await ask([subscription(own), subscription("a@b.cc")])).to.deep.equal([
      "ok",
      "confirmed subscriptions of the notice topic: 1",
    ]);
  });

  const queue: Channel = { name: "q", type: "sqs", queue: "arn:aws:sqs:us-east-1:1:q" };
  const nobody = [subscription(own), subscription("a@b.cc", "PendingConfirmation")];
  it("fails in mode enforce while nobody confirmed: a program's queue is no person", async () => {
    expect(await ask(nobody, { notify: [queue] })).to.deep.equal(["fail", none]);
  });

  it("warns in dry run, and before the first deployment", async () => {
    expect(await ask(nobody, { mode: "dry-run" })).to.deep.equal(["warn", none]);
    const missing = new AwsError("NotFoundException", "Topic does not exist");
    expect(await ask(missing, {}, false)).to.deep.equal(["warn", none]);
  });

  it("warns where every entry has a filter that no alarm passes", async () => {
    const mail = { name: "team", type: "mail", to: "a@b.cc" } as const;
    const chat = { name: "chat", type: "slack", channel: "C0123456789", secret: "/x" } as const;
    const confirmed = [subscription("a@b.cc")];
    const lists: readonly (readonly [readonly Channel[], string])[] = [
      [[mail], "ok"],
      [[{ ...mail, urgent: true }], "warn"],
      [[{ ...mail, severity: 7 }, mail], "ok"],
      [[{ ...chat, urgent: true }], "ok"],
      [
        [
          { ...chat, about: ["incidents"] },
          { ...mail, about: ["operations"] },
        ],
        "warn",
      ],
    ];
    for (const [notify, expected] of lists) {
      const [state, detail] = await ask(confirmed, { notify });
      expect(state, JSON.stringify(notify)).to.equal(expected);
      if (expected === "warn") {
        expect(detail).to.equal("no entry of cordon:notify gets the alarms of CloudWatch");
      }
    }
  });
});
