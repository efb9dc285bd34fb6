import { expect } from "chai";
import { dryRun, serviceControlPolicies } from "../../../cli/check/control-policies";
import { judge } from "../../../cli/check/finding";
import { groupQuota, recorder, ruleQuota, trail } from "../../../cli/check/region";
import { AwsError } from "../../support/aws-error";
import { type Answer, type Answers, fakeClients } from "../../support/check/fake-clients";
import { member } from "../../support/check/settings";

const place = { account: member, region: "eu-west-1" };

describe("the preflight's look at a region's trail", () => {
  const multi = {
    Name: "all",
    TrailARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
    HomeRegion: "us-east-1",
    IsMultiRegionTrail: true,
  };
  const local = {
    Name: "local",
    TrailARN: "arn:aws:cloudtrail:eu-west-1:888899990000:trail/local",
    HomeRegion: "eu-west-1",
    IsMultiRegionTrail: false,
  };
  const everything = { EventSelectors: [{ ReadWriteType: "All", IncludeManagementEvents: true }] };

  /** CloudTrail's answers; the account and region that were asked precede the name of a trail. */
  function asked(
    trailList: readonly object[],
    selectors: Answer = everything,
    IsLogging = true,
    log: string[] = [],
    closed = "",
    region = "eu-west-1",
  ) {
    const ownerOf = (account: string) => (home: string) =>
      fakeClients({
        cloudTrail: {
          GetTrailStatus: ({ Name }: { Name: string }) => {
            log.push(`${account} ${home} ${Name}`);
            return { IsLogging };
          },
          GetEventSelectors: selectors,
        },
      });
    return trail(
      fakeClients({ cloudTrail: { DescribeTrails: { trailList } } }),
      region,
      (account) => (account === closed ? undefined : ownerOf(account)),
    );
  }
  const lost = "a VPC made later gets its quarantine group only with the next sweep";

  it("takes a multi-region trail, asked about in its own account and region, by its ARN", async () => {
    const log: string[] = [];
    expect(await asked([multi], everything, true, log)).to.eql({
      state: "ok",
      detail: "trail all logs management events that write",
    });
    expect(log).to.eql([
      "111122223333 us-east-1 arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
    ]);
  });

  it("asks about the organization's trail once for all accounts and regions", async () => {
    const known = new Map();
    let calls = 0;
    const owner = () =>
      fakeClients({
        cloudTrail: {
          GetTrailStatus: () => {
            calls += 1;
            return { IsLogging: true };
          },
          GetEventSelectors: everything,
        },
      });
    const here = fakeClients({ cloudTrail: { DescribeTrails: { trailList: [multi] } } });
    for (const region of ["us-east-1", "eu-west-1", "eu-west-1"]) {
      expect((await trail(here, region, () => owner, known)).state).to.equal("ok");
    }
    expect(calls).to.equal(1);
  });

  it("is unknown where no session opens in the trail's account", async () => {
    const [finding] = await judge("trail", place, () =>
      asked([multi], everything, true, [], "111122223333"),
    );
    expect(finding?.state).to.equal("unknown");
    expect(finding?.detail).to.equal(
      "cloudtrail:GetEventSelectors failed with Error: the trail is in 111122223333, in which the check cannot open a session",
    );
  });

  it("takes a trail of this region, and none of another", async () => {
    expect((await asked([local])).state).to.equal("ok");
    expect(await asked([{ ...local, HomeRegion: "us-east-1" }])).to.eql({
      state: "fail",
      detail: `no trail: ${lost}`,
      todo: "Have a multi-region trail, best the organization's, log management events that write.",
    });
  });

  it("says of the home region what else nobody hears", async () => {
    const { detail } = await asked([], everything, true, [], "", "us-east-1");
    expect(detail).to.equal(
      `no trail: ${lost}, and neither root's sign-ins nor AWS's quarantine of a public key's user are heard`,
    );
  });

  it("fails where the trail is stopped", async () => {
    expect((await asked([multi], everything, false)).detail).to.equal(
      `trail all is stopped: ${lost}`,
    );
  });

  const basic = { ReadWriteType: "All", IncludeManagementEvents: true };
  const management = { Field: "eventCategory", Equals: ["Management"] };
  const cases: readonly (readonly [string, object, boolean])[] = [
    ["logs what AWS leaves to its defaults", { EventSelectors: [{}] }, true],
    ["logs writes alone", { EventSelectors: [{ ...basic, ReadWriteType: "WriteOnly" }] }, true],
    ["logs reads alone", { EventSelectors: [{ ...basic, ReadWriteType: "ReadOnly" }] }, false],
    ["logs data alone", { EventSelectors: [{ IncludeManagementEvents: false }] }, false],
    [
      "leaves out the calls to KMS",
      { EventSelectors: [{ ...basic, ExcludeManagementEventSources: ["kms.amazonaws.com"] }] },
      true,
    ],
    [
      "leaves out the calls to EC2",
      { EventSelectors: [{ ...basic, ExcludeManagementEventSources: ["ec2.amazonaws.com"] }] },
      false,
    ],
    ["logs nothing", {}, false],
    [
      "selects management events",
      { AdvancedEventSelectors: [{ FieldSelectors: [management] }] },
      true,
    ],
    [
      "selects management events that write",
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [management, { Field: "readOnly", Equals: ["false"] }] },
        ],
      },
      true,
    ],
    [
      "selects management events that read",
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [management, { Field: "readOnly", Equals: ["true"] }] },
        ],
      },
      false,
    ],
    [
      "selects management events but those of EC2",
      {
        AdvancedEventSelectors: [
          {
            FieldSelectors: [
              management,
              { Field: "eventSource", NotEquals: ["ec2.amazonaws.com"] },
            ],
          },
        ],
      },
      false,
    ],
    [
      "selects management events by name",
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [management, { Field: "eventName", Equals: ["RunInstances"] }] },
        ],
      },
      false,
    ],
    [
      "selects data events",
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] },
        ],
      },
      false,
    ],
  ];
  for (const [name, selectors, enough] of cases) {
    it(`finds a trail that ${name} ${enough ? "enough" : "not enough"}`, async () => {
      const { state, detail } = await asked([multi], selectors);
      expect(state).to.equal(enough ? "ok" : "fail");
      if (!enough) {
        expect(detail).to.equal(
          `trail all does not log EC2's management events that write: ${lost}`,
        );
      }
    });
  }

  it("stops at the first sufficient trail, and is unknown where none could be read", async () => {
    const refused = new AwsError("AccessDeniedException", "no");
    const selectors: Answer = ({ TrailName }: { TrailName: string }) =>
      TrailName === local.TrailARN ? everything : refused;
    expect((await asked([multi, local], selectors)).detail).to.equal(
      "trail local logs management events that write",
    );
    const [finding] = await judge("trail", place, () => asked([multi], refused));
    expect(finding).to.eql({
      check: "trail",
      account: "888899990000",
      region: "eu-west-1",
      state: "unknown",
      detail: "AWS refused cloudtrail:GetEventSelectors",
      todo: "Allow cloudtrail:GetEventSelectors to the role the check uses in 111122223333; docs/preflight.md has the policy.",
    });
  });
});

describe("the preflight's look at a region's recorder", () => {
  const running = { recording: true, lastStatus: "Success" };
  const all = { allSupported: true, includeGlobalResourceTypes: true };

  function asked(
    withUsers: boolean,
    recordingGroup: object | undefined,
    status: object | undefined = running,
  ) {
    return recorder(
      fakeClients({
        config: {
          DescribeConfigurationRecorders: {
            ConfigurationRecorders: recordingGroup === undefined ? [] : [{ recordingGroup }],
          },
          DescribeConfigurationRecorderStatus: {
            ConfigurationRecordersStatus: status === undefined ? [] : [status],
          },
        },
      }),
      withUsers,
    );
  }

  it("fails in the home region and warns elsewhere where nothing is recorded", async () => {
    expect(await asked(true, undefined, undefined)).to.eql({
      state: "fail",
      detail: "no recorder: key rotation reports nothing",
      todo: "Turn on AWS Config here.",
    });
    expect(await asked(false, undefined, undefined)).to.eql({
      state: "warn",
      detail: "no recorder: no posture rule is judged here",
      todo: "Turn on AWS Config here.",
    });
  });

  it("fails where the recorder is stopped or cannot deliver", async () => {
    expect(await asked(true, all, { recording: false })).to.eql({
      state: "fail",
      detail: "the recorder is stopped: key rotation reports nothing",
      todo: "Start the configuration recorder.",
    });
    const failing = { recording: true, lastStatus: "Failure", lastErrorCode: "NoSuchBucket" };
    expect(await asked(true, all, failing)).to.eql({
      state: "fail",
      detail: "the recorder fails with NoSuchBucket: key rotation reports nothing",
      todo: "Repair the recorder's role or its delivery channel.",
    });
  });

  const groups: readonly (readonly [string, object, boolean])[] = [
    ["everything and global types", all, true],
    [
      "everything but global types",
      { allSupported: true, includeGlobalResourceTypes: false },
      false,
    ],
    ["a list with users", { resourceTypes: ["AWS::EC2::VPC", "AWS::IAM::User"] }, true],
    ["a list without users", { resourceTypes: ["AWS::EC2::VPC"] }, false],
    [
      "everything but what is excluded, whatever it says of global types",
      {
        includeGlobalResourceTypes: false,
        recordingStrategy: { useOnly: "EXCLUSION_BY_RESOURCE_TYPES" },
        exclusionByResourceTypes: { resourceTypes: ["AWS::EC2::VPC"] },
      },
      true,
    ],
    [
      "everything but users",
      {
        includeGlobalResourceTypes: true,
        recordingStrategy: { useOnly: "EXCLUSION_BY_RESOURCE_TYPES" },
        exclusionByResourceTypes: { resourceTypes: ["AWS::IAM::User"] },
      },
      false,
    ],
  ];
  for (const [name, group, covered] of groups) {
    it(`finds IAM users ${covered ? "" : "not "}recorded by a recorder of ${name}`, async () => {
      expect(await asked(true, group)).to.eql(
        covered
          ? { state: "ok", detail: "records, IAM users among the rest" }
          : {
              state: "fail",
              detail: "the recorder leaves out AWS::IAM::User: key rotation reports nothing",
              todo: "Have the recorder include global resource types, or AWS::IAM::User.",
            },
      );
      expect(await asked(false, group)).to.eql({ state: "ok", detail: "records" });
    });
  }
});

describe("the preflight's look at a region's quotas", () => {
  it("counts security groups, VPCs to come and an untrack group, over all pages", async () => {
    const own = { OwnerId: member };
    const DescribeSecurityGroups: Answer = ({ NextToken }: { NextToken?: string }) =>
      NextToken === undefined
        ? { SecurityGroups: [own, own, own], NextToken: "more" }
        : { SecurityGroups: [own, { OwnerId: "999900001111" }] };
    const asked = (Value: number, deployed: boolean) =>
      groupQuota(
        fakeClients({
          ec2: {
            DescribeSecurityGroups,
            DescribeVpcs: { Vpcs: [{ VpcId: "vpc-1" }, { VpcId: "vpc-2" }] },
          },
          quotas: { GetServiceQuota: { Quota: { Value } } },
        }),
        member,
        deployed,
      );
    expect(await asked(7, false)).to.eql({ state: "ok", detail: "4 of 7 security groups" });
    expect(await asked(6, false)).to.eql({
      state: "fail",
      detail: "4 of 6 security groups, 3 more are needed",
      todo: "Delete unused groups, or have the quota of security groups (L-E79EC296) raised.",
    });
    expect((await asked(5, true)).state).to.equal("ok");
    expect((await asked(4, true)).detail).to.equal("4 of 4 security groups, 1 more are needed");
  });

  it("counts the rules of the default bus", async () => {
    const asked = (Value: number, deployed: boolean) =>
      ruleQuota(
        fakeClients({
          events: { ListRules: { Rules: [{}, {}] } },
          quotas: { GetServiceQuota: { Quota: { Value } } },
        }),
        deployed,
        5,
      );
    expect(await asked(7, false)).to.eql({ state: "ok", detail: "2 of 7 rules" });
    expect(await asked(6, false)).to.eql({
      state: "fail",
      detail: "2 of 6 rules, up to 5 more are needed",
      todo: "Delete unused rules, or have the quota of rules per bus (L-244521F2) raised.",
    });
    expect((await asked(2, true)).state).to.equal("ok");
  });
});

describe("the preflight's look at policies of the organization", () => {
  const question = {
    principal: "arn:aws:iam::888899990000:role/cordon-contain-instance",
    account: member,
    region: "eu-west-1",
    home: false,
  };
  interface Simulated {
    readonly ActionNames: readonly string[];
    readonly ContextEntries: readonly object[];
    readonly Marker?: string;
  }
  const allowed = (EvalActionName: string, AllowedByOrganizations = true) => ({
    EvalActionName,
    OrganizationsDecisionDetail: { AllowedByOrganizations },
  });

  it("simulates every action of the member roles with the region and the role", async () => {
    const calls: Simulated[] = [];
    const SimulatePrincipalPolicy: Answer = (input: Simulated) => {
      calls.push(input);
      const half = input.ActionNames.length / 2;
      return input.Marker === undefined
        ? {
            EvaluationResults: input.ActionNames.slice(0, half).map((name) => allowed(name)),
            IsTruncated: true,
            Marker: "rest",
          }
        : { EvaluationResults: input.ActionNames.slice(half).map((name) => allowed(name)) };
    };
    const clients = fakeClients({ iam: { SimulatePrincipalPolicy } });
    const verdict = await serviceControlPolicies(clients, question);
    expect(verdict.state).to.equal("ok");
    expect(verdict.detail).to.match(
      /^\d{2,3} actions of cordon-contain-instance are allowed by service control policies$/,
    );
    expect(calls).to.have.length(2);
    expect(calls[0]?.ActionNames).to.include("ec2:ModifyNetworkInterfaceAttribute");
    expect(calls[0]?.ActionNames.filter((name) => /^(iam|support):|\*/.test(name))).to.eql([]);
    expect(calls[0]?.ContextEntries).to.eql([
      {
        ContextKeyName: "aws:RequestedRegion",
        ContextKeyValues: ["eu-west-1"],
        ContextKeyType: "string",
      },
      {
        ContextKeyName: "aws:PrincipalArn",
        ContextKeyValues: ["arn:aws:iam::888899990000:role/cordon-contain-instance"],
        ContextKeyType: "string",
      },
    ]);
    await serviceControlPolicies(clients, { ...question, region: "us-east-1", home: true });
    expect(calls.at(-1)?.ActionNames).to.include.members(["iam:PutRolePolicy", "ec2:CreateTags"]);
  });

  it("names the actions that service control policies deny", async () => {
    const SimulatePrincipalPolicy: Answer = ({ ActionNames }: Simulated) => ({
      EvaluationResults: ActionNames.map((name) =>
        allowed(name, !["ec2:CreateSnapshots", "ec2:CreateTags"].includes(name)),
      ),
    });
    expect(
      await serviceControlPolicies(fakeClients({ iam: { SimulatePrincipalPolicy } }), question),
    ).to.eql({
      state: "fail",
      detail:
        "service control policies deny cordon-contain-instance ec2:CreateSnapshots, ec2:CreateTags",
      todo: "Exempt Cordon's roles (role/cordon-*) from the policy that denies them.",
    });
  });

  it("does not take silence about the organization for permission", async () => {
    const SimulatePrincipalPolicy: Answer = ({ ActionNames }: Simulated) => ({
      EvaluationResults: ActionNames.map((EvalActionName) =>
        EvalActionName === "ec2:CreateTags"
          ? { EvalActionName, EvalDecision: "allowed" }
          : allowed(EvalActionName),
      ),
    });
    const [finding] = await judge("control-policies", place, () =>
      serviceControlPolicies(fakeClients({ iam: { SimulatePrincipalPolicy } }), question),
    );
    expect(finding?.state).to.equal("unknown");
    expect(finding?.detail).to.equal(
      "iam:SimulatePrincipalPolicy failed with NoAnswer: IAM did not judge ec2:CreateTags by the organization's policies",
    );
  });

  const sentence =
    "You are not authorized to perform this operation. User: arn:aws:sts::888899990000:assumed-role/cordon-deploy/cordon-check is not authorized to perform: ec2:CreateSecurityGroup on resource: arn:aws:ec2:eu-west-1:888899990000:vpc/vpc-1";
  const trying = (answer: Answer, vpcs: readonly object[] = [{ VpcId: "vpc-1" }]) => {
    const ec2: NonNullable<Answers["ec2"]> = {
      DescribeVpcs: { Vpcs: vpcs },
      CreateSecurityGroup: answer,
    };
    return judge("dry-run", place, () => dryRun(fakeClients({ ec2 })));
  };

  it("has EC2 answer a dry run of a quarantine group, and never creates one", async () => {
    let asked: { DryRun?: boolean; VpcId?: string; TagSpecifications?: readonly object[] } = {};
    const [finding] = await trying((input: object) => {
      asked = input;
      return new AwsError("DryRunOperation", "Request would have succeeded");
    });
    expect([finding?.state, finding?.detail]).to.eql(["ok", "a quarantine group can be made"]);
    expect(asked.DryRun).to.equal(true);
    expect(asked.VpcId).to.equal("vpc-1");
    expect(asked.TagSpecifications).to.eql([
      { ResourceType: "security-group", Tags: [{ Key: "cordon", Value: "quarantine" }] },
    ]);
  });

  for (const [kind, clause] of [
    ["service control policy", "with an explicit deny in a service control policy"],
    [
      "service control policy",
      "because no service control policy allows the ec2:CreateSecurityGroup action",
    ],
    ["resource control policy", "with an explicit deny in a resource control policy"],
  ] as const) {
    it(`names the ${kind} that EC2 names: ${clause}`, async () => {
      const said = `${sentence} ${clause}. Encoded authorization failure message: XQ_jqde5`;
      const [finding] = await trying(new AwsError("UnauthorizedOperation", said));
      expect(finding).to.include({
        state: "fail",
        detail: `a ${kind} denies ec2:CreateSecurityGroup`,
        todo: "Exempt Cordon's roles (role/cordon-*) and its deployment from that policy.",
      });
    });
  }

  it("is unknown where only the asking role may not, and where there was no dry run", async () => {
    const said = `${sentence} because no identity-based policy allows the ec2:CreateSecurityGroup action`;
    const [refused] = await trying(new AwsError("UnauthorizedOperation", said));
    expect([refused?.state, refused?.detail]).to.eql([
      "unknown",
      "AWS refused ec2:CreateSecurityGroup",
    ]);
    const [made] = await trying({ GroupId: "sg-1" });
    expect(made?.state).to.equal("unknown");
    const [none] = await trying({}, []);
    expect([none?.state, none?.detail]).to.eql(["ok", "no VPC here to ask about"]);
  });

  it("says that a policy of the organization hinders the check itself", async () => {
    const said =
      "not authorized to perform: ec2:DescribeVpcs with an explicit deny in a service control policy";
    const DescribeVpcs = new AwsError("UnauthorizedOperation", said);
    const [finding] = await judge("dry-run", place, () =>
      dryRun(fakeClients({ ec2: { DescribeVpcs } })),
    );
    expect(finding).to.include({
      state: "unknown",
      detail: "a service control policy denies ec2:DescribeVpcs",
      todo: "Exempt the check's role from that policy, or have it allow ec2:DescribeVpcs.",
    });
  });
});
