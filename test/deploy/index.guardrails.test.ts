import { expect } from "chai";
import { deploy } from "../../deploy";
import type { Settings } from "../../settings";
import { boundAccounts } from "../../settings/guardrails";
import { calls, deployed, settings } from "../support/deployment";
import { type Calls, record } from "../support/recorder";

const pack = "aws:cfg/organizationConformancePack:OrganizationConformancePack";

describe("deploy with guardrails [P9]", () => {
  const attaching: Settings = {
    ...settings,
    serviceControlPolicy: "attach",
    serviceControlPolicyTargets: ["r-ab12"],
    deployers: ["role/pipelines/CordonDeployer", "role/aws-reserved/sso.amazonaws.com/*"],
  };
  const runBy =
    (issuerArn: string): Calls =>
    (args) => {
      if (args.token === "aws:iam/getSessionContext:getSessionContext") return { issuerArn };
      return calls(args);
    };

  it("attaches them through the deployment role of the management account", async () => {
    const { ofType } = await record(
      () => deploy(attaching),
      runBy("arn:aws:iam::444455556666:role/pipelines/CordonDeployer"),
    );
    const attached = ofType("aws:organizations/policyAttachment:PolicyAttachment");
    expect(attached.map(({ provider, inputs }) => [provider, inputs.targetId])).to.deep.equal([
      ["management", "r-ab12"],
      ["management", "r-ab12"],
      ["management", "r-ab12"],
    ]);
    const management = ofType("pulumi:providers:aws").find(({ name }) => name === "management");
    expect(JSON.parse(management?.inputs.assumeRoles)).to.deep.equal([
      {
        roleArn: "arn:aws:iam::111122223333:role/cordon-deploy",
        sessionName: "cordon-deploy",
      },
    ]);
  });

  it("accepts a pattern that matches the deploying principal", async () => {
    const { ofType } = await record(
      () => deploy(attaching),
      runBy(
        "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a",
      ),
    );
    expect(ofType("aws:organizations/policy:Policy")).to.have.length(3);
  });

  for (const [bound, changes] of [
    ["all", {}],
    ["some", { governManagementAccount: true }],
    ["some", { serviceControlPolicyTargets: ["ou-ab12-cdef3456"] }],
    ["none", { serviceControlPolicy: "none" }],
  ] as const) {
    it(`tells the responders that the policies bind ${bound} accounts: ${JSON.stringify(changes)}`, () => {
      expect(boundAccounts({ ...attaching, ...changes })).to.equal(bound);
    });
  }

  it("refuses to lock out the deploying principal", async () => {
    const outcome = await record(
      () => deploy(attaching),
      runBy("arn:aws:iam::444455556666:role/CordonDeployer"),
    ).catch((error: Error) => error);
    expect((outcome as Error).message).to.equal(
      'cordon:deployers must include role/CordonDeployer, which runs this deployment and which cordon:serviceControlPolicy attach would stop from running the next, but ["role/pipelines/CordonDeployer","role/aws-reserved/sso.amazonaws.com/*"] was provided',
    );
  });

  it("creates none, and makes no call, where the settings do not attach them", async () => {
    const { ofType } = await deployed();
    expect(ofType("aws:organizations/policy:Policy")).to.deep.equal([]);
    expect(ofType(pack)).to.deep.equal([]);
  });

  it("has the security account itself put the conformance packs, once a region", async () => {
    const { ofType } = await record(
      () => deploy({ ...settings, conformancePack: "deploy" }),
      calls,
    );
    // One of StackSets, and one of AWS Config, which puts the packs.
    const administrators = "aws:organizations/delegatedAdministrator:DelegatedAdministrator";
    expect(ofType(administrators)).to.have.length(2);
    const packs = ofType(pack).map(({ inputs, provider }) => [inputs.region, provider]);
    expect(packs).to.deep.equal([
      ["us-east-1", undefined],
      ["eu-west-1", undefined],
    ]);
  });
});
