import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { keyRotationPart } from "../../../../components/organization/baseline/key-rotation";
import { globalPart, regionalPart } from "../../../../components/organization/baseline/parts";
import type { BaselinePart } from "../../../../components/organization/baseline/resource";
import { template } from "../../../../components/organization/baseline/template";
import { args } from "../../../support/baseline";

describe("components/organization/baseline/template", () => {
  const role =
    (Resource: string): BaselinePart =>
    () => [
      {
        id: "One",
        type: "AWS::IAM::Role",
        properties: {
          RoleName: "cordon-one",
          Description: "One",
          AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] },
          Policies: [
            {
              PolicyName: "hub",
              PolicyDocument: { Version: "2012-10-17", Statement: [{ Resource }] },
            },
          ],
        },
      },
    ];
  const resourceOf = (text: string) => {
    const { Resources } = JSON.parse(template("one", "One", role(text)));
    return Resources.One.Properties.Policies[0].PolicyDocument.Statement[0].Resource;
  };

  it("leaves a text without a pseudo parameter as it is, IAM's variables in it too", () => {
    expect(resourceOf("arn:aws:s3:::home")).to.equal("arn:aws:s3:::home");
    expect(resourceOf(`home/\${aws:username}`)).to.equal(`home/\${aws:username}`);
  });

  it("marks IAM's variables as literal where CloudFormation would read them as its own", () => {
    expect(resourceOf(`arn:aws:s3:::\${AWS::AccountId}/\${aws:username}`)).to.deep.equal({
      "Fn::Sub": `arn:aws:s3:::\${AWS::AccountId}/\${!aws:username}`,
    });
  });

  it("is refused where a policy is longer than IAM takes, without white space", () => {
    const frame = '{"Version":"2012-10-17","Statement":[{"Resource":""}]}'.length;
    const longest = "x".repeat(10_240 - frame);
    expect(() => template("one", "One", role(longest))).not.to.throw();
    expect(() => template("one", "One", role(`${longest}x`))).to.throw(
      pulumi.RunError,
      "the policy of cordon-one must take at most 10240 characters, but 10241 were needed",
    );
  });

  it("is refused where break-glass roles make a role's policy too long", () => {
    const breakGlassRoles = Array.from({ length: 200 }, (_, index) => `break-glass-${index}`);
    expect(() => template("one", "One", globalPart({ ...args, breakGlassRoles }))).to.throw(
      pulumi.RunError,
      /^the policy of cordon-contain-instance must take at most 10240 characters, but \d+ were/,
    );
  });

  it("is refused where a trust policy is longer than IAM takes", () => {
    const externalId = "x".repeat(2_000);
    expect(() => template("one", "One", globalPart({ ...args, externalId }))).to.throw(
      pulumi.RunError,
      /^the trust policy of cordon-contain-instance must take at most 2048 characters, but \d+ were/,
    );
  });

  it("is refused where it is larger than CloudFormation takes", () => {
    const many: BaselinePart = (at) =>
      [..."abcdef"].flatMap((letter) =>
        role("x".repeat(9_000))(at).map((each) => ({ ...each, id: letter.toUpperCase() })),
      );
    expect(() => template("cordon-baseline-global", "Many", many)).to.throw(
      pulumi.RunError,
      /^the template of cordon-baseline-global must take at most 51200 bytes, but 55\d{3} were/,
    );
  });
});

describe("cfn-lint, on the templates of the member baseline [P5] [P7]", () => {
  const widest = {
    ...args,
    breakGlassRoles: Array.from({ length: 8 }, (_, index) => `break-glass/${index}/*`),
    breakGlassUsers: Array.from({ length: 8 }, (_, index) => `rescue-${index}`),
    rolePath: "/security/responders/",
    permissionsBoundary: "boundaries/edge",
  };
  const global = template("one", "One", globalPart(args));
  const accessKeySettings = {
    accessKeyMaxAgeDays: 90,
    accessKeyCheckHours: "24",
    accessKeyAttempts: 5,
    accessKeyRetrySeconds: 60,
  } as const;
  const keyRotation = (shape: typeof args) =>
    template("one", "One", keyRotationPart({ ...shape, ...accessKeySettings }));
  const templates: Record<string, string> = {
    "the global one, as it ships": global,
    "the regional one, as it ships": template("one", "One", regionalPart(args)),
    "the one about key rotation, as it ships": keyRotation(args),
    "the one about key rotation, by the widest settings": keyRotation(widest),
    "the global one, by the widest settings": template("one", "One", globalPart(widest)),
    "the regional one, by the widest settings": template("one", "One", regionalPart(widest)),
  };
  // What the referee would say if there were something to say.
  const spoiled = [
    ["an action that IAM does not know", "W3037", '"ec2:CreateSnapshots"', '"ec2:CreateSnapshotz"'],
    ["a property that there is not", "E3002", '"RoleName":', '"RoleTitle":'],
    ["a queue that may be lost unawares", "I3011", '"DeletionPolicy":"Delete",', ""],
  ] as const;

  let found: ReadonlyMap<string, readonly string[]>;
  before(async () => {
    const broken = spoiled.map(([what, , from, to]) => {
      expect(global).to.include(from);
      return [what, global.replace(from, to)] as const;
    });
    found = await lint({ ...templates, ...Object.fromEntries(broken) });
  });

  for (const title of Object.keys(templates)) {
    it(`finds nothing, not even information: ${title}`, () => {
      expect(found.get(title)).to.deep.equal([]);
    });
  }

  for (const [what, rule] of spoiled) {
    it(`would find ${what}`, () => {
      expect(found.get(what)?.map((finding) => finding.split(" ")[0])).to.include(rule);
    });
  }
});

/** Runs the linter once over all texts; returns its findings, "rule message", by title. */
async function lint(
  texts: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-lint-"));
  try {
    const files = Object.entries(texts).map(([title, text], index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, text);
      return { title, file };
    });
    // With findings it ends with another code than 0, and prints them all the same.
    const { stdout } = await promisify(execFile)(
      join(
        dirname(process.env.CORDON_PYTHON ?? resolve(".cordon/emulator/bin/python")),
        "cfn-lint",
      ),
      [
        ...["--include-checks", "I", "--mandatory-checks", "W3037", "--format", "json"],
        // It wants the pseudo parameter for the partition, of which Cordon knows one.
        ...["--ignore-checks", "I3042"],
        ...["--regions", "us-east-1", "eu-west-1", "ap-southeast-2"],
        ...["--", ...files.map(({ file }) => file)],
      ],
      // A configuration of the linter that lies about must not silence a rule.
      { cwd: folder, env: { ...process.env, HOME: folder } },
    ).catch((error: { readonly stdout: string }) => error);
    const all: readonly Finding[] = JSON.parse(stdout);
    return new Map(
      files.map(({ title, file }) => [
        title,
        all
          .filter(({ Filename }) => Filename === file)
          .map(({ Rule, Message }) => `${Rule.Id} ${Message}`),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Finding {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
}
