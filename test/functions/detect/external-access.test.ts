import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import type { Detected } from "../../../functions/detect/detected";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

const security = "444455556666";
const event = fixture("access-analyzer-finding");
const changed = (detail: Json, envelope: Json = {}): Json => ({
  ...event,
  ...envelope,
  detail: { ...(event.detail as Json), ...detail },
});

function read(given: Json): Unanswered {
  const detected = detect(given, security);
  if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
  return detected;
}

describe("functions/detect/external-access [D5]", () => {
  it("reads AWS's own example: resource, principal and action", () => {
    expect(read(event)).to.deep.equal({
      kind: "unanswered",
      place: { account: "222233334444", region: "eu-central-1" },
      resource: "arn:aws:s3:::reports-of-shop",
      finding: {
        // sha256 of ["222233334444","arn:aws:s3:::reports-of-shop",null,["AWS=999988887777"],[]]
        id: "access-92255e7f1bc13682",
        type: "AccessAnalyzer:AWSS3Bucket/OtherAccount",
        severity: 7,
        title: "IAM Access Analyzer: AWS: 999988887777 may use arn:aws:s3:::reports-of-shop",
        sample: false,
        lastSeen: "2026-06-05T01:22:33Z",
        named: ["principal AWS 999988887777", "actions s3:GetObject"],
        link: "https://eu-central-1.console.aws.amazon.com/access-analyzer/home?region=eu-central-1",
      },
      advice: {
        why: "AWS: 999988887777 may use arn:aws:s3:::reports-of-shop, which no playbook covers",
        manualSteps: [
          "If it is meant to be: archive the finding in Access Analyzer, or write an archive rule.",
          "If not: take the statement out of the resource's policy, see in CloudTrail who wrote it, and what has been read since.",
        ],
      },
    });
  });

  const condition = { "sts:ExternalId": "x" };
  const rows: readonly (readonly [string, Json, number, string])[] = [
    ["everybody", { isPublic: true, principal: { AWS: "*" } }, 8, "Public"],
    [
      "everybody, said by the principal alone",
      { isPublic: null, principal: { AWS: "*" } },
      8,
      "Public",
    ],
    [
      "everybody on conditions that keep most out",
      { isPublic: false, principal: { AWS: "*" }, condition },
      5,
      "OtherPrincipal",
    ],
    [
      "another account's root",
      { principal: { AWS: "arn:aws:iam::999988887777:root" } },
      7,
      "OtherAccount",
    ],
    ["another account on conditions, as of a vendor", { condition }, 5, "OtherPrincipal"],
    [
      "one role of another account",
      { principal: { AWS: "arn:aws:iam::999988887777:role/reader" } },
      5,
      "OtherPrincipal",
    ],
    [
      "an identity provider",
      { principal: { Federated: "cognito-identity.amazonaws.com" } },
      5,
      "OtherPrincipal",
    ],
    [
      "somebody who is not named",
      { principal: null, condition: null, action: null },
      5,
      "OtherPrincipal",
    ],
    [
      "whoever it is: the policy could not be read",
      { error: "ACCESS_DENIED", isPublic: undefined, principal: undefined, action: undefined },
      4,
      "NotAnalyzed",
    ],
  ];
  for (const [who, detail, severity, type] of rows) {
    it(`weighs access by ${who}`, () => {
      const { finding, suppressedBecause } = read(changed(detail));
      expect([finding.severity, finding.type, suppressedBecause]).to.deep.equal([
        severity,
        `AccessAnalyzer:AWSS3Bucket/${type}`,
        undefined,
      ]);
    });
  }

  it("only logs what ended, or was archived by a person or a rule of the account", () => {
    for (const [detail, reason] of [
      [{ status: "ARCHIVED", isPublic: true }, "The finding is archived in Access Analyzer"],
      [{ status: "RESOLVED" }, "The finding is resolved in Access Analyzer"],
      [{ isDeleted: true }, "Access Analyzer deleted the finding"],
    ] as const) {
      expect(read(changed(detail)).suppressedBecause).to.equal(reason);
    }
  });

  it("is about the account that the security account's analyzer names, and no other's does", () => {
    const detail = { accountId: "333344445555" };
    const organizations = read(changed(detail, { account: security }));
    expect(organizations.place.account).to.equal("333344445555");
    const { place, advice } = read(changed(detail));
    expect(place.account).to.equal("222233334444");
    expect(advice?.why).to.include("reports-of-shop of account 333344445555, which");
  });

  it("is one finding of a role, whichever regions' analyzers report it", () => {
    const role = {
      resourceType: "AWS::IAM::Role",
      resource: "arn:aws:iam::222233334444:role/team/reader",
    };
    const [one, other] = ["eu-central-1", "us-east-1"].map((region) =>
      read(changed({ ...role, region, id: region }, { region, resources: [region] })),
    );
    expect(one).to.deep.equal(other);
    expect([one?.place.region, one?.finding.link]).to.deep.equal([
      "us-east-1",
      "https://console.aws.amazon.com/iam/home#/roles/details/reader",
    ]);
  });

  it("is another finding of another principal, condition or resource", () => {
    const ids = [
      {},
      { principal: { AWS: "111122223333" } },
      { condition },
      { resource: "arn:aws:s3:::other" },
      { error: "ACCESS_DENIED" },
      { accountId: "333344445555" },
    ].map((detail) => read(changed(detail)).finding.id);
    expect(new Set(ids).size).to.equal(6);
  });

  it("names the type where there is no resource, and bounds what it shows", () => {
    const actions = Array.from({ length: 12 }, (_, index) => `s3:Action${index}`);
    const { resource, finding } = read(
      changed({ resource: null, action: actions, condition: { "a\nb": "c\nd" } }),
    );
    expect(resource).to.equal("AWS::S3::Bucket");
    expect(finding.named).to.deep.equal([
      "principal AWS 999988887777",
      "actions s3:Action0, s3:Action1, s3:Action2, s3:Action3, s3:Action4, s3:Action5, s3:Action6, s3:Action7, s3:Action8, s3:Action9, and 2 more",
      "condition a b is c d",
    ]);
  });

  for (const [what, given] of [
    ["what nobody uses", { ...event, "detail-type": "Unused Access Finding for IAM entities" }],
    ["access from within", { ...event, "detail-type": "Internal Access Finding" }],
    ["an unknown status", changed({ status: "NEW" })],
    ["no account", changed({ accountId: "x" })],
    ["a region that is none", spoiled(event, ["region"], "https://evil.example/")],
  ] as const) {
    it(`refuses ${what}`, () => {
      const detected = detect(given, security);
      expect(detected.kind === "refused" && detected.reason).to.match(
        /^Not a finding of IAM Access Analyzer: /,
      );
    });
  }
});
