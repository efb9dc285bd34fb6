import {
  CreatePolicyVersionCommand,
  IAMClient,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import { security } from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import { deploymentRoleOf } from "../../local/seeds/deployment-roles";
import { everything, needless, needsOf, ofDeployment } from "../support/deployer";
import { deployed } from "./deployed";

/** Statements that no call here needs: the AWS provider, another part of AWS or a person needs them. */
const unproven: Readonly<Record<string, readonly string[]>> = {
  "npx cordon check asks it": ["security", "management", "member"].map(
    (kind) => `${kind} Preflight`,
  ),
  "the local provider reads less than the AWS provider": [
    "security CheckDefinitions",
    "security MappingTags",
    "security ReadAliases",
    "security ReadParameters",
    "management ReadPolicyTags",
  ],
  "the local provider only records these types": [
    "security SecurityHubActions",
    "security TrustedList",
    "security CentralConfiguration",
    "security ConfigurationPolicies",
    "security ConformancePack",
    "security ReadConformancePacks",
    "security ConformanceRoles",
  ],
  "AWS asks for the caller's organization on behalf of other services": [
    "security ReadOrganization",
  ],
  "the local provider has no type for these sets, which StackSets make here": [
    "security BlockedAddresses",
    "management BlockedAddresses",
    "member BlockedAddresses",
  ],
  "it denies": ["security OwnRole", "management OwnRole", "member OwnRole"],
};

describe("the deployment under its roles [P1] [V3]", () => {
  let organization: LocalOrganization;
  let ready = 0;
  const policyArn = `arn:aws:iam::${security.id}:policy/cordon-deploy-accounts`;

  before(async () => {
    organization = await openLocalOrganization({
      config: { memberDeployment: "direct", governManagementAccount: "true" },
    });
  });
  after(() => organization.close());

  it("fails in AWS's words without one of its statements", async () => {
    const iam = new IAMClient(ownerConfig(organization.gateway, security.id));
    const { policies } = deploymentRoleOf(security.id, "security", everything);
    const accounts = policies.find(({ name }) => name === "cordon-deploy-accounts")?.document;
    const Statement = accounts?.Statement.filter(({ Sid }) => Sid !== "EnterAccounts");
    await iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: policyArn,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
        SetAsDefault: true,
      }),
    );
    const message = await organization.up().then(
      () => "deployed",
      (error: Error) => error.message,
    );
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" }));
    // Which account's role is assumed first is left to the engine.
    expect(message).to.match(
      /User: arn:aws:sts::123456789012:assumed-role\/cordon-deploy\/local is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::\d{12}:role\/cordon-deploy because no identity-based policy allows the sts:AssumeRole action/,
    );
    ready = organization.gateway.record.entries.length;
  });

  it("deploys account by account, and removes it all, with every call decided and none denied", async () => {
    await organization.up();
    await organization.destroy();
    const calls = ofDeployment(organization.gateway.record.entries.slice(ready));
    expect(calls.filter(({ allowed }) => !allowed)).to.deep.equal([]);
    expect(calls.filter(({ checks }) => checks.length === 0)).to.deep.equal([]);
    expect(calls.length).to.be.greaterThan(900);
  });

  it("deploys by StackSets with every call decided and none denied", async () => {
    const calls = ofDeployment((await deployed()).deploymentCalls);
    expect(calls.filter(({ allowed }) => !allowed)).to.deep.equal([]);
    expect(calls.filter(({ checks }) => checks.length === 0)).to.deep.equal([]);
    expect(calls.length).to.be.greaterThan(400);
  });

  it("needs every statement but those that nothing on this machine calls", async () => {
    const byStackSets = (await deployed()).deploymentCalls;
    const needs = [
      ...needsOf(organization.gateway.record.entries.slice(ready)),
      ...needsOf(byStackSets),
    ];
    expect(await needless(needs)).to.deep.equal(Object.values(unproven).flat().sort());
  });
});
