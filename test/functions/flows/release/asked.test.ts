import { expect } from "chai";
import { readAsked } from "../../../../functions/flows/release/asked";
import {
  type BrakeReset,
  type Release,
  requestBinding,
} from "../../../../functions/record/requests";
import { alice, securityAccount } from "../../../support/asked";
import { FakeSts } from "../../../support/fake-sts";

const own = { securityAccount, rolePath: "/", deploymentRole: "CordonDeployer" };
const release = { release: "0f3a9c1d2b4e5f60-1", reason: "a false positive" };
const reset = { resetBrake: "organization", reason: "one wrong list" };
const at = new Date("2026-11-20T10:05:00.000Z");

describe("a release or a reset by command [E4] [C7]", () => {
  const read = (says: unknown, signed: Release | BrakeReset = release, by = alice, now = at) => {
    const sts = new FakeSts();
    const proof = sts.sign(requestBinding(signed, securityAccount), { by, at });
    const callerOf = sts.callerOf.bind(sts);
    return readAsked({ wanted: says, proof }, own, { now: () => now, callerOf });
  };

  it("has the name that STS gave, and the options that were signed", async () => {
    const options = { reactivateKeys: true, close: true };
    const none = { reactivateKeys: false, close: false };
    expect(await read(release)).to.deep.equal({ by: alice, wanted: { ...release, ...none } });
    expect(await read({ ...release, ...options }, { ...release, ...options })).to.deep.equal({
      by: alice,
      wanted: { ...release, ...options },
    });
    expect(await read(reset, reset)).to.deep.equal({ by: alice, wanted: reset });
  });

  const notConfirmed = /^STS did not confirm who asks: SignatureDoesNotMatch: /;
  const refused: readonly (readonly [string, () => ReturnType<typeof read>, RegExp])[] = [
    [
      "of another incident",
      () => read({ ...release, release: "0f3a9c1d2b4e5f60-2" }),
      notConfirmed,
    ],
    ["for another reason", () => read({ ...release, reason: "clean" }), notConfirmed],
    ["that was widened to keys", () => read({ ...release, reactivateKeys: true }), notConfirmed],
    ["that was widened to an end", () => read({ ...release, close: true }), notConfirmed],
    ["that was signed as a reset", () => read(release, reset), notConfirmed],
    ["of another brake", () => read({ ...reset, resetBrake: "type/x" }, reset), notConfirmed],
    [
      "that was signed 5 minutes ago",
      () => read(release, release, alice, new Date(at.getTime() + 300_001)),
      /which is not within 5 minutes of /,
    ],
    [
      "of root",
      () => read(release, release, `arn:aws:iam::${securityAccount}:root`),
      /may not ask: only users and sessions of roles may$/,
    ],
    [
      "of a role of Cordon's own",
      () =>
        read(
          release,
          release,
          `arn:aws:sts::${securityAccount}:assumed-role/cordon-respond-contain-instance/bob`,
        ),
      /may not ask: it is a role of Cordon's own$/,
    ],
    [
      "with the name that its author states",
      () => read({ ...release, by: alice }),
      /^Not a release or a reset: wanted: /,
    ],
    ["that is none", () => read({}), /^Not a release or a reset: wanted: /],
  ];
  for (const [what, ask, why] of refused) {
    it(`is refused in one sentence: one ${what}`, async () => {
      expect(await ask())
        .to.have.property("refused")
        .that.matches(why);
    });
  }

  it("is refused without a proof, whatever name it states", async () => {
    const prover = { now: () => at, callerOf: () => Promise.resolve(alice) };
    const stated = { incident: release.release, by: alice, reason: "x" };
    for (const input of [null, {}, stated, { wanted: release }, { wanted: release, by: alice }]) {
      expect(await readAsked(input, own, prover))
        .to.have.property("refused")
        .that.matches(/^Not a release or a reset: /);
    }
  });
});
