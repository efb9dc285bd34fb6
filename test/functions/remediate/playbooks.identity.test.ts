import { expect } from "chai";
import type { Incident } from "../../../functions/model/incident";
import type { Plan } from "../../../functions/remediate/plan";
import * as builders from "../../support/builders";
import type { AccountState } from "../../support/memory-account";
import { answered, type Faults, SimulatedWorld } from "../../support/simulated-world";

const { accessKey, spareKey, userArn } = builders;
const id = `${builders.userKey}-1`;
const boundary = `arn:aws:iam::${builders.account}:policy/limits`;
const user = { name: "deploy", arn: userArn, uniqueId: builders.userId };

/** The plan as a dry run at 10:05 records it. */
async function planOf(
  state: AccountState,
  incident: Incident,
  policy: Faults["policy"] = {},
): Promise<Plan> {
  const world = new SimulatedWorld(state);
  const ending = await world.answer(incident, { policy: { ...policy, mode: "dry-run" } });
  expect(answered(ending).outcome).to.equal("dry-run");
  return Object.values(world.items)[0]!.record.plan;
}

const disable = (key: string) => ({ kind: "disable-access-key", user, accessKey: key });
const deny = (earlier: string | null) => ({
  kind: "deny-user",
  user,
  policy: `Cordon-${id}-5eed0001`,
  boundary: earlier,
});
const marking = (principal: object, incident: string, type: string, status: string | null) => ({
  name: "mark",
  onFailure: "continue",
  limitSeconds: 5,
  steps: [
    {
      kind: "tag-principal",
      principal,
      before: {
        SecurityStatus: status,
        QuarantinedAt: null,
        CordonIncident: null,
        GuardDutyFindingId: null,
        GuardDutyFindingType: null,
      },
      after: {
        SecurityStatus: "Quarantined",
        QuarantinedAt: "2026-11-20T10:05:00.000Z",
        CordonIncident: incident,
        GuardDutyFindingId: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
        GuardDutyFindingType: type,
      },
    },
  ],
});
const malicious = "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom";
const marked = marking({ type: "user", ...user }, id, malicious, "Reviewed");
/** The stages after the mark. */
const denied = (earlier: string | null) => ({
  name: "deny",
  onFailure: "continue",
  limitSeconds: 5,
  steps: [deny(earlier)],
});
const disabled = (...keys: string[]) => ({
  name: "keys",
  onFailure: "continue",
  steps: keys.map(disable),
});

describe("the plan to contain an access key [R2]", () => {
  it("marks the user, then denies the user, then disables every active key", async () => {
    const plan = await planOf(builders.identityAccount(), builders.userIncident());
    expect(plan.stages).to.deep.equal([marked, denied(null), disabled(accessKey, spareKey)]);
    expect(plan.residual).to.deep.equal([
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of roles that the user assumed earlier are not denied.",
      "Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect: attach Cordon's service control policies (cordon:serviceControlPolicy).",
    ]);
    expect(plan.nextSteps[0]).to.equal(
      `Find what was done with the key: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey} --region=eu-central-1`,
    );
    expect(plan.nextSteps.at(-1)).to.match(
      /Keys stay disabled unless you release with --reactivate-keys\.$/,
    );
  });

  it("spares the other key where the configuration says so, and says that it does", async () => {
    const plan = await planOf(builders.identityAccount(), builders.userIncident(), {
      disableKeys: "named",
    });
    expect(plan.stages.slice(1)).to.deep.equal([denied(null), disabled(accessKey)]);
    expect(plan.residual.at(-1)).to.equal(
      `${spareKey} stays active by configuration (cordon:disableKeys is "named"), but has no permissions while the user is denied.`,
    );
  });

  it("remembers the boundary that it may have to put back", async () => {
    const plan = await planOf(builders.identityAccount({ boundary }), builders.userIncident());
    expect(plan.stages[1]).to.deep.equal(denied(boundary));
  });

  it("leaves an inactive key as it is", async () => {
    const state = builders.identityAccount({
      keys: [
        { id: accessKey, active: true },
        { id: spareKey, active: false },
      ],
    });
    const plan = await planOf(state, builders.userIncident());
    expect(plan.stages.slice(1)).to.deep.equal([denied(null), disabled(accessKey)]);
  });

  it("denies the user of a temporary key, and disables whatever may have made it", async () => {
    const incident = builders.userIncident({}, "ASIAEXAMPLEKEY000009");
    const all = await planOf(builders.identityAccount(), incident);
    expect(all.stages.slice(1)).to.deep.equal([denied(null), disabled(accessKey, spareKey)]);
    const named = await planOf(builders.identityAccount(), incident, { disableKeys: "named" });
    expect(named.stages.slice(1)).to.deep.equal([denied(null)]);
  });

  it("adds no deny to an existing one, which a release then leaves", async () => {
    const attached = [builders.denyAllArn];
    const world = new SimulatedWorld(builders.identityAccount({ attached }));
    expect(answered(await world.answer(builders.userIncident())).outcome).to.equal("contained");
    expect(world.changes.map((call) => call.method)).to.deep.equal([
      "identity.setPrincipalTags",
      "identity.setKeyActive",
      "identity.setKeyActive",
    ]);
    expect(world.notices[0]?.text).to.include(
      "The user was already denied all actions; that deny stays after a release.",
    );
    await world.release(id);
    expect(world.state.users.deploy?.attached).to.deep.equal(attached);
  });

  it("writes values into tags that IAM takes, whatever the finding is called", async () => {
    const incident = builders.userIncident({ type: "Backdoor:EC2/C&CActivity.B!DNS" });
    const world = new SimulatedWorld(builders.identityAccount());
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(world.state.users.deploy?.tags.GuardDutyFindingType).to.equal(
      "Backdoor:EC2/C_CActivity.B_DNS",
    );
  });
});

describe("the plan to revoke sessions [C5] [R3]", () => {
  const roleId = `${builders.roleKey}-1`;

  it("denies the federated role's sessions until half a minute from now", async () => {
    const role = { name: "analyst", arn: `arn:aws:iam::${builders.account}:role/analyst` };
    const plan = await planOf(builders.identityAccount(), builders.roleIncident());
    expect(plan.stages).to.deep.equal([
      marking({ type: "role", ...role, uniqueId: "AROA-analyst" }, roleId, malicious, null),
      {
        name: "deny",
        onFailure: "stop",
        steps: [
          {
            kind: "revoke-sessions",
            role,
            policy: `Cordon-${roleId}-5eed0001`,
            issuedBefore: "2026-11-20T10:05:30.000Z",
          },
        ],
      },
    ]);
    expect(plan.residual).to.deep.equal([
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of other roles that the stolen session assumed earlier are not denied.",
      "Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect: attach Cordon's service control policies (cordon:serviceControlPolicy).",
      "Any principal that the trust policy allows can assume role analyst again: fix the trust policy or the identity provider.",
      "All current users of the role must assume it again.",
      "The longest session lasts 12 hours; after that the policy has no effect, and the incident can be released.",
    ]);
    expect(plan.nextSteps[1]).to.equal(
      "Find who assumed analyst as alice@example.com, and stop that: the user's own keys, the identity provider or the trust policy.",
    );
  });

  for (const [guardrails, sentence] of [
    [
      "all",
      "Cordon's service control policies keep all other principals of the account, except for break-glass principals and the deployment, from removing the deny.",
    ],
    [
      "some",
      "Any principal that can change IAM in the account can remove the deny, unless the account is in one of cordon:serviceControlPolicyTargets.",
    ],
  ] as const) {
    it(`says who can remove the deny where the policies bind ${guardrails} accounts`, async () => {
      for (const incident of [builders.userIncident(), builders.roleIncident()]) {
        const plan = await planOf(builders.identityAccount(), incident, { guardrails });
        expect(plan.residual[2]).to.equal(sentence);
      }
    });
  }

  it("denies the one instance whose session it is, in every region", async () => {
    const incident = builders.instanceSessionIncident();
    const role = { name: "web", arn: builders.roleArn };
    const sessionId = `${builders.instanceSessionKey}-1`;
    const plan = await planOf(builders.identityAccount(), incident);
    expect(plan.stages).to.deep.equal([
      {
        name: "deny",
        onFailure: "stop",
        steps: [
          {
            kind: "deny-instance-credentials",
            role,
            policy: `Cordon-${sessionId}-5eed0001`,
            instanceArn: `arn:aws:ec2:*:222233334444:instance/${builders.instanceId}`,
            endpoints: [],
            session: builders.instanceId,
          },
        ],
      },
    ]);
    expect(plan.residual.slice(2)).to.deep.equal([
      "Any principal that can change IAM in the account can remove the deny.",
      "The instance keeps running without working credentials: applications that need them fail.",
    ]);
    expect(plan.nextSteps[1]).to.match(
      new RegExp(
        `^Find out how the credentials left ${builders.instanceId}, and require IMDSv2\\.$`,
      ),
    );
  });

  it("denies the session by its name, too: others than EC2 may assume the role", async () => {
    const incident = builders.roleIncident(
      {},
      { id: "shared", session: builders.instanceId, key: builders.roleKey },
    );
    const world = new SimulatedWorld(builders.identityAccount());
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    const document = world.state.roles.shared?.policies[`Cordon-${builders.roleKey}-1-5eed0001`];
    expect((document as { Statement: object[] }).Statement[1]).to.deep.equal({
      Sid: "CordonSession",
      Effect: "Deny",
      Resource: "*",
      Action: "*",
      Condition: { StringLike: { "aws:userid": "*:i-0a1b2c3d4e5f60718" } },
    });
  });

  it("asks before it ends a workload's sessions, and says what to do first", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const incident = builders.roleIncident(
      {},
      { id: "thumbnails", session: "thumbnails", key: builders.roleKey },
    );
    expect(answered(await world.answer(incident)).outcome).to.equal("awaiting-approval");
    expect(world.changes).to.deep.equal([]);
    const { text } = world.notices[0]!;
    expect(text).to.include("Workloads use role thumbnails (lambda.amazonaws.com)");
    expect(text).to.include("the name thumbnails may be that of many sessions");
    expect(text).to.include(
      "\nDo this\n  - Restart or stop the workload behind session thumbnails first",
    );
    expect(text).to.include(
      "\nPlanned steps\n  - tag role thumbnails SecurityStatus=Quarantined\n  - deny role thumbnails sessions issued before 2026-11-20T10:05:30.000Z",
    );
  });

  it("denies the one session of a task, and names the command for the whole role", async () => {
    const plan = await planOf(builders.identityAccount(), builders.taskIncident());
    expect(plan.stages).to.deep.equal([
      {
        name: "deny",
        onFailure: "stop",
        steps: [
          {
            kind: "deny-session",
            role: {
              name: "tasks",
              arn: `arn:aws:iam::${builders.account}:role/service/tasks`,
              uniqueId: "AROA-tasks",
            },
            policy: `Cordon-${builders.taskKey}-1-5eed0001`,
            session: builders.taskId,
          },
        ],
      },
    ]);
    expect(plan.residual.slice(2)).to.deep.equal([
      "Any principal that can change IAM in the account can remove the deny.",
      "Other sessions of role tasks are not denied: what leaked this one may have leaked them.",
      "The task keeps running without working credentials; a task that replaces it has a session of its own.",
    ]);
    expect(plan.nextSteps[1]).to.match(/aws ecs stop-task --cluster CLUSTER --task=4f9a1c2b3d5e/);
    expect(plan.nextSteps[2]).to.equal(
      `If more than this session is stolen, revoke all of role tasks, which stops everything that uses it until it gets new ones: aws iam put-role-policy --role-name=tasks --policy-name AWSRevokeOlderSessions --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}'`,
    );
  });

  it("says who else may take the name, where others than the service may assume the role", async () => {
    const state = builders.identityAccount();
    state.roles.tasks!.trust = builders.trustOf(
      { Service: "ecs-tasks.amazonaws.com" },
      { AWS: `arn:aws:iam::${builders.account}:root` },
    );
    const plan = await planOf(state, builders.taskIncident());
    expect(plan.stages[0]?.steps[0]?.kind).to.equal("deny-session");
    expect(plan.residual).to.include(
      "Others than the service may assume role tasks, under any name: such sessions are not denied, and one of them may have had this name. Then the workload lost its credentials for another's deeds: release it.",
    );
  });

  it("revokes only the sessions of the stolen one's name, where the caller chose it", async () => {
    const plan = await planOf(builders.identityAccount(), builders.pipelineIncident());
    expect(plan.stages).to.deep.equal([
      {
        name: "deny",
        onFailure: "stop",
        steps: [
          {
            kind: "revoke-sessions",
            role: { name: "pipeline", arn: `arn:aws:iam::${builders.account}:role/pipeline` },
            policy: `Cordon-${builders.pipelineKey}-1-5eed0001-7e5e228a3eab130f21dc74fcd2e8bce0`,
            issuedBefore: "2026-11-20T10:05:30.000Z",
            only: { session: "GitHubActions", userId: "AROA-pipeline:GitHubActions" },
          },
        ],
      },
    ]);
    expect(plan.residual.slice(2)).to.deep.equal([
      "Any principal that can change IAM in the account can remove the deny.",
      "Whoever opens a session chooses its name. Any principal that the trust policy allows can assume role pipeline again, as GitHubActions or under another name: fix the trust policy or that principal.",
      "Sessions of role pipeline with other names are not denied. All that are named GitHubActions must be opened again.",
      "The longest session lasts 12 hours; after that the policy has no effect, and the incident can be released.",
    ]);
    expect(plan.nextSteps[2]).to.match(/^If more than this session is stolen, revoke all of role/);
  });

  it("denies each name by a policy of its own in one incident, and undoes all of them", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.pipelineIncident());
    const other = builders.pipelineIncident({}, "deploy-production");
    expect(answered(await world.answer(other)).outcome).to.equal("contained");
    expect(answered(await world.answer(other)).outcome).to.equal("duplicate");
    expect(answered(await world.answer(builders.pipelineIncident())).outcome).to.equal("duplicate");
    const names = () => Object.keys(world.state.roles.pipeline!.policies);
    const id = `${builders.pipelineKey}-1`;
    // The second by: printf deploy-production | sha256sum
    expect(names()).to.deep.equal([
      "app",
      `Cordon-${id}-5eed0001-7e5e228a3eab130f21dc74fcd2e8bce0`,
      `Cordon-${id}-5eed0001-b37d09b6697742ebe1031fbcd8f2ad51`,
    ]);
    expect(Object.keys(world.items)).to.deep.equal([id]);
    await world.release(id);
    expect(names()).to.deep.equal(["app"]);
  });

  it("does not revoke the whole role by itself because its trust has changed since", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.pipelineIncident());
    world.state.roles.pipeline!.trust = builders.trustOf({ Service: "lambda.amazonaws.com" });
    world.pass(60 * 60_000);
    const lastSeen = "2026-11-20T11:04:00.000Z";
    const again = answered(await world.answer(builders.pipelineIncident({ lastSeen }, "other")));
    expect(again.outcome).to.equal("notified");
    expect(again.reason).to.match(/Workloads use role pipeline \(lambda\.amazonaws\.com\)/);
    expect(Object.keys(world.state.roles.pipeline!.policies)).to.have.lengthOf(2);
    expect(world.notices.at(-1)?.subject).to.match(/URGENT/);
  });

  const left = [
    ["AWSServiceRoleForAutoScaling", "AutoScaling", "is a service-linked role"],
    ["AWSReservedSSO_Admin_0123456789abcdef", "alice", "belongs to IAM Identity Center"],
    ["AWSManaged", "admin", "AWS manages role AWSManaged"],
    ["rescue", "alice", "is a break-glass principal"],
    ["gone", "alice", "The role gone does not exist"],
  ] as const;
  for (const [name, session, why] of left) {
    it(`changes nothing on role ${name}, and notifies why`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      const incident = builders.roleIncident({}, { id: name, session, key: builders.roleKey });
      const policy = { breakGlass: { roles: ["break-glass/*"], users: [] } };
      const ending = answered(await world.answer(incident, { policy }));
      expect(ending.outcome).to.equal(name === "gone" ? "target-missing" : "notified");
      expect(ending.reason).to.include(why);
      expect(world.changes).to.deep.equal([]);
      expect(world.notices).to.have.lengthOf(1);
      if (name !== "rescue") expect(world.notices[0]?.text).to.include("\nDo this\n");
    });
  }

  it("is not made for a role of Cordon's own, whatever its path, and the notice is about a thief", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const own = { id: "cordon-contain-identity", session: "x", key: builders.roleKey };
    const ownRoles = { ...builders.policy().ownRoles, rolePath: "/security/" };
    const ending = answered(
      await world.answer(builders.roleIncident({}, own), { policy: { ownRoles } }),
    );
    expect(ending).to.deep.include({
      outcome: "notified",
      reason:
        "arn:aws:iam::222233334444:role/security/cordon-contain-identity is a role of Cordon's own, and Cordon never changes it: whoever acts with its credentials may do what Cordon may",
    });
    expect(world.changes).to.deep.equal([]);
    expect(world.notices[0]?.text).to.include(
      "\nDo this\n  - Find in CloudTrail who assumed the role",
    );
  });

  for (const name of ["cordon-x", "stacksets-exec-x"]) {
    it(`contains role ${name} like any other: a name is no shield`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      const thief = builders.roleIncident({}, { id: name, session: "x", key: builders.roleKey });
      expect(answered(await world.answer(thief)).outcome).to.equal("contained");
      expect(Object.keys(world.state.roles[name]?.policies ?? {})).to.deep.equal([
        "app",
        // By: printf x | sha256sum
        `Cordon-${builders.roleKey}-1-5eed0001-2d711642b726b04401627ca9fbac32f5`,
      ]);
    });
  }

  it("is not made for a break-glass user either", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const policy = { breakGlass: { roles: [], users: ["ci/*"] } };
    expect(answered(await world.answer(builders.userIncident(), { policy })).reason).to.equal(
      "deploy is a break-glass principal and is never contained",
    );
    expect(world.changes).to.deep.equal([]);
  });
});

describe("a finding about a contained user or role that comes again", () => {
  it("is a duplicate while nothing has changed", async () => {
    for (const incident of [
      builders.userIncident(),
      builders.userIncident({}, spareKey),
      builders.roleIncident(),
      builders.instanceSessionIncident(),
      builders.taskIncident(),
      builders.pipelineIncident(),
    ]) {
      const world = new SimulatedWorld(builders.identityAccount());
      await world.answer(incident);
      expect(answered(await world.answer(incident)).outcome).to.equal("duplicate");
      expect(world.notices).to.have.lengthOf(1);
    }
  });

  const drifts: readonly (readonly [
    what: string,
    incident: Incident,
    change: (state: AccountState) => void,
    applied: string,
  ])[] = [
    [
      "the deny is off",
      builders.userIncident(),
      (state) => {
        state.users.deploy!.attached = [];
      },
      "deny user deploy all actions",
    ],
    [
      "the key is active again",
      builders.userIncident(),
      (state) => {
        state.users.deploy!.keys[0]!.active = true;
      },
      `disable access key ${accessKey} of user deploy`,
    ],
    [
      "there is a new key",
      builders.userIncident(),
      (state) => {
        state.users.deploy!.keys[1] = { id: "AKIAEXAMPLEKEY000009", active: true };
      },
      "disable access key AKIAEXAMPLEKEY000009 of user deploy",
    ],
    [
      "the role's deny is gone",
      builders.instanceSessionIncident(),
      (state) => {
        state.roles.web!.policies = {};
      },
      "deny role web sessions issued to i-0a1b2c3d4e5f60718",
    ],
    [
      "the task's deny is gone",
      builders.taskIncident(),
      (state) => {
        state.roles.tasks!.policies = {};
      },
      "deny role tasks session 4f9a1c2b3d5e67788990aabbccddeeff",
    ],
  ];
  for (const [what, incident, change, applied] of drifts) {
    it(`contains again when ${what}, says so urgently, and does no more [R15]`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      await world.answer(incident);
      change(world.state);
      const { length } = world.changes;
      expect(answered(await world.answer(incident))).to.deep.include({
        outcome: "contained",
        reason: `Incident ${incident.key}-1 was contained again`,
      });
      expect(
        world.changes.slice(length).filter(({ method }) => method.startsWith("identity.")),
      ).to.have.lengthOf(1);
      expect(world.notices[1]?.subject).to.match(/^\[Cordon\] URGENT Contained again: /);
      expect(world.notices[1]?.text).to.include(
        `\nChanged since the containment, and applied again\n  - ${applied}\n`,
      );
      expect(answered(await world.answer(incident)).outcome).to.equal("duplicate");
    });
  }

  it("revokes the sessions that were issued since, when the role is used again [R15]", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.roleIncident());
    world.pass(60 * 60_000);
    const again = builders.roleIncident({ lastSeen: "2026-11-20T11:04:00.000Z" });
    expect(answered(await world.answer(again)).outcome).to.equal("contained");
    expect(JSON.stringify(world.state.roles.analyst?.policies)).to.include(
      '"aws:TokenIssueTime":"2026-11-20T11:05:30.000Z"',
    );
    expect(Object.keys(world.items)).to.have.lengthOf(1);
  });

  it("does not wear off where the session is denied by the name its workload keeps [R15]", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.taskIncident());
    world.pass(13 * 3_600_000);
    expect(answered(await world.watch(builders.taskKey)).reason).to.equal(
      `Incident ${builders.taskKey}-1 is contained`,
    );
  });

  it("revokes again at a person's request once the revocation has worn off [R15]", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.roleIncident());
    const asked = (requestedAt: string) => world.answer(builders.roleIncident({ requestedAt }));
    world.pass(12 * 3_600_000 - 1);
    expect(answered(await asked("2026-11-20T22:04:00.000Z")).reason).to.match(/already contained/);
    world.pass(2);
    expect(answered(await asked("2026-11-20T22:05:00.000Z")).outcome).to.equal("contained");
    expect(JSON.stringify(world.state.roles.analyst?.policies)).to.include(
      '"aws:TokenIssueTime":"2026-11-20T22:05:30.001Z"',
    );
  });

  it("is announced once by the watch when it has worn off, and changes nothing [R15]", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    await world.answer(builders.roleIncident());
    world.pass(12 * 3_600_000 - 1);
    expect(answered(await world.watch(builders.roleKey)).reason).to.equal(
      `Incident ${builders.roleKey}-1 is contained`,
    );
    world.pass(2);
    const { length } = world.changes;
    expect(answered(await world.watch(builders.roleKey)).outcome).to.equal("notified");
    expect(answered(await world.watch(builders.roleKey)).outcome).to.equal("logged");
    expect(world.notices).to.have.lengthOf(2);
    expect(world.notices[1]?.text).to.include(
      "every session of role analyst that it denied has expired",
    );
    const changed = world.changes
      .slice(length)
      .filter(({ method }) => !/^(topic|journal)/.test(method));
    expect(changed).to.deep.equal([]);
  });
});
