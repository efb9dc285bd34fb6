import { expect } from "chai";
import { decide } from "../../../functions/decide/decide";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import * as builders from "../../support/builders";
import { certain } from "../../support/decisions";
import { typeEvents } from "../../support/finding-events";

describe("the decision about every documented finding type that a playbook answers [D1]", () => {
  const decisions = (severity: number) =>
    typeEvents(severity).flatMap(({ name, asks, event }) => {
      const detected = detectGuardDuty(event, "123456789012");
      if (detected.kind !== "incident") return [];
      const verdict = decide(detected.incident, builders.policy(), certain);
      return [{ name, asks, decision: verdict.decision }];
    });

  it("is to contain or to ask at severity 7, and never automatic where people must be asked", () => {
    const severe = decisions(7);
    for (const { name, asks, decision } of severe) {
      expect(decision, name).to.be.oneOf(asks ? ["approve"] : ["approve", "auto"]);
    }
    // 88 types about instances, 27 about credentials of users and of roles, 10 about buckets, 7 about functions,
    // 24 about services of ECS, 2 about images and snapshots, and 5 attack sequences.
    expect(severe).to.have.lengthOf(88 + 2 * 27 + 10 + 7 + 24 + 2 + 5);
    expect(severe.filter(({ asks }) => asks)).to.have.lengthOf(2 * 4);
  });

  it("is to notify at any severity where people must be asked, and otherwise as the policy says", () => {
    for (const { name, asks, decision } of decisions(0)) {
      expect(decision, name).to.equal(asks ? "notify" : "log");
    }
    for (const { name, decision } of decisions(4)) expect(decision, name).to.equal("notify");
  });
});
