import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import * as brakes from "../../cli/brakes";
import { hostileNames, run } from "../support/hostile";

const brakeLines = (held: Parameters<typeof brakes.brakeLines>[0]) =>
  brakes.brakeLines(held).map(stripVTControlCharacters);
const held = { limit: 1, trippedAt: "2026-11-20T10:05:00.000Z", incident: "0000000000000001-1" };
const group = (name: string) => `group/222233334444/eu-central-1/${name}`;

describe("npx cordon brake list [C7]", () => {
  it("prints each brake, what it holds back and the command that resets it", () => {
    const waiting = ["0000000000000001-1", "0000000000000002-1"];
    expect(brakeLines([])).to.deep.equal(["No brake is tripped."]);
    expect(brakeLines([{ ...held, scope: group("web"), waiting }])).to.deep.equal([
      "group/222233334444/eu-central-1/web: tripped at 2026-11-20T10:05:00.000Z, at its limit of 1 automatic containment in one day; 2 waiting",
      "  - 0000000000000001-1",
      "  - 0000000000000002-1",
      '  To reset it: npx cordon brake reset group/222233334444/eu-central-1/web --reason "WHY"',
    ]);
  });

  it("prints commands that do nothing which a group's name says", () => {
    const scopes = hostileNames.map(group);
    const lines = brakeLines(scopes.map((scope) => ({ ...held, scope, waiting: [] })));
    const commands = lines.flatMap((line) => /^ {2}To reset it: (.*)$/.exec(line)?.[1] ?? []);
    expect(run(commands)).to.deep.equal({
      words: scopes.map((scope) => [["npx", "cordon", "brake", "reset", scope, "--reason", "WHY"]]),
      canary: false,
    });
  });

  it("breaks no line at a name's characters", () => {
    const [first, last] = brakeLines([{ ...held, scope: group("a\u2028\u202eb"), waiting: [] }]);
    expect(first).to.include("eu-central-1/a b: tripped");
    expect(last).to.equal(`  To reset it: npx cordon brake reset '${group("a b")}' --reason "WHY"`);
  });
});
