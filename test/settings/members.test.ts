import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import YAML from "yaml";
import { parseSettings } from "../../settings";
import { type MemberSettings, readMembers } from "../../settings/members";

const valid: Readonly<Record<string, string>> = {
  memberDeployment: "stack-sets",
  organizationalUnits: '["r-exam"]',
  rolePath: "/",
  permissionsBoundary: "none",
  failureTolerancePercentage: "10",
  maxConcurrentPercentage: "25",
  governManagementAccount: "false",
};

const read = (changes: Readonly<Record<string, string | undefined>> = {}): MemberSettings =>
  readMembers((key) => ({ ...valid, ...changes })[key]);

describe("settings/members", () => {
  it("reads every setting", () => {
    expect(
      read({
        organizationalUnits: '["ou-ab12-34cd56ef","ou-ab12-security1"]',
        rolePath: "/security/responders/",
        permissionsBoundary: "boundaries/edge",
        failureTolerancePercentage: "0",
        maxConcurrentPercentage: "100",
        governManagementAccount: "true",
      }),
    ).to.deep.equal({
      memberDeployment: "stack-sets",
      organizationalUnits: ["ou-ab12-34cd56ef", "ou-ab12-security1"],
      rolePath: "/security/responders/",
      permissionsBoundary: "boundaries/edge",
      failureTolerancePercentage: 0,
      maxConcurrentPercentage: 100,
      governManagementAccount: true,
    });
  });

  it("reads none as no boundary at all", () => {
    expect(read()).not.to.have.property("permissionsBoundary");
  });

  it("needs no units where members are deployed to directly", () => {
    const settings = read({ memberDeployment: "direct", organizationalUnits: "[]" });
    expect(settings.organizationalUnits).to.deep.equal([]);
  });

  const bad = [
    [
      "memberDeployment",
      "stacksets",
      'must be one of stack-sets, direct, but "stacksets" was provided',
    ],
    ["memberDeployment", undefined, "must be one of stack-sets, direct, but nothing was provided"],
    [
      "organizationalUnits",
      "[]",
      "must be a list of at least one root or organizational unit where cordon:memberDeployment is stack-sets, but [] was provided",
    ],
    ["organizationalUnits", "r-exam", 'must be a list, but "r-exam" was provided'],
    [
      "organizationalUnits",
      '["Workloads"]',
      '[0] must be the id of a root, r-…, or of an organizational unit, ou-…-…, but "Workloads" was provided',
    ],
    [
      "organizationalUnits",
      '["o-exampleorgid"]',
      '[0] must be the id of a root, r-…, or of an organizational unit, ou-…-…, but "o-exampleorgid" was provided',
    ],
    [
      "organizationalUnits",
      '["r-exam","r-exam"]',
      '[1] must be listed once, but "r-exam" was provided',
    ],
    ...[
      "security",
      "/security",
      "security/",
      "//",
      "/a b/",
      "/*/",
      `/${"x".repeat(128)}/`,
      "/aws-reserved/",
    ].map(
      (path) =>
        [
          "rolePath",
          path,
          `must be a path of roles, / or /…/ of at most 128 characters, and none of AWS's own, but "${path}" was provided`,
        ] as const,
    ),
    ...[
      "",
      "arn:aws:iam::777788889999:policy/edge",
      "arn:aws-cn:iam::aws:policy/PowerUserAccess",
      "edge policy",
      "/edge",
    ].map(
      (boundary) =>
        [
          "permissionsBoundary",
          boundary,
          `must be none, the ARN of a policy of AWS's, or the name of a policy that exists in every account, but "${boundary}" was provided`,
        ] as const,
    ),
    [
      "failureTolerancePercentage",
      "101",
      'must be a whole number from 0 to 100, but "101" was provided',
    ],
    ["maxConcurrentPercentage", "0", 'must be a whole number from 1 to 100, but "0" was provided'],
    ["governManagementAccount", "yes", 'must be one of true, false, but "yes" was provided'],
  ] as const;
  for (const [key, value, sentence] of bad) {
    it(`refuses ${key} ${value === undefined ? "that is missing" : JSON.stringify(value)}`, () => {
      const separator = sentence.startsWith("[") ? "" : " ";
      expect(() => read({ [key]: value })).to.throw(
        pulumi.RunError,
        `cordon:${key}${separator}${sentence}`,
      );
    });
  }

  it("accepts a policy of AWS's as the boundary", () => {
    const arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    expect(read({ permissionsBoundary: arn }).permissionsBoundary).to.equal(arn);
  });

  describe("together with the others [P1] [C8]", () => {
    const all = (changes: Readonly<Record<string, string>>) =>
      parseSettings({ ...shippedForProd(), ...prefixed({ ...valid, ...changes }) });

    it("protects Cordon's roles wherever the path puts them", () => {
      const breakGlassRoles = '["break-glass/*"]';
      expect(all({ rolePath: "/security/", breakGlassRoles }).breakGlassRoles).to.deep.equal([
        "break-glass/*",
        "security/cordon-*",
      ]);
      expect(all({ breakGlassRoles }).breakGlassRoles).to.deep.equal(["break-glass/*"]);
    });

    it("lets the list of members be empty where StackSets find them", () => {
      expect(all({ memberAccounts: "[]" }).memberAccounts).to.deep.equal([]);
    });
  });
});

/** Pulumi.prod.yaml over the project's defaults, as the engine hands it to the program. */
function shippedForProd(): Record<string, string> {
  const read = (file: string) =>
    YAML.parse(readFileSync(resolve(__dirname, "../..", file), "utf8")).config as Record<
      string,
      { readonly default?: unknown }
    >;
  const defaults = Object.entries(read("Pulumi.yaml")).flatMap(([key, declared]) =>
    declared.default === undefined ? [] : [[key, declared.default] as const],
  );
  const stack = Object.entries(read("Pulumi.prod.yaml")).map(
    ([key, value]) => [key.replace("cordon:", ""), value] as const,
  );
  const text = [...defaults, ...stack].map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return { "aws:region": "us-east-1", ...prefixed(Object.fromEntries(text)) };
}

function prefixed(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`cordon:${key}`, value]),
  );
}
