import { expect } from "chai";
import { publicBucket, rootSignIn } from "../../../local/samples/account-events";
import access from "../../fixtures/access-analyzer-finding.json";
import signIn from "../../fixtures/cloudtrail-root-sign-in.json";
import { paths } from "../../support/events";

describe("Reports of an account's root and resources", () => {
  it("have the fields of the fixture: of a sign-in as root, in us-east-1", () => {
    const event = rootSignIn("222233334444", "Success", "192.0.2.1");
    expect(paths(event).map(String)).to.have.members(paths(signIn).map(String));
    expect([event.account, event.region]).to.deep.equal(["222233334444", "us-east-1"]);
    expect((event.detail as typeof signIn.detail).userIdentity.arn).to.equal(
      "arn:aws:iam::222233334444:root",
    );
  });

  it("say of a sign-in that it failed", () => {
    expect(rootSignIn("222233334444", "Failure", "192.0.2.1").detail).to.deep.include({
      errorMessage: "Failed authentication",
      responseElements: { ConsoleLogin: "Failure" },
    });
  });

  it("have the fields of the fixture: of access from outside, where the analyzer is", () => {
    const event = publicBucket({ account: "222233334444", region: "eu-west-1" }, "reports");
    expect(paths(event).map(String)).to.have.members(paths(access).map(String));
    expect([event.account, event.region]).to.deep.equal(["222233334444", "eu-west-1"]);
  });
});
