import { expect } from "chai";
import { controlBrakes } from "../../../../functions/flows/release/brakes";
import { MemoryBrakes } from "../../../support/memory-brakes";

const scope = "group/222233334444/eu-central-1/web/blue";
const who = { by: "arn:aws:iam::444455556666:user/ana", reason: "one wrong list" };

describe("control of the brakes [C7]", () => {
  async function tripped() {
    const items = { counts: {}, tripped: {}, waiting: {}, remembered: {} };
    const brakes = new MemoryBrakes(items, () => new Date("2026-11-21T10:20:00.000Z"));
    await brakes.trip({ scope, limit: 3 }, "0f3a9c1d2b4e5f60-1");
    await brakes.hold(scope, {
      at: "2026-11-21T10:20:00.000Z",
      incident: "0f3a9c1d2b4e5f60-1",
      severity: 8,
      type: "Backdoor:EC2/DenialOfService.Dns",
      resource: "i-0a1b2c3d4e5f60718",
      account: "222233334444",
      region: "eu-central-1",
    });
    return { brakes, items };
  }
  const brake = {
    scope,
    limit: 3,
    trippedAt: "2026-11-21T10:20:00.000Z",
    incident: "0f3a9c1d2b4e5f60-1",
    waiting: ["0f3a9c1d2b4e5f60-1"],
  };

  it("lists the tripped ones, with what they hold back", async () => {
    const { brakes } = await tripped();
    expect(await controlBrakes(brakes, "list", "", who)).to.deep.equal({
      outcome: "listed",
      brakes: [brake],
    });
  });

  it("resets one, once, and keeps who and why", async () => {
    const { brakes, items } = await tripped();
    expect(await controlBrakes(brakes, "reset", scope, who)).to.deep.equal({
      outcome: "reset",
      brake,
      ...who,
    });
    expect(items.tripped).to.deep.equal({
      [scope]: { alertUntil: 0, lastReset: { ...who, at: "2026-11-21T10:20:00.000Z" } },
    });
    expect(await controlBrakes(brakes, "reset", scope, who)).to.deep.equal({
      outcome: "refused",
      reason: `Brake ${scope} is not tripped`,
    });
  });

  for (const [what, wanted, name, reason, problem] of [
    ["another word", "trip", scope, who.reason, "Brakes are listed or reset"],
    [
      "a name that no brake has",
      "reset",
      "group/web",
      who.reason,
      '"group/web" is not the name of a brake: organization, playbook/PLAYBOOK/ACCOUNT, group/ACCOUNT/REGION/NAME or type/FINDING-TYPE',
    ],
    [
      "a reason of two lines",
      "reset",
      scope,
      "one\ntwo",
      "The reason for the reset must be one line of 1 to 1,000 characters, but it has line breaks or control characters",
    ],
  ] as const) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const { brakes } = await tripped();
      expect(await controlBrakes(brakes, wanted, name, { by: who.by, reason })).to.deep.equal({
        outcome: "refused",
        reason: problem,
      });
      expect(await brakes.held()).to.deep.equal([brake]);
    });
  }
});
