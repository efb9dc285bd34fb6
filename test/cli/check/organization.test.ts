import { expect } from "chai";
import type { Clients } from "../../../cli/check/clients";
import { judge, type Verdict } from "../../../cli/check/finding";
import {
  accountState,
  accountsUnder,
  identity,
  listAccounts,
  organization,
  outsideUnits,
  policyType,
  ungoverned,
} from "../../../cli/check/organization";
import {
  guardDuty,
  guardDutyAdministrator,
  lambdaConcurrency,
  otherStages,
  securityHub,
  stackSets,
} from "../../../cli/check/services";
import { delegatedAdministrator, trustedAccess } from "../../../cli/check/trusted-services";
import { AwsError } from "../../support/aws-error";
import { type Answers, fakeClients } from "../../support/check/fake-clients";
import { settings } from "../../support/check/settings";

const denied = new AwsError("AccessDeniedException", "You don't have permissions");
type Paged = { readonly ParentId: string; readonly NextToken?: string };
const states = (verdicts: readonly Verdict[]) =>
  verdicts.map(({ state, detail }) => [state, detail]);

describe("the preflight's look at the organization [P1]", () => {
  it("takes credentials of the security account, and no others", async () => {
    const asked = async (Arn: string, Account: string) =>
      (await identity(fakeClients({ sts: { GetCallerIdentity: { Arn, Account } } }), settings))
        .verdict;
    expect(await asked("arn:aws:sts::555566667777:assumed-role/Ops/ann", "555566667777")).to.eql({
      state: "ok",
      detail: "these are assumed-role/Ops/ann",
    });
    expect(await asked("arn:aws:iam::111122223333:user/ann", "111122223333")).to.eql({
      state: "fail",
      detail: "the credentials belong to 111122223333",
      todo: "Use credentials of cordon:securityAccount 555566667777.",
    });
    expect(await asked("arn:aws-us-gov:iam::555566667777:user/ann", "555566667777")).to.eql({
      state: "fail",
      detail: "the credentials belong to the partition aws-us-gov",
      todo: "Deploy to the aws partition: Cordon supports no other.",
    });
  });

  it("compares the organization with the settings, and asks for all features", async () => {
    const found = { Id: "o-exampleorgid", MasterAccountId: "111122223333", FeatureSet: "ALL" };
    const asked = (Organization: object) =>
      organization(
        fakeClients({ organizations: { DescribeOrganization: { Organization } } }),
        settings,
      );
    expect(await asked(found)).to.eql({ state: "ok", detail: "o-exampleorgid with all features" });
    expect(await asked({ ...found, Id: "o-anotherorgid" })).to.eql({
      state: "fail",
      detail: "the organization is o-anotherorgid, not o-exampleorgid",
      todo: "Set cordon:organizationId to o-anotherorgid, or use credentials of the other organization.",
    });
    expect(await asked({ ...found, MasterAccountId: "999988887777" })).to.eql({
      state: "fail",
      detail: "the management account is 999988887777, not 111122223333",
      todo: "Set cordon:managementAccount to 999988887777.",
    });
    expect(await asked({ ...found, FeatureSet: "CONSOLIDATED_BILLING" })).to.eql({
      state: "fail",
      detail: "the organization has consolidated billing only",
      todo: "Have the management account enable all features of AWS Organizations.",
    });
  });

  it("reads every page of accounts, an empty one too", async () => {
    const pages: Readonly<Record<string, object>> = {
      first: { Accounts: [{ Id: "555566667777" }], NextToken: "second" },
      second: { Accounts: [], NextToken: "third" },
      third: { Accounts: [{ Id: "888899990000" }] },
    };
    const ListAccounts = ({ NextToken = "first" }: { NextToken?: string }) => pages[NextToken]!;
    const found = await listAccounts(fakeClients({ organizations: { ListAccounts } }));
    expect(found.map(({ Id }) => Id)).to.eql(["555566667777", "888899990000"]);
  });

  const accounts = [
    { Id: "888899990000", Name: "shop", State: "ACTIVE" as const },
    {
      Id: "666600001111",
      Name: "old",
      State: "SUSPENDED" as const,
      Status: "SUSPENDED" as const,
    },
    { Id: "999900001111", Name: "leaving", Status: "PENDING_CLOSURE" as const },
  ];

  it("distinguishes active members from suspended and foreign ones", () => {
    expect(accountState("888899990000", accounts)).to.eql({
      state: "ok",
      detail: "shop is ACTIVE",
    });
    expect(accountState("666600001111", accounts)).to.eql({
      state: "fail",
      detail: "old is SUSPENDED: nothing can be changed in it",
      todo: "Take 666600001111 out of cordon:memberAccounts, or have AWS Support reactivate the account.",
    });
    expect(accountState("999900001111", accounts).detail).to.equal(
      "leaving is PENDING_CLOSURE: nothing can be changed in it",
    );
    expect(accountState("123412341234", accounts)).to.eql({
      state: "fail",
      detail: "it is not an account of this organization",
      todo: "Correct 123412341234 in cordon:memberAccounts, or have the account join the organization.",
    });
    expect(ungoverned(accounts, ["888899990000"], "direct")).to.eql([
      { state: "ok", detail: "2 not ACTIVE and not governed: 666600001111, 999900001111" },
    ]);
    expect(ungoverned(accounts, ["666600001111"], "direct")).to.eql([
      {
        state: "warn",
        detail: "1 ACTIVE and not governed: 888899990000",
        todo: "Add them to cordon:memberAccounts, or accept that nothing is contained in them.",
      },
      { state: "ok", detail: "1 not ACTIVE and not governed: 999900001111" },
    ]);
    expect(ungoverned(accounts, ["666600001111"], "stack-sets")[0]?.todo).to.equal(
      "Add units that hold them to cordon:organizationalUnits, or accept that nothing is contained in them.",
    );
  });

  it("reads every page of a unit and of the units below it, and of the root nothing more", async () => {
    const answers = {
      ListAccountsForParent: ({ ParentId, NextToken = "" }: Paged) =>
        accountsIn[ParentId + NextToken]!,
      ListOrganizationalUnitsForParent: ({ ParentId, NextToken = "" }: Paged) =>
        unitsIn[ParentId + NextToken] ?? {},
    };
    const accountsIn: Readonly<Record<string, object>> = {
      "ou-exam-upper": { Accounts: [{ Id: "111100001111" }], NextToken: "+" },
      "ou-exam-upper+": { Accounts: [{ Id: "222200001111" }] },
      "ou-exam-middle": {},
      "ou-exam-lower": { Accounts: [{ Id: "333300001111" }] },
    };
    const unitsIn: Readonly<Record<string, object>> = {
      "ou-exam-upper": { OrganizationalUnits: [], NextToken: "+" },
      "ou-exam-upper+": { OrganizationalUnits: [{ Id: "ou-exam-middle" }] },
      "ou-exam-middle": { OrganizationalUnits: [{ Id: "ou-exam-lower" }] },
    };
    const found = await accountsUnder(
      fakeClients({ organizations: answers }),
      ["ou-exam-upper"],
      accounts,
    );
    expect(found.map(({ Id }) => Id)).to.eql(["111100001111", "222200001111", "333300001111"]);
    expect(await accountsUnder(none, ["r-exam"], accounts)).to.equal(accounts);
  });

  it("fails of an account that no unit of the StackSets holds, or that is not live", () => {
    expect(outsideUnits("888899990000", accounts)).to.eql({
      state: "fail",
      detail: "it is under none of cordon:organizationalUnits: the StackSets make no role in it",
      todo: "Add a unit that holds 888899990000 to cordon:organizationalUnits.",
    });
    expect(outsideUnits("666600001111", accounts).detail).to.equal(
      "old is SUSPENDED: nothing can be changed in it",
    );
  });

  const principals = [
    "member.org.stacksets.cloudformation.amazonaws.com",
    "guardduty.amazonaws.com",
    "securityhub.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
  ];
  const everything = {
    ...settings,
    memberDeployment: "stack-sets",
    detection: "managed",
    conformancePack: "deploy",
  } as const;
  const served = (names: readonly string[]) =>
    names.map((ServicePrincipal) => ({ ServicePrincipal }));

  it("names each service without trusted access, what is lost and the command", async () => {
    const asked = (names: readonly string[], deployed: boolean) =>
      trustedAccess(
        fakeClients({
          organizations: {
            ListAWSServiceAccessForOrganization: { EnabledServicePrincipals: served(names) },
          },
        }),
        everything,
        deployed,
      );
    expect(await asked(principals, false)).to.eql([
      { state: "ok", detail: "all 4 services are trusted" },
    ]);
    expect(await asked(["sso.amazonaws.com", ...principals.slice(2)], false)).to.eql([
      {
        state: "fail",
        detail:
          "member.org.stacksets.cloudformation.amazonaws.com is not trusted in the organization: accounts that join later get no member baseline",
        todo: "Run aws cloudformation activate-organizations-access in the management account.",
      },
      {
        state: "warn",
        detail:
          "guardduty.amazonaws.com is not trusted in the organization: no finding of the members arrives",
        todo: "Run aws organizations enable-aws-service-access --service-principal guardduty.amazonaws.com in the management account, or deploy.",
      },
    ]);
    expect((await asked([], true)).map(({ state }) => state)).to.eql([
      "fail",
      "fail",
      "fail",
      "fail",
    ]);
  });

  it("names each service that the security account does not administer", async () => {
    const asked = (answer: object, deployed: boolean) =>
      delegatedAdministrator(
        fakeClients({ organizations: { ListDelegatedServicesForAccount: answer } }),
        everything,
        deployed,
      );
    expect(await asked({ DelegatedServices: served(principals) }, true)).to.eql([
      { state: "ok", detail: "all 4 services are administered from here" },
    ]);
    expect(await asked({ DelegatedServices: served(principals.slice(0, 3)) }, true)).to.eql([
      {
        state: "fail",
        detail:
          "config-multiaccountsetup.amazonaws.com is not administered from here: the organization's posture rules cannot be deployed",
        todo: "Run aws organizations register-delegated-administrator --account-id 555566667777 --service-principal config-multiaccountsetup.amazonaws.com in the management account, or deploy.",
      },
    ]);
    const none = new AwsError("AccountNotRegisteredException", "not a delegated administrator");
    expect((await asked(none, false)).map(({ state }) => state)).to.eql([
      "warn",
      "warn",
      "warn",
      "warn",
    ]);
  });

  it("requires nothing that these settings do not use, nor of a deployment what it does not do", async () => {
    const clients = fakeClients({
      organizations: {
        ListAWSServiceAccessForOrganization: {},
        ListDelegatedServicesForAccount: {},
      },
    });
    // The stack's own settings: no StackSets, no conformance pack, detectors that others run.
    expect(states(await trustedAccess(clients, settings, false))).to.eql([
      [
        "fail",
        "member.org.stacksets.cloudformation.amazonaws.com is not trusted in the organization: the security account may ask nothing about the organization's accounts",
      ],
      [
        "fail",
        "guardduty.amazonaws.com is not trusted in the organization: no finding of the members arrives",
      ],
      [
        "warn",
        "securityhub.amazonaws.com is not trusted in the organization: the members' findings are not in Security Hub, so analysts cannot request containment there",
      ],
    ]);
    expect(await delegatedAdministrator(clients, settings, false)).to.eql([
      {
        state: "warn",
        detail:
          "member.org.stacksets.cloudformation.amazonaws.com is not administered from here: the security account may ask nothing about the organization's accounts",
        todo: "Run aws organizations register-delegated-administrator --account-id 555566667777 --service-principal member.org.stacksets.cloudformation.amazonaws.com in the management account, or deploy.",
      },
      {
        state: "fail",
        detail:
          "guardduty.amazonaws.com is not administered from here: no finding of the members arrives",
        todo: "Run aws organizations register-delegated-administrator --account-id 555566667777 --service-principal guardduty.amazonaws.com in the management account.",
      },
      {
        state: "warn",
        detail:
          "securityhub.amazonaws.com is not administered from here: the members' findings are not in Security Hub, so analysts cannot request containment there",
        todo: "Run aws organizations register-delegated-administrator --account-id 555566667777 --service-principal securityhub.amazonaws.com in the management account.",
      },
    ]);
  });

  it("asks the root whether it takes service control policies", async () => {
    const asked = (PolicyTypes: readonly object[]) =>
      policyType(
        fakeClients({ organizations: { ListRoots: { Roots: [{ Id: "r-exam", PolicyTypes }] } } }),
      );
    const Type = "SERVICE_CONTROL_POLICY";
    expect(await asked([{ Type, Status: "ENABLED" }])).to.eql({
      state: "ok",
      detail: "service control policies are enabled",
    });
    const todo =
      "Run aws organizations enable-policy-type --root-id=r-exam --policy-type SERVICE_CONTROL_POLICY in the management account.";
    expect(await asked([{ Type: "TAG_POLICY", Status: "ENABLED" }])).to.eql({
      state: "fail",
      detail: "service control policies are not enabled: none can be attached",
      todo,
    });
    expect(await asked([{ Type, Status: "PENDING_DISABLE" }])).to.eql({
      state: "fail",
      detail: "service control policies are PENDING_DISABLE: none can be attached",
      todo,
    });
  });

  it("asks GuardDuty for a detector, its administrator and every member", async () => {
    const asked = (guardDutyAnswers: NonNullable<Answers["guardDuty"]>, deployed = true) =>
      guardDuty(fakeClients({ guardDuty: guardDutyAnswers }), everything, deployed);
    const ListDetectors = { DetectorIds: ["d1"] };
    const DescribeOrganizationConfiguration = { AutoEnableOrganizationMembers: "ALL" };
    expect(await asked({ ListDetectors, DescribeOrganizationConfiguration })).to.eql({
      state: "ok",
      detail: "administrator, and every member is enabled",
    });
    expect(await asked({ ListDetectors: { DetectorIds: [] } })).to.eql({
      state: "fail",
      detail: "no detector, so no finding arrives",
      todo: "Enable GuardDuty here, with the security account as delegated administrator.",
    });
    expect((await asked({ ListDetectors: { DetectorIds: [] } }, false)).state).to.equal("warn");
    const foreign = new AwsError("BadRequestException", "not the delegated administrator");
    expect(await asked({ ListDetectors, DescribeOrganizationConfiguration: foreign })).to.eql({
      state: "fail",
      detail:
        "the security account is not GuardDuty's administrator, so no member's finding arrives",
      todo: "Have the management account designate the security account in this region.",
    });
    expect(
      await asked({
        ListDetectors,
        DescribeOrganizationConfiguration: { AutoEnableOrganizationMembers: "NEW" },
      }),
    ).to.eql({
      state: "fail",
      detail: "members are enabled automatically: NEW",
      todo: "Set GuardDuty's auto-enable to ALL in this region.",
    });
  });

  it("fails before any deployment where others run GuardDuty and nothing of it can arrive", async () => {
    const asked = (guardDutyAnswers: NonNullable<Answers["guardDuty"]>) =>
      guardDuty(fakeClients({ guardDuty: guardDutyAnswers }), settings, false);
    expect(settings.detection).to.equal("existing");
    const ListDetectors = { DetectorIds: ["d1"] };
    const foreign = new AwsError("BadRequestException", "not the delegated administrator");
    expect(states([await asked({ ListDetectors: {} })])).to.eql([
      ["fail", "no detector, so no finding arrives"],
    ]);
    expect(
      states([await asked({ ListDetectors, DescribeOrganizationConfiguration: foreign })]),
    ).to.eql([
      [
        "fail",
        "the security account is not GuardDuty's administrator, so no member's finding arrives",
      ],
    ]);
    const DescribeOrganizationConfiguration = { AutoEnableOrganizationMembers: "NEW" };
    expect(states([await asked({ ListDetectors, DescribeOrganizationConfiguration })])).to.eql([
      ["warn", "members are enabled automatically: NEW"],
    ]);
  });

  it("names another account that GuardDuty was given to", async () => {
    const asked = (...accounts: readonly string[]) =>
      guardDutyAdministrator(
        fakeClients({
          guardDuty: {
            ListOrganizationAdminAccounts: {
              AdminAccounts: accounts.map((AdminAccountId) => ({ AdminAccountId })),
            },
          },
        }),
        settings,
      );
    expect(await asked()).to.eql([]);
    expect(await asked("555566667777")).to.eql([]);
    expect(await asked("444455556666")).to.eql([
      {
        state: "fail",
        detail: "444455556666 administers GuardDuty, and findings of members go nowhere else",
        todo: "Deploy from 444455556666, or have the management account designate 555566667777 instead.",
      },
    ]);
  });

  it("fails of accounts that another stage's StackSets reach, too", async () => {
    const asked = (names: readonly string[], units: readonly string[]) =>
      otherStages(
        fakeClients({
          cloudFormation: {
            ListStackSets: { Summaries: names.map((StackSetName) => ({ StackSetName })) },
            DescribeStackSet: ({ StackSetName }: { readonly StackSetName: string }) => {
              expect(StackSetName).to.equal("cordon-baseline-global-prod");
              return { StackSet: { OrganizationalUnitIds: units } };
            },
          },
          organizations: {
            ListAccounts: { Accounts: accounts },
            ListAccountsForParent: { Accounts: [{ Id: "444400001111" }] },
            ListOrganizationalUnitsForParent: {},
          },
        }),
        settings,
        ["555566667777", "888899990000"],
      );
    const own = ["cordon-baseline-global-staging", "cordon-baseline-regional-staging", "others"];
    expect(states(await asked(own, []))).to.eql([
      ["ok", "no other stage deploys to the organization"],
    ]);
    const both = [...own, "cordon-baseline-global-prod", "cordon-baseline-regional-prod"];
    expect(states(await asked(both, ["ou-exam-apart000"]))).to.eql([
      ["ok", "stage prod deploys to other accounts"],
    ]);
    expect(await asked(both, ["r-exam"])).to.eql([
      {
        state: "fail",
        detail: "stage prod deploys to 888899990000, too: an account takes one baseline",
        todo: "Take the accounts out of cordon:organizationalUnits or cordon:memberAccounts of one of the stages.",
      },
    ]);
  });

  it("asks Security Hub for central configuration, and warns without it", async () => {
    const asked = (answer: object) =>
      securityHub(fakeClients({ securityHub: { DescribeOrganizationConfiguration: answer } }));
    const central = { OrganizationConfiguration: { ConfigurationType: "CENTRAL" } };
    expect(await asked(central)).to.eql({
      state: "ok",
      detail: "administrator, with central configuration",
    });
    expect(await asked({ AutoEnable: true })).to.eql({
      state: "warn",
      detail: "configuration is LOCAL: existing accounts are not enabled",
      todo: "Switch Security Hub to central configuration.",
    });
    expect((await asked(new AwsError("InvalidAccessException", "not subscribed"))).detail).to.equal(
      "not administered from here: analysts cannot request containment from Security Hub",
    );
  });

  it("asks for room for 237 functions at once and for the StackSets", async () => {
    const functions = (UnreservedConcurrentExecutions: number) =>
      lambdaConcurrency(
        fakeClients({
          lambda: { GetAccountSettings: { AccountLimit: { UnreservedConcurrentExecutions } } },
        }),
        settings,
      );
    expect(await functions(237)).to.eql({ state: "ok", detail: "237 functions can run at once" });
    expect(await functions(236)).to.eql({
      state: "fail",
      detail: "236 functions can run at once, 237 are needed",
      todo: "Have Lambda's concurrent executions raised (L-B99A9384) until 237 are unreserved.",
    });
    const sets = (Value: number) =>
      stackSets(
        fakeClients({
          cloudFormation: { ListStackSets: { Summaries: [{}, {}, {}] } },
          quotas: { GetServiceQuota: { Quota: { Value } } },
        }),
        2,
      );
    expect(await sets(5)).to.eql({ state: "ok", detail: "3 of 5 StackSets" });
    expect(await sets(4)).to.eql({
      state: "fail",
      detail: "3 of 4 StackSets, 2 more are needed",
      todo: "Have the quota of StackSets (L-31709F13) raised in the management account.",
    });
  });

  it("reads AWS's default where no other quota was ever applied", async () => {
    const found = await stackSets(
      fakeClients({
        cloudFormation: { ListStackSets: {} },
        quotas: {
          GetServiceQuota: new AwsError("NoSuchResourceException", "no applied value"),
          GetAWSDefaultServiceQuota: { Quota: { Value: 1_000 } },
        },
      }),
      3,
    );
    expect(states([found])).to.eql([["ok", "0 of 1000 StackSets"]]);
  });

  const none = fakeClients({
    sts: { GetCallerIdentity: denied },
    organizations: {
      DescribeOrganization: denied,
      ListAccounts: denied,
      ListAccountsForParent: denied,
      ListOrganizationalUnitsForParent: denied,
      ListAWSServiceAccessForOrganization: denied,
      ListDelegatedServicesForAccount: denied,
      ListRoots: denied,
    },
    guardDuty: { ListDetectors: denied, ListOrganizationAdminAccounts: denied },
    securityHub: { DescribeOrganizationConfiguration: denied },
    lambda: { GetAccountSettings: denied },
    cloudFormation: { ListStackSets: denied },
  });
  const reads: Readonly<Record<string, (clients: Clients) => Promise<unknown>>> = {
    "sts:GetCallerIdentity": (clients) => identity(clients, settings),
    "organizations:DescribeOrganization": (clients) => organization(clients, settings),
    "organizations:ListAccounts": listAccounts,
    "organizations:ListAccountsForParent": (clients) => accountsUnder(clients, ["ou-exam-a"], []),
    "organizations:ListAWSServiceAccessForOrganization": (clients) =>
      trustedAccess(clients, settings, false),
    "organizations:ListDelegatedServicesForAccount": (clients) =>
      delegatedAdministrator(clients, settings, false),
    "guardduty:ListDetectors": (clients) => guardDuty(clients, settings, false),
    "guardduty:ListOrganizationAdminAccounts": (clients) =>
      guardDutyAdministrator(clients, settings),
    "organizations:ListRoots": policyType,
    "securityhub:DescribeOrganizationConfiguration": securityHub,
    "lambda:GetAccountSettings": (clients) => lambdaConcurrency(clients, settings),
    "cloudformation:ListStackSets": (clients) => stackSets(clients, 3),
  };
  for (const [permission, ask] of Object.entries(reads)) {
    it(`says that ${permission} is missing where AWS refuses it`, async () => {
      const place = { account: "555566667777" };
      const [finding] = await judge("account", place, async () => {
        await ask(none);
        return [];
      });
      expect(finding?.state).to.equal("unknown");
      expect(finding?.detail).to.equal(`AWS refused ${permission}`);
      expect(finding?.todo).to.include(permission);
    });
  }
});
