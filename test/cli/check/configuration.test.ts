import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readStack, UsageError } from "../../../cli/check/configuration";
import { root } from "../../support/check/settings";

describe("the preflight's settings", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordon-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are those a deployment of the stack would get, defaults of the project included", () => {
    const read = readStack(root, "local");
    expect(read).to.deep.include({
      stage: "local",
      mode: "enforce",
      organizationId: "o-cordonlocal",
      governedRegions: ["us-east-1", "eu-west-1"],
      securityAccount: "123456789012",
      memberAccounts: ["222233334444", "333344445555"],
      // Only Pulumi.yaml says these.
      deploymentRole: "cordon-deploy",
      disableKeys: "all",
      lookbackHours: 24,
    });
  });

  /** Writes a stack of this repository's project with some lines changed, and reads it. */
  function changed(from: string | RegExp, to: string): string {
    for (const file of ["Pulumi.yaml", "Pulumi.staging.yaml"]) {
      const text = readFileSync(join(root, file), "utf8");
      writeFileSync(join(folder, file), file === "Pulumi.yaml" ? text : text.replace(from, to));
    }
    try {
      readStack(folder, "staging");
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    return "";
  }

  it("are refused with the deployment's own sentence where a value is wrong", () => {
    expect(changed("cordon:externalId: cordon-staging", "cordon:externalId: x")).to.equal(
      'cordon:externalId must be 2 to 1224 letters, digits or +=,.@:/_-, but "x" was provided',
    );
    expect(changed("cordon:externalId", "cordon:externalID")).to.equal(
      "cordon:externalID is not a setting of Cordon; did you mean cordon:externalId?",
    );
    expect(changed("cordon:stage: staging", "cordon:stage: ''")).to.equal(
      'cordon:stage must be one of prod, staging, local, but "" was provided',
    );
  });

  it("are refused where one is encrypted, where a file is broken, and where it is not there", () => {
    expect(
      changed("cordon:externalId: cordon-staging", "cordon:externalId: {secure: AAAB}"),
    ).to.equal("cordon:externalId is encrypted, and no setting of Cordon is a secret.");
    expect(changed("config:", "config: [")).to.match(/Pulumi\.staging\.yaml cannot be read: /);
    expect(() => readStack(root, "nowhere")).to.throw(
      UsageError,
      "There is no Pulumi.nowhere.yaml; the stacks are local, prod, staging.",
    );
  });
});
