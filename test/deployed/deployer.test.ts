import {
  CreatePolicyVersionCommand,
  IAMClient,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import type { Kind } from "../../deploy/bootstrap/template";
import { management, members, organizationId, security } from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import type { RecordedCall } from "../../local/gateway/record";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import { deploymentRoleOf, type Statement } from "../../local/seeds/deployment-roles";
import { seedVpc } from "../../local/seeds/networks";
import { allowed } from "../support/simulate";
import { deployed } from "./deployed";

const everything = {
  MemberDeployment: "stack-sets",
  Detection: "managed",
  ServiceControlPolicy: "attach",
  ConformancePack: "deploy",
  GovernManagementAccount: "true",
  Range: "true",
};

const kindOf = (account: string): Kind =>
  account === security.id ? "security" : account === management.id ? "management" : "member";

/** A permission that a call of the deployment needed. */
interface Need {
  readonly account: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** Lists what the deployment's sessions needed, once each. */
function needsOf(entries: readonly RecordedCall[]): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const { account, principal, checks } of ofDeployment(entries)) {
    for (const { action, resource, context = {} } of checks) {
      const need = { account, principal, action, resource, context: { ...context } } as Need;
      needs.set(JSON.stringify([account, action, resource, context]), need);
    }
  }
  return [...needs.values()];
}

function ofDeployment(entries: readonly RecordedCall[]): readonly RecordedCall[] {
  return entries.filter(({ principal }) => principal.includes(":assumed-role/cordon-deploy/"));
}

/** Decides a call again under some statements; where a resource has a policy of its own, with that. */
function isAllowed(need: Need, statements: readonly Statement[]): Promise<boolean> {
  const { account, principal, action, resource } = need;
  const entered = resource.split(":")[4] || account;
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const ofKey = { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
  return allowed({
    principal,
    identity: [{ Version: "2012-10-17", Statement: statements }],
    action,
    resource: resource.replace(/\*$/, "new"),
    account: action.startsWith("kms:") || action === "sts:AssumeRole" ? entered : account,
    context: {
      ...need.context,
      // A quarantine group has its tag from its creation on.
      ...(/:security-group\/sg-/.test(resource) && { "aws:ResourceTag/cordon": "quarantine" }),
      ...(action === "sts:AssumeRole" && {
        "aws:PrincipalArn": `arn:aws:iam::${account}:role/cordon-deploy`,
        "aws:PrincipalOrgID": organizationId,
        "aws:ResourceOrgID": organizationId,
      }),
    },
    ...(action.startsWith("kms:") &&
      resource.includes(":key/") && {
        resourcePolicy: { Version: "2012-10-17", Statement: [ofKey] },
      }),
    ...(action === "sts:AssumeRole" && {
      resourcePolicy: deploymentRoleOf(entered, kindOf(entered), everything).trust,
    }),
  });
}

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
    "security ReadConformanceRoles",
  ],
  "AWS asks for the caller's organization on behalf of other services": [
    "security ReadOrganization",
  ],
  "the range needs a component of Crosswalk, which the local provider does not know": [
    "member RangeNetwork",
    "member ReadRange",
    "member RangeRole",
    "member AttachToRangeRole",
    "member PassRangeRole",
    "member RangeProfile",
    "member ReadImage",
  ],
  "it denies": ["security OwnRole", "management OwnRole", "member OwnRole"],
};

describe("the deployment under its roles [P1] [V3]", () => {
  let organization: LocalOrganization;
  let ready = 0;
  const [shop] = members;
  const policyArn = `arn:aws:iam::${security.id}:policy/cordon-deploy-accounts`;

  before(async () => {
    organization = await openLocalOrganization({
      config: { memberDeployment: "direct", governManagementAccount: "true" },
    });
    const site = { account: shop?.id ?? "", region: "us-east-1" };
    await seedVpc(organization.gateway, site, { groups: [], ssmEndpoints: true });
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
    expect(message).to.include(
      "User: arn:aws:sts::123456789012:assumed-role/cordon-deploy/local is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/cordon-deploy because no identity-based policy allows the sts:AssumeRole action",
    );
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" }));
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
    const { gateway } = (await deployed()).organization;
    const calls = ofDeployment(gateway.record.entries);
    expect(calls.filter(({ allowed }) => !allowed)).to.deep.equal([]);
    expect(calls.filter(({ checks }) => checks.length === 0)).to.deep.equal([]);
    expect(calls.length).to.be.greaterThan(400);
  });

  it("needs every statement but those that nothing on this machine calls", async () => {
    const byStackSets = (await deployed()).organization.gateway.record.entries;
    const needs = [
      ...needsOf(organization.gateway.record.entries.slice(ready)),
      ...needsOf(byStackSets),
    ];
    const needless: string[] = [];
    for (const account of [security, management, ...(shop ? [shop] : [])]) {
      const kind = kindOf(account.id);
      const statements = [everything, { ...everything, MemberDeployment: "direct" }].flatMap(
        (given) =>
          deploymentRoleOf(account.id, kind, given).policies.flatMap(
            ({ document }) => document.Statement,
          ),
      );
      const distinct = [
        ...new Map(statements.map((each) => [JSON.stringify(each), each])).values(),
      ];
      for (const statement of distinct) {
        const others = distinct.filter((each) => each !== statement);
        let needed = false;
        for (const need of needs) {
          const { action } = need;
          if (need.account !== account.id || !statement.Action.includes(action)) continue;
          const about = others.filter(({ Action }) => Action.includes(action));
          needed = !(await isAllowed(need, about));
          if (!needed) continue;
          expect(await isAllowed(need, [...about, statement]), `${kind} ${action}`).to.equal(true);
          break;
        }
        if (!needed) needless.push(`${kind} ${statement.Sid}`);
      }
    }
    expect([...new Set(needless)].sort()).to.deep.equal(Object.values(unproven).flat().sort());
  });
});
