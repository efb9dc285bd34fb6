import { expect } from "chai";
import { cordon } from "../support/cordon";

const release = (...options: readonly string[]) => cordon("release", ...options);

describe("npx cordon release", () => {
  it("asks for an incident's id before it asks for credentials", () => {
    expect(release("i-0abc")).to.deep.equal({
      status: 1,
      stdout: "",
      stderr:
        '"i-0abc" is not an incident id: every notice has one, such as 0f3a9c1d2b4e5f60-1. Nothing was released.\n',
    });
  });

  for (const [what, options, problem] of [
    ["without a reason", [], "none was given"],
    ["with a reason of 10,000 characters", ["--reason", "x".repeat(10_000)], "it has 10000"],
    [
      "with a reason of two lines",
      ["--reason", "one\ntwo", "--close"],
      "it has line breaks or control characters",
    ],
  ] as const) {
    it(`refuses a release ${what} before it asks for credentials`, () => {
      expect(release("0f3a9c1d2b4e5f60-1", ...options)).to.deep.equal({
        status: 1,
        stdout: "",
        stderr: `The reason for the release must be one line of 1 to 1,000 characters, but ${problem}: pass --reason "...". Nothing was released.\n`,
      });
    });
  }

  it("says whose credentials it needs", () => {
    expect(release("0f3a9c1d2b4e5f60-1", "--reason", "a false positive")).to.deep.equal({
      status: 1,
      stdout: "",
      stderr:
        "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers. Nothing was released.\n",
    });
  });
});

describe("npx cordon list, show, why and policy", () => {
  for (const words of [
    ["list"],
    ["list", "--json"],
    ["show", "0f3a9c1d2b4e5f60-1"],
    ["why", "0f3a9c1d2b4e5f60-1", "--json"],
    ["policy"],
  ]) {
    it(`says whose credentials it needs: ${words.join(" ")}`, () => {
      expect(cordon(...words)).to.deep.equal({
        status: 1,
        stdout: "",
        stderr:
          "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers.\n",
      });
    });
  }

  it("asks for an incident's id before it asks for credentials", () => {
    const { status, stderr } = cordon("show", "i-0abc");
    expect(status).to.equal(1);
    expect(stderr).to.match(/^"i-0abc" is not an incident id: [^\n]*\n$/);
  });
});

describe("npx cordon brake [C7]", () => {
  const scope = "playbook/contain-instance/222233334444";
  const credentials =
    "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers. No brake was reset.\n";

  for (const [what, words, stderr] of [
    [
      "a name that no brake has",
      ["reset", "contain-instance", "--reason", "one wrong list"],
      '"contain-instance" is not the name of a brake: organization, playbook/PLAYBOOK/ACCOUNT, group/ACCOUNT/REGION/NAME or type/FINDING-TYPE. No brake was reset.\n',
    ],
    [
      "a reset without a reason",
      ["reset", scope],
      "The reason for the reset must be one line of 1 to 1,000 characters, but none was given. No brake was reset.\n",
    ],
    ["a reset without credentials", ["reset", scope, "--reason", "one wrong list"], credentials],
    ["a list without credentials", ["list"], credentials],
  ] as const) {
    it(`refuses ${what} in one sentence`, () => {
      expect(cordon("brake", ...words)).to.deep.equal({ status: 1, stdout: "", stderr });
    });
  }
});

describe("npx cordon approve and reject [C5]", () => {
  const id = "0f3a9c1d2b4e5f60-1";
  for (const [what, words, problem] of [
    [
      "without an incident's id",
      ["approve", "i-0abc"],
      '"i-0abc" is not an incident id: every notice has one, such as 0f3a9c1d2b4e5f60-1. Nothing was approved.',
    ],
    [
      "without a reason",
      ["reject", id],
      'The reason to reject must be one line of 1 to 1,000 characters, but none was given: pass --reason "...". Nothing was rejected.',
    ],
    [
      "with steps that are no numbers",
      ["approve", id, "--reason", "seen", "--only", "1,two"],
      '--only must be numbers of steps by commas, as npx cordon show prints them, but "1,two" was provided. Nothing was approved.',
    ],
    [
      "without credentials",
      ["approve", id, "--reason", "seen", "--only", "1,2"],
      "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers. Nothing was approved.",
    ],
  ] as const) {
    it(`answers nothing ${what}`, () => {
      expect(cordon(...words)).to.deep.equal({ status: 1, stdout: "", stderr: `${problem}\n` });
    });
  }

  it("rejects a plan as a whole", () => {
    const { status, stderr } = cordon("reject", id, "--reason", "seen", "--only", "1");
    expect(status).to.equal(1);
    expect(stderr).to.match(/^error: unknown option '--only'/);
  });
});

describe("npx cordon redrive [D6]", () => {
  for (const words of [[], ["3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", "--reason", "mended"]]) {
    it(`says whose credentials it needs: redrive ${words.join(" ")}`, () => {
      expect(cordon("redrive", ...words)).to.deep.equal({
        status: 1,
        stdout: "",
        stderr:
          "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers. Nothing was sent.\n",
      });
    });
  }
});
