import { expect } from "chai";
import { matches } from "../../../../functions/catalogue/event-pattern";
import { exposedKeyPattern } from "../../../../functions/catalogue/patterns";
import { detectExposedKey } from "../../../../functions/detect/exposed-key";
import { type Flagged, reconcile } from "../../../../functions/flows/exposed-key/reconcile";

const flagged: Flagged = {
  id: "bb12345f-55c7-498e-b7ac-123456789012",
  status: "error",
  suppressed: false,
  // In the order of the check's columns.
  metadata: [
    "AKIAIOSFODNN7EXAMPLE",
    "my-username",
    "Exposed",
    "12345678-1234-1234-abcd-1234567890ab",
    "1440021299248",
    "www.example.com",
    "1440453299248",
    "0",
  ],
};

const nothing = { started: 0, known: 0, withoutPlan: [], unreachable: [], failed: [] };

/** Step Functions, as far as names go. */
function reconciling(
  byAccount: Readonly<Record<string, readonly Flagged[] | undefined | Error>>,
  {
    excludedAccounts = [],
    unreachable = {},
  }: { excludedAccounts?: string[]; unreachable?: Record<string, Error> } = {},
) {
  const runs = new Map<string, unknown>();
  const asked: string[] = [];
  const run = () =>
    reconcile({
      excludedAccounts: excludedAccounts,
      accounts: async () => Object.keys({ ...byAccount, ...unreachable }).map((id) => ({ id })),
      advisor: async (account) => {
        if (unreachable[account] !== undefined) throw unreachable[account];
        return {
          flagged: async (check) => {
            asked.push(`${account} ${check}`);
            const answer = byAccount[account];
            if (answer instanceof Error) throw answer;
            return answer;
          },
        };
      },
      isRefusal: (error) => (error as Error).message === "not authorized",
      start: async (name, event) => {
        if (runs.has(name)) return false;
        runs.set(name, event);
        return true;
      },
      now: () => new Date("2026-06-05T08:00:00Z"),
    });
  return { run, runs, asked };
}

describe("functions/flows/exposed-key/reconcile [D4]", () => {
  it("starts a run for a flagged key, with an event the first state reads like any other", async () => {
    const { run, runs, asked } = reconciling({ "123456789012": [flagged] });
    expect(await run()).to.deep.equal({ ...nothing, started: 1 });
    expect(asked).to.deep.equal(["123456789012 12Fnkpl8Y5"]);
    const [[name, event]] = [...runs] as [[string, unknown]];
    expect(name).to.match(/^reconcile-123456789012-AKIAIOSFODNN7EXAMPLE-[0-9a-f]{12}$/);
    const detected = detectExposedKey(event, "444455556666");
    if (detected.kind !== "exposure") throw new Error(JSON.stringify(detected));
    const { place, accessKey, userName, finding } = detected;
    expect([place.account, accessKey, userName, finding.severity, finding.lastSeen])
      .to //
      .deep.equal([
        "123456789012",
        "AKIAIOSFODNN7EXAMPLE",
        "my-username",
        9,
        "2015-08-19T21:54:59.248Z",
      ]);
  });

  it("starts nothing for a report it has started a run for", async () => {
    const { run } = reconciling({ "123456789012": [flagged] });
    await run();
    expect(await run()).to.deep.equal({ ...nothing, known: 1 });
  });

  it("starts another when the report says more, or another day: a refresh alone is neither", async () => {
    const report = (fraud: string, updated: string): Flagged => ({
      ...flagged,
      metadata: flagged.metadata.with(2, fraud).with(4, updated),
    });
    // 2015-08-19, morning and evening, and the day after.
    const [morning, evening, next] = ["1439974800000", "1440021299248", "1440061200000"] as const;
    const { run } = reconciling({
      "123456789012": [
        report("Suspected", morning),
        report("Suspected", evening),
        report("Exposed", evening),
        report("Exposed", next),
        report("Exposed", "no time"),
      ],
    });
    const { started, known } = await run();
    expect([started, known]).to.deep.equal([4, 1]);
  });

  it("starts no run for what is resolved, or excluded from the check by hand", async () => {
    const { run } = reconciling({
      "123456789012": [
        { ...flagged, status: "ok" },
        { ...flagged, status: "constructor" },
        { ...flagged, suppressed: true },
      ],
    });
    expect((await run()).started).to.equal(0);
  });

  it("goes on past accounts without a support plan and accounts that fail, and names them", async () => {
    const { run } = reconciling({
      "111122223333": new Error("not authorized"),
      "222233334444": undefined,
      "123456789012": [flagged],
    });
    expect(await run()).to.deep.equal({
      ...nothing,
      started: 1,
      withoutPlan: ["222233334444"],
      failed: [{ account: "111122223333", why: "Error: not authorized" }],
    });
  });

  it("goes on past an unreachable account, and lists it apart from failures", async () => {
    const { run } = reconciling(
      { "123456789012": [flagged] },
      {
        unreachable: {
          "222233334444": new Error("not authorized"),
          "111122223333": new Error("no STS"),
        },
      },
    );
    expect(await run()).to.deep.equal({
      ...nothing,
      started: 1,
      unreachable: [{ account: "222233334444", why: "Error: not authorized" }],
      failed: [{ account: "111122223333", why: "Error: no STS" }],
    });
  });

  it("fails where every account is unreachable", async () => {
    const error = new Error("not authorized");
    const { run } = reconciling(
      {},
      { unreachable: { "123456789012": error, "222233334444": error } },
    );
    expect(await run()).to.deep.equal({
      ...nothing,
      failed: [
        { account: "123456789012", why: "Error: not authorized" },
        { account: "222233334444", why: "Error: not authorized" },
      ],
    });
  });

  it("asks every account of the organization but those that nothing is deployed to", async () => {
    const { run, asked } = reconciling(
      { "111122223333": [flagged], "123456789012": [], "222233334444": [] },
      { excludedAccounts: ["111122223333"] },
    );
    expect(await run()).to.deep.equal(nothing);
    expect(asked).to.deep.equal(["123456789012 12Fnkpl8Y5", "222233334444 12Fnkpl8Y5"]);
  });

  it("leaves it to the run to refuse what is no key", async () => {
    const { run, runs } = reconciling({ "123456789012": [{ ...flagged, metadata: ["<script>"] }] });
    await run();
    const [[name, event]] = [...runs] as [[string, unknown]];
    expect(name).to.match(/^reconcile-123456789012-no-key-/);
    expect(detectExposedKey(event, "444455556666").kind).to.equal("refused");
  });

  it("writes what no rule of the hub matches, so that none can be sent by a bus", async () => {
    const { run, runs } = reconciling({ "123456789012": [flagged] });
    await run();
    const sent = [...runs.values()];
    expect(sent.map((event) => matches(exposedKeyPattern, event))).to.deep.equal([false]);
  });
});
