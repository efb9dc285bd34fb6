import { expect } from "chai";
import { type DetectionSettings, readDetection } from "../../settings/detection";

const valid: Readonly<Record<string, string>> = {
  detection: "managed",
  organizationRoot: "r-ab12",
  guardDutyFeatures: '["EC2_AGENT_MANAGEMENT","S3_DATA_EVENTS","RUNTIME_MONITORING"]',
  suppressionFilters: JSON.stringify([
    {
      name: "scanner",
      description: "Port scans by our own scanner",
      criteria: {
        type: { equals: ["Recon:EC2/Portscan"] },
        severity: { greaterThanOrEqual: 4, lessThan: "7" },
      },
    },
  ]),
  trustedAddresses: '["198.51.100.0/24","203.0.113.7"]',
  publishFindings: "true",
  securityHub: "adopt",
  securityHubStandards:
    '["arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0","arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"]',
  securityHubRegions: "all",
};

/** Reads a valid configuration with some keys changed; undefined removes one. */
function read(changes: Readonly<Record<string, string | undefined>> = {}): DetectionSettings {
  const merged = { ...valid, ...changes };
  return readDetection((key) => merged[key]);
}

const filter = (changes: object) =>
  JSON.stringify([
    { name: "scanner", criteria: { type: { equals: ["Recon:EC2/Portscan"] } }, ...changes },
  ]);

describe("the settings of detection [P2]", () => {
  it("are read, features in the order in which they are switched", () => {
    expect(read()).to.deep.equal({
      detection: "managed",
      organizationRoot: "r-ab12",
      guardDutyFeatures: ["S3_DATA_EVENTS", "RUNTIME_MONITORING", "EC2_AGENT_MANAGEMENT"],
      suppressionFilters: [
        {
          name: "scanner",
          description: "Port scans by our own scanner",
          criteria: {
            type: { equals: ["Recon:EC2/Portscan"] },
            severity: { greaterThanOrEqual: "4", lessThan: "7" },
          },
        },
      ],
      trustedAddresses: ["198.51.100.0/24", "203.0.113.7"],
      publishFindings: true,
      securityHub: "adopt",
      securityHubStandards: [
        "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0",
        "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0",
      ],
      securityHubRegions: "all",
    });
  });

  it("need no root where others run GuardDuty and Security Hub", () => {
    expect(read({ detection: "existing", organizationRoot: "" }).organizationRoot).to.equal("");
  });

  it("give a filter without a description an empty one", () => {
    expect(read({ suppressionFilters: filter({}) }).suppressionFilters[0]?.description).to.equal(
      "",
    );
  });

  // Milliseconds by `date -u -d 2026-01-31T12:00:00Z +%s000`. What the AWS provider 6.47 takes and reads
  // back is a date of updatedAt, and a whole number of every other field.
  it("give a time as the provider reads it back: of updatedAt as a date, of others as a number", () => {
    const criteria = (updated: unknown, first: unknown) =>
      read({
        suppressionFilters: filter({
          criteria: {
            updatedAt: { greaterThan: updated },
            "service.eventFirstSeen": { lessThanOrEqual: first },
          },
        }),
      }).suppressionFilters[0]?.criteria;
    const settled = {
      updatedAt: { greaterThan: "2026-01-31T12:00:00Z" },
      "service.eventFirstSeen": { lessThanOrEqual: "1769860800000" },
    };
    const date = "2026-01-31T12:00:00Z";
    expect(criteria(date, date)).to.deep.equal(settled);
    expect(criteria(1769860800000, "1769860800000")).to.deep.equal(settled);
  });

  const refused: readonly (readonly [string, string | undefined, string])[] = [
    ["detection", "on", 'cordon:detection must be one of managed, existing, but "on" was provided'],
    [
      "organizationRoot",
      "",
      'cordon:organizationRoot must be the id of the organization\'s root, r- and 4 to 32 lower-case letters or digits, where cordon:detection is managed, but "" was provided',
    ],
    [
      "organizationRoot",
      "ou-ab12-cdefghij",
      'cordon:organizationRoot must be the id of the organization\'s root, r- and 4 to 32 lower-case letters or digits, where cordon:detection is managed, but "ou-ab12-cdefghij" was provided',
    ],
    [
      "guardDutyFeatures",
      '["S3_DATA_EVENT"]',
      'cordon:guardDutyFeatures[0] must be a feature of GuardDuty that Cordon switches, but "S3_DATA_EVENT" was provided; did you mean S3_DATA_EVENTS?',
    ],
    [
      "guardDutyFeatures",
      '["S3_DATA_EVENTS","EKS_RUNTIME_MONITORING"]',
      'cordon:guardDutyFeatures[1] must be a feature of GuardDuty that Cordon switches, but "EKS_RUNTIME_MONITORING" was provided; did you mean RUNTIME_MONITORING?',
    ],
    [
      "guardDutyFeatures",
      '["EC2_AGENT_MANAGEMENT"]',
      'cordon:guardDutyFeatures must be a list that includes RUNTIME_MONITORING where it includes EC2_AGENT_MANAGEMENT, but ["EC2_AGENT_MANAGEMENT"] was provided',
    ],
    [
      "suppressionFilters",
      "{}",
      "cordon:suppressionFilters must be a list of at most 100 filters, but {} was provided",
    ],
    [
      "suppressionFilters",
      '["scanner"]',
      'cordon:suppressionFilters[0] must be an object, but "scanner" was provided',
    ],
    [
      "suppressionFilters",
      filter({ criteria: {} }),
      "cordon:suppressionFilters[0].criteria must be one field or more, but {} was provided",
    ],
    [
      "suppressionFilters",
      filter({ criteria: { type: {} } }),
      "cordon:suppressionFilters[0].criteria.type must be one comparison or more, but {} was provided",
    ],
    [
      "suppressionFilters",
      filter({ criteria: { type: { equals: [] } } }),
      "cordon:suppressionFilters[0].criteria.type.equals must be a list of one text or more, but [] was provided",
    ],
    [
      "suppressionFilters",
      filter({ criteria: { type: { equal: ["Recon:EC2/Portscan"] } } }),
      'cordon:suppressionFilters[0].criteria.type has no "equal"; did you mean equals?',
    ],
    ...["low", 0, "0", -1, "-4", "04", 4.5, "2026-01-31T12:00:00Z"].map(
      (value) =>
        [
          "suppressionFilters",
          filter({ criteria: { severity: { lessThan: value } } }),
          `cordon:suppressionFilters[0].criteria.severity.lessThan must be a whole number above 0, but ${JSON.stringify(value)} was provided`,
        ] as const,
    ),
    ...[0, -1769860800000, "2026-01-31", "2026-01-31T12:00:00+02:00", "2026-02-30T12:00:00Z"].map(
      (value) =>
        [
          "suppressionFilters",
          filter({ criteria: { "service.eventLastSeen": { greaterThan: value } } }),
          `cordon:suppressionFilters[0].criteria.service.eventLastSeen.greaterThan must be a time after 1970, such as 2026-01-31T12:00:00Z, or in milliseconds, such as 1769860800000, but ${JSON.stringify(value)} was provided`,
        ] as const,
    ),
    ...[0, 1769860800001, "2026-01-31T12:00:00.000Z", "1970-01-01T00:00:00Z"].map(
      (value) =>
        [
          "suppressionFilters",
          filter({ criteria: { updatedAt: { lessThan: value } } }),
          `cordon:suppressionFilters[0].criteria.updatedAt.lessThan must be a time after 1970 in whole seconds of UTC, such as 2026-01-31T12:00:00Z, but ${JSON.stringify(value)} was provided`,
        ] as const,
    ),
    [
      "suppressionFilters",
      filter({ criteria: { type: { matches: ["a*", "b*", "c*", "d*", "e*", "f*"] } } }),
      'cordon:suppressionFilters[0].criteria.type.matches must be a list of at most 5 texts, which is what GuardDuty takes, but ["a*","b*","c*","d*","e*","f*"] was provided',
    ],
    [
      "suppressionFilters",
      filter({ criteria: { "the type": { equals: ["a"] } } }),
      'cordon:suppressionFilters[0].criteria must be keyed by GuardDuty\'s names of fields, but "the type" was provided',
    ],
    [
      "suppressionFilters",
      filter({ criterion: {} }),
      'cordon:suppressionFilters[0] has no "criterion"; did you mean criteria?',
    ],
    [
      "suppressionFilters",
      filter({ name: "our scanner" }),
      'cordon:suppressionFilters[0].name must be 3 to 64 letters, digits or ._-, but "our scanner" was provided',
    ],
    [
      "suppressionFilters",
      filter({ description: "ours, not theirs" }),
      'cordon:suppressionFilters[0].description must be at most 512 letters, digits, spaces or .:_-/ and brackets, but "ours, not theirs" was provided',
    ],
    [
      "suppressionFilters",
      JSON.stringify([...JSON.parse(filter({})), ...JSON.parse(filter({}))]),
      'cordon:suppressionFilters[1].name must be used once, but "scanner" was provided',
    ],
    [
      "trustedAddresses",
      '["198.51.100.0/24","198.51.100.256"]',
      'cordon:trustedAddresses[1] must be an IPv4 address or a range such as 198.51.100.0/24, but "198.51.100.256" was provided',
    ],
    [
      "trustedAddresses",
      '["0.0.0.0/0"]',
      'cordon:trustedAddresses[0] must be an IPv4 address or a range such as 198.51.100.0/24, but "0.0.0.0/0" was provided',
    ],
    [
      "trustedAddresses",
      JSON.stringify(
        Array.from({ length: 2001 }, (_, n) => `10.${Math.floor(n / 250)}.${n % 250}.1`),
      ),
      "cordon:trustedAddresses must be at most 2000 addresses or ranges, which is what GuardDuty takes, but 2001 were provided",
    ],
    [
      "publishFindings",
      "yes",
      'cordon:publishFindings must be one of true, false, but "yes" was provided',
    ],
    [
      "securityHub",
      undefined,
      "cordon:securityHub must be one of enable, adopt, but nothing was provided",
    ],
    [
      "securityHubStandards",
      '["cis"]',
      'cordon:securityHubStandards[0] must be the ARN of a standard of Security Hub, but "cis" was provided',
    ],
    [
      "securityHubRegions",
      '["us-east-1"]',
      'cordon:securityHubRegions must be one of governed, all, but "[\\"us-east-1\\"]" was provided',
    ],
  ];
  for (const [key, value, message] of refused) {
    const shown = value && value.length > 110 ? `${value.slice(0, 107)}…` : value;
    it(`refuse ${key} = ${shown}`, () => {
      const exactly = new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
      expect(() => read({ [key]: value })).to.throw(Error, exactly);
    });
  }
});
