import { expect } from "chai";
import { detectQuarantine } from "../../../../functions/detect/quarantine-policy";
import { exposureOf } from "../../../../functions/flows/exposed-key/quarantined-user";
import type { AccessKey } from "../../../../functions/model/member-account";
import attach from "../../../fixtures/cloudtrail-quarantine-attach.json";

const place = { account: "123456789012", region: "us-east-1" };
const [one, other] = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"] as const;

function exposure(keys: readonly AccessKey[] | undefined) {
  const detected = detectQuarantine(attach);
  if (detected.kind !== "quarantined") throw new Error(detected.reason);
  return exposureOf(detected, async (...asked) => {
    expect(asked).to.deep.equal([place, "my-username"]);
    return keys;
  });
}

describe("functions/flows/exposed-key/quarantined-user [D5] [R4]", () => {
  it("takes every key of the user, an active one first, as each may be the public one", async () => {
    const exposed = await exposure([
      { id: one, active: false },
      { id: other, active: true },
    ]);
    if (exposed.kind !== "exposure") throw new Error(exposed.kind);
    expect([exposed.accessKey, exposed.userName, exposed.finding.exposed]).to.deep.equal([
      other,
      "my-username",
      true,
    ]);
    expect(exposed.others).to.deep.equal([
      {
        accessKey: one,
        event: {
          ...attach,
          source: "cordon.quarantine",
          detail: { ...attach.detail, accessKeyId: one },
        },
      },
    ]);
  });

  it("takes an inactive key alone: it can be activated again", async () => {
    const exposed = await exposure([{ id: one, active: false }]);
    expect(exposed.kind === "exposure" && [exposed.accessKey, exposed.others]).to.deep.equal([
      one,
      [],
    ]);
  });

  for (const [keys, why] of [
    [
      [],
      "AWS quarantined user my-username, who has no access key any more: sessions made with it go on",
    ],
    [
      undefined,
      "AWS quarantined user my-username, whom Cordon does not find: the user was renamed or deleted, or the account has no Cordon role",
    ],
  ] as const) {
    it(`leaves it to a person at once: ${why}`, async () => {
      const unanswered = await exposure(keys);
      if (unanswered.kind !== "unanswered") throw new Error(unanswered.kind);
      expect([unanswered.resource, unanswered.advice]).to.deep.equal([
        "user my-username",
        {
          why,
          manualSteps: [
            "See what keys there are: aws iam list-access-keys --user-name=my-username",
            'Contain the user: npx cordon contain user/my-username --account=123456789012 --reason "WHY"',
            "Find who renamed or deleted it, if it is gone: aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=my-username --region=us-east-1",
            "Answer AWS's support case, which names the key.",
          ],
          urgent: true,
        },
      ]);
    });
  }
});
