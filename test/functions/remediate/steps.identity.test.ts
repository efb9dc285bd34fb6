import { expect } from "chai";
import type { StepState } from "../../../functions/model/step";
import { allSteps } from "../../../functions/remediate/plan";
import { kindOf, step } from "../../../functions/remediate/steps";
import { denyUser } from "../../../functions/remediate/steps/deny-user";
import { revocation, revokedBefore } from "../../../functions/remediate/steps/revoke-sessions";
import * as builders from "../../support/builders";
import { type AccountState, AwsError, MemoryAccount } from "../../support/memory-account";
import { responses } from "../../support/responses";
import { SimulatedWorld } from "../../support/simulated-world";

const { accessKey, denyAllArn, userArn } = builders;
const now = new Date("2026-11-20T12:00:00.000Z");
const name = `Cordon-${builders.userKey}-1`;
const boundary = `arn:aws:iam::${builders.account}:policy/limits`;
const user = { name: "deploy", arn: userArn };
const analyst = { name: "analyst", arn: `arn:aws:iam::${builders.account}:role/analyst` };
const ours = {
  Version: "2012-10-17",
  Statement: [{ Sid: "CordonAll", Effect: "Deny", Action: "*", Resource: "*" }],
};
const theirs = builders.inline(100);

const disable = step("disable-access-key", { user, accessKey });
const deny = step("deny-user", { user, policy: name, boundary: null });
const revoke = step("revoke-sessions", {
  role: analyst,
  policy: name,
  issuedBefore: "2026-11-20T10:05:30.000Z",
});
const tagUser = step("tag-principal", {
  principal: { type: "user", ...user },
  before: { SecurityStatus: "Reviewed", QuarantinedAt: null, CordonIncident: null },
  after: { SecurityStatus: "Quarantined", QuarantinedAt: "today", CordonIncident: "1" },
});
const tagRole = step("tag-principal", {
  principal: { type: "role", ...analyst },
  before: { SecurityStatus: null, QuarantinedAt: null },
  after: { SecurityStatus: "Quarantined", QuarantinedAt: "today" },
});

for (const { name: what, make, incident, faults } of responses.filter(({ incident }) =>
  ["role", "user"].includes(incident.resource.kind),
)) {
  describe(`each step of the plan for ${what}`, () => {
    const plan = async () => {
      const world = new SimulatedWorld(make());
      await world.answer(incident, { policy: { ...faults.policy, mode: "dry-run" } });
      return allSteps(Object.values(world.items)[0]!.record.plan);
    };

    it("is 'before', is applied, is 'after', converges, and is 'before' once undone", async () => {
      const account = new MemoryAccount(make());
      for (const each of await plan()) {
        const kind = kindOf(each.kind);
        const described = kind.describe(each);
        expect(await kind.inspect(each, account), described).to.equal("before");
        for (const _ of [1, 2]) {
          await kind.apply(each, account);
          expect(await kind.inspect(each, account), described).to.equal("after");
        }
        if (kind.undo === "keep") throw new Error(`${described} is never undone`);
        await kind.undo(each, account, now);
        expect(await kind.inspect(each, account), described).to.equal("before");
      }
    });

    it("names its target and both ways in words", async () => {
      for (const each of await plan()) {
        const { target, describe: describes, describeUndo, manual } = kindOf(each.kind);
        expect(describeUndo(each), each.kind).not.to.equal(describes(each));
        for (const words of [target(each), describes(each), describeUndo(each), manual(each)]) {
          expect(words, each.kind)
            .to.match(/^\S.{2,}$/)
            .and.not.match(/undefined|\[object/);
        }
      }
    });
  });
}

describe("the state of a user or role", () => {
  const of = (state: AccountState) => state.users.deploy!;
  const cases: readonly (readonly [
    string,
    Parameters<typeof kindOf>[0],
    unknown,
    StepState,
    (state: AccountState) => void,
  ])[] = [
    ["an active key", "disable-access-key", disable, "before", () => {}],
    [
      "an inactive key",
      "disable-access-key",
      disable,
      "after",
      (state) => {
        of(state).keys[0]!.active = false;
      },
    ],
    [
      "a deleted key",
      "disable-access-key",
      disable,
      "gone",
      (state) => {
        of(state).keys.shift();
      },
    ],
    [
      "a key of a deleted user",
      "disable-access-key",
      disable,
      "gone",
      (state) => {
        delete state.users.deploy;
      },
    ],
    ["a user that is not denied", "deny-user", deny, "before", () => {}],
    [
      "AWSDenyAll attached",
      "deny-user",
      deny,
      "after",
      (state) => void of(state).attached.push(denyAllArn),
    ],
    [
      "the deny inline",
      "deny-user",
      deny,
      "after",
      (state) => {
        of(state).policies[name] = ours;
      },
    ],
    [
      "AWSDenyAll as the boundary",
      "deny-user",
      deny,
      "after",
      (state) => {
        of(state).boundary = denyAllArn;
      },
    ],
    [
      "another principal's policy under the incident's name",
      "deny-user",
      deny,
      "other",
      (state) => {
        of(state).policies[name] = theirs;
      },
    ],
    [
      "a boundary that was not there before",
      "deny-user",
      deny,
      "other",
      (state) => {
        of(state).boundary = boundary;
      },
    ],
    [
      "a deleted user",
      "deny-user",
      deny,
      "gone",
      (state) => {
        delete state.users.deploy;
      },
    ],
    ["a role that is not denied", "revoke-sessions", revoke, "before", () => {}],
    [
      "the deny of another moment",
      "revoke-sessions",
      revoke,
      "half",
      (state) => {
        state.roles.analyst!.policies[name] = revocation("2026-11-20T10:05:31.000Z");
      },
    ],
    ["a user of the earlier tags", "tag-principal", tagUser, "before", () => {}],
    [
      "a user of the new tags",
      "tag-principal",
      tagUser,
      "after",
      (state) => {
        of(state).tags = {
          SecurityStatus: "Quarantined",
          QuarantinedAt: "today",
          CordonIncident: "1",
        };
      },
    ],
    [
      "a user of whom a release took some tags off",
      "tag-principal",
      tagUser,
      "half",
      (state) => {
        of(state).tags = { SecurityStatus: "Quarantined", QuarantinedAt: "today" };
      },
    ],
    [
      "a user that was tagged since",
      "tag-principal",
      tagUser,
      "other",
      (state) => {
        of(state).tags.SecurityStatus = "Cleared";
      },
    ],
    [
      "a released role",
      "tag-principal",
      tagRole,
      "before",
      (state) => {
        state.roles.analyst!.tags = { SecurityStatus: "Restored", RestoredAt: "today" };
      },
    ],
    [
      "the tags of a deleted role",
      "tag-principal",
      tagRole,
      "gone",
      (state) => {
        delete state.roles.analyst;
      },
    ],
  ];
  for (const [what, kind, each, expected, change] of cases) {
    it(`is "${expected}" with ${what}`, async () => {
      const state = builders.identityAccount();
      change(state);
      expect(await kindOf(kind).inspect(each as typeof deny, new MemoryAccount(state))).to.equal(
        expected,
      );
    });
  }
});

describe("denying a user [R2]", () => {
  const apply = async (state: AccountState, each = deny) => {
    const account = new MemoryAccount(state);
    await denyUser.apply(each, account);
    return account;
  };
  const undo = async (account: MemoryAccount, each = deny) => {
    if (denyUser.undo !== "keep") await denyUser.undo(each, account, now);
  };
  const changes = ({ log }: MemoryAccount) =>
    log.filter((call) => call.mutating).map(({ method, args }) => [method, ...args]);

  it("attaches AWSDenyAll, and touches nothing else where there is room for it", async () => {
    expect(changes(await apply(builders.identityAccount()))).to.deep.equal([
      ["identity.attachPolicy", "deploy", denyAllArn],
    ]);
  });

  it("writes the deny inline where ten policies are attached", async () => {
    const account = await apply(builders.fullyAttachedUser());
    expect(changes(account)).to.deep.equal([
      ["identity.attachPolicy", "deploy", denyAllArn],
      ["identity.putUserPolicy", "deploy", name, ours],
    ]);
    await undo(account);
    expect(account.state).to.deep.equal(builders.fullyAttachedUser());
  });

  for (const earlier of [undefined, boundary]) {
    it(`takes the boundary as the last way, and puts back ${earlier ?? "none"}`, async () => {
      const each = { ...deny, boundary: earlier ?? null };
      const account = await apply(builders.fullUser(earlier), each);
      expect(account.state.users.deploy?.boundary).to.equal(denyAllArn);
      expect(changes(account).map(([method]) => method)).to.deep.equal([
        "identity.attachPolicy",
        "identity.putUserPolicy",
        "identity.setBoundary",
      ]);
      await undo(account, each);
      expect(account.state).to.deep.equal(builders.fullUser(earlier));
    });
  }

  it("fails where IAM refuses, and tries no further way: what it lacks is no quota", async () => {
    const account = new MemoryAccount(builders.identityAccount(), [], async (call, effect) => {
      if (call.method === "identity.attachPolicy") throw new AwsError("AccessDenied", "No");
      return effect();
    });
    const error = await denyUser.apply(deny, account).catch((thrown: Error) => thrown);
    expect(error).to.be.instanceOf(AwsError);
    expect(changes(account)).to.deep.equal([]);
  });

  it("leaves another principal's policy of the incident's name where it is", async () => {
    const state = builders.identityAccount({ policies: { [name]: theirs } });
    const account = await apply(state);
    await undo(account);
    expect(account.state.users.deploy?.policies).to.deep.equal({ [name]: theirs });
    expect(account.state.users.deploy?.attached).not.to.include(denyAllArn);
  });

  it("leaves a boundary that others have set since, and a user that is gone", async () => {
    const account = await apply(builders.identityAccount());
    account.state.users.deploy!.boundary = boundary;
    await undo(account);
    expect(account.state.users.deploy?.boundary).to.equal(boundary);
    delete account.state.users.deploy;
    await undo(account);
  });
});

describe("the deny of a role's earlier sessions", () => {
  it("is known again by its moment, and nothing that only looks like it", () => {
    const moment = "2026-11-20T10:05:30.000Z";
    expect(revokedBefore(revocation(moment))).to.equal(moment);
    const document = revocation(moment) as { Statement: Record<string, unknown>[] };
    for (const change of [
      { Effect: "Allow" },
      { Resource: "arn:aws:s3:::one" },
      { Action: ["s3:*"] },
      { Condition: { DateGreaterThan: { "aws:TokenIssueTime": moment } } },
      { Condition: { DateLessThan: { "aws:CurrentTime": moment } } },
    ]) {
      const changed = { ...document, Statement: [{ ...document.Statement[0], ...change }] };
      expect(revokedBefore(changed), JSON.stringify(change)).to.equal(undefined);
    }
    expect(revokedBefore({ Statement: [] })).to.equal(undefined);
    expect(revokedBefore(undefined)).to.equal(undefined);
  });
});
