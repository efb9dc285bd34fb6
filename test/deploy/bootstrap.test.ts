import { expect } from "chai";
import { type Kind, partsOf } from "../../deploy/bootstrap/template";
import { deploymentRoleOf } from "../../local/seeds/deployment-roles";
import { allowed } from "../support/simulate";

const security = "123456789012";
const management = "111122223333";
const member = "222233334444";
const accounts: Readonly<Record<Kind, string>> = { security, management, member };
const kinds = Object.keys(accounts) as Kind[];

/** Every policy at once, but StackSets' and the direct baseline's, which exclude each other. */
const widest = {
  MemberDeployment: "direct",
  Detection: "managed",
  ServiceControlPolicy: "attach",
  ConformancePack: "deploy",
  GovernManagementAccount: "true",
  Range: "true",
};
const roleOf = (kind: Kind, given = {}) =>
  deploymentRoleOf(accounts[kind], kind, { ...widest, ...given });

/** Asks what the role of an account may do there. */
function may(kind: Kind, action: string, resource: string, context = {}): Promise<boolean> {
  const account = accounts[kind];
  return allowed({
    principal: `arn:aws:sts::${account}:assumed-role/cordon-deploy/ci`,
    identity: roleOf(kind).policies.map(({ document }) => document),
    action,
    resource,
    account,
    context,
  });
}

const role = (kind: Kind, name: string) => `arn:aws:iam::${accounts[kind]}:role/${name}`;
const passedTo = (service: string) => ({ "iam:PassedToService": service });

/** Asks whether a session may assume the role of an account. */
function mayAssume(kind: Kind, principalArn: string, organization: string): Promise<boolean> {
  const [, , , , account = "", path = ""] = principalArn.split(":");
  return allowed({
    principal: `arn:aws:sts::${account}:assumed-role/${path.split("/").at(-1)}/one`,
    identity: [
      {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }],
      },
    ],
    resourcePolicy: roleOf(kind, { DeployerArn: `arn:aws:iam::${security}:role/ci` }).trust,
    action: "sts:AssumeRole",
    resource: role(kind, "cordon-deploy"),
    account: accounts[kind],
    context: { "aws:PrincipalArn": principalArn, "aws:PrincipalOrgID": organization },
  });
}

describe("the deployment roles [P1] [V3]", () => {
  it("fit into IAM's quotas: ten policies of 6,144 characters each", () => {
    for (const kind of kinds) {
      expect(partsOf[kind].length, kind).to.be.at.most(10);
      for (const { name, document } of roleOf(kind).policies) {
        expect(JSON.stringify(document).length, `${kind} ${name}`).to.be.at.most(6_144);
      }
    }
  });

  it("have the policies that the settings need, and no other", () => {
    const names = (kind: Kind, given: object) =>
      deploymentRoleOf(accounts[kind], kind, { ...given }).policies.map(({ name }) =>
        name.replace("cordon-deploy-", ""),
      );
    expect(names("security", {})).to.deep.equal([
      "functions",
      "records",
      "accounts",
      "stack-sets",
      "quarantine-groups",
      "preflight",
    ]);
    expect(names("management", {})).to.deep.equal(["organization", "preflight"]);
    expect(names("member", {})).to.deep.equal(["quarantine-groups", "preflight"]);
    expect(names("member", { MemberDeployment: "direct" })).to.include("baseline");
    expect(names("management", { ServiceControlPolicy: "attach" })).to.include(
      "service-control-policies",
    );
    expect(names("security", { Detection: "managed" })).to.include("detection");
  });

  it("are assumed by the deployer in the security account, and from there in the others", async () => {
    const organization = "o-cordonlocal";
    expect(await mayAssume("security", role("security", "ci"), organization)).to.equal(true);
    expect(await mayAssume("security", role("security", "admin"), organization)).to.equal(false);
    for (const kind of ["management", "member"] as const) {
      const deployment = role("security", "cordon-deploy");
      expect(await mayAssume(kind, deployment, organization), kind).to.equal(true);
      expect(await mayAssume(kind, deployment, "o-anotherone1"), kind).to.equal(false);
      expect(await mayAssume(kind, role("security", "ci"), organization), kind).to.equal(false);
      expect(await mayAssume(kind, role("security", "cordon-sweep"), organization)).to.equal(false);
    }
  });

  for (const kind of kinds) {
    it(`make Cordon's roles in the ${kind} account, pass them to its services, and touch no other`, async () => {
      expect(await may(kind, "iam:PutRolePolicy", role(kind, "cordon-sweep"))).to.equal(true);
      expect(await may(kind, "iam:PutRolePolicy", role(kind, "Admin"))).to.equal(false);
      expect(await may(kind, "iam:CreateRole", role(kind, "Admin"))).to.equal(false);
      expect(await may(kind, "iam:AttachRolePolicy", role(kind, "cordon-sweep"))).to.equal(false);
      const pass = (name: string, service: string) =>
        may(kind, "iam:PassRole", role(kind, name), passedTo(service));
      expect(await pass("cordon-forward-network", "events.amazonaws.com")).to.equal(true);
      expect(await pass("cordon-forward-network", "ec2.amazonaws.com")).to.equal(false);
      expect(await pass("Admin", "events.amazonaws.com")).to.equal(false);
    });

    it(`cannot change themselves in the ${kind} account, but read themselves`, async () => {
      const own = role(kind, "cordon-deploy");
      for (const action of [
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRole",
      ]) {
        expect(await may(kind, action, own), action).to.equal(false);
      }
      expect(await may(kind, "iam:PassRole", own, passedTo("events.amazonaws.com"))).to.equal(
        false,
      );
      expect(await may(kind, "iam:GetRole", own)).to.equal(true);
      const policy = `arn:aws:iam::${accounts[kind]}:policy/cordon-deploy-baseline`;
      expect(await may(kind, "iam:CreatePolicyVersion", policy)).to.equal(false);
    });
  }

  it("change security groups that are quarantine groups, and no other", async () => {
    const group = `arn:aws:ec2:us-east-1:${member}:security-group/sg-0123456789abcdef0`;
    const change = (context: object) =>
      allowed({
        principal: `arn:aws:sts::${member}:assumed-role/cordon-deploy/ci`,
        // The range's own account is the one exception.
        identity: roleOf("member", { Range: "false" }).policies.map(({ document }) => document),
        action: "ec2:RevokeSecurityGroupEgress",
        resource: group,
        account: member,
        context: { ...context },
      });
    expect(await change({ "aws:ResourceTag/cordon": "quarantine" })).to.equal(true);
    expect(await change({ "aws:ResourceTag/cordon": "untrack" })).to.equal(false);
    expect(await change({})).to.equal(false);
  });

  // A participant's group in a VPC that another account shares with it.
  it("make quarantine groups of their own account, also in a VPC of another one", async () => {
    const make = (account: string, what: string, context = {}) =>
      allowed({
        principal: `arn:aws:sts::${member}:assumed-role/cordon-deploy/ci`,
        identity: roleOf("member", { Range: "false" }).policies.map(({ document }) => document),
        action: "ec2:CreateSecurityGroup",
        resource: `arn:aws:ec2:us-east-1:${account}:${what}`,
        account: member,
        context: { ...context },
      });
    const tag = { "aws:RequestTag/cordon": "quarantine" };
    expect(await make(member, "vpc/vpc-0123456789abcdef0")).to.equal(true);
    expect(await make(security, "vpc/vpc-0123456789abcdef0")).to.equal(true);
    expect(await make(member, "security-group/sg-0123456789abcdef0", tag)).to.equal(true);
    expect(await make(member, "security-group/sg-0123456789abcdef0")).to.equal(false);
    expect(await make(security, "security-group/sg-0123456789abcdef0", tag)).to.equal(false);
  });

  it("grant the use of keys to DynamoDB, and to no principal", async () => {
    const key = `arn:aws:kms:us-east-1:${security}:key/11111111-2222-3333-4444-555555555555`;
    const grant = (forAws: string, service = "dynamodb") =>
      allowed({
        principal: `arn:aws:sts::${security}:assumed-role/cordon-deploy/ci`,
        identity: roleOf("security").policies.map(({ document }) => document),
        resourcePolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${security}:root` },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        },
        action: "kms:CreateGrant",
        resource: key,
        account: security,
        context: {
          "kms:GrantIsForAWSResource": forAws,
          "kms:ViaService": `${service}.us-east-1.amazonaws.com`,
        },
      });
    expect(await grant("true")).to.equal(true);
    expect(await grant("false")).to.equal(false);
    expect(await grant("true", "rds")).to.equal(false);
  });
});
