import { expect } from "chai";
import { isoWeek } from "../../../functions/model/iso-week";

describe("the week of a notification", () => {
  // ISO 8601's own edge cases, by `date -u -d DAY +%G-W%V`.
  const weeks = [
    ["2026-11-21T23:59:59Z", "2026-W47"],
    ["2026-11-22T23:59:59Z", "2026-W47"],
    ["2026-11-23T00:00:00Z", "2026-W48"],
    ["2027-01-03T12:00:00Z", "2026-W53"],
    ["2027-01-04T00:00:00Z", "2027-W01"],
    ["2024-12-30T00:00:00Z", "2025-W01"],
    ["2023-01-01T00:00:00Z", "2022-W52"],
    ["2028-02-29T08:00:00Z", "2028-W09"],
  ] as const;
  for (const [moment, week] of weeks) {
    it(`is ${week} at ${moment}`, () => expect(isoWeek(new Date(moment))).to.equal(week));
  }
});
