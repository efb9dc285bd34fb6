/**
 * Asks IAM, by an evaluator that is not ours, whether what the identity playbooks call is permitted,
 * and whether anything else is.
 */
import { expect } from "chai";
import { memberRoleStatements, memberRoles } from "../../../functions/iam/member-roles";
import type { Incident } from "../../../functions/model/incident";
import type { OtherCredential } from "../../../functions/model/member-account";
import { merge, policyDocument } from "../../../functions/model/policy-document";
import type { Statement } from "../../../functions/model/statement";
import { readerOf } from "../../../functions/remediate/facts";
import { allSteps } from "../../../functions/remediate/plan";
import type { Step } from "../../../functions/remediate/steps";
import { kindOf } from "../../../functions/remediate/steps";
import { excess } from "../../../policies/statements";
import * as builders from "../../support/builders";
import { type AccountState, type LoggedCall, MemoryAccount } from "../../support/memory-account";
import { responses } from "../../support/responses";
import { allowed } from "../../support/simulate";
import { SimulatedWorld } from "../../support/simulated-world";

const { account, denyAllArn } = builders;
const limits = `arn:aws:iam::${account}:policy/limits`;
const ownDeny = `arn:aws:iam::${account}:policy/cordon/Cordon-x`;
const breakGlass = { breakGlassRoles: ["break-glass/*"], breakGlassUsers: ["rescue", "admins/*"] };
const untouched = { ...builders.policy().ownRoles, ...breakGlass };
const now = new Date("2026-11-20T12:00:00.000Z");
type Duty = "contain" | "release";

const statementsOf = (duty: Duty) => {
  const role = memberRoles.find((each) => each.family === "identity" && each.duty === duty)!;
  return memberRoleStatements(role, account, untouched);
};
const user = (path: string) => `arn:aws:iam::${account}:user/${path}`;
const role = (path: string) => `arn:aws:iam::${account}:role/${path}`;

interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

function ask(duty: Duty, call: Call, session?: readonly Statement[]): Promise<boolean> {
  return allowed({
    principal: `arn:aws:sts::${account}:assumed-role/cordon-${duty}-identity/cordon-x`,
    identity: [policyDocument(statementsOf(duty))],
    account,
    ...call,
    ...(session && { session: policyDocument(merge(session)) }),
  });
}

/** The name with the longest path that IAM takes: 512 characters. */
const longPath = `${"p".repeat(510)}/`;
const longName = "n".repeat(64);

function longNames(): AccountState {
  const state = builders.identityAccount();
  return {
    ...state,
    users: {
      [longName]: {
        ...builders.fullUser(`arn:aws:iam::${account}:policy/${"q".repeat(510)}/${"b".repeat(128)}`)
          .users.deploy!,
        arn: user(`${longPath}${longName}`),
      },
    },
    roles: { [longName]: { ...state.roles.analyst!, arn: role(`${longPath}${longName}`) } },
  };
}
const longUser = builders.userIncident();
const longRole = builders.roleIncident(
  {},
  { id: longName, session: "s".repeat(64), key: builders.roleKey },
);

const answers: readonly (readonly [string, () => AccountState, Incident])[] = [
  ...responses
    .filter(({ incident }) => ["role", "user"].includes(incident.resource.kind))
    .map(({ name, make, incident }) => [name, make, incident] as const),
  [
    "a user of the longest name, path and boundary",
    longNames,
    { ...longUser, resource: { ...longUser.resource, id: longName } } as Incident,
  ],
  ["a role of the longest name and path", longNames, longRole],
];

/** The steps of an answer, as a dry run records them. */
async function stepsOf(make: () => AccountState, incident: Incident): Promise<readonly Step[]> {
  const world = new SimulatedWorld(make());
  await world.answer(incident, { policy: { mode: "dry-run" } });
  const [item] = Object.values(world.items);
  if (item === undefined) throw new Error("no plan", { cause: world.notices });
  return allSteps(item.record.plan);
}

for (const [name, make, incident] of answers) {
  describe(`the sessions that answer ${name} [P5] [C5] [C8]`, () => {
    it("permit every call of their step and its release, and the same on nothing else", async () => {
      const log: LoggedCall[] = [];
      const memory = new MemoryAccount(make(), log);
      for (const step of await stepsOf(make, incident)) {
        const kind = kindOf(step.kind);
        const { undo } = kind;
        if (undo === "keep") throw new Error(`${step.kind} is never undone`);
        const works: readonly [Duty, readonly Statement[], () => Promise<void>][] = [
          ["contain", kind.permissions(step, builders.place), () => kind.apply(step, memory)],
          ["release", kind.undoPermissions(step, builders.place), () => undo(step, memory, now)],
        ];
        for (const [duty, session, work] of works) {
          log.length = 0;
          await kind.inspect(step, memory);
          await work();
          expect(log.some((call) => call.mutating)).to.equal(true);
          for (const call of log.flatMap((logged) => callsOf(logged, make()))) {
            expect(await ask(duty, call, session), JSON.stringify(call)).to.equal(true);
            const elsewhere = { ...call, resource: `${call.resource}-2` };
            expect(await ask(duty, elsewhere, session), JSON.stringify(elsewhere)).to.equal(false);
          }
        }
      }
    });

    it("permit the facts and nothing but reading", async () => {
      const log: LoggedCall[] = [];
      const reader = readerOf(incident.resource.kind);
      await reader.read(incident, new MemoryAccount(make(), log), builders.patient);
      for (const call of log.flatMap((logged) => callsOf(logged, make()))) {
        expect(await ask("contain", call, reader.permissions()), call.action).to.equal(true);
      }
      const actions = reader.permissions().flatMap((statement) => statement.actions);
      expect(actions.filter((action) => !/^iam:(Get|List)/.test(action))).to.deep.equal([]);
    });

    it("lie within the deployed roles, and within the 2,048 characters of a session", async () => {
      for (const step of await stepsOf(make, incident)) {
        const { permissions, undoPermissions } = kindOf(step.kind);
        for (const [duty, statements] of [
          ["contain", permissions(step, builders.place)],
          ["release", undoPermissions(step, builders.place)],
        ] as const) {
          const policy = policyDocument(merge(statements));
          expect(JSON.stringify(policy).length, step.kind).to.be.at.most(2_048);
          const beyond = policy.Statement.flatMap((statement) =>
            // The comparison takes values literally: the patterns in the role admit every boundary, and
            // every policy of Cordon's.
            excess(
              JSON.parse(
                JSON.stringify(statement)
                  .replace(
                    /("ArnLike":\{"iam:PermissionsBoundary":)"[^"]+"/,
                    '$1"arn:aws:iam::*:policy/*"',
                  )
                  .replace(
                    /("ArnLike":\{"iam:PolicyARN":)"arn:aws:iam::222233334444:policy\/cordon\/Cordon-[^"]+"/,
                    '$1"arn:aws:iam::*:policy/cordon/*"',
                  ),
              ),
              statementsOf(duty),
            ),
          );
          expect(beyond, step.kind).to.deep.equal([]);
        }
      }
    });
  });
}

describe("the identity roles [P5] [C8]", () => {
  const attach = (policy: string, name = "ci/deploy"): Call => ({
    action: "iam:AttachUserPolicy",
    resource: user(name),
    context: { "iam:PolicyARN": policy },
  });
  const bound = (verb: "Put" | "Delete", boundary?: string): Call => ({
    action: `iam:${verb}UserPermissionsBoundary`,
    resource: user("ci/deploy"),
    ...(boundary !== undefined && { context: { "iam:PermissionsBoundary": boundary } }),
  });
  const tag = (action: string, resource: string, ...keys: string[]): Call => ({
    action,
    resource,
    context: { "aws:TagKeys": keys },
  });
  const on = (action: string, resource: string): Call => ({ action, resource });

  const rows: readonly (readonly [Duty, boolean, string, Call])[] = [
    ["contain", true, "attaches AWSDenyAll", attach(denyAllArn)],
    [
      "contain",
      false,
      "attaches administration",
      attach("arn:aws:iam::aws:policy/AdministratorAccess"),
    ],
    [
      "contain",
      false,
      "attaches a policy that the account calls AWSDenyAll",
      attach(`arn:aws:iam::${account}:policy/AWSDenyAll`),
    ],
    ["contain", false, "attaches to a break-glass user", attach(denyAllArn, "rescue")],
    ["contain", false, "attaches to a break-glass path", attach(denyAllArn, "admins/eve")],
    [
      "contain",
      false,
      "attaches to roles",
      { ...attach(denyAllArn), action: "iam:AttachRolePolicy", resource: role("analyst") },
    ],
    ...(
      [
        ["contain", "iam:AttachRolePolicy"],
        ["release", "iam:DetachRolePolicy"],
      ] as const
    ).flatMap(([duty, action]): (readonly [Duty, boolean, string, Call])[] => {
      const other = duty === "contain" ? "release" : "contain";
      const call = { ...attach(ownDeny), action, resource: role("analyst") };
      return [
        [duty, true, `${action} of a policy of Cordon's own`, call],
        [other, false, `${action} of a policy of Cordon's own`, call],
        [duty, false, `${action} of another`, { ...call, context: { "iam:PolicyARN": limits } }],
        [
          duty,
          false,
          `${action} on break-glass`,
          { ...call, resource: role("break-glass/rescue") },
        ],
      ];
    }),
    ...["CreatePolicy", "CreatePolicyVersion"].flatMap(
      (action): (readonly [Duty, boolean, string, Call])[] => [
        ["contain", true, `${action} of Cordon's own`, on(`iam:${action}`, ownDeny)],
        ["contain", false, `${action} of another`, on(`iam:${action}`, limits)],
        ["release", false, `${action} of Cordon's own`, on(`iam:${action}`, ownDeny)],
      ],
    ),
    ...["DeletePolicy", "DeletePolicyVersion"].flatMap(
      (action): (readonly [Duty, boolean, string, Call])[] => [
        ["release", true, `${action} of Cordon's own`, on(`iam:${action}`, ownDeny)],
        ["release", false, `${action} of another`, on(`iam:${action}`, limits)],
        ["contain", false, `${action} of Cordon's own`, on(`iam:${action}`, ownDeny)],
      ],
    ),
    ["contain", false, "chooses a version", on("iam:SetDefaultPolicyVersion", ownDeny)],
    ["contain", true, "sets AWSDenyAll as the boundary", bound("Put", denyAllArn)],
    ["contain", false, "sets another boundary", bound("Put", limits)],
    ["contain", false, "takes a boundary away", bound("Delete", denyAllArn)],
    [
      "contain",
      true,
      "detaches AWSDenyAll from a user whom it never marked",
      { ...attach(denyAllArn), action: "iam:DetachUserPolicy" },
    ],
    ...["Quarantined", "Restored"].map((status): readonly [Duty, boolean, string, Call] => [
      "contain",
      false,
      `detaches AWSDenyAll from a user who is marked ${status}`,
      {
        ...attach(denyAllArn),
        action: "iam:DetachUserPolicy",
        context: { "iam:PolicyARN": denyAllArn, "aws:ResourceTag/SecurityStatus": status },
      },
    ]),
    [
      "contain",
      false,
      "detaches another policy",
      { ...attach(limits), action: "iam:DetachUserPolicy" },
    ],
    ["contain", false, "takes inline policies away", on("iam:DeleteUserPolicy", user("ci/deploy"))],
    ["contain", false, "takes a role's policies away", on("iam:DeleteRolePolicy", role("analyst"))],
    [
      "contain",
      false,
      "reactivates a break-glass user's key",
      on("iam:UpdateAccessKey", user("rescue")),
    ],
    [
      "contain",
      false,
      "writes a break-glass user's policy",
      on("iam:PutUserPolicy", user("admins/eve")),
    ],
    [
      "contain",
      true,
      "reads a break-glass user, to say what it is",
      on("iam:GetUser", user("rescue")),
    ],
    ["contain", false, "deletes keys", on("iam:DeleteAccessKey", user("ci/deploy"))],
    ["contain", false, "creates keys", on("iam:CreateAccessKey", user("ci/deploy"))],
    ["contain", false, "creates users", on("iam:CreateUser", user("intruder"))],
    ["contain", false, "deletes users", on("iam:DeleteUser", user("ci/deploy"))],
    ["contain", false, "gives a password", on("iam:CreateLoginProfile", user("ci/deploy"))],
    ["contain", false, "changes a trust policy", on("iam:UpdateAssumeRolePolicy", role("analyst"))],
    ["contain", false, "passes a role", on("iam:PassRole", role("analyst"))],
    ["contain", false, "assumes a role", on("sts:AssumeRole", role("analyst"))],
    ["contain", true, "writes a role's policy", on("iam:PutRolePolicy", role("service/web"))],
    ...[
      "cordon-contain-identity",
      "cordon-release-instance",
      "break-glass/rescue",
      "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    ].flatMap((name): (readonly [Duty, boolean, string, Call])[] => [
      ["contain", false, `writes the policy of ${name}`, on("iam:PutRolePolicy", role(name))],
      ["contain", false, `tags ${name}`, tag("iam:TagRole", role(name), "SecurityStatus")],
      [
        "release",
        false,
        `takes the policy of ${name} away`,
        on("iam:DeleteRolePolicy", role(name)),
      ],
      ["release", false, `untags ${name}`, tag("iam:UntagRole", role(name), "QuarantinedAt")],
    ]),
    [
      "contain",
      true,
      "tags a user as contained",
      tag("iam:TagUser", user("ci/deploy"), "SecurityStatus"),
    ],
    [
      "contain",
      false,
      "tags a user with what decides over access",
      tag("iam:TagUser", user("ci/deploy"), "SecurityStatus", "team"),
    ],
    ["contain", false, "opts a user out", tag("iam:TagUser", user("ci/deploy"), "AutoRemediation")],
    ["contain", false, "untags", tag("iam:UntagUser", user("ci/deploy"), "SecurityStatus")],
    ["release", false, "attaches AWSDenyAll", attach(denyAllArn)],
    [
      "release",
      true,
      "detaches AWSDenyAll",
      { ...attach(denyAllArn), action: "iam:DetachUserPolicy" },
    ],
    [
      "release",
      false,
      "detaches another policy",
      { ...attach(limits), action: "iam:DetachUserPolicy" },
    ],
    [
      "release",
      false,
      "detaches from a break-glass user",
      { ...attach(denyAllArn, "rescue"), action: "iam:DetachUserPolicy" },
    ],
    ["release", false, "writes inline policies", on("iam:PutUserPolicy", user("ci/deploy"))],
    ["release", false, "writes a role's policy", on("iam:PutRolePolicy", role("analyst"))],
    ["release", true, "puts an earlier boundary back", bound("Put", limits)],
    ["release", true, "takes AWSDenyAll as the boundary away", bound("Delete", denyAllArn)],
    ["release", false, "takes any other boundary away", bound("Delete", limits)],
    ["release", false, "takes away a boundary that is not named", bound("Delete")],
    ["release", false, "deletes keys", on("iam:DeleteAccessKey", user("ci/deploy"))],
    ["release", false, "creates keys", on("iam:CreateAccessKey", user("ci/deploy"))],
    [
      "release",
      false,
      "untags what is not Cordon's",
      tag("iam:UntagUser", user("ci/deploy"), "team"),
    ],
    ["release", false, "untags without saying what", on("iam:UntagUser", user("ci/deploy"))],
    [
      "release",
      false,
      "reactivates a break-glass user's key",
      on("iam:UpdateAccessKey", user("rescue")),
    ],
  ];
  for (const [duty, may, what, call] of rows) {
    it(`to ${duty} ${may ? "may" : "never"}: ${what}`, async () => {
      expect(await ask(duty, call)).to.equal(may);
    });
  }

  it("takes back in a session only the boundary that stood before", async () => {
    for (const [earlier, refused] of [
      [limits, denyAllArn],
      [limits, "arn:aws:iam::aws:policy/AdministratorAccess"],
    ] as const) {
      const step = {
        kind: "deny-user",
        user: { name: "deploy", arn: builders.userArn },
        policy: "Cordon-x",
        boundary: earlier,
      } as const;
      const session = kindOf("deny-user").undoPermissions(step, builders.place);
      expect(await ask("release", bound("Put", earlier), session)).to.equal(true);
      expect(await ask("release", bound("Put", refused), session)).to.equal(false);
      expect(await ask("release", bound("Delete", denyAllArn), session)).to.equal(false);
    }
  });

  const changes = (duty: Duty, effect?: "Deny") =>
    statementsOf(duty)
      .filter((statement) => statement.effect === effect)
      .flatMap((statement) => statement.actions)
      .filter((action) => !/^iam:(Get|List)/.test(action));

  it("have nothing in common that gives or takes access, but a key's status, a boundary and an unmarked deny", () => {
    const release = changes("release");
    expect(
      changes("contain")
        .filter((action) => release.includes(action))
        .sort(),
    ).to.deep.equal([
      // Of a containment only off a user who bears no mark, as the rows above show.
      "iam:DetachUserPolicy",
      // The two name different boundaries, as the rows above show.
      "iam:PutUserPermissionsBoundary",
      "iam:TagRole",
      "iam:TagUser",
      "iam:UpdateAccessKey",
    ]);
  });

  it("are denied on every way back in whatever they may change elsewhere", () => {
    for (const duty of ["contain", "release"] as const) {
      // Policies of Cordon's own are nobody's way back in.
      const onPrincipals = changes(duty).filter((action) => !/:[A-Z][a-z]+Policy/.test(action));
      expect(changes(duty, "Deny")).to.include.members(onPrincipals);
    }
  });
});

/** What the adapter calls for a call of the account, and what IAM knows of it. */
function callsOf({ method, args }: LoggedCall, { users, roles }: AccountState): readonly Call[] {
  const userArn = users[String(args[0])]?.arn ?? "";
  const roleArn = roles[String(args[0])]?.arn ?? "";
  const principal = args[0] === "user" ? users[String(args[1])]?.arn : roles[String(args[1])]?.arn;
  const ofPrincipal = (verb: string, keys: readonly string[]): Call => ({
    action: `iam:${verb}${args[0] === "user" ? "User" : "Role"}`,
    resource: principal ?? "",
    context: { "aws:TagKeys": [...keys] },
  });
  const policy = { "iam:PolicyARN": String(args[1]) };
  const onPolicy = (arn: unknown, ...actions: readonly string[]): readonly Call[] =>
    actions.map((action) => ({ action: `iam:${action}`, resource: String(arn) }));
  const calls: Record<string, () => Call | readonly Call[]> = {
    "identity.user": () => ({ action: "iam:GetUser", resource: userArn }),
    "identity.accessKeys": () => ({ action: "iam:ListAccessKeys", resource: userArn }),
    "identity.ownerOfKey": () => ({ action: "iam:GetAccessKeyLastUsed", resource: userArn }),
    "identity.otherCredentials": () => ({
      action: {
        "console password": "iam:GetLoginProfile",
        "MFA device": "iam:ListMFADevices",
        "SSH public key": "iam:ListSSHPublicKeys",
        "signing certificate": "iam:ListSigningCertificates",
        "service-specific credential": "iam:ListServiceSpecificCredentials",
      }[args[1] as OtherCredential],
      resource: userArn,
    }),
    "identity.setKeyActive": () => ({ action: "iam:UpdateAccessKey", resource: userArn }),
    "identity.attachedPolicies": () => ({
      action: "iam:ListAttachedUserPolicies",
      resource: userArn,
    }),
    "identity.attachPolicy": () => ({
      action: "iam:AttachUserPolicy",
      resource: userArn,
      context: policy,
    }),
    "identity.detachPolicy": () => ({
      action: "iam:DetachUserPolicy",
      resource: userArn,
      context: policy,
    }),
    "identity.inlinePolicies": () => ({
      action: args[0] === "user" ? "iam:ListUserPolicies" : "iam:ListRolePolicies",
      resource: principal ?? "",
    }),
    "identity.userPolicy": () => ({ action: "iam:GetUserPolicy", resource: userArn }),
    "identity.putUserPolicy": () => ({ action: "iam:PutUserPolicy", resource: userArn }),
    "identity.deleteUserPolicy": () => ({ action: "iam:DeleteUserPolicy", resource: userArn }),
    "identity.setBoundary": () =>
      args[1] === null
        ? {
            action: "iam:DeleteUserPermissionsBoundary",
            resource: userArn,
            // The current boundary, which containment has set.
            context: { "iam:PermissionsBoundary": denyAllArn },
          }
        : {
            action: "iam:PutUserPermissionsBoundary",
            resource: userArn,
            context: { "iam:PermissionsBoundary": String(args[1]) },
          },
    "identity.role": () => ({ action: "iam:GetRole", resource: roleArn }),
    "identity.rolePolicy": () => ({ action: "iam:GetRolePolicy", resource: roleArn }),
    "identity.putRolePolicy": () => ({ action: "iam:PutRolePolicy", resource: roleArn }),
    "identity.deleteRolePolicy": () => ({ action: "iam:DeleteRolePolicy", resource: roleArn }),
    "identity.attachedRolePolicies": () => ({
      action: "iam:ListAttachedRolePolicies",
      resource: roleArn,
    }),
    "identity.attachRolePolicy": () => ({
      action: "iam:AttachRolePolicy",
      resource: roleArn,
      context: policy,
    }),
    "identity.detachRolePolicy": () => ({
      action: "iam:DetachRolePolicy",
      resource: roleArn,
      context: policy,
    }),
    "identity.managedPolicy": () => onPolicy(args[0], "GetPolicy", "GetPolicyVersion"),
    "identity.createPolicy": () =>
      onPolicy(`arn:aws:iam::${builders.account}:policy${args[0]}${args[1]}`, "CreatePolicy"),
    "identity.replacePolicy": () => onPolicy(args[0], "CreatePolicyVersion"),
    "identity.deletePolicy": () =>
      onPolicy(args[0], "ListPolicyVersions", "DeletePolicyVersion", "DeletePolicy"),
    "identity.setPrincipalTags": () => ofPrincipal("Tag", Object.keys(args[2] as object)),
    "identity.removePrincipalTags": () => ofPrincipal("Untag", args[2] as string[]),
  };
  const call = calls[method];
  if (call === undefined) throw new Error(`${method} is not known here`);
  return [call()].flat();
}
