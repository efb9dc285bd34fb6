import { expect } from "chai";
import type { CustomAction } from "../../functions/catalogue/security-hub-actions";
import { security } from "../../local/gateway/accounts";
import { securityHubCustomAction, sentInstance } from "../../local/samples/security-hub";
import type { SeededUser } from "../../local/seeds/identities";
import type { EventBridgeEvent } from "../../local/services/eventbridge/events";
import { type Json, spoiled } from "../support/events";
import { type Deployed, deployed } from "./deployed";
import { answered, answering, cut, seedVictim, shop, untouched, userStateOf } from "./exposure";

let here: Deployed;
async function deploy(): Promise<void> {
  here = await deployed();
}

/** A finding about the user's first key, sent by one of the actions at the time the functions have. */
function sentKey(action: CustomAction, user: SeededUser): EventBridgeEvent {
  const event = securityHubCustomAction(
    {
      ...user,
      userName: user.name,
      userType: "IAMUser",
      principalId: user.id,
      accessKeyId: user.keys[0]?.accessKeyId ?? "",
    },
    { id: action, name: action },
  );
  return { ...event, time: here.organization.lambda.now().toISOString() };
}

describe("a credential finding that an analyst sends from Security Hub [P3]", () => {
  before("deploy into the local organization", deploy);

  it("is rehearsed, contained and released; its keys stay disabled", async () => {
    const { gateway } = here.organization;
    const user = await seedVictim(gateway, "sent-by-action");
    const standing = () => userStateOf(gateway, user);
    const choose = async (action: CustomAction) => {
      const { results, changes, notices } = await answered(here, sentKey(action, user));
      expect(results).to.have.length(1);
      return { outcome: results[0]?.outcome, incident: results[0]?.incident, changes, notices };
    };

    const rehearsed = await choose("CordonDryRun");
    expect(rehearsed).to.deep.include({ outcome: "dry-run", incident: null, changes: [] });
    expect(rehearsed.notices[0]?.text).to.include("deny user sent-by-action all actions");
    expect(await standing()).to.deep.equal(untouched);

    const contained = await choose("CordonContain");
    expect(contained.outcome).to.equal("contained");
    expect(await standing()).to.deep.equal(cut);

    const released = await choose("CordonRelease");
    expect(released).to.deep.include({ outcome: "released", incident: contained.incident });
    expect(released.notices.map(({ subject }) => subject)).to.deep.equal([
      `[Cordon] Released: user sent-by-action (${contained.incident})`,
    ]);
    expect(await standing()).to.deep.equal({ keys: ["Inactive", "Inactive"], attached: [] });

    const again = await choose("CordonRelease");
    expect(again).to.deep.include({ outcome: "notified", changes: [] });
    expect(again.notices[0]?.text).to.match(/Incident [0-9a-f]{16}-1 was released at /);
  });
});

describe("a message to the release function that is no request [D6]", () => {
  before("deploy into the local organization", deploy);

  const whole = () =>
    sentInstance({
      ...shop,
      action: "CordonRelease",
      instance: "i-0123456789abcdef0",
    }) as unknown as Json;
  const contain = `arn:aws:securityhub:us-east-1:${security.id}:action/custom/CordonContain`;
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ["text that is no JSON", () => "release everything", /^The message is not JSON$/],
    [
      "an envelope of a member",
      () => JSON.stringify(spoiled(whole(), ["account"], shop.account)),
      /^The event comes from account \d{12}; actions are accepted only from the security account/,
    ],
    [
      "another action",
      () => JSON.stringify(spoiled(whole(), ["resources"], [contain])),
      /CordonContain; expected CordonRelease, alone$/,
    ],
    [
      "an action of characters that SQS takes in no message",
      () => JSON.stringify(spoiled(whole(), ["resources"], ["Cordon\u0000\uffffRelease"])),
      /Release; expected CordonRelease, alone$/,
    ],
    [
      "a time to come",
      () => JSON.stringify(spoiled(whole(), ["time"], "2099-01-01T00:00:00Z")),
      /^The event is dated 2099-01-01T00:00:00Z, more than 5 minutes after /,
    ],
    [
      "no finding",
      () => JSON.stringify(spoiled(whole(), ["detail", "findings"], [])),
      /^Not a finding sent by custom action: detail\.findings: /,
    ],
    ["the command's own request", () => '{"incident":"0f3a9c1d2b4e5f60-1"}', /^Not a finding sent/],
  ];
  for (const [what, body, reason] of cases) {
    it(`is refused with its reason, kept, counted, and changes nothing: ${what}`, async () => {
      const { session, organization } = here;
      const { releases } = organization.contract;
      const kept = await session.letters(releases);
      const { results, calls, invocations } = await session.deliver(releases, body(), "test");
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(["refused"]);
      expect(results[0]?.reason).to.match(reason);
      expect(await session.letters(releases)).to.equal(kept + 1);
      const counted = invocations
        .flatMap(({ logs }) => logs)
        .filter((line) => line.includes('"EventsRefused":1'));
      expect(counted).to.have.length(1);
      const changes = answering(calls).filter(({ mutating }) => mutating);
      expect(changes.map(({ action }) => action)).to.deep.equal(["sqs:SendMessage"]);
      const sent = changes[0]?.request as {
        MessageAttributes: { Reason: { StringValue: string } };
      };
      expect(sent.MessageAttributes.Reason.StringValue).to.match(/^[\x20-\x7e]{20,}$/);
    });
  }
});

describe("a finding about an instance that cannot be aimed at [D6]", () => {
  before("deploy into the local organization", deploy);

  const instance = {
    Type: "AwsEc2Instance",
    Id: `arn:aws:ec2:us-east-1:${shop.account}:instance/i-0123456789abcdef0`,
  };
  const key = (id: string) => ({
    Type: "AwsIamAccessKey",
    Id: `AWS::IAM::AccessKey:${id}`,
    Details: { AwsIamAccessKey: { PrincipalType: "IAMUser", PrincipalName: "nobody" } },
  });
  const cases: readonly (readonly [string, readonly object[], RegExp])[] = [
    [
      "of another account than the finding's",
      [{ ...instance, Id: instance.Id.replace(shop.account, security.id) }],
      /^The finding is of account \d{12}, and its instance of account \d{12}: no account may aim/,
    ],
    [
      "with an ARN that goes on after it",
      [{ ...instance, Id: `${instance.Id}/x` }],
      /^The finding identifies the instance neither by its ARN nor by its id$/,
    ],
    [
      "beside two keys, which the rules of two playbooks match",
      [instance, key("AKIAEXAMPLEKEY000001"), key("AKIAEXAMPLEKEY000002")],
      /^The finding names 2 access keys, and Cordon answers for one$/,
    ],
  ];
  for (const [what, resources, reason] of cases) {
    it(`notifies the responders once: ${what}`, async () => {
      const event = sentInstance({ ...shop, action: "CordonContain", instance: "i-00000000" });
      const path = ["detail", "findings", "0", "Resources"];
      const spoilt = spoiled(event as unknown as Json, path, resources);
      const response = await answered(here, spoilt as unknown as EventBridgeEvent);
      expect(response.results.map(({ outcome }) => outcome)).to.deep.equal(["notified"]);
      expect(response.results[0]?.reason).to.match(reason);
      expect(response.notices).to.have.length(1);
      expect(response.calls.some(({ action }) => action === "sts:AssumeRole")).to.equal(false);
    });
  }
});
