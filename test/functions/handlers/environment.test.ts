import { expect } from "chai";
import {
  json,
  list,
  oneOf,
  optional,
  readEnvironment,
  text,
  wholeNumber,
} from "../../../functions/handlers/environment";

const variables = {
  TABLE: text,
  HOURS: wholeNumber,
  REGIONS: list,
  MODE: oneOf("dry-run", "enforce"),
  JIRA: optional(json<{ readonly site: string }>()),
} as const;
const good = {
  TABLE: "cordon-journal",
  HOURS: "4",
  REGIONS: "us-east-1,eu-west-1",
  MODE: "enforce",
};

function refusal(environment: Record<string, string>): string {
  try {
    return JSON.stringify(readEnvironment(variables, environment));
  } catch (error) {
    return (error as Error).message;
  }
}

describe("functions/handlers/environment", () => {
  it("reads each variable as its kind", () => {
    expect(readEnvironment(variables, { ...good, JIRA: '{"site":"example"}', OTHER: "" })).to.eql({
      TABLE: "cordon-journal",
      HOURS: 4,
      REGIONS: ["us-east-1", "eu-west-1"],
      MODE: "enforce",
      JIRA: { site: "example" },
    });
  });

  it("takes an empty list, and an optional variable that is absent", () => {
    const { REGIONS, JIRA } = readEnvironment(variables, { ...good, REGIONS: "" });
    expect([REGIONS, JIRA]).to.deep.equal([[], undefined]);
  });

  it("names every variable that is missing, a list too, in one sentence", () => {
    expect(refusal({ TABLE: "cordon-journal", HOURS: "4" })).to.equal(
      "The function's environment must be deployed again: REGIONS is missing; MODE is missing",
    );
  });

  for (const [name, written, words] of [
    ["TABLE", "", 'a text that is not empty, but "" was provided'],
    ["HOURS", "", 'a whole number, but "" was provided'],
    ["HOURS", "1.5", 'a whole number, but "1.5" was provided'],
    ["MODE", "none", 'one of dry-run, enforce, but "none" was provided'],
    ["JIRA", "none", 'JSON, but "none" was provided'],
  ] as const) {
    it(`refuses ${JSON.stringify(written)} for ${name}`, () => {
      expect(refusal({ ...good, [name]: written })).to.equal(
        `The function's environment must be deployed again: ${name} must be ${words}`,
      );
    });
  }
});
