import { expect } from "chai";
import { detectExposedKey } from "../../../functions/detect/exposed-key";
import { detectTrustedAdvisor } from "../../../functions/detect/unanswered-checks";
import health from "../../fixtures/health-credentials-exposed.json";
import advisor from "../../fixtures/trusted-advisor-exposed-key.json";

const securityAccount = "444455556666";
const detect = (event: unknown) => detectExposedKey(event, securityAccount);
const item = (columns: object, detail: object = {}) => ({
  ...advisor,
  detail: {
    ...advisor.detail,
    ...detail,
    "check-item-detail": { ...advisor.detail["check-item-detail"], ...columns },
  },
});
const risk = (detail: object, envelope: object = {}) => ({
  ...health,
  ...envelope,
  detail: { ...health.detail, ...detail },
});

describe("functions/detect/exposed-key [D4]", () => {
  it("reads AWS's own example of Trusted Advisor's event", () => {
    expect(detect(advisor)).to.deep.equal({
      kind: "exposure",
      place: { account: "123456789012", region: "us-east-1" },
      accessKey: "AKIAIOSFODNN7EXAMPLE",
      userName: "my-username",
      others: [],
      finding: {
        id: "aa12345f-55c7-498e-b7ac-123456789012",
        type: "TrustedAdvisor:ExposedAccessKeys",
        severity: 9,
        title:
          "Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed, found at www.example.com",
        sample: false,
        // 1440021299248
        lastSeen: "2015-08-19T21:54:59.248Z",
        link: "https://us-east-1.console.aws.amazon.com/trustedadvisor/home#/category/security?checkId=12Fnkpl8Y5",
        exposed: true,
      },
    });
  });

  it("reads AWS Health's event, which names no user", () => {
    expect(detect(health)).to.deep.equal({
      kind: "exposure",
      place: { account: "123456789012", region: "us-east-1" },
      accessKey: "AKIAIOSFODNN7EXAMPLE",
      others: [],
      finding: {
        id: "AWS_RISK_CREDENTIALS_EXPOSED_0123456789abcdef",
        type: "Health:AWS_RISK_CREDENTIALS_EXPOSED",
        severity: 9,
        title:
          "AWS Health: access key AKIAIOSFODNN7EXAMPLE is exposed, found at https://code.example.com/shop",
        sample: false,
        lastSeen: "2026-06-05T06:26:00.000Z",
        link: "https://health.aws.amazon.com/health/home#/account/event-log",
        exposed: true,
      },
    });
  });

  it("leaves a key that is only suspected to a person, and does not call it exposed", () => {
    const suspected = [
      item({ "Fraud Type": "Suspected" }),
      item({ "Fraud Type": "Something new" }),
      item({ "Fraud Type": undefined }),
      risk({ eventTypeCode: "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED" }),
      risk({ eventTypeCode: "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED" }),
    ].map(detect);
    expect(
      suspected.map(
        (each) => each.kind === "exposure" && [each.finding.severity, each.finding.exposed],
      ),
    ).to.deep.equal([
      [6, undefined],
      [6, undefined],
      [6, undefined],
      [6, undefined],
      [6, undefined],
    ]);
  });

  it("takes a key that is exposed and was used for exposed", () => {
    const detected = detect(item({ "Fraud Type": "Potentially compromised" }));
    expect(detected.kind === "exposure" && detected.finding.exposed).to.equal(true);
  });

  it("takes a key that AWS Health says others use, or for which AWS quarantined its user, for exposed", () => {
    const found = {
      affectedEntities: [{ entityValue: "AKIAIOSFODNN7EXAMPLE" }],
      eventMetadata: undefined,
    };
    for (const [eventTypeCode, state] of [
      ["AWS_RISK_CREDENTIALS_COMPROMISED", "is used by others"],
      ["AWS_RISK_IAM_QUARANTINE", "is exposed, so that AWS put its user into quarantine"],
      ["AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE", "or password is used by others"],
    ]) {
      const detected = detect(risk({ ...found, eventTypeCode }));
      if (detected.kind !== "exposure") throw new Error(detected.kind);
      const { severity, exposed, title, type } = detected.finding;
      expect({ severity, exposed, title, type }).to.deep.equal({
        severity: 9,
        exposed: true,
        title: `AWS Health: access key AKIAIOSFODNN7EXAMPLE ${state}`,
        type: `Health:${eventTypeCode}`,
      });
    }
  });

  it("notifies urgently where AWS Health names no key, as of a sign-in to the console", () => {
    const eventTypeCode = "AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE";
    const detected = detect(
      risk({
        eventTypeCode,
        affectedEntities: [{ entityValue: "UNKNOWN" }],
        eventMetadata: undefined,
      }),
    );
    if (detected.kind !== "unanswered") throw new Error(detected.kind);
    expect(detected.finding.title).to.equal(
      "AWS Health: an access key or password is used by others",
    );
    expect(detected.advice.urgent).to.equal(true);
  });

  it("makes an event of its own of every further key that AWS Health names", () => {
    const event = risk({
      affectedEntities: [
        { entityValue: "AKIAIOSFODNN7EXAMPLE" },
        { entityValue: "UNKNOWN" },
        { entityValue: "AKIAI44QH8DHBEXAMPLE" },
        { entityValue: "AKIAIOSFODNN7EXAMPLE" },
      ],
    });
    const detected = detect(event);
    if (detected.kind !== "exposure") throw new Error(detected.kind);
    expect(detected.others.map(({ accessKey }) => accessKey)).to.deep.equal([
      "AKIAI44QH8DHBEXAMPLE",
    ]);
    const other = detect(detected.others[0]?.event);
    expect(other.kind === "exposure" && [other.accessKey, other.others]).to.deep.equal([
      "AKIAI44QH8DHBEXAMPLE",
      [],
    ]);
  });

  for (const name of ["<root_account>", "Root user"]) {
    it(`notifies at once of a key of root's, written ${name}`, () => {
      const detected = detect(item({ "User Name (IAM or Root)": name }));
      if (detected.kind !== "unanswered") throw new Error(detected.kind);
      expect(detected.advice.why).to.equal(
        "Access key AKIAIOSFODNN7EXAMPLE belongs to the root user: no IAM policy restricts root, so that Cordon cannot contain it",
      );
      expect([detected.resource, detected.accessKey, detected.advice.urgent]).to.deep.equal([
        "root user",
        "AKIAIOSFODNN7EXAMPLE",
        true,
      ]);
    });
  }

  it("leaves to IAM whose a key is where a user may be named as root is written", () => {
    for (const name of ["root", "Root"]) {
      const detected = detect(item({ "User Name (IAM or Root)": name }));
      if (detected.kind !== "exposure") throw new Error(detected.kind);
      const { accessKey, userName, rootOrUser } = detected;
      expect([accessKey, userName, rootOrUser]).to.deep.equal([
        "AKIAIOSFODNN7EXAMPLE",
        undefined,
        name,
      ]);
    }
  });

  it("takes a user whose name begins like root's for the user it is", () => {
    const detected = detect(item({ "User Name (IAM or Root)": "root-deployer" }));
    expect(detected.kind === "exposure" && detected.userName).to.equal("root-deployer");
  });

  it("notifies at once of a key without a user's name, and changes nothing", () => {
    for (const name of [undefined, "", "  "]) {
      const detected = detect(item({ "User Name (IAM or Root)": name }));
      expect(detected.kind === "unanswered" && detected.advice.why).to.equal(
        "Trusted Advisor does not name the owner of access key AKIAIOSFODNN7EXAMPLE",
      );
    }
  });

  it("notifies at once when AWS Health names no key", () => {
    const detected = detect(risk({ affectedEntities: [{ entityValue: "UNKNOWN" }] }));
    expect(detected.kind === "unanswered" && [detected.advice.why, detected.accessKey])
      .to //
      .deep.equal(["AWS Health names no access key", undefined]);
  });

  it("does nothing about what AWS reports as resolved", () => {
    expect(detect(item({}, { status: "OK" })).kind).to.equal("settled");
    expect(detect(risk({ statusCode: "closed" })).kind).to.equal("settled");
  });

  it("acts in the account of the envelope, whatever the body says", () => {
    const foreign = risk({ affectedAccount: "999988887777" });
    expect(detect(foreign)).to.deep.equal({
      kind: "refused",
      reason: "The event comes from account 123456789012, but is about account 999988887777",
    });
  });

  it("believes AWS Health's view of the organization where it is seen, in the security account", () => {
    const detected = detect(risk({}, { account: securityAccount }));
    expect(detected.kind === "exposure" && detected.place.account).to.equal("123456789012");
  });

  it("counts a report without a readable time as the oldest there can be", () => {
    const detected = detect(item({ "Time Updated": "yesterday" }));
    expect(detected.kind === "exposure" && detected.finding.lastSeen).to.equal(
      "1970-01-01T00:00:00.000Z",
    );
  });

  it("lets where the key was found write no line of its own", () => {
    const detected = detect(item({ Location: "evil\n\nIncident   none\u202e" }));
    expect(detected.kind === "exposure" && detected.finding.title).to.equal(
      "Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed, found at evil Incident none",
    );
  });

  const refusals: Readonly<Record<string, [unknown, string]>> = {
    "a key that is none": [
      item({ "Access Key ID": "'; DROP TABLE" }),
      "Not an exposed access key of Trusted Advisor: detail.check-item-detail.Access Key ID: must be an access key id",
    ],
    "an account that is none": [
      { ...advisor, account: "root" },
      "Not an exposed access key of Trusted Advisor: account: must be a 12-digit account id",
    ],
    "another check": [
      { ...advisor, detail: { ...advisor.detail, "check-name": "Service Limits" } },
      'Not an exposed access key of Trusted Advisor: detail.check-name: Invalid input: expected "Exposed Access Keys"',
    ],
  };
  for (const [what, [event, reason]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      expect(detect(event)).to.deep.equal({ kind: "refused", reason });
    });
  }

  it("refuses what is no event at all", () => {
    for (const event of [undefined, null, "", [], {}, { source: "aws.health" }]) {
      expect(detect(event).kind).to.equal("refused");
    }
  });
});

describe("functions/detect/unanswered-checks", () => {
  it("notifies about the checks that are forwarded, and only logs other checks' items", () => {
    const silent = (name: string) => {
      const detected = detectTrustedAdvisor({
        ...advisor,
        detail: { ...advisor.detail, "check-name": name },
      });
      return detected.kind === "unanswered" ? detected.suppressedBecause : detected.kind;
    };
    expect([silent("Exposed Access Keys"), silent("Service Limits")]).to.deep.equal([
      undefined,
      "Cordon does not forward the check Service Limits",
    ]);
  });
});
