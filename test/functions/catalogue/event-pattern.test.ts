import { expect } from "chai";
import { matches } from "../../../functions/catalogue/event-pattern";
import table from "../../cases/event-patterns.json";

// A long pattern that several cases share is written once, under a name.
const named: Readonly<Record<string, object>> = table.patterns;

describe("functions/catalogue/event-pattern", () => {
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
    expect(() => matches({ a: [{ "anything-but": { wildcard: "x*" } }] }, {})).to.throw(
      'event pattern operator "anything-but wildcard" is not known here',
    );
  });

  it("refuses a field both beside and inside $or, where key order would decide", () => {
    expect(() => matches({ a: [1], $or: [{ a: [2] }, { b: [2] }] }, { a: 1 })).to.throw(
      '"a" occurs twice in an event pattern',
    );
  });

  it("looks at nothing off the paths of its pattern, however deep an event is", () => {
    let deep: object = {};
    for (let i = 0; i < 100_000; i += 1) deep = { a: deep };
    const event = { source: "aws.ec2", detail: deep };
    expect(matches({ source: ["aws.ec2"] }, event)).to.equal(true);
    expect(matches({ detail: { b: ["c"] } }, event)).to.equal(false);
  });

  it("looks at nothing in thousands of lists within lists, on the paths of its pattern either", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}"a"${"]".repeat(100_000)}`);
    expect(matches({ source: ["a"] }, { source: deep })).to.equal(false);
    expect(matches({ source: ["a"] }, { source: [[["a"]]] })).to.equal(true);
  });

  it("takes a list of events for none", () => {
    expect(matches({ source: ["aws.ec2"] }, [{ source: "aws.ec2" }])).to.equal(false);
  });
});
