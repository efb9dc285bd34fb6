import { expect } from "chai";
import {
  enabledRegions,
  existingRoles,
  memberRolesFinding,
  openSession,
  roleQuota,
  supportPlan,
} from "../../../cli/check/account";
import { judge } from "../../../cli/check/finding";
import { deployedMemberRoles } from "../../../functions/iam/member-roles";
import { AwsError } from "../../support/aws-error";
import { type Answer, fakeClients } from "../../support/check/fake-clients";
import { member, settings } from "../../support/check/settings";

const roles = deployedMemberRoles(false).map(({ name }) => name);
const absent = new AwsError("NoSuchEntityException", "The role cannot be found.");

/** The trust policy as IAM gives it back: URL-encoded. */
function trusted(functions: readonly string[], externalId = "cordon-staging"): string {
  const ArnEquals = {
    "aws:PrincipalArn": functions.map((name) => `arn:aws:iam::555566667777:role/${name}`),
  };
  // What contains names who approved.
  const naming = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::555566667777:root" },
    Action: "sts:SetSourceIdentity",
    Condition: { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" }, ArnEquals },
  };
  return encodeURIComponent(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::555566667777:root" },
          Action: "sts:AssumeRole",
          Condition: {
            StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid", "sts:ExternalId": externalId },
            ArnEquals,
            StringLike: { "sts:RoleSessionName": "cordon-*" },
          },
        },
        ...(functions.includes("cordon-respond-contain-instance") ? [naming] : []),
      ],
    }),
  );
}

const ofInstances = ["cordon-respond-contain-instance", "cordon-respond-contain-sequence"];

function iamWith(existing: Readonly<Record<string, string>>, Path = "/") {
  const GetRole: Answer = ({ RoleName }: { RoleName: string }) => {
    const AssumeRolePolicyDocument = existing[RoleName];
    return AssumeRolePolicyDocument === undefined
      ? absent
      : { Role: { AssumeRolePolicyDocument, Path } };
  };
  return fakeClients({ iam: { GetRole } });
}

describe("the preflight's look at an account", () => {
  it("opens a session that may only read, whatever the role may do", async () => {
    let asked: { RoleArn?: string; Policy?: string; DurationSeconds?: number } = {};
    const AssumeRole: Answer = (input: object) => {
      asked = input;
      return { Credentials: { AccessKeyId: "ASIA1", SecretAccessKey: "s", SessionToken: "t" } };
    };
    const entry = await openSession(fakeClients({ sts: { AssumeRole } }), member, settings, [
      "ec2:DescribeVpcs",
      "iam:GetRole",
    ]);
    expect(entry).to.eql({
      verdict: { state: "ok", detail: "cordon-deploy can be assumed" },
      credentials: { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t" },
    });
    expect(asked.RoleArn).to.equal("arn:aws:iam::888899990000:role/cordon-deploy");
    expect(asked.DurationSeconds).to.equal(900);
    expect(JSON.parse(asked.Policy ?? "")).to.eql({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["ec2:DescribeVpcs", "iam:GetRole"], Resource: "*" }],
    });
  });

  it("says what to do where the deployment role cannot be assumed", async () => {
    const AssumeRole = new AwsError("AccessDenied", "is not authorized to perform: sts:AssumeRole");
    expect(await openSession(fakeClients({ sts: { AssumeRole } }), member, settings, [])).to.eql({
      verdict: {
        state: "fail",
        detail: "cordon-deploy cannot be assumed",
        todo: "Deploy deploy/bootstrap/member.yaml in 888899990000, and run the check with the deployment role of the security account.",
      },
    });
  });

  it("does not call an account closed because STS failed otherwise", async () => {
    const AssumeRole = new AwsError(
      "RegionDisabledException",
      "STS is not activated in this region",
    );
    const [finding] = await judge("deployment-role", { account: member }, async () => {
      return (await openSession(fakeClients({ sts: { AssumeRole } }), member, settings, []))
        .verdict;
    });
    expect(finding).to.eql({
      check: "deployment-role",
      account: "888899990000",
      state: "unknown",
      detail:
        "sts:AssumeRole failed with RegionDisabledException: STS is not activated in this region",
      todo: "Find out why sts:AssumeRole fails, and run the check again.",
    });
  });

  it("distinguishes Cordon's roles from roles of the same name that trust another principal", async () => {
    const found = await existingRoles(
      iamWith({
        "cordon-contain-instance": trusted(ofInstances),
        "cordon-release-instance": trusted(["cordon-release"], "another-stack"),
        "cordon-release-identity": trusted(["cordon-release", "intruder"]),
      }),
      settings,
    );
    expect(found).to.eql({
      own: ["cordon-contain-instance"],
      foreign: ["cordon-release-instance", "cordon-release-identity"],
    });
  });

  it("wants its roles under the path of the settings, by which alone they are assumed", async () => {
    const existing = { "cordon-contain-instance": trusted(ofInstances) };
    const found = (path: string, rolePath: string) =>
      existingRoles(iamWith(existing, path), { ...settings, rolePath });
    const [own, foreign] = [["cordon-contain-instance"], ["cordon-contain-instance"]];
    expect(await found("/security/", "/security/")).to.eql({ own, foreign: [] });
    expect(await found("/", "/security/")).to.eql({ own: [], foreign });
    expect(await found("/security/", "/")).to.eql({ own: [], foreign });
  });

  it("wants none of the roles before the first deployment and all of them after it", () => {
    expect(memberRolesFinding({ own: [], foreign: [] }, false, settings)).to.eql([
      { state: "ok", detail: "none yet: the deployment creates them" },
    ]);
    expect(memberRolesFinding({ own: roles, foreign: [] }, true, settings)).to.eql([
      {
        state: "ok",
        detail: `all ${roles.length} exist; read, not assumed, since they trust Cordon's functions alone`,
      },
    ]);
    expect(memberRolesFinding({ own: [], foreign: [] }, true, settings)).to.eql([
      {
        state: "fail",
        detail: `missing: ${roles.join(", ")}`,
        todo: "Deploy again, and find out why the deployment does not create them.",
      },
    ]);
    expect(
      memberRolesFinding(
        { own: roles.filter((name) => name !== "cordon-contain-instance"), foreign: [] },
        false,
        settings,
      ),
    ).to.eql([
      {
        state: "fail",
        detail: "missing: cordon-contain-instance",
        todo: "Deploy again, and find out why the deployment does not create them.",
      },
    ]);
    expect(
      memberRolesFinding({ own: [], foreign: ["cordon-contain-instance"] }, false, settings),
    ).to.eql([
      {
        state: "fail",
        detail:
          "cordon-contain-instance has another trust policy or path than this stack's settings say",
        todo: "Deploy again; if another stack or tool made the role, remove it there first.",
      },
    ]);
  });

  it("wants two roles more where addresses are blocked", () => {
    const blocking = { blockAddresses: { hours: 24, neverBlock: [] } };
    expect(memberRolesFinding({ own: roles, foreign: [] }, true, blocking)).to.eql([
      {
        state: "fail",
        detail: "missing: cordon-contain-address, cordon-release-address",
        todo: "Deploy again, and find out why the deployment does not create them.",
      },
    ]);
  });

  it("needs room in IAM's quota for the roles that do not exist yet", async () => {
    const asked = (Roles: number, own: readonly string[]) => {
      const GetAccountSummary = { SummaryMap: { Roles, RolesQuota: 1_000 } };
      return roleQuota(
        fakeClients({ iam: { GetAccountSummary } }),
        { own, foreign: [] },
        5,
        settings,
      );
    };
    const needed = roles.length + 5;
    expect(await asked(1_000 - needed, [])).to.eql({
      state: "ok",
      detail: `${1_000 - needed} of 1000 roles`,
    });
    expect(await asked(1_001 - needed, [])).to.eql({
      state: "fail",
      detail: `${1_001 - needed} of 1000 roles, up to ${needed} more are needed`,
      todo: "Delete unused roles, or have the quota of roles per account (L-FE177D64) raised.",
    });
    expect(await asked(1_000, roles)).to.eql({ state: "ok", detail: "1000 of 1000 roles" });
  });

  it("does not take a summary without the quota for room", async () => {
    const GetAccountSummary = { SummaryMap: { Users: 3 } };
    const [finding] = await judge("iam-quota", { account: member }, () =>
      roleQuota(fakeClients({ iam: { GetAccountSummary } }), { own: [], foreign: [] }, 5, settings),
    );
    expect(finding?.state).to.equal("unknown");
    expect(finding?.detail).to.equal(
      "iam:GetAccountSummary failed with Error: the answer has no quota of roles",
    );
  });

  it("warns where the support plan has no Trusted Advisor API, and names the remaining source", async () => {
    const asked = (answer: Answer) =>
      supportPlan(fakeClients({ support: { DescribeTrustedAdvisorCheckResult: answer } }));
    expect(await asked({ result: {} })).to.eql({ state: "ok", detail: "Trusted Advisor answers" });
    expect(
      await asked(new AwsError("SubscriptionRequiredException", "Premium Support is required")),
    ).to.eql({
      state: "warn",
      detail:
        "the support plan has no Trusted Advisor API: exposed keys are known from AWS Health alone",
      todo: "Choose a support plan with the API, or accept that keys which AWS Health misses are not found.",
    });
  });

  it("fails a region that is not enabled, and one that EC2 does not know", async () => {
    const Regions = [
      { RegionName: "us-east-1", OptInStatus: "opt-in-not-required" },
      { RegionName: "eu-south-1", OptInStatus: "opted-in" },
      { RegionName: "af-south-1", OptInStatus: "not-opted-in" },
    ];
    const found = await enabledRegions(fakeClients({ ec2: { DescribeRegions: { Regions } } }), [
      "us-east-1",
      "eu-south-1",
      "af-south-1",
      "xx-south-9",
    ]);
    expect([...found]).to.eql([
      ["us-east-1", { state: "ok", detail: "needs no opt-in" }],
      ["eu-south-1", { state: "ok", detail: "opted in" }],
      [
        "af-south-1",
        {
          state: "fail",
          detail: "the account has not opted in to this region",
          todo: "Enable af-south-1 in this account, or take it out of cordon:governedRegions.",
        },
      ],
      [
        "xx-south-9",
        {
          state: "fail",
          detail: "EC2 has no such region",
          todo: "Correct cordon:governedRegions.",
        },
      ],
    ]);
  });

  const refused = new AwsError("AccessDenied", "is not authorized to perform this");
  const missing = new AwsError("UnauthorizedOperation", "You are not authorized");
  const none = fakeClients({
    iam: { GetRole: refused, GetAccountSummary: refused },
    support: { DescribeTrustedAdvisorCheckResult: refused },
    ec2: { DescribeRegions: missing },
  });
  const reads: Readonly<Record<string, () => Promise<unknown>>> = {
    "iam:GetRole": () => existingRoles(none, settings),
    "iam:GetAccountSummary": () => roleQuota(none, { own: [], foreign: [] }, 5, settings),
    "support:DescribeTrustedAdvisorCheckResult": () => supportPlan(none),
    "ec2:DescribeRegions": () => enabledRegions(none, ["us-east-1"]),
  };
  for (const [permission, ask] of Object.entries(reads)) {
    it(`says that ${permission} is missing where AWS refuses it`, async () => {
      const [finding] = await judge("account", { account: member }, async () => {
        await ask();
        return [];
      });
      expect(finding).to.eql({
        check: "account",
        account: "888899990000",
        state: "unknown",
        detail: `AWS refused ${permission}`,
        todo: `Allow ${permission} to the role the check uses in 888899990000; docs/preflight.md has the policy.`,
      });
    });
  }
});
