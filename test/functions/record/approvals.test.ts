import { expect } from "chai";
import { bindingOf, executionName, sourceIdentityOf } from "../../../functions/record/approvals";

describe("what names an approver and an approval [C5]", () => {
  for (const [by, identity] of [
    [
      "arn:aws:sts::444455556666:assumed-role/Responders/alice@example.com",
      "Responders-alice@example.com",
    ],
    ["arn:aws:iam::444455556666:user/people/bob", "people-bob"],
    [
      `arn:aws:sts::444455556666:assumed-role/${"R".repeat(64)}/carol`,
      `${"R".repeat(47)}-e2c99595a9f83447`,
    ],
  ] as const) {
    it(`is a source identity that STS takes: ${identity}`, () => {
      expect(sourceIdentityOf(by)).to.equal(identity);
      expect(identity).to.match(/^[\w+=,.@-]{2,64}$/);
    });
  }

  it("is a source identity also of a name of one letter", () => {
    expect(sourceIdentityOf("arn:aws:iam::444455556666:user/x")).to.match(/^x-[0-9a-f]{16}$/);
  });

  it("is the name of an execution, of at most 80 characters and the same each time", () => {
    const name = executionName("0f3a9c1d2b4e5f60-1", "ab".repeat(32));
    expect(name).to.equal(`0f3a9c1d2b4e5f60-1-${"ab".repeat(20)}`);
    expect(
      executionName(`0f3a9c1d2b4e5f60-${"9".repeat(9)}`, "ab".repeat(32)),
    ).to.have.lengthOf.at.most(80);
  });

  it("binds the wish for a link, which answers nothing", () => {
    const about = { incident: "0f3a9c1d2b4e5f60-1", digest: "ab".repeat(32) };
    const wish = bindingOf({ ...about, decision: "open" }, "444455556666");
    for (const decision of ["approve", "reject"] as const) {
      expect(bindingOf({ ...about, decision, reason: "" }, "444455556666")).not.to.equal(wish);
    }
    expect(bindingOf({ ...about, decision: "open" }, "777788889999")).not.to.equal(wish);
  });

  it("binds account, incident, plan, decision, reason and steps, whatever their order", () => {
    const request = {
      incident: "0f3a9c1d2b4e5f60-1",
      digest: "ab".repeat(32),
      decision: "approve",
      reason: "seen",
      only: [2, 1],
    } as const;
    const one = bindingOf(request, "444455556666");
    expect(bindingOf({ ...request, only: [1, 2] }, "444455556666")).to.equal(one);
    const { only: _, ...all } = request;
    const others = [
      bindingOf(all, "444455556666"),
      bindingOf(request, "444455557777"),
      bindingOf({ ...request, only: [12] }, "444455556666"),
      bindingOf({ ...request, decision: "reject" }, "444455556666"),
      bindingOf({ ...request, reason: "seen " }, "444455556666"),
      bindingOf({ ...request, digest: "ac".repeat(32) }, "444455556666"),
      bindingOf({ ...request, incident: "0f3a9c1d2b4e5f60-2" }, "444455556666"),
    ];
    expect(new Set([one, ...others]).size).to.equal(8);
  });
});
