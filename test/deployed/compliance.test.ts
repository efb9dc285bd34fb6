import { expect } from "chai";
import { members } from "../../local/gateway/accounts";
import { fixture } from "../support/cases";
import { spoiled } from "../support/events";
import { type Deployed, deployed } from "./deployed";

/** A verdict of a rule of the conformance pack, in a region that is not the home region. */
const region = "eu-west-1";
const verdict = (rule: string) => {
  const event = spoiled(
    fixture("config-compliance-change"),
    ["detail", "configRuleName"],
    `${rule}-conformance-pack-qx4bki4j7`,
  );
  return { ...event, region, detail: { ...(event.detail as object), awsRegion: region } };
};

describe("what breaks a rule of the conformance pack, in a member's other region [D3]", () => {
  let here: Deployed;
  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  it("notifies the responders if it admits the internet", async () => {
    expect(members[0]?.id).to.equal("222233334444");
    const { results } = await here.session.inject(
      verdict("cordon-restricted-rdp") as never,
      "compliance",
    );
    expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).to.deep.equal([
      "notified: AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE in account 222233334444 violates the rule cordon-restricted-rdp, which no playbook covers",
    ]);
  });

  it("notifies once per day, account and rule: a verdict that changes again is logged", async () => {
    const again = {
      ...verdict("cordon-restricted-rdp"),
      id: "11111111-2222-3333-4444-555555555555",
    };
    const { results } = await here.session.inject(again as never, "compliance");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["logged"]);
  });

  it("reaches triage, which logs it, where a volume is not encrypted", async () => {
    const { results } = await here.session.inject(
      verdict("cordon-volume-encryption") as never,
      "compliance",
    );
    expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).to.deep.equal([
      "logged: Severity 3 is below 4",
    ]);
  });

  it("is not forwarded if the rule is not Cordon's", async () => {
    const deliveries = await here.organization.emit(region, verdict("restricted-ssh") as never);
    expect(deliveries).to.deep.equal([]);
  });
});
