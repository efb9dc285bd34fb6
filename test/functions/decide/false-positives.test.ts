import { expect } from "chai";
import {
  areTooMany,
  falsePositivesAmong,
  shareText,
  typeBrake,
} from "../../../functions/decide/false-positives";
import type { Exception } from "../../../functions/record/exceptions";
import * as builders from "../../support/builders";

const type = "CryptoCurrency:EC2/BitcoinTool.B";
const now = new Date("2026-11-20T10:05:00.000Z");
const since = "2026-11-14T00:00:00.000Z";
const counted = (...incidents: string[]) => ({ since, incidents });

function mark(incident: string, changes: Partial<Exception> = {}): Exception {
  return builders.exception(
    { incident, type },
    { kind: "false-positive", addedAt: "2026-11-19T09:00:00.000Z", ...changes },
  );
}

describe("false positives [C6]", () => {
  it("are counted among what was contained or marked, each target once", () => {
    const entries = [mark("b".repeat(16)), mark("b".repeat(16)), mark("d".repeat(16))];
    const contained = counted("a".repeat(16), "b".repeat(16), "c".repeat(16));
    expect(falsePositivesAmong(contained, entries, type, now)).to.deep.equal({
      marked: 2,
      of: 4,
      since,
    });
  });

  for (const [what, entry, marked] of [
    ["a mark from the beginning of the time", mark("a", { addedAt: since }), 1],
    ["a mark from before it", mark("a", { addedAt: "2026-11-13T23:59:59.999Z" }), 0],
    ["a mark whose target is answered again", mark("a", { expires: "2026-11-19" }), 1],
    ["a mark whose time cannot be read", mark("a", { addedAt: "yesterday" }), 1],
    ["an exception", mark("a", { kind: "exception" }), 0],
    [
      "a mark of another type",
      mark("a", { covers: { incident: "a", type: "Backdoor:EC2/XORDDOS" } }),
      0,
    ],
  ] as const) {
    it(`${marked === 1 ? "count" : "do not count"} ${what}`, () => {
      expect(falsePositivesAmong(counted(), [entry], type, now).marked).to.equal(marked);
    });
  }

  for (const [marked, of, expected] of [
    [0, 0, false],
    [4, 4, false],
    [1, 5, true],
    [5, 5, true],
    [1, 9, true],
    [1, 10, false],
    [2, 19, true],
    [2, 20, false],
    [10, 100, false],
    [11, 100, true],
  ] as const) {
    it(`are ${expected ? "" : "not "}too many where ${marked} of ${of} are`, () => {
      expect(areTooMany({ marked, of, since })).to.equal(expected);
    });
  }

  it("are said in words, by their type", () => {
    expect(shareText({ marked: 2, of: 12, since })).to.equal(
      "2 of 12 targets since 2026-11-14 (17 %)",
    );
    expect(typeBrake(builders.incident())).to.deep.equal({ scope: `type/${type}`, limit: 10 });
  });
});
