import { expect } from "chai";
import { readApproval } from "../../settings/approval";

const given: Readonly<Record<string, string>> = {
  approvers: "[]",
  approvalHours: "4",
  approvalPage: "false",
};
const read = (changes: Readonly<Record<string, string>> = {}) =>
  readApproval((key) => ({ ...given, ...changes })[key]);

describe("the settings of approvals [C5]", () => {
  it("are who may answer, for how many hours, and whether on a page", () => {
    const approvers = [
      "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Sec_*",
      "arn:aws:iam::444455556666:role/*",
      "arn:aws:iam::777788889999:user/people/carol",
      "arn:aws:sts::444455556666:assumed-role/Responders/alice@example.com",
    ];
    expect(read({ approvers: JSON.stringify(approvers), approvalHours: "168" })).to.deep.equal({
      approvers,
      approvalHours: 168,
      approvalPage: false,
    });
    expect(read({ approvalPage: "true" }).approvalPage).to.equal(true);
  });

  const words =
    'an ARN of a role, a user or an assumed role\'s session, without commas, possibly ending in "*"';
  for (const [key, value, problem] of [
    ["approvalHours", "0", 'a whole number from 1 to 168, but "0" was provided'],
    ["approvalPage", "yes", 'one of true, false, but "yes" was provided'],
    ["approvalHours", "169", 'a whole number from 1 to 168, but "169" was provided'],
    ...[
      "*",
      "arn:aws:iam::*:role/Responders",
      "arn:aws:iam::444455556666:root",
      "arn:aws:iam::444455556666:role/",
      "arn:aws:iam::444455556666:role/A*B",
      "arn:aws:iam::444455556666:role/one,two",
      "arn:aws:sts::444455556666:assumed-role/*",
      "arn:aws-cn:iam::444455556666:role/Responders",
    ].map((arn) => ["approvers", JSON.stringify([arn]), `${words}, but "${arn}" was provided`]),
  ] as [string, string, string][]) {
    it(`stop the program in one sentence: ${key} ${value}`, () => {
      const name = key === "approvers" ? "cordon:approvers[0]" : `cordon:${key}`;
      expect(() => read({ [key]: value })).to.throw(`${name} must be ${problem}`);
    });
  }

  it("stop the program where they have no room in a function's environment", () => {
    const approvers = Array.from(
      { length: 60 },
      (_, number) => `arn:aws:iam::444455556666:role/Responders-of-team-${number}-a`,
    );
    expect(() => read({ approvers: JSON.stringify(approvers) })).to.throw(
      /^cordon:approvers must together take at most 2600 characters, three more for each item, but \d+ were provided: use patterns$/,
    );
  });
});
