import { expect } from "chai";
import { readQuarantine } from "../../settings/quarantine";

describe("settings/quarantine", () => {
  it("reads the hours between two rounds of the sweeper", () => {
    expect(readQuarantine(() => "24")).to.deep.equal({ sweepHours: 24 });
  });

  for (const [provided, said] of [
    ["0", '"0"'],
    ["25", '"25"'],
    ["1.5", '"1.5"'],
    ["daily", '"daily"'],
    [undefined, "nothing"],
  ] as const) {
    it(`refuses ${said} in one sentence`, () => {
      expect(() => readQuarantine((key) => (key === "sweepHours" ? provided : "6"))).to.throw(
        `cordon:sweepHours must be a whole number from 1 to 24, but ${said} was provided`,
      );
    });
  }
});
