import { expect } from "chai";
import type { Caller } from "../../local/gateway/iam/caller";
import type { SeededUser } from "../../local/seeds/identities";
import { type Deployed, deployed } from "./deployed";
import { answered, cut, leaked, madeAbout, seedVictim, userStateOf } from "./exposure";

/** What one run changes for a user, whether it was broken or not. */
const changesOf = (user: string) => [
  `iam:AttachUserPolicy ${user}`,
  `iam:TagUser ${user}`,
  `iam:UpdateAccessKey ${user}`,
  `iam:UpdateAccessKey ${user}`,
];

/** Runs side by side: each has a user of its own. */
const lanes = 6;

describe("the first state of the exposed-key workflow, killed at its k-th call [R11]", () => {
  let here: Deployed;
  let calls = 0;

  before("deploy, and count the calls of an undisturbed run", async () => {
    here = await deployed();
    // CloudTrail answers two look-ups a second and account: so many runs at once would wait for it.
    pace(here, 1_000);
    // The functions are warm then, and their sessions of the account open, as in all other runs.
    await runAll("warm-up", [undefined, undefined]);
    calls = (await runAll("undisturbed", [undefined]))[0]?.counted ?? 0;
    expect(calls).to.be.within(20, 60);
  });
  after(() => pace(here, 1));

  it("is tried again until the key is cut, and changes nothing twice", async () => {
    let broken = 0;
    for (let first = 1; first <= calls; first += lanes) {
      const length = Math.min(lanes, calls - first + 1);
      const at = Array.from({ length }, (_, index) => first + index);
      const armed = await runAll(`killed-${first}`, at);
      broken += armed.filter(({ fired }) => fired).length;
    }
    // What runs side by side may save a call further on, so the last need not happen in every run.
    expect(broken).to.be.within(calls - 3, calls);
    console.log(`        ${broken} of ${calls} calls broken (kill)`);
  });

  /** Exposes users side by side, each run killed at its own call; proves that each is cut. */
  async function runAll(label: string, kills: readonly (number | undefined)[]) {
    const { gateway, lambda } = here.organization;
    const users: SeededUser[] = [];
    for (const index of kills.keys()) users.push(await seedVictim(gateway, `${label}-${index}`));
    const keyOf = (user: SeededUser) => user.keys[0]?.accessKeyId ?? "";
    const armed = gateway.faults.arm(
      ...kills.map((at, index) => ({
        at: at ?? 1_000_000,
        kind: "kill" as const,
        concerns: madeAbout(here, "CutKey", keyOf(users[index] as SeededUser)),
        onKill: (caller: Caller) => lambda.kill(caller.accessKeyId),
      })),
    );
    const { executions, changes } = await answered(here, ...users.map(leaked));
    gateway.faults.disarm();
    expect(executions, label).to.have.length(users.length);
    for (const { states, input } of executions) {
      expect(states.at(-1), JSON.stringify(input)).to.equal("Contained");
    }
    for (const user of users) {
      expect(await userStateOf(gateway, user), user.name).to.deep.equal(cut);
      const own = changes.filter((change) => change.endsWith(` ${user.name}`));
      expect([...own].sort(), user.name).to.deep.equal(changesOf(user.name));
    }
    return armed;
  }
});

/** Lets CloudTrail's clock run so much faster, on from its current time: it must never go back. */
function pace({ organization }: Deployed, factor: number): void {
  const { cloudTrail } = organization.gateway;
  const [start, since] = [cloudTrail.clock(), performance.now()];
  cloudTrail.clock = () => start + (performance.now() - since) * factor;
}
