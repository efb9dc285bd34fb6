import { expect } from "chai";
import { deploy } from "../../deploy";
import { kindOf } from "../../functions/remediate/steps";
import * as builders from "../support/builders";
import { calls, settings } from "../support/deployment";
import { MemoryAccount } from "../support/memory-account";
import { record } from "../support/recorder";

// EC2's own refusal: "strings less than 256 characters from the following set: a-zA-Z0-9.
// _-:/()#,@[]+=&;{}!$*". An apostrophe is not among them.
const allowed = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

describe("the texts of security groups that EC2 accepts", () => {
  it("is text that EC2 takes, wherever the program declares a group or a rule", async () => {
    const { resources } = await record(
      () => deploy({ ...settings, stage: "staging", rangeAccount: "777788889999" }),
      (call) =>
        call.token === "aws:ssm/getParameter:getParameter" ? { value: "ami-1" } : calls(call),
    );
    const texts = resources
      .filter(({ type }) => /:(DefaultSecurityGroup|SecurityGroup\w*)$/.test(type))
      .map(({ name, inputs }) => [name, inputs] as const);
    expect(texts.map(([name]) => name)).to.include.members([
      "range-target-group",
      "range-endpoint-group",
      "range-target-egress",
      "range-endpoint-ingress",
    ]);
    expect(texts.filter(([, { name }]) => name === "cordon-quarantine").length).to.be.above(1);
    for (const [name, inputs] of texts) {
      // Rules written into a group have descriptions of their own.
      for (const each of [inputs, ...(inputs.ingress ?? []), ...(inputs.egress ?? [])]) {
        expect(each.name ?? "", name).to.match(allowed);
        expect(each.description ?? "", name).to.match(allowed);
      }
    }
  });

  it("is text that EC2 takes, wherever a response makes a group", async () => {
    const account = new MemoryAccount(builders.youngAccount());
    const vpc = "vpc-01";
    const quarantine = {
      kind: "provide-quarantine-group",
      vpc,
      name: "cordon-quarantine",
      addresses: [],
    } as const;
    const untrack = { kind: "provide-untrack-group", vpc, name: "cordon-untrack-1" } as const;
    await kindOf(quarantine.kind).apply(quarantine, account);
    await kindOf(untrack.kind).apply(untrack, account);
    const made = Object.values(account.state.groups).filter(({ name }) => name.includes("cordon"));
    expect(made.map(({ name }) => name)).to.deep.equal(["cordon-quarantine", "cordon-untrack-1"]);
    for (const { name, description } of made) {
      expect(name).to.match(allowed);
      expect(description).to.match(allowed);
    }
  });
});
