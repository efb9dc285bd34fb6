import { expect } from "chai";
import * as builders from "../../../support/builders";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.incidentKey}-1`;
const name = (finding: string) => ({
  id: `arn:aws:guardduty:eu-central-1:222233334444:detector/d0c0ffee/finding/${finding}`,
  product: "arn:aws:securityhub:eu-central-1::product/aws/guardduty",
});
const of = (finding: string, type = "CryptoCurrency:EC2/BitcoinTool.B") =>
  builders.incident({ id: finding, type, inSecurityHub: name(finding) });
const asks = { stage: builders.stagePolicy({ automaticFrom: 9, askFrom: 7 }) };

describe("the findings of an incident [E5]", () => {
  it("are the one that began it, and each other one about the contained target, once", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    expect(answered(await world.answer(of("f1"))).outcome).to.equal("contained");
    for (const each of ["f1", "f2", "f2", "f3"]) {
      await world.answer(of(each, "Backdoor:EC2/C&CActivity.B"));
    }
    const { record, alsoFound } = world.items[id]!;
    expect(record.incident.finding.inSecurityHub).to.deep.equal(name("f1"));
    expect(alsoFound).to.deep.equal([name("f2"), name("f3")]);
  });

  it("are those of a plan that gave way, too, through the approval", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    for (const [each, type] of [
      ["f1", "CryptoCurrency:EC2/BitcoinTool.B"],
      ["f2", "Backdoor:EC2/C&CActivity.B"],
      ["f1", "CryptoCurrency:EC2/BitcoinTool.B"],
    ] as const) {
      const { outcome } = answered(await world.answer(of(each, type), { policy: asks }));
      expect(outcome).to.equal("awaiting-approval");
    }
    const { record, alsoFound = [] } = world.items[id]!;
    const all = [record.incident.finding.inSecurityHub, ...alsoFound].map((each) => each?.id);
    expect(all.toSorted()).to.deep.equal([name("f1").id, name("f2").id]);
  });

  it("hold up no response: what cannot be noted is left", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(of("f1"));
    const fault = ({ method }: { readonly method: string }) =>
      method === "journal.noteFinding" ? new Error("the table is out of reach") : undefined;
    expect(answered(await world.answer(of("f2"), { fault })).outcome).to.equal("duplicate");
    expect(world.items[id]?.alsoFound ?? []).to.deep.equal([]);
  });
});
