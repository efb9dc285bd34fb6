import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { expect } from "chai";
import { check } from "../../../cli/check/check";
import { clientsOf } from "../../../cli/check/clients";
import { type Finding, judge } from "../../../cli/check/finding";
import { listAccounts } from "../../../cli/check/organization";
import { passes, summaryOf, tableOf } from "../../../cli/check/print";
import { memberRoles, trustPolicy } from "../../../functions/iam/member-roles";
import { AwsError } from "../../support/aws-error";
import { type Answers, fakeClients } from "../../support/check/fake-clients";
import { member, security, settings } from "../../support/check/settings";

const identity = { Arn: `arn:aws:iam::${security}:user/ann`, Account: security };
const accounts = [security, "111122223333", member].map((Id) => {
  return { Id, Name: `account-${Id}`, State: "ACTIVE" };
});

/** Answers the calls of one account; what is not among them is unknown. */
function answering(answers: Answers) {
  return () => () => fakeClients({ sts: { GetCallerIdentity: identity }, ...answers });
}

const brief = ({ account, region, check: id, state }: Finding) =>
  [account, id, region ?? "", state].join(" ").trim();

describe("the preflight [P1]", () => {
  it("asks nothing more with credentials of another account", async () => {
    const foreign = { Arn: "arn:aws:iam::123412341234:user/ann", Account: "123412341234" };
    const report = await check(settings, {
      clients: answering({ sts: { GetCallerIdentity: foreign } }),
    });
    expect(report.findings.map(brief)).to.deep.equal([`${security} credentials  fail`]);
    expect(passes(report, true)).to.equal(false);
  });

  it("opens no session in a suspended account, and asks nothing in a region that is not enabled", async () => {
    const [own, management, suspended] = accounts;
    const Regions = [
      { RegionName: "us-east-1", OptInStatus: "opt-in-not-required" },
      { RegionName: "eu-west-1", OptInStatus: "not-opted-in" },
    ];
    const { findings, uncontainable } = await check(settings, {
      clients: answering({
        sts: {
          GetCallerIdentity: identity,
          AssumeRole: new AwsError("AccessDenied", "not authorized"),
        },
        organizations: {
          ListAccounts: { Accounts: [own, management, { ...suspended, State: "SUSPENDED" }] },
        },
        ec2: { DescribeRegions: { Regions } },
      }),
    });
    expect(findings.filter(({ account }) => account === member).map(brief)).to.deep.equal([
      `${member} account  fail`,
    ]);
    expect(
      findings
        .filter(({ region, check: id }) => region === "eu-west-1" && id !== "guardduty")
        .map(brief),
    ).to.deep.equal([`${security} region eu-west-1 fail`]);
    expect(uncontainable).to.deep.equal({ [security]: ["region"], [member]: ["account"] });
  });

  it("checks the accounts that are given, and the organization", async () => {
    const report = await check(settings, {
      accounts: [member],
      clients: answering({
        sts: {
          GetCallerIdentity: identity,
          AssumeRole: new AwsError("AccessDenied", "not authorized"),
        },
        iam: { GetRole: new AwsError("NoSuchEntityException", "The role cannot be found.") },
        organizations: { ListAccounts: { Accounts: accounts } },
      }),
    });
    expect(report.findings.filter(({ account }) => account !== security).map(brief)).to.deep.equal([
      `${member} account  ok`,
      `${member} deployment-role  fail`,
    ]);
    expect(
      report.findings.filter(({ account }) => account === security).map(({ check: id }) => id),
    ).to.deep.equal([
      "credentials",
      "organization",
      "trusted-access",
      "administrator",
      "guardduty",
      "guardduty",
      "security-hub",
      "channels",
      "lambda-quota",
    ]);
  });

  it("reports that it is unknown whether Cordon is deployed, whichever accounts it checks", async () => {
    const { findings } = await check(settings, { accounts: [member], clients: answering({}) });
    expect(findings.map(brief)).to.include(`${security} member-roles  unknown`);
  });

  it("is unknown, not ok, wherever AWS does not answer", async () => {
    const report = await check(settings, { clients: answering({}) });
    const others = report.findings.filter(
      ({ check: id, account }) =>
        id !== "credentials" && `${id} ${account}` !== `deployment-role ${security}`,
    );
    expect(others).to.have.length.greaterThan(20);
    expect(others.filter(({ state }) => state !== "unknown").map(brief)).to.deep.equal([]);
    expect(passes(report, false)).to.equal(false);
    expect(passes(report, true)).to.equal(true);
    expect(report.unproven).to.deep.equal({
      [security]: ["account", "member-roles", "region", "control-policies", "dry-run"],
      [member]: ["deployment-role"],
    });
  });

  it("fails by itself, and not as unknown, where the defect is its own", async () => {
    const defect = judge("account", { account: member }, async () => {
      throw new TypeError("undefined is not a function");
    });
    expect(await defect.catch((error: Error) => error.message)).to.equal(
      "undefined is not a function",
    );
  });

  const byStackSets = { ...settings, memberDeployment: "stack-sets" } as const;
  const joined = "777700001111";

  /** Checks with an organization with one more account, and some are in the unit. */
  function inUnit(
    within: readonly string[],
    change: Partial<typeof settings> = {},
    wanted?: string,
  ) {
    const all = [...accounts, { Id: joined, Name: "joined", State: "ACTIVE" }];
    const closed = { Id: "666600001111", Name: "closed", State: "SUSPENDED" };
    const Accounts = [...all.filter(({ Id }) => within.includes(Id)), closed];
    return check(
      { ...byStackSets, ...change },
      {
        ...(wanted !== undefined && { accounts: [wanted] }),
        clients: answering({
          sts: {
            GetCallerIdentity: identity,
            AssumeRole: new AwsError("AccessDenied", "not authorized"),
          },
          organizations: {
            ListAccounts: { Accounts: [...all, closed] },
            ListAccountsForParent: { Accounts },
            ListOrganizationalUnitsForParent: {},
          },
        }),
      },
    );
  }
  const accountStates = ({ findings }: { findings: readonly Finding[] }) =>
    findings
      .filter(({ check: id }) => id === "account" || id === "deployment-role")
      .map(({ account, check: id, state }) => [account, id, state].join(" "));

  it("governs the active accounts under the units of StackSets, listed or not", async () => {
    const report = await inUnit([security, member, joined, "111122223333"]);
    expect(report.governed).to.deep.equal([security, member, joined]);
    expect(accountStates(report)).to.deep.equal([
      `${security} account ok`,
      `${security} account ok`,
      `${security} deployment-role ok`,
      "111122223333 account ok",
      "111122223333 deployment-role fail",
      `${member} account ok`,
      `${member} deployment-role fail`,
      `${joined} account ok`,
      `${joined} deployment-role unknown`,
    ]);
    // Nothing is deployed through that role: the state of the account is unknown.
    expect(report.uncontainable).to.deep.equal({ [member]: ["deployment-role"] });
    expect(report.unproven[joined]).to.deep.equal(["deployment-role"]);
  });

  it("fails of an account that the settings name, and the units do not hold", async () => {
    const report = await inUnit([security]);
    expect(report.governed).to.deep.equal([security, member]);
    expect(report.uncontainable).to.deep.equal({ [member]: ["account", "deployment-role"] });
  });

  it("governs the management account where the settings say so, and asks there once", async () => {
    const report = await inUnit([security, member], { governManagementAccount: true });
    expect(report.governed).to.deep.equal([security, "111122223333", member]);
    expect(accountStates(report).slice(-4)).to.deep.equal([
      "111122223333 account ok",
      "111122223333 deployment-role fail",
      `${member} account ok`,
      `${member} deployment-role fail`,
    ]);
    expect(report.uncontainable).to.have.all.keys("111122223333", member);
  });

  it("checks a given account where the accounts of the units are unknown", async () => {
    const report = await check(byStackSets, {
      accounts: [joined],
      clients: answering({
        sts: {
          GetCallerIdentity: identity,
          AssumeRole: new AwsError("AccessDenied", "not authorized"),
        },
        organizations: { ListAccounts: { Accounts: accounts } },
      }),
    });
    expect(report.governed).to.equal(undefined);
    expect(accountStates(report)).to.deep.equal([
      `${security} account unknown`,
      `${joined} deployment-role unknown`,
    ]);
  });

  it("asks the management account about the organization and its trail, for every account", async () => {
    const trail = {
      Name: "all",
      TrailARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
      HomeRegion: "us-east-1",
      IsMultiRegionTrail: true,
    };
    const described = { DescribeTrails: { trailList: [trail] } };
    const own: Answers = {
      sts: {
        GetCallerIdentity: identity,
        AssumeRole: ({ RoleArn }: { RoleArn: string }) => ({
          Credentials: { AccessKeyId: RoleArn.split(":")[4] ?? "" },
        }),
      },
      cloudTrail: described,
    };
    const management: Answers = {
      organizations: { ListAccounts: { Accounts: accounts } },
      cloudTrail: {
        GetTrailStatus: { IsLogging: true },
        GetEventSelectors: { EventSelectors: [{}] },
      },
    };
    const { findings } = await check(settings, {
      clients: (credentials) => () =>
        fakeClients(
          credentials === undefined
            ? own
            : credentials.accessKeyId === "111122223333"
              ? management
              : { cloudTrail: described },
        ),
    });
    const trails = findings.filter(({ check: id }) => id === "trail");
    expect(trails.map(({ account, region, detail }) => [account, region, detail])).to.deep.equal(
      [security, member].flatMap((account) =>
        ["us-east-1", "eu-west-1"].map((region) => [
          account,
          region,
          "trail all logs management events that write",
        ]),
      ),
    );
    expect(findings.filter(({ check: id }) => id === "account").map(brief)).to.deep.equal([
      `${security} account  ok`,
      "111122223333 account  ok",
      `${member} account  ok`,
    ]);
  });

  /** Runs the check of one account and gives the ARNs whose calls IAM was to simulate. */
  async function simulated(account: string, caller: string, existing: readonly string[]) {
    const asked: string[] = [];
    const absent = new AwsError("NoSuchEntityException", "The role cannot be found.");
    const GetRole = ({ RoleName }: { RoleName: string }) =>
      existing.includes(RoleName) || !memberRoles.some(({ name }) => name === RoleName)
        ? {
            Role: {
              Arn: `arn:aws:iam::${account}:role/some/path/${RoleName}`,
              Path: "/some/path/",
              AssumeRolePolicyDocument: encodeURIComponent(
                JSON.stringify(
                  trustPolicy(
                    memberRoles.find(({ name }) => name === RoleName) ?? memberRoles[0]!,
                    {
                      ...settings,
                    },
                  ),
                ),
              ),
            },
          }
        : absent;
    await check(
      { ...settings, rolePath: "/some/path/" },
      {
        accounts: [account],
        clients: answering({
          sts: {
            GetCallerIdentity: { Arn: caller, Account: security },
            AssumeRole: { Credentials: {} },
          },
          iam: {
            GetRole,
            SimulatePrincipalPolicy: ({ PolicySourceArn }: { PolicySourceArn: string }) => {
              asked.push(PolicySourceArn);
              return {};
            },
          },
          ec2: {
            DescribeRegions: {
              Regions: [{ RegionName: "us-east-1", OptInStatus: "opt-in-not-required" }],
            },
          },
        }),
      },
    );
    return asked;
  }

  it("has the calls of Cordon's role simulated, and before there is one those of who will make it", async () => {
    const [role] = memberRoles;
    const name = role?.name ?? "";
    const session = `arn:aws:sts::${security}:assumed-role/Ops/ann`;
    expect(await simulated(member, session, [name])).to.deep.equal([
      `arn:aws:iam::${member}:role/some/path/${name}`,
    ]);
    expect(await simulated(member, session, [])).to.deep.equal([
      `arn:aws:iam::${member}:role/some/path/cordon-deploy`,
    ]);
    expect(await simulated(security, session, [])).to.deep.equal([
      `arn:aws:iam::${security}:role/some/path/Ops`,
    ]);
    expect(await simulated(security, `arn:aws:iam::${security}:user/ann`, [])).to.deep.equal([
      `arn:aws:iam::${security}:user/ann`,
    ]);
  });

  it("opens sessions in eight accounts at a time", async () => {
    const memberAccounts = Array.from({ length: 30 }, (_, index) => String(200000000000 + index));
    let now = 0;
    let most = 0;
    const AssumeRole = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      return new AwsError("AccessDenied", "not authorized");
    };
    const { findings } = await check(
      { ...settings, memberAccounts },
      { clients: answering({ sts: { GetCallerIdentity: identity, AssumeRole } }) },
    );
    // One of the eight is the security account itself, which needs no session.
    expect(most).to.be.within(7, 8);
    expect(
      findings.filter(({ check: id, state }) => id === "deployment-role" && state === "fail"),
    ).to.have.length(31);
  });

  it("retries a throttled call, and reports continued throttling", async () => {
    let calls = 0;
    const server = createServer((_request, response) => {
      calls += 1;
      const throttled = calls === 1;
      response.writeHead(throttled ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(
        JSON.stringify(
          throttled
            ? { __type: "TooManyRequestsException", message: "Rate exceeded" }
            : { Accounts: [{ Id: member }] },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    class Redirected extends NodeHttpHandler {
      override handle(...[request, options]: Parameters<NodeHttpHandler["handle"]>) {
        Object.assign(request, { protocol: "http:", hostname: "127.0.0.1", port });
        return super.handle(request, options);
      }
    }
    try {
      const credentials = { accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "t" };
      const clients = clientsOf({ credentials, requestHandler: new Redirected() });
      expect((await listAccounts(clients("us-east-1"))).map(({ Id }) => Id)).to.deep.equal([
        member,
      ]);
      expect(calls).to.equal(2);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    const ListAccounts = new AwsError("TooManyRequestsException", "Rate exceeded");
    const [finding] = await judge("account", { account: member }, async () => {
      await listAccounts(fakeClients({ organizations: { ListAccounts } }));
      return [];
    });
    expect(finding).to.include({
      state: "unknown",
      detail: "AWS throttled organizations:ListAccounts, several times over",
      todo: "Run the check again, or of fewer accounts with --account.",
    });
  });
});

describe("the preflight's table", () => {
  /** Without colours, which depend on the terminal and on whether this runs in CI. */
  const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);
  const finding = (account: string, id: Finding["check"], region?: string): Finding => ({
    check: id,
    account,
    ...(region !== undefined && { region }),
    state: "ok",
    detail: "fine",
  });
  const report = {
    findings: [
      finding(security, "credentials"),
      {
        ...finding(security, "trail", "us-east-1"),
        state: "fail",
        detail: "none",
        todo: "Make one.",
      },
      {
        ...finding(security, "trail", "eu-west-1"),
        state: "fail",
        detail: "none",
        todo: "Make one.",
      },
      finding(security, "recorder", "us-east-1"),
      finding(member, "account"),
      finding(member, "trail", "us-east-1"),
    ] as readonly Finding[],
    uncontainable: { [member]: ["account", "dry-run"] },
    unproven: { [security]: ["region"] },
  } as const;

  it("is one line for an account in which all is ok, and lists the rest with what to do", () => {
    expect(plain(tableOf(report, settings))).to.deep.equal([
      "account       check        region                result   detail, and what to do",
      "555566667777  credentials                        ok       fine",
      "              trail        us-east-1, eu-west-1  fail     none",
      "                                                          → Make one.",
      "              recorder     us-east-1             ok       fine",
      "888899990000  everything                         ok       2 findings, each of them ok",
    ]);
  });

  it("is all of it on request, and ends with counts and the accounts in doubt", () => {
    expect(plain(tableOf(report, settings, { all: true })).slice(-2)).to.deep.equal([
      "888899990000  account                            ok       fine",
      "              trail        us-east-1             ok       fine",
    ]);
    expect(summaryOf(report)).to.deep.equal([
      "4 ok, 0 to consider, 2 failed, 0 unknown",
      "",
      "Uncontainable:",
      "  888899990000: account, dry-run",
      "",
      "Containment not verified:",
      "  555566667777: region",
    ]);
  });
});
