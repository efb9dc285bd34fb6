import { expect } from "chai";
import { bindingOf } from "../../../functions/record/approvals";
import { requestBinding, requestId, type Wanted } from "../../../functions/record/requests";

const account = "444455556666";
const contain = {
  contain: "i-0a1b2c3d4e5f60718",
  account: "222233334444",
  region: "eu-central-1",
  reason: "stolen",
} as const satisfies Wanted;

describe("what binds a request by command [C5]", () => {
  it("binds security account, what is asked, target, place, options, reason and journal", () => {
    const wanted: readonly Wanted[] = [
      contain,
      { ...contain, contain: "user/deploy" },
      { ...contain, account: "222233335555" },
      { ...contain, region: "eu-west-1" },
      { ...contain, reason: "stolen " },
      { ...contain, dryRun: true },
      { adopt: "{}", reason: "stolen" },
      { adopt: "{} ", reason: "stolen" },
      { adopt: "{}", reason: "back" },
    ];
    const undone = [
      { release: "0f3a9c1d2b4e5f60-1", reason: "stolen" },
      { release: "0f3a9c1d2b4e5f60-2", reason: "stolen" },
      { release: "0f3a9c1d2b4e5f60-1", reason: "clean" },
      { release: "0f3a9c1d2b4e5f60-1", reason: "stolen", reactivateKeys: true },
      { release: "0f3a9c1d2b4e5f60-1", reason: "stolen", close: true },
      { resetBrake: "organization", reason: "stolen" },
      { resetBrake: "organization", reason: "clean" },
      { redrive: "0f3a9c1d2b4e5f60-1", reason: "stolen" },
      { redrive: "organization", reason: "stolen" },
    ];
    const all = [
      ...[...wanted, ...undone].map((each) => requestBinding(each, account)),
      requestBinding(contain, "444455557777"),
    ];
    expect(new Set(all).size).to.equal(all.length);
    for (const each of all) expect(each).to.match(/^[0-9a-f]{64}$/);
    expect(requestBinding({ ...contain, dryRun: false }, account)).to.equal(all[0]);
  });

  it("is never an answer to an approval", () => {
    const answer = { incident: "", digest: "", decision: "approve", reason: "stolen" } as const;
    expect(requestBinding(contain, account)).to.not.equal(bindingOf(answer, account));
  });

  it("names a request after its proof", () => {
    // echo -n x | sha256sum
    expect(requestId({ authorization: "x", date: "1" })).to.equal(
      "2d711642b726b04401627ca9fbac32f5",
    );
    expect(requestId({ authorization: "y", date: "1" })).to.match(/^(?!2d71)[0-9a-f]{32}$/);
  });
});
