import { expect } from "chai";
import { roleFacts } from "../../../functions/remediate/facts/role";
import { userFacts } from "../../../functions/remediate/facts/user";
import * as builders from "../../support/builders";
import { type AccountState, MemoryAccount } from "../../support/memory-account";

const { accessKey, spareKey, denyAllArn, userArn } = builders;
const ours = {
  Version: "2012-10-17",
  Statement: [{ Sid: "CordonAll", Effect: "Deny", Action: "*", Resource: "*" }],
};
const revoked = (moment: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "CordonIssuedBefore",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { DateLessThan: { "aws:TokenIssueTime": moment } },
    },
  ],
});

type User = AccountState["users"][string];

async function ofUser(user: Partial<User>, incident = builders.userIncident()) {
  const account = new MemoryAccount(builders.identityAccount(user));
  const facts = await userFacts.read(incident, account, builders.patient);
  return { facts, ...userFacts.circumstances(facts, incident) };
}

describe("the facts of a user", () => {
  it("are the user, the keys, and whether everything is denied already", async () => {
    const { facts, ...state } = await ofUser({});
    expect(facts).to.deep.equal({
      user: {
        name: "deploy",
        uniqueId: "AIDAEXAMPLEUSER000001",
        arn: userArn,
        tags: { team: "build", SecurityStatus: "Reviewed" },
      },
      keys: [
        { id: accessKey, active: true },
        { id: spareKey, active: true },
      ],
      exposed: [],
      denied: false,
      others: {
        "console password": [],
        "MFA device": [],
        "SSH public key": [],
        "signing certificate": [],
        "service-specific credential": [],
      },
      unread: {},
    });
    expect(state).to.deep.equal({
      state: "present",
      arn: userArn,
      quarantined: false,
      drift: "user deploy is no longer denied all actions",
      optedOut: false,
      tags: { team: "build", SecurityStatus: "Reviewed" },
    });
  });

  const inactive = [
    { id: accessKey, active: false },
    { id: spareKey, active: true },
  ];
  const denials: readonly (readonly [string, Partial<User>, boolean])[] = [
    ["AWSDenyAll attached", { attached: [denyAllArn] }, true],
    ["the deny inline", { policies: { "Cordon-0123456789abcdef-1": ours } }, true],
    ["AWSDenyAll as the boundary", { boundary: denyAllArn }, true],
    ["another boundary", { boundary: `arn:aws:iam::${builders.account}:policy/limits` }, false],
    [
      "another AWSDenyAll, of the account's own",
      { attached: [`arn:aws:iam::${builders.account}:policy/AWSDenyAll`] },
      false,
    ],
    [
      "a policy that has the name of ours and allows",
      {
        policies: {
          "Cordon-0123456789abcdef-1": {
            Version: "2012-10-17",
            Statement: [{ Sid: "CordonAll", Effect: "Allow", Action: "*", Resource: "*" }],
          },
        },
      },
      false,
    ],
    ["the deny under a name that is not ours", { policies: { mine: ours } }, false],
  ];
  for (const [what, user, denied] of denials) {
    it(`take ${what} ${denied ? "for a denied user" : "for none"}`, async () => {
      const { facts, quarantined } = await ofUser({ keys: inactive, ...user });
      expect([facts.denied, quarantined]).to.deep.equal([denied, denied]);
    });
  }

  it("do not call a denied user contained while the named key is active", async () => {
    const { quarantined, drift } = await ofUser({ attached: [denyAllArn] });
    expect([quarantined, drift]).to.deep.equal([
      false,
      `access key ${accessKey} is active again; user deploy is still denied all actions`,
    ]);
  });

  it("call a denied user contained whose session used a temporary key, or whose key is gone", async () => {
    for (const key of ["ASIAEXAMPLEKEY000009", "AKIAEXAMPLEKEY000009"]) {
      const { quarantined } = await ofUser(
        { attached: [denyAllArn] },
        builders.userIncident({}, key),
      );
      expect(quarantined, key).to.equal(true);
    }
  });

  it("say how to go on when there is no such user", async () => {
    const incident = builders.userIncident();
    const account = new MemoryAccount(builders.standardAccount());
    const state = userFacts.circumstances(
      await userFacts.read(incident, account, builders.patient),
      incident,
    );
    expect(state.state).to.equal("missing");
    expect(state.limit?.manualSteps).to.deep.equal([
      "Find who did that, and whether the user has a new name: aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=deploy --region=us-east-1",
      `If the key still works, disable it: aws iam get-access-key-last-used --access-key-id=${accessKey} names its user.`,
    ]);
  });

  it("know the tag by which a user is left alone", async () => {
    expect((await ofUser({ tags: { AutoRemediation: "disabled" } })).optedOut).to.equal(true);
    expect((await ofUser({ tags: { AutoRemediation: "Disabled" } })).optedOut).to.equal(false);
  });
});

const roleIncident = (id: string, session: string, lastSeen?: string) =>
  builders.roleIncident(lastSeen === undefined ? {} : { lastSeen }, {
    id,
    session,
    key: builders.roleKey,
  });

async function ofRole(
  incident: ReturnType<typeof roleIncident>,
  policies: Record<string, object> = {},
) {
  const account = builders.identityAccount();
  Object.assign(account.roles[incident.resource.id]?.policies ?? {}, policies);
  const facts = await roleFacts.read(incident, new MemoryAccount(account), builders.patient);
  return { facts, ...roleFacts.circumstances(facts, incident) };
}

describe("the facts of a role", () => {
  const instance = builders.instanceId;
  const limits: readonly (readonly [string, string, string, string | undefined, string?])[] = [
    ["a federated role", "analyst", "alice@example.com", undefined],
    ["a session that EC2 issued", "web", instance, undefined],
    ["a session that EC2 issued, of an older instance", "web", "i-0a1b2c3d", undefined],
    [
      "a session that EC2 issued, of a role that others may assume too",
      "shared",
      instance,
      undefined,
    ],
    [
      "a session of an EC2 role that only looks like an instance's",
      "web",
      `${instance}-2`,
      "approve",
      "Workloads use role web (ec2.amazonaws.com), and the name i-0a1b2c3d4e5f60718-2 may be that of many sessions: revoking all of the role stops them until they get new ones, hours later",
    ],
    [
      "a function's role",
      "thumbnails",
      "thumbnails",
      "approve",
      "Workloads use role thumbnails (lambda.amazonaws.com)",
    ],
    [
      "a function's role, under a session that is called like an instance",
      "thumbnails",
      instance,
      "approve",
      "Workloads use role thumbnails (lambda.amazonaws.com)",
    ],
    ["a pod's session, of a role that pods assume as web identities", "pods", "1", undefined],
    ["a session that ECS opened", "tasks", builders.taskId, undefined],
    [
      "a session of a task role that ECS would have named otherwise",
      "tasks",
      "checkout",
      "approve",
      "Workloads use role tasks (ecs-tasks.amazonaws.com)",
    ],
    ["a pipeline's session", "pipeline", "GitHubActions", undefined],
    ["a session that a user of the account opened", "shared", "alice", undefined],
    [
      "a role that is linked to a service",
      "AWSServiceRoleForAutoScaling",
      "AutoScaling",
      "notify",
      "Role AWSServiceRoleForAutoScaling is a service-linked role: IAM refuses policies on it",
    ],
    [
      "a role of IAM Identity Center",
      "AWSReservedSSO_Admin_0123456789abcdef",
      "alice",
      "notify",
      "Role AWSReservedSSO_Admin_0123456789abcdef belongs to IAM Identity Center, which reverts every change to it",
    ],
    [
      "another role that AWS manages",
      "AWSManaged",
      "admin",
      "notify",
      "AWS manages role AWSManaged: Cordon never changes it",
    ],
  ];
  for (const [what, id, session, tier, why] of limits) {
    it(`${tier === undefined ? "let the response go on" : `go no further than ${tier}`} with ${what}`, async () => {
      const { limit } = await ofRole(roleIncident(id, session));
      expect(limit?.tier).to.equal(tier);
      expect(limit?.why.slice(0, why?.length)).to.equal(why);
      const manualSteps = limit?.manualSteps.join(" ") ?? `nothing of ${id}`;
      expect([id, session].some((word) => manualSteps.includes(word))).to.equal(true);
    });
  }

  const policy = "Cordon-0123456789abcdef-1";
  const at = "2026-11-20T10:00:00.000Z";
  const drifts: readonly (readonly [string, Record<string, object>, boolean, RegExp])[] = [
    ["no deny", {}, false, /^the deny on role analyst is gone$/],
    [
      "a deny of sessions since",
      { [policy]: revoked("2026-11-20T10:00:00.001Z") },
      true,
      /an older session was denied/,
    ],
    [
      "a deny of earlier sessions alone",
      { [policy]: revoked(at) },
      false,
      /^its credentials were used after that, at 2026-11-20T10:00:00.000Z: an older session was denied; if the role was assumed again, remove that principal from its trust policy/,
    ],
    ["a deny under another name", { mine: revoked("2026-11-20T11:00:00.000Z") }, false, /is gone$/],
    ["a deny that a hand has changed", { [policy]: ours }, false, /is gone$/],
  ];
  for (const [what, policies, quarantined, drift] of drifts) {
    it(`${quarantined ? "take" : "do not take"} ${what} for the end of a session`, async () => {
      const state = await ofRole(roleIncident("analyst", "alice@example.com", at), policies);
      expect(state.quarantined).to.equal(quarantined);
      expect(state.drift).to.match(drift);
    });
  }

  it("take the deny of this instance, and of no other, for the end of its session", async () => {
    const deny = (id: string) => ({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CordonAll",
          Effect: "Deny",
          Resource: "*",
          Action: "*",
          Condition: {
            ArnEquals: { "ec2:SourceInstanceARN": `arn:aws:ec2:*:222233334444:instance/${id}` },
          },
        },
        {
          Sid: "CordonSession",
          Effect: "Deny",
          Resource: "*",
          Action: "*",
          Condition: { StringLike: { "aws:userid": `*:${id}` } },
        },
      ],
    });
    const incident = roleIncident("web", instance);
    const own = await ofRole(incident, { [policy]: deny(instance) });
    const other = await ofRole(incident, { [policy]: deny("i-0a1b2c3d4e5f60719") });
    expect([own.quarantined, other.quarantined]).to.deep.equal([true, false]);
    expect(other.drift).to.equal("the deny on role web is gone");
  });

  it("take the deny of this task, of the role's own id, and of no other for the end of its session", async () => {
    const deny = (userId: string) => ({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CordonSession",
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { StringEquals: { "aws:userid": userId } },
        },
      ],
    });
    const rows: readonly (readonly [object, boolean])[] = [
      [deny(`AROA-tasks:${builders.taskId}`), true],
      [deny(`AROA-tasks:${builders.taskId.replace("f", "e")}`), false],
      [deny(`AROA-other:${builders.taskId}`), false],
      // Its next credentials were issued later, and have the same name.
      [revoked("2026-11-20T11:00:00.000Z"), false],
    ];
    for (const [document, quarantined] of rows) {
      const state = await ofRole(roleIncident("tasks", builders.taskId), { [policy]: document });
      expect(state.quarantined, JSON.stringify(document)).to.equal(quarantined);
      if (!quarantined) expect(state.drift).to.equal("the deny on role tasks is gone");
    }
  });

  it("take a revocation of this name, or of the whole role, for the end of a session", async () => {
    const only = (name: string, moment: string) => {
      const [statement] = revoked(moment).Statement;
      const StringEquals = { "aws:userid": `AROA-pipeline:${name}` };
      return {
        Version: "2012-10-17",
        Statement: [{ ...statement, Condition: { ...statement?.Condition, StringEquals } }],
      };
    };
    const later = "2026-11-20T10:00:00.001Z";
    const rows: readonly (readonly [object, boolean, RegExp])[] = [
      [only("deploy", later), true, /an older session was denied/],
      [only("deploy", at), false, /an older session was denied/],
      [only("other", later), false, /is gone$/],
      [revoked(later), true, /an older session was denied/],
    ];
    for (const [document, quarantined, drift] of rows) {
      const state = await ofRole(roleIncident("pipeline", "deploy", at), { [policy]: document });
      expect(state.quarantined, JSON.stringify(document)).to.equal(quarantined);
      expect(state.drift).to.match(drift);
    }
  });

  it("leave alone a role that only has the name: its id is another than the finding's", async () => {
    const { resource, ...rest } = builders.taskIncident();
    const of = (uniqueId: string) => ofRole({ ...rest, resource: { ...resource, uniqueId } });
    const own = await of("AROA-tasks");
    expect([own.state, own.limit]).to.deep.equal(["present", undefined]);
    const namesake = await of("AROAEXAMPLEROLE000001");
    expect(namesake.state).to.equal("missing");
    expect(namesake.limit?.tier).to.equal("notify");
    expect(namesake.limit?.why).to.equal(
      "The role tasks of the finding does not exist: another role has its name now",
    );
  });

  it("say how to go on when there is no such role", async () => {
    const { state, limit } = await ofRole(roleIncident("gone", "alice@example.com"));
    expect(state).to.equal("missing");
    expect(limit?.manualSteps[0]).to.equal("The deletion ended the permissions of its sessions.");
  });
});
