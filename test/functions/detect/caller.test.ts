import { expect } from "chai";
import { callerOf, userIdentity } from "../../../functions/detect/caller";

describe("functions/detect/caller", () => {
  for (const [who, sourceIPAddress, said] of [
    [
      { type: "IAMUser", arn: "arn:aws:iam::123456789012:user/ann", principalId: "AIDAEXAMPLE" },
      "192.0.2.10",
      "arn:aws:iam::123456789012:user/ann from 192.0.2.10",
    ],
    [
      { type: "AWSService", invokedBy: "AWS Internal" },
      "AWS Internal",
      "AWS Internal from AWS Internal",
    ],
    [{ type: "AWSAccount", principalId: "AIDAEXAMPLE", arn: null }, undefined, "AIDAEXAMPLE"],
    [{ type: "Unknown" }, "", "Unknown"],
    [null, undefined, "somebody whom CloudTrail does not name"],
    [undefined, "192.0.2.10", "somebody whom CloudTrail does not name from 192.0.2.10"],
    [{ arn: "a\nForged line" }, "b\u202ec", "a Forged line from b c"],
  ] as const) {
    it(`says ${said}`, () => {
      expect(callerOf({ userIdentity: userIdentity.parse(who), sourceIPAddress })).to.equal(said);
    });
  }
});
