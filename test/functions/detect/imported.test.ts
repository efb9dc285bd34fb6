import { expect } from "chai";
import { matches } from "../../../functions/catalogue/event-pattern";
import { isAnsweredElsewhere } from "../../../functions/catalogue/routing";
import { imports, isImport } from "../../../functions/catalogue/security-hub-imports";
import { detect } from "../../../functions/detect/detect";
import { detectImported, type Imported } from "../../../functions/detect/imported";
import { cases, fixture } from "../../support/cases";
import { at, type Json, paths, spoiled } from "../../support/events";

const security = "123456789012";

interface Case {
  readonly name: string;
  readonly source: string;
  readonly from: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly expect: {
    readonly kind: Imported["kind"];
    readonly reason?: string;
    readonly severity?: number;
    readonly type?: string;
    readonly title?: string;
    readonly sample?: boolean;
    readonly named?: readonly string[];
    /** How the finding's id begins. */
    readonly id?: string;
    readonly resource?: string;
    readonly why?: string;
    /** One of the next steps. */
    readonly step?: string;
    /** What no step has. */
    readonly without?: string;
    /** Why it is only logged. @default it is notified */
    readonly logged?: string;
  };
}
const table = cases<Case>("imported");

const changed = ({ from, set }: Pick<Case, "from" | "set">): Json =>
  Object.entries(set).reduce<Json>(
    (event, [path, value]) => spoiled(event, path.split("."), value),
    fixture(from),
  );
const one = (event: Json): Imported => {
  const [first, ...others] = detectImported(event, security);
  expect(others).to.deep.equal([]);
  return first;
};
const unanswered = (found: Imported) => {
  if (found.kind !== "unanswered") throw new Error(`It is ${found.kind}`);
  return found;
};

describe("a finding that Security Hub imports [D2]", () => {
  for (const each of table) {
    it(`${each.name}: ${each.expect.kind}`, () => {
      const { kind, reason, id, resource, why, step, without, logged, ...fields } = each.expect;
      const found = one(changed(each));
      expect(found.kind, JSON.stringify(found)).to.equal(kind);
      if (reason !== undefined) expect(found).to.include({ reason });
      if (found.kind === "refused") return;
      for (const [field, value] of Object.entries(fields)) {
        expect(found.finding[field as keyof typeof found.finding], field).to.deep.equal(value);
      }
      if (id !== undefined) expect(found.finding.id).to.match(new RegExp(`^${id}[0-9a-f]{16}$`));
      if (found.kind !== "unanswered") return;
      const { why: says, manualSteps = [] } = found.advice ?? {};
      if (resource !== undefined) expect(found.resource).to.equal(resource);
      if (why !== undefined) expect(says).to.equal(why);
      if (step !== undefined) expect(manualSteps).to.include(step);
      if (without !== undefined) expect(manualSteps.join("\n")).to.not.include(without);
      expect(found.suppressedBecause).to.equal(logged);
    });
  }

  it("says in each case whose shape it is", () => {
    for (const { name, source } of table) expect(source, name).to.match(/\w+ \w+|RFC \d+/);
    expect(new Set(table.map(({ name }) => name)).size).to.equal(table.length);
    expect(table.length).to.be.at.least(30);
  });

  it("is read whole: place, product, link, and what to do", () => {
    expect(one(fixture("security-hub-imported-own-product"))).to.deep.equal({
      kind: "unanswered",
      finding: {
        id: "0042-2f7d23926702c28a",
        type: "SignInAtNight",
        severity: 4,
        title: "deploy signed in at night",
        sample: false,
        named: [
          "AwsIamUser arn:aws:iam::222233334444:user/service/deploy",
          "AwsS3Bucket arn:aws:s3:::ledger-archive-prod",
        ],
        firstSeen: "2026-11-20T09:58:00.000Z",
        lastSeen: "2026-11-20T10:14:00.206Z",
        inSecurityHub: {
          id: "door-watch/2026-11-20/0042",
          product: "arn:aws:securityhub:eu-central-1:222233334444:product/222233334444/default",
        },
        link: "https://us-east-1.console.aws.amazon.com/securityhub/home?region=us-east-1#/findings",
        imported: {
          product: "Default (222233334444/default)",
          by: "others",
          verdict: "MEDIUM user/deploy",
        },
      },
      place: { account: "222233334444", region: "us-east-1" },
      resource: "user deploy",
      countedAs: { in: "account", under: "222233334444:default" },
      advice: {
        why: "Security Hub imported the finding, and Cordon contains nothing because of an imported finding alone",
        manualSteps: [
          'If the finding is right, contain it: npx cordon contain user/deploy --account=222233334444 --reason "WHY"',
          "Ask who runs Default (222233334444/default): whoever may import findings in account 222233334444 can have written this one.",
          "Find it in Security Hub by its id: door-watch/2026-11-20/0042",
        ],
      },
    });
  });

  it("is refused where the envelope is another account's, or is none", () => {
    const event = fixture("security-hub-imported-vulnerability");
    expect(detectImported(spoiled(event, ["account"], "222233334444"), security)).to.deep.equal([
      {
        kind: "refused",
        reason:
          "The event comes from account 222233334444; imported findings are accepted only from the security account 123456789012",
      },
    ]);
    for (const input of [
      undefined,
      null,
      [],
      "text",
      7,
      {},
      spoiled(event, ["detail"], null),
      spoiled(event, ["detail", "findings"], []),
      spoiled(event, ["detail", "findings"], { 0: {} }),
      spoiled(event, ["time"], "soon"),
      spoiled(event, ["source"], "aws.guardduty"),
      spoiled(
        event,
        ["detail", "findings"],
        Array(101).fill(at(event, ["detail", "findings", "0"])),
      ),
    ]) {
      const results = detectImported(input, security);
      expect(results.map(({ kind }) => kind)).to.deep.equal(["refused"]);
    }
  });

  it("is answered beside others of its event, each by itself, and one that is refused hides none", () => {
    const finding = (name: string) =>
      at(fixture(`security-hub-imported-${name}`), ["detail", "findings", "0"]);
    const event = spoiled(
      fixture("security-hub-imported-vulnerability"),
      ["detail", "findings"],
      [finding("vulnerability"), null, finding("guardduty"), finding("own-product")],
    );
    const results = detectImported(event, security);
    expect(results.map(({ kind }) => kind)).to.deep.equal([
      "unanswered",
      "refused",
      "ignored",
      "unanswered",
    ]);
    expect(results[1]).to.include({
      reason:
        "Finding 2 of 4: Not a finding in ASFF: the event: Invalid input: expected object, received null",
    });
  });

  it("names thirty resources, and counts the others", () => {
    const Resources = Array.from({ length: 45 }, (_, number) => ({
      Type: "AwsS3Bucket",
      Id: `arn:aws:s3:::bucket-${number}`,
    }));
    const event = changed({
      from: "security-hub-imported-own-product",
      set: { "detail.findings.0.Resources": Resources },
    });
    const { named = [] } = unanswered(one(event)).finding;
    expect(named).to.have.length(30);
    expect(named.at(-1)).to.equal("16 more: see the finding");
  });

  it("stays short whatever is long in it", () => {
    const long = "x".repeat(100_000);
    for (const name of ["own-product", "vulnerability", "v2-access-key", "v2-sensitive-data"]) {
      const event = fixture(`security-hub-imported-${name}`);
      for (const path of paths(event).filter((each) => typeof at(event, each) === "string")) {
        const [found, ...others] = detectImported(spoiled(event, path, long), security);
        expect(others).to.deep.equal([]);
        expect(JSON.stringify(found).length, path.join(".")).to.be.below(6_000);
      }
    }
  });

  it("throws nothing and contains nothing, whatever one value is", () => {
    const values = [null, undefined, 7, "", [], {}, [[]], { __proto__: null }, "\ud800", true];
    for (const name of ["own-product", "control", "v2-control", "v2-access-key"]) {
      const event = fixture(`security-hub-imported-${name}`);
      for (const path of paths(event)) {
        for (const value of values) {
          const results = detectImported(spoiled(event, path, value), security);
          expect(results).to.have.length(1);
          expect(["unanswered", "archived", "ignored", "refused"]).to.include(results[0].kind);
        }
      }
    }
  });

  it("is counted with its like in the digest: of AWS by type, of others by product", () => {
    const provided = "detail.findings.0.FindingProviderFields";
    const severity = "detail.findings.0.Severity";
    const counted = (name: string, set: Case["set"]) => {
      const found = one(changed({ from: `security-hub-imported-${name}`, set }));
      if (found.kind !== "unanswered" && found.kind !== "archived") throw new Error(found.kind);
      return found.countedAs;
    };
    const suppressed = { "detail.findings.0.Workflow.Status": "SUPPRESSED" };
    const high = { [severity]: { Label: "HIGH" }, [provided]: {} };
    const low = { [severity]: { Label: "LOW" }, [provided]: {} };
    expect(counted("control", high)).to.deep.equal({
      in: "organization",
      under: "SecurityHub:EC2.19",
    });
    expect(counted("control", { ...high, ...suppressed })).to.deep.equal({
      in: "organization",
      under: "SecurityHub:EC2.19",
    });
    expect(counted("control", {})).to.deep.equal({
      in: "organization",
      under: "SecurityHub:EC2.19",
    });
    expect(counted("vulnerability", low)).to.deep.equal({ in: "organization", under: "CVE" });
    expect(counted("vulnerability", {})).to.deep.equal({ in: "organization", under: "CVE" });
    expect(counted("v2-sensitive-data", {})).to.deep.equal({
      in: "organization",
      under: "SensitiveData:S3Object:Multiple",
    });
    for (const set of [{}, suppressed]) {
      expect(counted("own-product", set)).to.deep.equal({
        in: "account",
        under: "222233334444:default",
      });
    }
  });

  it("is no request: the parser of custom actions, and so every responder, refuses it", () => {
    for (const name of ["vulnerability", "guardduty", "v2-vulnerability"]) {
      expect(detect(fixture(`security-hub-imported-${name}`), security).kind).to.equal("refused");
    }
  });
});

describe("one finding that is heard in several ways [D8]", () => {
  it("is one finding in ASFF and in OCSF: one name, one verdict, one account", () => {
    const [asff, ocsf] = ["vulnerability", "v2-vulnerability"].map((name) =>
      unanswered(one(fixture(`security-hub-imported-${name}`))),
    );
    for (const found of [asff, ocsf]) {
      expect(found?.finding.id).to.equal("5e6f708192a3b4c5d6e7f8091a2b3c4d-aabe2e11f20edae4");
      expect(found?.finding.imported?.verdict).to.equal("HIGH i-0a1b2c3d4e5f60718");
      expect(found?.place.account).to.equal("222233334444");
    }
  });

  it("has one name however AWS's product writes its id", () => {
    for (const Id of [
      "arn:aws:inspector2:eu-central-1:222233334444:finding/5e6f708192a3b4c5d6e7f8091a2b3c4d",
      "finding/5e6f708192a3b4c5d6e7f8091a2b3c4d",
      "5e6f708192a3b4c5d6e7f8091a2b3c4d",
    ]) {
      const event = changed({
        from: "security-hub-imported-vulnerability",
        set: { "detail.findings.0.Id": Id },
      });
      expect(unanswered(one(event)).finding.id).to.equal(
        "5e6f708192a3b4c5d6e7f8091a2b3c4d-aabe2e11f20edae4",
      );
    }
  });

  it("has the name of no other product's, nor of another id's that ends alike", () => {
    const idOf = (set: Case["set"]) =>
      unanswered(one(changed({ from: "security-hub-imported-own-product", set }))).finding.id;
    const ids = [
      idOf({}),
      idOf({ "detail.findings.0.Id": "0042" }),
      idOf({ "detail.findings.0.Id": "door-watch/2026-11-21/0042" }),
      idOf({
        "detail.findings.0.ProductArn": "arn:aws:securityhub:eu-central-1::product/prowler/prowler",
      }),
      idOf({
        "detail.findings.0.ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/macie",
      }),
    ];
    expect(new Set(ids).size).to.equal(5);
  });

  it("is GuardDuty's finding, by id and account, whichever way it is heard", () => {
    const direct = detect(fixture("guardduty-instance"), security);
    if (direct.kind !== "incident") throw new Error("This is an incident");
    const { finding, place, key } = direct.incident;
    for (const name of ["guardduty", "v2-guardduty"]) {
      const found = one(fixture(`security-hub-imported-${name}`));
      expect(found.kind, name).to.equal("ignored");
      if (found.kind === "ignored") {
        expect([found.finding.id, found.place]).to.deep.equal([finding.id, place]);
      }
    }
    // Sent by a person: the same incident.
    const imported = fixture<Json>("security-hub-imported-guardduty");
    const sent = spoiled(
      spoiled(imported, ["detail-type"], "Security Hub Findings - Custom Action"),
      ["resources"],
      ["arn:aws:securityhub:us-east-1:123456789012:action/custom/CordonContain"],
    );
    const asked = detect(sent, security);
    expect(asked.kind === "incident" && asked.incident.key).to.equal(key);
    expect(asked.kind === "incident" && asked.incident.finding.id).to.equal(finding.id);
  });
});

describe("the pattern of imported findings [P6] [D8]", () => {
  const names = table.map(({ from }) => from);
  const taken = (event: Json) => matches(imports, event);

  it("takes all but GuardDuty's and what passed", () => {
    for (const name of new Set(names)) {
      expect(taken(fixture(name)), name).to.equal(!name.endsWith("guardduty"));
    }
    for (const [from, path, value] of [
      ["control", "Compliance.Status", "PASSED"],
      ["v2-control", "compliance.status", "Pass"],
    ] as const) {
      const set = { [`detail.findings.0.${path}`]: value };
      expect(taken(changed({ from: `security-hub-imported-${from}`, set })), from).to.equal(false);
    }
  });

  it("takes what is called GuardDuty and is another's", () => {
    for (const product of [
      "arn:aws:securityhub:eu-central-1:222233334444:product/222233334444/default",
      "arn:aws:securityhub:eu-central-1::product/notaws/guardduty",
      "arn:aws:securityhub:eu-central-1::product/aws/guardduty/x",
    ]) {
      const set = {
        "detail.findings.0.ProductArn": product,
        "detail.findings.0.ProductName": "GuardDuty",
      };
      expect(taken(changed({ from: "security-hub-imported-guardduty", set })), product).to.equal(
        true,
      );
    }
  });

  it("is of events that triage answers, and no other rule of the hub, but for controls that fail", () => {
    for (const name of new Set(names)) {
      const isPosture = name === "security-hub-imported-control";
      expect(isImport(fixture(name)), name).to.equal(true);
      expect(isAnsweredElsewhere(fixture(name)), name).to.equal(isPosture);
    }
    for (const other of ["security-hub-instance", "guardduty-instance"]) {
      expect(isImport(fixture(other)), other).to.equal(false);
    }
    for (const input of [undefined, null, 7, [], {}]) expect(isImport(input)).to.equal(false);
  });
});
