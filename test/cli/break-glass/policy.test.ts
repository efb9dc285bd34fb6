import { expect } from "chai";
import { containByHand } from "../../../cli/break-glass/contain";
import { policyOf } from "../../../cli/break-glass/policy";
import { readTarget, type Target } from "../../../functions/detect/request";
import * as builders from "../../support/builders";
import { settings } from "../../support/deployment";
import { MemoryAccount } from "../../support/memory-account";

describe("the policy of a containment with own credentials [R15] [C4]", () => {
  it("is held by no dry run, and by no unit, which it could not look up", async () => {
    const rules = [{ units: ["ou-cord-22222222"], response: "dry-run" as const }];
    const policy = builders.stagePolicy({ playbooks: {}, rules });
    const target = readTarget(builders.instanceId) as Target;
    const { account, region } = builders;
    const order = { target, region, reason: "miner", folder: "unused", yes: false };
    const operator = {
      by: `arn:aws:sts::${account}:assumed-role/BreakGlass/ana`,
      account,
      member: new MemoryAccount(builders.standardAccount()),
      now: () => new Date("2026-11-20T10:05:00.000Z"),
      sleep: (_ms: number, signal?: AbortSignal) =>
        signal === undefined ? Promise.resolve() : new Promise<void>(() => undefined),
    };
    const report = await containByHand(order, operator, policyOf({ ...settings, policy }, region));
    expect(report.outcome).to.equal("planned");
  });
});
