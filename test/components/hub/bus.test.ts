import { expect } from "chai";
import { HubBus } from "../../../components/hub/bus";
import { record } from "../../support/recorder";
import { allowed } from "../../support/simulate";

const security = "444455556666";
const member = "777788889999";
const stranger = "999900001111";
const organization = "o-exampleorgid";

/** Each source's events, with the account whose forwarders may send them: undefined for any. */
const sources = [
  { sid: "GuardDutyFindings", source: "aws.guardduty", type: "GuardDuty Finding", of: security },
  {
    sid: "SecurityHubActions",
    source: "aws.securityhub",
    type: "Security Hub Findings - Custom Action",
    of: security,
  },
  {
    sid: "ImportedFindings",
    source: "aws.securityhub",
    type: "Security Hub Findings - Imported",
    of: security,
  },
  {
    sid: "ImportedFindingsV2",
    source: "aws.securityhub",
    type: "Findings Imported V2",
    of: security,
  },
  {
    sid: "TrustedAdvisorItems",
    source: "aws.trustedadvisor",
    type: "Trusted Advisor Check Item Refresh Notification",
  },
  { sid: "HealthEvents", source: "aws.health", type: "AWS Health Event" },
  { sid: "Ec2Calls", source: "aws.ec2", type: "AWS API Call via CloudTrail" },
  { sid: "IamCalls", source: "aws.iam", type: "AWS API Call via CloudTrail" },
  { sid: "RootSignIns", source: "aws.signin", type: "AWS Console Sign In via CloudTrail" },
  { sid: "ComplianceChanges", source: "aws.config", type: "Config Rules Compliance Change" },
  { sid: "ExternalAccess", source: "aws.access-analyzer", type: "Access Analyzer Finding" },
  {
    sid: "FailedReports",
    source: "aws.ssm",
    type: "EC2 Automation Execution Status-change Notification",
  },
] as const satisfies readonly { sid: string; source: string; type: string; of?: string }[];

interface Call {
  readonly does: string;
  readonly principal: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

interface Sent {
  readonly account?: string;
  readonly role?: string;
  readonly organization?: string | null;
  readonly sources?: readonly string[];
  readonly types?: readonly string[];
}

/** A PutEvents call by a session of a role, in every way as a forwarder makes it but for one. */
function call(does: string, own: (typeof sources)[number], changes: Sent = {}): Call {
  const account = changes.account ?? ("of" in own ? own.of : member);
  const role = changes.role ?? "cordon-forward-events";
  const { organization: from = organization } = changes;
  const { sources: named = [own.source], types = [own.type] } = changes;
  return {
    does,
    principal: `arn:aws:sts::${account}:assumed-role/${role.split("/").at(-1)}/session`,
    context: {
      "aws:PrincipalArn": `arn:aws:iam::${account}:role/${role}`,
      ...(from !== null && { "aws:PrincipalOrgID": from }),
      ...(named.length > 0 && { "events:source": [...named] }),
      ...(types.length > 0 && { "events:detail-type": [...types] }),
    },
  };
}

describe("the hub's bus policy [P6]", () => {
  const bus = "arn:aws:events:us-east-1:444455556666:event-bus/cordon-hub";
  let policy: { readonly Statement: readonly Statement[] };
  before(async () => {
    const { named } = await record(
      () =>
        new HubBus("hub", {
          securityAccount: security,
          organizationId: organization,
          rolePath: "/",
        }),
    );
    policy = JSON.parse(named("hub-policy").inputs.policy.replaceAll("arn:hub-bus", bus));
  });

  const may = ({ principal, context }: Call, statements = policy.Statement) =>
    allowed({
      principal,
      // Within one account a policy of the caller's own would do, and hide what the bus's says.
      identity: principal.includes(`:${security}:`) ? [] : [everything],
      resourcePolicy: { Version: "2012-10-17", Statement: statements },
      action: "events:PutEvents",
      resource: bus,
      account: security,
      context,
    });

  const legitimate = sources.map((own) => call(`a forwarder's ${own.type}`, own));
  const attacks = sources.flatMap((own) => [
    call(`${own.source} by a member's administrator`, own, { account: member, role: "Admin" }),
    call(`${own.source} by a role under a path like the forwarders'`, own, {
      role: "mine/cordon-forward-events",
    }),
    call(`${own.source} by a forwarder of another organization`, own, {
      account: stranger,
      organization: "o-somebodyelse",
    }),
    call(`${own.source} by a forwarder of an account that has left the organization`, own, {
      organization: null,
    }),
    call(`${own.source} by the same role once its account has joined another organization`, own, {
      organization: "o-somebodyelse",
    }),
    call(`a made-up event beside one of ${own.source}`, own, {
      sources: [own.source, "shop.orders"],
    }),
    call(`another source under the type of ${own.source}`, own, { sources: ["shop.orders"] }),
    call(`another type of ${own.source}`, own, {
      types: ["EC2 Spot Instance Interruption Warning"],
    }),
    call(`two types of ${own.source}, one of them wrong`, own, {
      types: [own.type, "EC2 Spot Instance Interruption Warning"],
    }),
    call(`${own.source} without a type`, own, { types: [] }),
    call(`the type of ${own.source} without a source`, own, { sources: [] }),
    ...("of" in own
      ? [call(`${own.source} by a forwarder of a member`, own, { account: member })]
      : []),
  ]);

  for (const [index, { does }] of legitimate.entries()) {
    it(`admits ${does}`, async () => {
      expect(await may(legitimate[index]!)).to.equal(true);
    });
  }
  for (const attack of attacks) {
    it(`refuses ${attack.does}`, async () => {
      expect(await may(attack)).to.equal(false);
    });
  }

  it("refuses every unknown principal, whatever it sends", async () => {
    for (const { source, type } of sources) {
      const anonymous = {
        does: "",
        principal: `arn:aws:iam::${stranger}:user/nobody`,
        context: { "events:source": [source], "events:detail-type": [type] },
      };
      expect(await may(anonymous), source).to.equal(false);
    }
  });

  it("refuses every other action", async () => {
    for (const action of ["events:PutRule", "events:PutPermission", "events:DeleteEventBus"]) {
      const granted = policy.Statement.some((one) => [one.Action].flat().includes(action));
      expect(granted, action).to.equal(false);
    }
    expect(policy.Statement.map(({ Action }) => Action)).to.deep.equal(
      sources.map(() => "events:PutEvents"),
    );
  });

  for (const own of sources) {
    it(`needs the statement ${own.sid}: without it a forwarder is refused`, async () => {
      const rest = policy.Statement.filter(({ Sid }) => Sid !== own.sid);
      expect(rest).to.have.length(policy.Statement.length - 1);
      expect(await Promise.all(legitimate.map((each) => may(each, rest)))).to.include(false);
    });

    for (const [operator, keys] of [
      ["ArnLike", ["aws:PrincipalArn"]],
      ["StringEquals", ["aws:PrincipalOrgID"]],
      ["ForAllValues:StringEquals", ["events:source", "events:detail-type"]],
      ["Null", ["events:source", "events:detail-type"]],
    ] as const) {
      for (const key of keys) {
        it(`needs ${operator} of ${key} in ${own.sid}: without it an attack goes through`, async () => {
          const loosened = policy.Statement.map((statement) =>
            statement.Sid === own.sid ? without(statement, operator, key) : statement,
          );
          expect(await Promise.all(attacks.map((each) => may(each, loosened)))).to.include(true);
        });
      }
    }
  }

  it("has no statement that is not tried here", () => {
    expect(policy.Statement.map(({ Sid }) => Sid)).to.deep.equal(sources.map(({ sid }) => sid));
  });
});

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

function without(statement: Statement, operator: string, key: string): Statement {
  const { [key]: removed, ...rest } = statement.Condition[operator] ?? {};
  expect(removed, `${operator} ${key}`).to.not.equal(undefined);
  const { [operator]: _, ...others } = statement.Condition;
  return {
    ...statement,
    Condition: Object.keys(rest).length === 0 ? others : { ...others, [operator]: rest },
  };
}
