import { expect } from "chai";
import { deploy } from "../../deploy";
import { byStackSets, calls, deployedByStackSets, settings } from "../support/deployment";
import { record } from "../support/recorder";

/** Deploys by StackSets to some units; returns the result, and the ids that Organizations was asked about. */
async function withUnits(organizationalUnits: readonly string[]) {
  const asked: string[] = [];
  const result = await record(
    () => deploy({ ...byStackSets, organizationalUnits }),
    (args) => {
      if (args.token !== "aws:organizations/getEntityPath:getEntityPath") return calls(args);
      asked.push(args.inputs.entityId);
      const above = "o-exampleorgid/r-exam/ou-exam-security/ou-exam-audit000";
      return { entityPath: `${above}/${args.inputs.entityId}/` };
    },
  ).then(
    () => "deployed",
    (error: Error) => error.message,
  );
  return { result, asked };
}

describe("deploy by StackSets [P1] [P7]", () => {
  it("deploys the key rotation rule apart from the roles: it fails without a recorder", async () => {
    const { named } = await deployedByStackSets();
    const types = (name: string) => {
      const { Resources } = JSON.parse(named(name).inputs.templateBody);
      return Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    };
    expect(types("member-baseline-key-rotation")).to.deep.equal([
      "AWS::IAM::Role",
      "AWS::SSM::Document",
      "AWS::Config::ConfigRule",
      "AWS::Config::RemediationConfiguration",
    ]);
    for (const other of ["global", "resources", "regional"]) {
      expect(types(`member-baseline-${other}`).filter((type) => /Config|SSM/.test(type))).to.eql(
        [],
      );
    }
    expect(named("member-baseline-key-rotation-instances").inputs).to.deep.include({
      regions: ["us-east-1"],
      deploymentTargets: { organizationalUnitIds: ["r-exam"] },
    });
  });

  it("puts into accounts by itself nothing but the groups of those that are listed", async () => {
    const { resources } = await deployedByStackSets();
    expect(
      resources
        .filter(({ provider }) => provider !== undefined && provider !== "management")
        .map(({ type }) => type.split(":").at(-1))
        .sort(),
    ).to.deep.equal(["SecurityGroup", "SecurityGroup"]);
    expect(resources.map(({ name }) => name).filter((name) => /^baseline-/.test(name))).to.eql([]);
  });

  it("needs no list of accounts at all", async () => {
    const { ofType } = await record(() => deploy({ ...byStackSets, memberAccounts: [] }), calls);
    expect(ofType("pulumi:providers:aws").map(({ name }) => name)).to.deep.equal(["management"]);
    expect(ofType("aws:cloudformation/stackSet:StackSet")).to.have.length(4);
  });

  it("accepts units that hold the security account, at whatever depth", async () => {
    const { result, asked } = await withUnits(["ou-exam-workloads", "ou-exam-security"]);
    expect(result).to.equal("deployed");
    expect(asked).to.deep.equal(["444455556666"]);
  });

  it("refuses units that leave the security account out", async () => {
    const { result } = await withUnits(["ou-exam-workloads"]);
    expect(result).to.equal(
      "cordon:organizationalUnits must hold the security account, but it is at o-exampleorgid/r-exam/ou-exam-security/ou-exam-audit000/444455556666/",
    );
  });

  it("asks nothing about the root, which holds every account", async () => {
    const { result, asked } = await withUnits(["r-exam"]);
    expect([result, asked]).to.deep.equal(["deployed", []]);
  });

  it("deploys no key rotation rule anywhere, where the settings say none", async () => {
    for (const mode of [settings, byStackSets]) {
      const { resources } = await record(
        () => deploy({ ...mode, accessKeyRule: "none", governManagementAccount: true }),
        calls,
      );
      const about = resources.filter(({ type }) => /:(cfg\/|ssm\/document)/.test(type));
      expect(about.map(({ name }) => name)).to.deep.equal([]);
      const stackSets = resources.flatMap(({ type, inputs }) =>
        type.endsWith(":StackSet") ? [inputs.name] : [],
      );
      expect(stackSets).to.deep.equal(
        mode === byStackSets
          ? ["global", "resources", "regional"].map((part) => `cordon-baseline-${part}-prod`)
          : [],
      );
    }
  });
});
