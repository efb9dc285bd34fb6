import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import { detectExposedKey } from "../../../functions/detect/exposed-key";
import { detectQuarantine, detectQuarantineEnd } from "../../../functions/detect/quarantine-policy";
import attach from "../../fixtures/cloudtrail-quarantine-attach.json";
import detach from "../../fixtures/cloudtrail-quarantine-detach.json";
import { type Json, spoiled } from "../../support/events";

const place = { account: "123456789012", region: "us-east-1" };
const withDetail = (path: readonly string[], value: unknown, event: Json = attach) =>
  spoiled(event, ["detail", ...path], value);

describe("functions/detect/quarantine-policy [D5] [D8]", () => {
  it("reads the attach as an exposure of the user, whichever key it is", () => {
    const { eventOf, ...detected } = quarantined(attach);
    expect(detected).to.deep.equal({
      kind: "quarantined",
      place,
      userName: "my-username",
      finding: {
        id: "3a1c7f8e-6d2b-4f55-8a0e-7c4b1d2e9f60",
        type: "CloudTrail:QuarantinePolicyAttached",
        severity: 9,
        title:
          "CloudTrail: AWSCompromisedKeyQuarantineV3 was attached to user my-username, as AWS does when a key of the user is public, by AWS Internal from AWS Internal",
        sample: false,
        lastSeen: "2026-06-05T06:29:52Z",
        link: "https://console.aws.amazon.com/iam/home#/users/details/my-username",
        exposed: true,
      },
    });
    const own = eventOf("AKIAIOSFODNN7EXAMPLE");
    expect(own).to.deep.equal({
      ...attach,
      source: "cordon.quarantine",
      detail: { ...attach.detail, accessKeyId: "AKIAIOSFODNN7EXAMPLE" },
    });
    expect(detectExposedKey(own, "444455556666")).to.deep.equal({
      kind: "exposure",
      place,
      accessKey: "AKIAIOSFODNN7EXAMPLE",
      userName: "my-username",
      finding: detected.finding,
      others: [],
    });
  });

  it("reads it whoever CloudTrail says attached the policy, also nobody", () => {
    for (const [who, address, said] of [
      [undefined, undefined, "by somebody whom CloudTrail does not name"],
      [null, null, "by somebody whom CloudTrail does not name"],
      [
        { type: "Root", arn: "arn:aws:iam::123456789012:root", invokedBy: null },
        "AWS Internal",
        "by arn:aws:iam::123456789012:root from AWS Internal",
      ],
    ] as const) {
      const event = withDetail(["sourceIPAddress"], address, withDetail(["userIdentity"], who));
      expect(quarantined(event).finding.title).to.match(new RegExp(`${said}$`));
    }
    expect(quarantined(withDetail(["eventID"], null)).finding.id).to.equal("unnamed");
  });

  const refusals: readonly (readonly [string, Json, string])[] = [
    [
      "a refused call, which changed nothing",
      withDetail(["errorCode"], "AccessDenied"),
      "errorCode",
    ],
    [
      "a customer's policy",
      withDetail(
        ["requestParameters", "policyArn"],
        "arn:aws:iam::123456789012:policy/AWSCompromisedKeyQuarantineV3",
      ),
      "must be AWS's quarantine policy",
    ],
    [
      "a name that IAM does not allow",
      withDetail(["requestParameters", "userName"], "ann; rm -rf /"),
      "must be a user's name",
    ],
    ["no parameters", withDetail(["requestParameters"], null), "requestParameters"],
    ["the call about roles", withDetail(["eventName"], "AttachRolePolicy"), "eventName"],
    ["another service's call", withDetail(["eventSource"], "ec2.amazonaws.com"), "eventSource"],
    ["another region", spoiled(attach, ["region"], "eu-west-1"), "region"],
    ["no account", spoiled(attach, ["account"], "me"), "must be a 12-digit account id"],
  ];
  for (const [what, event, reason] of refusals) {
    it(`refuses ${what}`, () => {
      const detected = detectQuarantine(event);
      if (detected.kind !== "refused") throw new Error(JSON.stringify(detected));
      expect(detected.reason).to.match(/^Not an attach of AWS's quarantine policy: /);
      expect(detected.reason).to.include(reason);
    });
  }

  it("refuses an event that is about another account than the envelope's", () => {
    const reason = "The event of 123456789012 is about 222233334444";
    const other = ["recipientAccountId"];
    expect(detectQuarantine(withDetail(other, "222233334444"))).to.deep.equal({
      kind: "refused",
      reason,
    });
    expect(detectQuarantineEnd(withDetail(other, "222233334444", detach))).to.deep.equal({
      kind: "refused",
      reason,
    });
  });

  it("takes a key only of Cordon's own event, and only one that is well formed", () => {
    const named = withDetail(["accessKeyId"], "AKIAIOSFODNN7EXAMPLE");
    expect(quarantined(named)).not.to.have.property("accessKey");
    const own = spoiled(withDetail(["accessKeyId"], "x"), ["source"], "cordon.quarantine");
    expect(detectExposedKey(own, "444455556666").kind).to.equal("refused");
    expect(
      detectExposedKey(spoiled(attach, ["source"], "cordon.quarantine"), "444455556666").kind,
    ).to.equal("refused");
  });

  it("notifies of the detach: by whom, from where, and what the key may do again", () => {
    const caller = "arn:aws:sts::123456789012:assumed-role/deploy-shop/pipeline from 192.0.2.10";
    expect(detect(detach, "444455556666")).to.deep.equal({
      kind: "unanswered",
      place,
      resource: "user my-username",
      finding: {
        id: "quarantine-end-my-username",
        type: "CloudTrail:QuarantinePolicyDetached",
        severity: 7,
        title: `CloudTrail: AWSCompromisedKeyQuarantineV3 was detached from user my-username by ${caller}`,
        sample: false,
        lastSeen: "2026-06-05T09:00:00Z",
        link: "https://console.aws.amazon.com/iam/home#/users/details/my-username",
      },
      advice: {
        why: `${caller} detached AWS's quarantine policy from user my-username: unless Cordon contains the user, a public key of it may do everything again that its policies allow`,
        manualSteps: [
          "See whether a key of the user is still active: aws iam list-access-keys --user-name=my-username",
          "Ask the caller why. Before the exposed key is deleted, AWS asks that the policy stays.",
          "If that was not your organization, attach it again: aws iam attach-user-policy --user-name=my-username --policy-arn=arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
          'Then contain the user: npx cordon contain user/my-username --account=123456789012 --reason "WHY"',
          "Find who else was let out: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=DetachUserPolicy --region=us-east-1",
        ],
      },
    });
  });

  it("refuses a detach that AWS refused", () => {
    expect(detectQuarantineEnd(withDetail(["errorCode"], "AccessDenied", detach)).kind).to.equal(
      "refused",
    );
  });

  it("notifies of a detach by root as of any other", () => {
    const byRoot = withDetail(
      ["userIdentity"],
      { type: "Root", arn: "arn:aws:iam::123456789012:root" },
      detach,
    );
    const detected = detect(byRoot, "444455556666");
    expect(detected.kind === "unanswered" && detected.finding.type).to.equal(
      "CloudTrail:QuarantinePolicyDetached",
    );
  });
});

function quarantined(event: unknown) {
  const detected = detectQuarantine(event);
  if (detected.kind !== "quarantined") throw new Error(detected.reason);
  return detected;
}
