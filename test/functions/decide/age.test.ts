import { expect } from "chai";
import { ageOf } from "../../../functions/decide/age";
import * as builders from "../../support/builders";

const now = new Date("2026-11-20T12:00:00.000Z");
const report = (sentAt: string) => ({ report: { sentAt, region: "us-east-1" } });
const minute = 60_000;

describe("the age of a finding [C2]", () => {
  const seen = "2026-11-20T10:00:00.000Z";
  for (const [what, changes, minutes] of [
    ["its activity's, without an event", { lastSeen: seen }, 120],
    [
      "its event's, where that is older",
      { lastSeen: seen, ...report("2026-11-20T09:30:00Z") },
      150,
    ],
    ["its activity's, in a new event", { lastSeen: seen, ...report("2026-11-20T11:59:00Z") }, 120],
    [
      "its activity's, of a sample in an event of 1970",
      { lastSeen: seen, ...report("1970-01-01T00:00:00Z") },
      120,
    ],
    ["negative, where a clock is ahead", { lastSeen: "2026-11-20T12:01:00Z" }, -1],
    ["without end, where its activity has no time", { lastSeen: "soon" }, Infinity],
    ["without end, where its event has no time", { lastSeen: seen, ...report("") }, Infinity],
  ] as const) {
    it(`is ${what}`, () => {
      expect(ageOf(builders.finding(changes), now)).to.equal(minutes * minute);
    });
  }
});
