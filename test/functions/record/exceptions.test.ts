import { expect } from "chai";
import { additionProblem } from "../../../functions/record/exceptions";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";

describe("an exception [C3]", () => {
  it("may be of every finding type that GuardDuty has", () => {
    const types = cases<{ readonly type: string }>("guardduty-types").map(({ type }) => type);
    expect(types).to.include("Backdoor:EC2/C&CActivity.B!DNS");
    const refused = types.filter(
      (type) =>
        additionProblem(builders.exception({ type }), [], new Date("2026-11-20T10:05:00.000Z")) !==
        undefined,
    );
    expect(refused).to.deep.equal([]);
  });
});
