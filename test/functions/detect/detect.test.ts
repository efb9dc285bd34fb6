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

describe("functions/detect/detect, of whole events [D1] [D2] [D4]", () => {
  /** What each is about, and who answers. */
  const whole: readonly (readonly [string, string, string])[] = [
    ["guardduty-bucket", "unanswered", "bucket reports"],
    ["guardduty-database", "unanswered", "database orders"],
    ["guardduty-eks-runtime", "unanswered", "EKS cluster shop"],
    ["guardduty-function", "contain-resource", "thumbnails"],
    ["guardduty-sequence", "contain-sequence", "55555555555555555555555555555555"],
    ["health-iam-quarantine", "exposure", "AKIAIOSFODNN7EXAMPLE"],
    ["security-hub-own-product-instance", "contain-instance", "i-0a1b2c3d4e5f60718"],
    ["security-hub-penetration-test", "contain-access-key", "deploy"],
    ["trusted-advisor-bucket-permissions", "unanswered", "arn:aws:s3:::reports"],
  ];
  for (const [name, kind, what] of whole) {
    it(`reads ${name}: ${kind}, ${what}`, () => {
      const event = fixture(name);
      const read = name.startsWith("health") ? detectExposedKey : detect;
      const detected = read(event, "123456789012");
      expect(
        detected.kind === "incident"
          ? [detected.incident.playbook, detected.incident.resource.id]
          : [
              detected.kind,
              "accessKey" in detected ? detected.accessKey : "",
              "resource" in detected ? detected.resource : "",
            ].filter((part) => part),
      ).to.deep.equal([kind, what]);
    });
  }

  it("bears GuardDuty's own name of a type that Security Hub writes with two slashes", () => {
    const detected = detect(fixture("security-hub-penetration-test"), "123456789012");
    expect(detected.kind === "incident" && detected.incident.finding.type).to.equal(
      "PenTest:IAMUser/KaliLinux",
    );
  });
});

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
