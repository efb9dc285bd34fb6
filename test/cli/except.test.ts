import { expect } from "chai";
import { suppressionFilterFor } from "../../cli/except";
import type { Incident } from "../../functions/model/incident";
import { additionProblem } from "../../functions/record/exceptions";
import type { IncidentRecord } from "../../functions/record/journal";
import { readDetection } from "../../settings/detection";
import * as builders from "../support/builders";
import { cordon } from "../support/cordon";

const refusal = (sentence: string) => ({
  status: 1,
  stdout: "",
  stderr: `${sentence} Nothing was written.\n`,
});
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("npx cordon except add [C3]", () => {
  const now = new Date("2026-11-20T10:05:00Z");
  const whole = {
    kind: "exception",
    covers: { account: "222233334444" },
    reason: "load test",
    owner: "team-web",
    expires: "2027-01-31",
  } as const;
  const problemOf = (changes: object) =>
    additionProblem({ ...whole, ...changes }, ["contain-instance"], now);

  it("accepts every field, and a year", () => {
    const covers = {
      resource: "arn:aws:iam::222233334444:role/service/web",
      account: "222233334444",
      unit: "ou-ab12-11111111",
      tag: "aws:cloudformation:stack-name=lab",
      playbook: "contain-instance",
      type: "UnauthorizedAccess:IAMUser/*",
    };
    expect(problemOf({ covers, expires: "2027-11-20" })).to.equal(undefined);
    expect(problemOf({ expires: "2026-11-20" })).to.equal(undefined);
    const type = "Backdoor:EC2/C&CActivity.B!DNS";
    expect(problemOf({ covers: { type } })).to.equal(undefined);
  });

  for (const [what, changes, problem] of [
    [
      "without a reason",
      { reason: "" },
      "The reason for the exception must be one line of 1 to 1,000 characters, but none was given",
    ],
    [
      "without an owner",
      { owner: " " },
      "The owner must be one line of 1 to 1,000 characters, but none was given",
    ],
    [
      "of an owner of two lines",
      { owner: "a\nb" },
      "The owner must be one line of 1 to 1,000 characters, but it has line breaks or control characters",
    ],
    [
      "without an expiry",
      { expires: "" },
      "The expiry must be a day such as 2027-03-31, but none was given",
    ],
    [
      "that expires on no day",
      { expires: "2027-02-30" },
      'The expiry must be a day such as 2027-03-31, but it is "2027-02-30"',
    ],
    [
      "that has expired",
      { expires: "2026-11-19" },
      "The expiry must be a day from 2026-11-20 to 2027-11-21, but it is 2026-11-19",
    ],
    [
      "for more than a year",
      { expires: "2027-11-22" },
      "The expiry must be a day from 2026-11-20 to 2027-11-21, but it is 2027-11-22",
    ],
    [
      "that is a false positive, for more than 90 days",
      { kind: "false-positive", expires: "2027-02-19" },
      "The expiry must be a day from 2026-11-20 to 2027-02-18, but it is 2027-02-19",
    ],
    [
      "of nothing",
      { covers: {} },
      "An exception must cover at least one of resource, account, unit, tag, playbook and type, but it names none",
    ],
    [
      "of a malformed ARN",
      { covers: { resource: "arn:aws:ec2:instance/i-1" } },
      'The resource must be the ARN of what a playbook changes, such as arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718, but it is "arn:aws:ec2:instance/i-1"',
    ],
    [
      "of a resource that is never contained",
      { covers: { resource: "arn:aws:sqs:eu-west-1:111122223333:logs" } },
      'The resource must be the ARN of what a playbook changes, such as arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718, but it is "arn:aws:sqs:eu-west-1:111122223333:logs"',
    ],
    [
      "of an account of 11 digits",
      { covers: { account: "22223333444" } },
      'The account must be an account\'s id of 12 digits, but it is "22223333444"',
    ],
    [
      "of a unit's name",
      { covers: { unit: "workloads" } },
      'The unit must be the id of an organizational unit, such as ou-ab12-11111111, but it is "workloads"',
    ],
    [
      "of a tag without a value",
      { covers: { tag: "env" } },
      'The tag must be a tag as key=value, but it is "env"',
    ],
    [
      "of an unknown playbook",
      { covers: { playbook: "contain-all" } },
      'The playbook must be one of contain-instance, but it is "contain-all"',
    ],
    [
      "of every finding type",
      { covers: { type: "*" } },
      'The type must be a finding type, such as CryptoCurrency:EC2/BitcoinTool.B, or its beginning and *, but it is "*"',
    ],
  ] as const) {
    it(`refuses an exception ${what}`, () => {
      expect(problemOf(changes)).to.equal(problem);
    });
  }

  it("says so before it asks for credentials, and whose it needs", () => {
    const given = ["--account", "222233334444", "--reason", "load test", "--expires", day(30)];
    expect(cordon("except", "add", ...given)).to.deep.equal(
      refusal("The owner must be one line of 1 to 1,000 characters, but none was given."),
    );
    expect(cordon("except", "add", ...given, "--owner", "team-web")).to.deep.equal(
      refusal(
        "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers.",
      ),
    );
  });
});

describe("npx cordon mark [C6]", () => {
  const type = "CryptoCurrency:EC2/BitcoinTool.B";
  for (const [what, options, sentence] of [
    [
      "another mark",
      ["0f3a9c1d2b4e5f60-1", "true-positive"],
      'An incident can be marked as false-positive, but "true-positive" was given.',
    ],
    [
      "no incident's id",
      ["i-0abc", "false-positive", "--days", "7"],
      '"i-0abc" is not an incident id: every notice has one, such as 0f3a9c1d2b4e5f60-1.',
    ],
    [
      "no finding type",
      ["0f3a9c1d2b4e5f60-1", "false-positive", "--days", "7", "--reason", "a benign beacon"],
      "Give the finding's type, as the notice that you looked at has it: --type TYPE.",
    ],
    [
      "91 days",
      ["0f3a9c1d2b4e5f60-1", "false-positive", "--type", type, "--days", "91"],
      'A false positive is remembered for 1 to 90 days, but "91" was given.',
    ],
    [
      "no reason",
      ["0f3a9c1d2b4e5f60-1", "false-positive", "--type", type, "--days", "90"],
      "The reason for the exception must be one line of 1 to 1,000 characters, but none was given.",
    ],
  ] as const) {
    it(`refuses ${what} before it asks for credentials`, () => {
      expect(cordon("mark", ...options)).to.deep.equal(refusal(sentence));
    });
  }

  it("is an option of a release, which is refused with days that it does not take", () => {
    const options = ["--reason", "a benign beacon", "--false-positive", "0"];
    expect(cordon("release", "0f3a9c1d2b4e5f60-1", ...options)).to.deep.equal({
      status: 1,
      stdout: "",
      stderr:
        'A false positive is remembered for 1 to 90 days, but "0" was given. Nothing was released.\n',
    });
  });

  // The names of fields: the table of attributes in GuardDuty's guide to filtering findings.
  it("proposes a suppression filter that the settings accept", () => {
    const filterFor = (incident: Incident) =>
      suppressionFilterFor({ id: `${incident.key}-1`, incident } as IncidentRecord);
    const common = { accountId: { equals: ["222233334444"] } };
    const filters = [builders.incident(), builders.userIncident(), builders.roleIncident()].map(
      filterFor,
    );
    const credentials = { equals: ["UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom"] };
    expect(filters.map(({ criteria }) => criteria)).to.deep.equal([
      {
        ...common,
        type: { equals: ["CryptoCurrency:EC2/BitcoinTool.B"] },
        "resource.instanceDetails.instanceId": { equals: ["i-0a1b2c3d4e5f60718"] },
      },
      {
        ...common,
        type: credentials,
        "resource.accessKeyDetails.userName": { equals: ["deploy"] },
      },
      {
        ...common,
        type: credentials,
        "resource.accessKeyDetails.userName": { equals: ["analyst"] },
      },
    ]);
    const settings: Readonly<Record<string, string>> = {
      detection: "existing",
      organizationRoot: "",
      guardDutyFeatures: "[]",
      suppressionFilters: JSON.stringify(filters),
      trustedAddresses: "[]",
      publishFindings: "false",
      securityHub: "adopt",
      securityHubStandards: "[]",
      securityHubRegions: "governed",
    };
    expect(readDetection((key) => settings[key]).suppressionFilters).to.deep.equal(filters);
  });
});
