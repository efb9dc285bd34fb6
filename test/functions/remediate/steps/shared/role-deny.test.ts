/** Where a role has no room for an inline deny: a managed policy of the incident's own, whoever interferes. */
import { expect } from "chai";
import type { StepState } from "../../../../../functions/model/step";
import { type Kind, kindOf, type StepOf, step } from "../../../../../functions/remediate/steps";
import { denyDocument } from "../../../../../functions/remediate/steps/deny-instance-credentials";
import { sessionDeny } from "../../../../../functions/remediate/steps/deny-session";
import { revocation } from "../../../../../functions/remediate/steps/revoke-sessions";
import * as builders from "../../../../support/builders";
import {
  type AccountState,
  type LoggedCall,
  MemoryAccount,
} from "../../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../../support/simulated-world";

const policy = `Cordon-${builders.incidentKey}-1-5eed0001`;
const arn = `arn:aws:iam::222233334444:policy/cordon/${policy}`;
const role = { name: "web", arn: builders.roleArn };
const deny = step("deny-instance-credentials", {
  role,
  policy,
  instanceArn: builders.instanceArn,
  endpoints: [],
});
const denied = denyDocument(deny);
const revoke = (issuedBefore: string) => step("revoke-sessions", { role, policy, issuedBefore });
const early = "2026-11-20T10:05:30.000Z";
const late = "2026-11-20T11:00:00.000Z";
const foreign = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
const now = new Date(late);

const full = (attached = 9) =>
  builders.withFullRole(builders.standardAccount(), "web", { attached });
const web = (state: AccountState) => state.roles.web!;

/** An account, with what was called in it. */
function opened(state: AccountState) {
  const log: LoggedCall[] = [];
  const account = new MemoryAccount(state, log);
  const methods = () => log.splice(0).map(({ method }) => method.replace("identity.", ""));
  const of = (each: StepOf<Kind>) => ({
    inspect: () => kindOf(each.kind).inspect(each, account),
    apply: () => kindOf(each.kind).apply(each, account),
    undo: async () => {
      const { undo } = kindOf(each.kind);
      if (undo !== "keep") await undo(each, account, now);
    },
  });
  return { state, methods, of };
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: Error) => reason,
  );
  if (error === undefined) throw new Error("It did not fail");
  return error;
}

describe("a role's deny", () => {
  const steps: readonly (readonly [StepOf<Kind>, object])[] = [
    [deny, denied],
    [
      step("deny-session", { role: { ...role, uniqueId: "AROA1" }, policy, session: "task" }),
      sessionDeny({ role: { uniqueId: "AROA1" } as never, session: "task" }),
    ],
    [revoke(early), revocation(early)],
  ];
  for (const [each, document] of steps) {
    it(`is inline where there is room, and asks for nothing else: ${each.kind}`, async () => {
      const { state, methods, of } = opened(builders.standardAccount());
      await of(each).apply();
      expect(await of(each).inspect()).to.equal("after");
      expect(methods()).to.deep.equal(["putRolePolicy", "rolePolicy"]);
      expect(web(state).policies[policy]).to.deep.equal(document);
      await of(each).undo();
      expect(await of(each).inspect()).to.equal("before");
      expect(methods().sort()).to.deep.equal([
        "deleteRolePolicy",
        "managedPolicy",
        "managedPolicy",
        "rolePolicy",
      ]);
      expect(state).to.deep.equal(builders.standardAccount());
    });

    it(`is managed where there is none, as often as it is applied: ${each.kind}`, async () => {
      const { state, methods, of } = opened(full());
      expect(await of(each).inspect()).to.equal("before");
      methods();
      await of(each).apply();
      expect(methods()).to.deep.equal(["putRolePolicy", "createPolicy", "attachRolePolicy"]);
      expect(await of(each).inspect()).to.equal("after");
      expect(methods()).to.deep.equal(["rolePolicy", "managedPolicy", "attachedRolePolicies"]);
      await of(each).apply();
      expect(await of(each).inspect()).to.equal("after");
      expect(state.managed).to.deep.equal({ [arn]: [document] });
      expect(web(state).attached?.slice(9)).to.deep.equal([arn]);
      expect(Object.keys(web(state).policies)).to.deep.equal(["app"]);
      await of(each).undo();
      expect(await of(each).inspect()).to.equal("before");
      expect(state).to.deep.equal(full());
      await of(each).undo();
      expect(state).to.deep.equal(full());
    });

    it(`fails for good where neither has room, and says what a person can do: ${each.kind}`, async () => {
      const { state, of } = opened(full(10));
      const error = await failure(of(each).apply());
      expect(error.name).to.equal("LimitExceededException");
      expect(error.message).to.equal(
        "Role web has no room for another policy, inline or managed. Its sessions are alive. To cut off everything that has the role: aws iam put-role-permissions-boundary --role-name=web --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll, which replaces the boundary that it may have",
      );
      // What is made already is attached by the next run, if there is room then, or deleted by a release.
      expect(await of(each).inspect()).to.equal("half");
      web(state).attached?.pop();
      await of(each).apply();
      expect(await of(each).inspect()).to.equal("after");
      await of(each).undo();
      expect(state).to.deep.equal(full());
    });
  }

  it("fails for good where the account has no room for another managed policy", async () => {
    const state = full();
    const teams = Array.from({ length: 1_500 }, (_, n) => `arn:aws:iam::1:policy/team-${n}`);
    state.managed = Object.fromEntries(teams.map((each) => [each, [foreign]]));
    expect((await failure(opened(state).of(deny).apply())).name).to.equal("LimitExceededException");
  });
});

describe("the state of a role's deny", () => {
  const cases: readonly (readonly [StepState, string, (state: AccountState) => void])[] = [
    ["before", "there is none", () => undefined],
    [
      "before",
      "somebody has a policy of its name, with other contents, and not on the role",
      (state) => {
        state.managed = { [arn]: [foreign] };
      },
    ],
    [
      "half",
      "it is made, and not attached yet",
      (state) => {
        state.managed = { [arn]: [denied] };
      },
    ],
    [
      "other",
      "what is attached has another default version",
      (state) => {
        state.managed = { [arn]: [denied, foreign] };
        web(state).attached?.push(arn);
      },
    ],
    [
      "other",
      "the inline policy has other contents",
      (state) => {
        web(state).policies[policy] = foreign;
      },
    ],
    [
      "after",
      "it is attached, beside an inline policy with other contents",
      (state) => {
        state.managed = { [arn]: [denied] };
        web(state).attached?.push(arn);
        web(state).policies[policy] = foreign;
      },
    ],
    [
      "before",
      "a policy under another path has its name and contents, and is attached",
      (state) => {
        const elsewhere = `arn:aws:iam::222233334444:policy/${policy}`;
        state.managed = { [elsewhere]: [denied] };
        web(state).attached?.push(elsewhere);
      },
    ],
  ];
  for (const [expected, when, change] of cases) {
    it(`is "${expected}" where ${when}`, async () => {
      const { state, of } = opened(full());
      change(state);
      expect(await of(deny).inspect()).to.equal(expected);
    });
  }

  it('is "half" where an earlier run revoked until another moment, inline or managed', async () => {
    for (const attached of [false, true]) {
      const { state, of } = opened(full());
      if (attached) {
        state.managed = { [arn]: [revocation(early)] };
        web(state).attached?.push(arn);
      } else web(state).policies[policy] = revocation(early);
      expect(await of(revoke(late)).inspect()).to.equal("half");
      expect(await of(revoke(early)).inspect()).to.equal("after");
    }
  });
});

describe("a managed deny with which somebody interferes", () => {
  it("is never attached unread: a policy that somebody made under its name first stays as it is", async () => {
    const { state, of } = opened(full());
    state.managed = { [arn]: [foreign] };
    const error = await failure(of(deny).apply());
    expect(error.name).to.equal("EntityAlreadyExistsException");
    expect(error.message).to.equal(
      `Role web has no room for an inline policy, and ${arn} is not the policy that Cordon writes. Its sessions are alive. To cut off everything that has the role: aws iam put-role-permissions-boundary --role-name=web --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll, which replaces the boundary that it may have`,
    );
    expect(web(state).attached).to.have.lengthOf(9);
    await of(deny).undo();
    expect(state.managed).to.deep.equal({ [arn]: [foreign] });
  });

  it("waits where the name is taken and its own ARN is not shown, under another path perhaps", async () => {
    const { state, of } = opened(full());
    const elsewhere = `arn:aws:iam::222233334444:policy/x/${policy.toLowerCase()}`;
    state.managed = { [elsewhere]: [denied] };
    const error = await failure(of(deny).apply());
    expect(error.name).to.equal("NotVisibleYet");
    expect(error.message).to.include(arn).and.include("--role-name=web");
    expect(web(state).attached).to.have.lengthOf(9);
  });

  it("waits where IAM does not know yet what was just made", async () => {
    const state = full();
    const account = new MemoryAccount(state, [], async (call, effect) => {
      if (call.method === "identity.attachRolePolicy") state.managed = {};
      return effect();
    });
    const error = await failure(kindOf(deny.kind).apply(deny, account));
    expect(error.name).to.equal("NotVisibleYet");
  });

  it("gets the moment of a later run as a new version, five versions at most", async () => {
    const { state, of } = opened(full());
    const moments = [0, 1, 2, 3, 4].map((hour) => `2026-11-20T1${hour}:00:00.000Z`);
    for (const moment of moments) {
      await of(revoke(moment)).apply();
      expect(await of(revoke(moment)).inspect()).to.equal("after");
    }
    expect(state.managed).to.deep.equal({ [arn]: moments.map((each) => revocation(each)) });
    const error = await failure(of(revoke("2026-11-20T15:00:00.000Z")).apply());
    expect(error.name).to.equal("LimitExceededException");
    await of(revoke("2026-11-20T15:00:00.000Z")).undo();
    expect(state).to.deep.equal(full());
  });

  it("is left alone by its release where it is another's by now", async () => {
    const { state, of } = opened(full());
    await of(deny).apply();
    state.managed![arn]!.push(foreign);
    await of(deny).undo();
    expect(state.managed).to.deep.equal({ [arn]: [denied, foreign] });
    expect(web(state).attached).to.include(arn);
  });

  it("goes with the inline one that a later run wrote", async () => {
    const { state, of } = opened(full());
    await of(deny).apply();
    web(state).policies = { app: {}, [policy]: denied };
    expect(await of(deny).inspect()).to.equal("after");
    await of(deny).undo();
    expect(await of(deny).inspect()).to.equal("before");
    expect([web(state).policies, state.managed]).to.deep.equal([{ app: {} }, {}]);
  });
});

describe("an instance whose role has no room for an inline policy [R1]", () => {
  const incident = builders.incident();
  const id = `${builders.incidentKey}-1`;
  const contained = async () => {
    const world = new SimulatedWorld(full());
    expect(answered(await world.answer(incident)).outcome).to.equal("contained");
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] Isolated: /);
    return world;
  };
  const changes: readonly (readonly [string, (state: AccountState) => void])[] = [
    ["is detached", (state) => void web(state).attached?.pop()],
    [
      "is detached and deleted",
      (state) => {
        web(state).attached?.pop();
        state.managed = {};
      },
    ],
  ];
  for (const [how, change] of changes) {
    it(`is contained again by the watch when its deny ${how}, and released as it was`, async () => {
      const world = await contained();
      const denies = structuredClone([web(world.state).attached, world.state.managed]);
      expect(answered(await world.watch(incident.key)).reason).to.equal(
        `Incident ${id} is contained`,
      );
      change(world.state);
      expect(answered(await world.watch(incident.key)).reason).to.equal(
        `Incident ${id} was contained again`,
      );
      expect([web(world.state).attached, world.state.managed]).to.deep.equal(denies);
      expect(answered(await world.release(id)).outcome).to.equal("released");
      expect([world.state.roles, world.state.managed]).to.deep.equal([full().roles, {}]);
    });

    it(`is released when its deny ${how}`, async () => {
      const world = await contained();
      change(world.state);
      expect(answered(await world.release(id)).outcome).to.equal("released");
      expect([world.state.roles, world.state.managed]).to.deep.equal([full().roles, {}]);
    });
  }

  it("says that another version of its deny is in effect, and a release leaves that", async () => {
    const world = await contained();
    world.state.managed![arn]!.push(foreign);
    const found = await world.watch(incident.key, { delivery: 5 });
    expect(found.kind === "failed" && found.error.message).to.include(
      `${arn} is not the policy that Cordon writes`,
    );
    world.outlastLease();
    const report = answered(await world.release(id));
    if (report.outcome === "refused") throw new Error(report.reason);
    expect(report.drifted.map(({ manual }) => manual)).to.deep.equal([
      `Delete the inline policy ${policy} of role web; if a managed policy ${policy} is attached to it, detach and delete that.`,
    ]);
    expect(web(world.state).attached).to.include(arn);
  });

  it("has its access back where somebody attached the deny elsewhere, and the notice says so", async () => {
    const world = await contained();
    world.state.roles.batch = { ...web(full()), policies: {}, attached: [arn] };
    const report = answered(await world.release(id));
    if (report.outcome === "refused") throw new Error(report.reason);
    expect(report.outcome).to.equal("released-in-part");
    expect(report.drifted).to.deep.equal([
      {
        what: `delete the policy ${policy} of role web`,
        why: `it is detached from role web, and IAM does not delete it while it is attached to others: aws iam list-entities-for-policy --policy-arn=${arn}`,
        manual: `Delete the inline policy ${policy} of role web; if a managed policy ${policy} is attached to it, detach and delete that.`,
      },
    ]);
    expect([report.byHand, report.keptInPlace, report.problems]).to.deep.equal([[], [], []]);
    expect(web(world.state).attached).to.not.include(arn);
    expect(world.state.roles.batch.attached).to.deep.equal([arn]);
  });

  it("is released where IAM shows the policy as attached for some seconds more", async () => {
    const world = await contained();
    let refused = 0;
    const { batch: _none, ...roles } = world.state.roles;
    const report = await world.release(id, {
      fault: ({ method }) => {
        if (method !== "identity.deletePolicy") return undefined;
        refused += 1;
        world.state.roles =
          refused < 3 ? { ...roles, batch: { ...web(full()), attached: [arn] } } : roles;
        return undefined;
      },
    });
    expect(answered(report).outcome).to.equal("released");
    expect([refused, world.state.managed]).to.deep.equal([3, {}]);
  });

  it("is contained in an account that shows every change three calls late", async () => {
    const world = new SimulatedWorld(full());
    for (const delivery of [1, 2, 3]) {
      const ending = await world.answer(incident, { lag: 3, delivery });
      if (ending.kind === "answered") break;
      world.outlastLease();
    }
    expect(world.items[id]?.status).to.equal("contained");
    expect(world.state.managed?.[arn]).to.have.lengthOf(1);
    expect(answered(await world.release(id, { lag: 3 })).outcome).to.equal("released");
    expect([world.state.roles, world.state.managed]).to.deep.equal([full().roles, {}]);
  });
});
