import { expect } from "chai";
import type { Incident } from "../../../../functions/model/incident";
import { userFacts } from "../../../../functions/remediate/facts/user";
import type { Plan } from "../../../../functions/remediate/plan";
import { planOf } from "../../../../functions/remediate/playbooks";
import { kindOf } from "../../../../functions/remediate/steps";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import { type AccountState, MemoryAccount } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const { accessKey, spareKey, denyAllArn, userId } = builders;
const otherKey = "AKIAEXAMPLEKEY000003";

/** What a thief does to the user. */
function rename(state: AccountState): void {
  const { deploy } = state.users;
  delete state.users.deploy;
  state.users.helper = { ...deploy!, arn: "arn:aws:iam::222233334444:user/ci/helper" };
}
function renameAndReplace(state: AccountState): void {
  rename(state);
  state.users.deploy = { ...state.users.other!, id: "AIDAEXAMPLEUSER000003", keys: [] };
}
function deleteKey(state: AccountState): void {
  state.users.deploy!.keys.shift();
}
function deactivateKey(state: AccountState): void {
  state.users.deploy!.keys[0]!.active = false;
}
const both = (...acts: ((state: AccountState) => void)[]) => {
  return (state: AccountState) => {
    for (const act of acts) act(state);
  };
};

/** The plan that a fresh look gives. */
async function freshPlan(
  state: AccountState,
  incident: Incident & Incident<"user">,
  knowledge = builders.patient,
): Promise<Plan> {
  const facts = await userFacts.read(incident, new MemoryAccount(state), knowledge);
  const id = `${incident.key}-1`;
  return planOf(incident, facts, id, new Date(), builders.policy(knowledge.policy), "5eed0001");
}
const stepsOf = ({ stages }: Plan) =>
  stages.map(({ name, steps }) => [name, ...steps.map((step) => kindOf(step.kind).target(step))]);

describe("a thief's user [R5]", () => {
  const escapes: readonly (readonly [string, (state: AccountState) => void, string, string[]])[] = [
    ["makes another key and deletes the one that was seen", deleteKey, "deploy", [spareKey]],
    ["deactivates the key that was seen", deactivateKey, "deploy", [accessKey, spareKey]],
    ["renames the user", rename, "helper", [accessKey, spareKey]],
    [
      "renames the user, and gives the name to another",
      renameAndReplace,
      "helper",
      [accessKey, spareKey],
    ],
    ["deletes the key, then renames the user", both(deleteKey, rename), "helper", [spareKey]],
  ];
  for (const [what, act, name, keys] of escapes) {
    it(`is denied, and has no active key, when the thief ${what}`, async () => {
      const world = new SimulatedWorld(builders.identityAccount());
      act(world.state);
      expect(answered(await world.answer(builders.userIncident())).outcome).to.equal("contained");
      const { [name]: user, ...others } = world.state.users;
      expect(user?.attached).to.include(denyAllArn);
      expect(user?.keys).to.deep.equal(keys.map((id) => ({ id, active: false })));
      for (const other of Object.values(others)) {
        expect(other.attached).to.deep.equal([]);
        expect(other.tags).to.deep.equal({});
      }
      expect(world.state.users.other?.keys).to.deep.equal([{ id: otherKey, active: true }]);
    });
  }

  it("is found by the key when the finding has no unique id", async () => {
    const incident = builders.userIncident();
    const { uniqueId: _none, ...resource } = incident.resource;
    for (const act of [rename, renameAndReplace]) {
      const state = builders.identityAccount();
      act(state);
      const plan = await freshPlan(state, { ...incident, resource });
      expect(stepsOf(plan)[1]).to.deep.equal(["deny", "helper"]);
    }
  });

  it("is never the owner of the key when that is another user than the finding's", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    delete world.state.users.deploy;
    const ending = await world.answer(builders.userIncident({}, otherKey));
    expect(answered(ending).outcome).to.equal("target-missing");
    expect(world.changes).to.deep.equal([]);
  });

  it("is never a user who only has the name, and the notice says why", async () => {
    const world = new SimulatedWorld(
      builders.identityAccount({ id: "AIDAEXAMPLEUSER000003", keys: [] }),
    );
    const ending = answered(await world.answer(builders.userIncident()));
    expect([ending.outcome, ending.reason]).to.deep.equal([
      "target-missing",
      `User deploy is another user than the finding's, whose unique id is ${userId}: Cordon leaves user deploy alone`,
    ]);
    expect(world.changes).to.deep.equal([]);
  });

  it("is asked of a list of all users only when neither name nor key leads to the user", async () => {
    const methods = async (act: (state: AccountState) => void) => {
      const world = new SimulatedWorld(builders.identityAccount());
      act(world.state);
      await world.answer(builders.userIncident());
      return world.log
        .map(({ method }) => method)
        .filter((method) => /ownerOfKey|nameOfUser/.test(method));
    };
    expect(await methods(() => {})).to.deep.equal([]);
    expect(await methods(deleteKey)).to.deep.equal([]);
    expect(await methods(rename)).to.deep.equal(["identity.ownerOfKey"]);
    expect(await methods(both(deleteKey, rename))).to.deep.equal([
      "identity.ownerOfKey",
      "identity.nameOfUser",
    ]);
  });

  it("is gone for every step of a plan with the earlier name, and planned anew", async () => {
    for (const act of [rename, renameAndReplace]) {
      const state = builders.identityAccount();
      const incident = builders.userIncident();
      const before = await freshPlan(state, incident);
      act(state);
      const account = new MemoryAccount(state);
      const cutting = before.stages
        .flatMap(({ steps }) => steps)
        .filter((step) => kindOf(step.kind).cuts);
      const states = cutting.map((step) => kindOf(step.kind).inspect(step, account));
      expect(await Promise.all(states)).to.deep.equal(["gone", "gone", "gone"]);
      const after = await freshPlan(state, incident);
      expect(stepsOf(after)).to.deep.equal([
        ["mark", "helper"],
        ["deny", "helper"],
        ["keys", accessKey, spareKey],
      ]);
      expect(after.nextSteps[0]).to.equal(
        `The finding names user deploy; the credentials belong to user helper (${userId}). Find who renamed the user: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateUser --region=us-east-1`,
      );
    }
  });

  it("says what became of the key", async () => {
    for (const [act, what] of [
      [deleteKey, "is not among the user's keys"],
      [deactivateKey, "was inactive already"],
    ] as const) {
      const state = builders.identityAccount();
      act(state);
      const { nextSteps } = await freshPlan(state, builders.userIncident());
      expect(nextSteps).to.include(
        `Access key ${accessKey} ${what}: find who deleted or disabled it, and which keys and sessions were created before.`,
      );
    }
  });
});

describe("a key that is known to be public [R8]", () => {
  const named = (...exposed: string[]) => ({
    ...builders.patient,
    policy: { ...builders.patient.policy, disableKeys: "named" as const },
    journal: { isExposed: async (key: string) => exposed.includes(key) },
  });

  it("is disabled beside the named one, whatever cordon:disableKeys says", async () => {
    const state = builders.identityAccount();
    const incident = builders.userIncident();
    expect(stepsOf(await freshPlan(state, incident, named(spareKey)))[2]).to.deep.equal([
      "keys",
      accessKey,
      spareKey,
    ]);
    expect(stepsOf(await freshPlan(state, incident, named()))[2]).to.deep.equal([
      "keys",
      accessKey,
    ]);
  });

  it("is disabled although the user is denied already, and until then not contained", async () => {
    const state = builders.identityAccount({ attached: [denyAllArn] });
    const incident = builders.userIncident({ exposed: true }, spareKey);
    deactivateKey(state);
    for (const knowledge of [named(), { ...named(), policy: builders.patient.policy }]) {
      const facts = await userFacts.read(incident, new MemoryAccount(state), knowledge);
      expect(userFacts.circumstances(facts, incident)).to.deep.include({
        quarantined: false,
        drift: `access key ${spareKey} is active again; user deploy is still denied all actions`,
      });
      expect(stepsOf(await freshPlan(state, incident, knowledge))).to.deep.equal([
        ["mark", "deploy"],
        ["keys", spareKey],
      ]);
    }
  });

  it("keeps a denied user from passing for contained when a finding names another key", async () => {
    const state = builders.identityAccount({ attached: [denyAllArn] });
    deactivateKey(state);
    const incident = builders.userIncident();
    const stateOf = async (knowledge: typeof builders.patient) =>
      userFacts.circumstances(
        await userFacts.read(incident, new MemoryAccount(state), knowledge),
        incident,
      );
    expect(await stateOf(named(spareKey))).to.deep.include({
      quarantined: false,
      drift: `access key ${spareKey} is active and known to be public; user deploy is still denied all actions`,
    });
    expect((await stateOf(named())).quarantined).to.equal(true);
  });

  it("is not asked for before the deny where every key is disabled anyway", async () => {
    const asked: string[] = [];
    const knowledge = {
      ...builders.patient,
      journal: {
        isExposed: async (key: string) => {
          asked.push(key);
          return false;
        },
      },
    };
    await freshPlan(builders.identityAccount(), builders.userIncident(), knowledge);
    expect(asked).to.deep.equal([]);
  });
});

describe("a thief who signed in to the console", () => {
  const signIn = () => {
    const incident = builders.userIncident({
      type: "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
    });
    const { accessKey: _none, ...resource } = incident.resource;
    return { ...incident, resource };
  };
  const others = {
    "console password": ["deploy"],
    "MFA device": ["arn:aws:iam::222233334444:mfa/deploy-phone"],
    "SSH public key": ["APKAEXAMPLE0000000001"],
    "signing certificate": ["TA7SMP42TDN5Z26OBPJE7EXAMPLE"],
    "service-specific credential": ["ACCAEXAMPLE0000000001"],
  };

  it("is denied as the user, whose console password stays", async () => {
    const world = new SimulatedWorld(builders.identityAccount({ others }));
    expect(answered(await world.answer(signIn())).outcome).to.equal("contained");
    expect(world.state.users.deploy?.attached).to.include(denyAllArn);
    expect(world.state.users.deploy?.others).to.deep.equal(others);
    const { text } = world.notices[0]!;
    expect(text).to.include("The console password is kept: deleting it cannot be undone.");
    expect(text).not.to.include("delete-login-profile");
    expect(text).to.include(
      "console password, MFA device arn:aws:iam::222233334444:mfa/deploy-phone, SSH public key APKAEXAMPLE0000000001, signing certificate TA7SMP42TDN5Z26OBPJE7EXAMPLE, service-specific credential ACCAEXAMPLE0000000001.",
    );
  });

  it("is denied although the other credentials cannot be read, which the notice says", async () => {
    const fault = ({ method, args }: { method: string; args: readonly unknown[] }) =>
      method === "identity.otherCredentials" && args[1] === "MFA device"
        ? new AwsError("Throttling", "Rate exceeded")
        : undefined;
    const world = new SimulatedWorld(builders.identityAccount());
    expect(answered(await world.answer(signIn(), { fault })).outcome).to.equal("contained");
    const { text } = world.notices[0]!;
    expect(text).to.include(
      "Cordon could not list all credentials of user deploy (MFA device): Throttling: Rate exceeded",
    );
    expect(text).to.include("Check: aws iam list-mfa-devices --user-name=deploy");
  });

  it("is denied without the other credentials when they take too long", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const slow = ({ method }: { method: string }) => method === "identity.otherCredentials";
    expect(answered(await world.answer(signIn(), { slow })).outcome).to.equal("contained");
    expect(world.notices[0]?.text).to.include("NoAnswer: no answer within 5 seconds");
  });
});
