import { expect } from "chai";
import { matches } from "../../../functions/catalogue/event-pattern";
import table from "../../cases/event-patterns.json";

// A long pattern that several cases share is written once, under a name.
const named: Readonly<Record<string, object>> = table.patterns;

describe("functions/event-pattern", () => {
  describe("agrees with Amazon's engine on", () => {
    for (const { name, pattern, event, matches: verdict } of table.cases) {
      it(`${name}: ${verdict ? "a match" : "no match"}`, () => {
        const given = typeof pattern === "string" ? named[pattern] : pattern;
        expect(matches(given as object, event)).to.equal(verdict);
      });
    }
  });

  describe("refuses, as Amazon's engine does,", () => {
    for (const { name, pattern } of table.refused) {
      it(name, () => {
        expect(() => matches(pattern, { a: "x" })).to.throw();
      });
    }
  });

  it("names an operator that it does not know, even where the event lacks the field", () => {
    expect(() => matches({ address: [{ cidr: "10.0.0.0/8" }] }, { source: "x" })).to.throw(
      'event pattern operator "cidr" is not known here',
    );
    expect(() => matches({ a: [{ "anything-but": { suffix: "x" } }] }, {})).to.throw(
      'event pattern operator "anything-but suffix" is not known here',
    );
  });

  it("refuses a field both beside and inside $or, where key order would decide", () => {
    expect(() => matches({ a: [1], $or: [{ a: [2] }, { b: [2] }] }, { a: 1 })).to.throw(
      '"a" occurs twice in an event pattern',
    );
  });
});
