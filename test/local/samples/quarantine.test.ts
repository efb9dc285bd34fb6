import { expect } from "chai";
import { quarantineAttached, quarantineDetached } from "../../../local/samples/quarantine";
import attach from "../../fixtures/cloudtrail-quarantine-attach.json";
import { paths } from "../../support/events";

const shape = { account: "222233334444", userName: "ann" };

describe("CloudTrail's reports of AWS's quarantine policy", () => {
  it("have the fields of the fixture, and come from the user's account, in us-east-1", () => {
    const event = quarantineAttached(shape);
    expect(paths(event).map(String)).to.have.members(paths(attach).map(String));
    expect([event.source, event.account, event.region]).to.deep.equal([
      "aws.iam",
      "222233334444",
      "us-east-1",
    ]);
    const { requestParameters, userIdentity } = event.detail as typeof attach.detail;
    expect(requestParameters).to.deep.equal({
      userName: "ann",
      policyArn: "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    });
    expect(userIdentity).to.deep.equal({ type: "AWSService", invokedBy: "AWS Internal" });
  });

  it("name who detached it", () => {
    const { eventName, userIdentity } = quarantineDetached({ ...shape, by: "bob" })
      .detail as unknown as { eventName: string; userIdentity: { arn: string } };
    expect([eventName, userIdentity.arn]).to.deep.equal([
      "DetachUserPolicy",
      "arn:aws:iam::222233334444:user/bob",
    ]);
  });
});
