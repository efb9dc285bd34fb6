import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import { detectExposedKey } from "../../../functions/detect/exposed-key";
import { fixture } from "../../support/cases";
import { paths, spoiled } from "../../support/events";

const securityAccount = "444455556666";
const values = [
  undefined,
  null,
  "",
  0,
  true,
  [],
  {},
  [null],
  { a: { b: { c: [{}] } } },
  JSON.parse('{"__proto__":{"x":1},"constructor":"x"}'),
  "x".repeat(100_000),
  "one\ntwo\u202ethree\ud800",
  "999988887777",
];

describe("functions/detect/detect, of events with any one value spoiled [D6]", () => {
  for (const [name, read] of [
    ["access-analyzer-finding", (event) => detect(event, securityAccount)],
    ["cloudtrail-quarantine-detach", (event) => detect(event, securityAccount)],
    ["cloudtrail-root-call", (event) => detect(event, securityAccount)],
    ["cloudtrail-root-sign-in", (event) => detect(event, securityAccount)],
    ["cloudtrail-quarantine-attach", (event) => detectExposedKey(event, securityAccount)],
  ] as const satisfies readonly (readonly [string, (event: unknown) => object])[]) {
    it(`reads ${name}, or refuses it: in one line, and about no other account`, () => {
      const whole = fixture(name);
      const kinds = new Map<string, number>();
      for (const path of paths(whole)) {
        for (const value of values) {
          const event = spoiled(whole, path, value);
          const detected = read(event);
          const at = `${path.join(".")} = ${JSON.stringify(value)?.slice(0, 60)}`;
          kinds.set(detected.kind, (kinds.get(detected.kind) ?? 0) + 1);
          if (detected.kind === "refused") {
            expect(detected.reason.length, at).to.be.within(1, 2_000);
            continue;
          }
          expect(detected.kind, at).to.be.oneOf(["unanswered", "quarantined"]);
          const { finding, place } = detected as Extract<typeof detected, { place: object }>;
          expect(place.account, at).to.equal(event.account);
          expect(finding.title, at).not.to.match(/[\n\u202e\ud800]/);
          expect(finding.title.length, at).to.be.below(500);
        }
      }
      expect([...kinds.keys()]).to.have.lengthOf(2);
    });
  }
});
