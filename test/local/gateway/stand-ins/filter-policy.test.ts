import { expect } from "chai";
import {
  type FilteredAttribute,
  filterOf,
  passes,
} from "../../../../local/gateway/stand-ins/filter-policy";

const text = (value: string): FilteredAttribute => ({ type: "String", value });
const number = (value: number): FilteredAttribute => ({ type: "Number", value: String(value) });
const check = (policy: object, attributes: Record<string, FilteredAttribute>) =>
  passes(attributes, filterOf(JSON.stringify(policy)));

describe("a local filter policy of SNS", () => {
  const cases: readonly (readonly [string, object, Record<string, FilteredAttribute>, boolean])[] =
    [
      ["a text", { a: ["x", "y"] }, { a: text("y") }, true],
      ["another text", { a: ["x"] }, { a: text("X") }, false],
      ["no attribute", { a: ["x"] }, {}, false],
      ["a beginning", { a: [{ prefix: "in" }] }, { a: text("inside") }, true],
      ["one of two attributes", { a: ["x"], b: ["y"] }, { a: text("x") }, false],
      ["absence, of what is absent", { a: ["x", { exists: false }] }, { b: text("y") }, true],
      ["absence, of what has nothing", { a: ["x", { exists: false }] }, {}, false],
      ["absence, of what is there", { a: [{ exists: false }] }, { a: text("x") }, false],
      ["presence", { a: [{ exists: true }] }, { a: number(1) }, true],
      ["a number above", { a: [{ numeric: [">=", 7] }] }, { a: number(7) }, true],
      ["a number below", { a: [{ numeric: [">=", 7] }] }, { a: number(6.9) }, false],
      ["a range", { a: [{ numeric: [">", 0, "<=", 5] }] }, { a: number(5) }, true],
      ["a number outside of it", { a: [{ numeric: [">", 0, "<", 5] }] }, { a: number(5) }, false],
      ["a number as text", { a: [{ numeric: ["=", 7] }] }, { a: text("7") }, false],
      ["a text as number", { a: ["7"] }, { a: number(7) }, false],
      ["no number at all", { a: [{ numeric: ["<", 7] }] }, {}, false],
      ["the second alternative", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("y") }, true],
      ["no alternative", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { a: text("y") }, false],
      [
        "an alternative alone",
        { c: ["z"], $or: [{ a: ["x"] }, { b: ["y"] }] },
        { a: text("x") },
        false,
      ],
      [
        "both",
        { c: ["z"], $or: [{ a: ["x"] }, { b: ["y"] }] },
        { a: text("x"), c: text("z") },
        true,
      ],
    ];
  for (const [what, policy, attributes, expected] of cases) {
    it(`judges ${what}`, () => {
      expect(check(policy, attributes)).to.equal(expected);
    });
  }

  const refused: readonly (readonly [string, string, string])[] = [
    ["no JSON", "{", "failed to parse JSON"],
    ["a list", "[]", "the filter policy []"],
    ["nothing", "{}", "the filter policy {}"],
    ["a suffix", '{"a":[{"suffix":"x"}]}', "the filter policy"],
    ["one alternative", '{"$or":[{"a":["x"]}]}', "the filter policy"],
    ["a number beyond SNS's", '{"a":[{"numeric":["<",1000000001]}]}', "the filter policy"],
    [
      "six attributes",
      '{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"$or":[{"e":["x"]},{"f":["x"]}]}',
      "too many keys",
    ],
    [
      "151 combinations",
      JSON.stringify({ a: Array.from({ length: 151 }, (_, index) => `v${index}`) }),
      "too complex",
    ],
  ];
  for (const [what, policy, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => filterOf(policy)).to.throw(message);
    });
  }

  it("takes as many combinations as SNS: of ten accounts, two subjects and a severity", () => {
    const absent = { exists: false };
    const accounts = Array.from({ length: 10 }, (_, index) => `${111122223300 + index}`);
    const policy = {
      about: ["incidents", "operations", "test", absent],
      account: [...accounts, absent],
      $or: [{ severity: [{ numeric: [">=", 7] }, absent] }, { urgency: ["urgent"] }],
    };
    expect(check(policy, { about: text("test") })).to.equal(true);
  });
});
