import { expect } from "chai";
import { happeningAt, instanceFinding, onClock } from "../../../local/samples/guardduty";

describe("an event that a drill plays [V1]", () => {
  const site = { account: "222233334444", region: "us-east-1", instance: "i-0a1b2c3d4e5f60718" };
  const event = {
    ...instanceFinding({ ...site, lastSeen: new Date("2026-03-02T07:19:40.000Z") }),
    time: "2026-03-02T07:25:00Z",
  };

  it("happens as it is played, with its times as far apart as they were", () => {
    const moved = happeningAt(event, new Date("2026-11-29T12:00:00.000Z"));
    const { service, updatedAt, ...detail } = moved.detail as typeof event.detail & {
      readonly service: { readonly eventLastSeen: string };
      readonly updatedAt: string;
    };
    expect([moved.time, updatedAt, service.eventLastSeen]).to.deep.equal([
      "2026-11-29T12:00:00.000Z",
      "2026-11-29T11:54:40.000Z",
      "2026-11-29T11:54:40.000Z",
    ]);
    expect(detail).to.deep.include({ accountId: site.account, severity: 8 });
  });

  it("stays in the future, or malformed, where it is", () => {
    const late = { ...event, time: "2999-01-01T00:00:00Z" };
    expect(happeningAt(late, new Date("2026-11-29T12:00:00.000Z"))).to.deep.equal(late);
    const odd = { ...event, time: "yesterday" };
    expect(happeningAt(odd, new Date("2026-11-29T12:00:00.000Z")).time).to.equal("yesterday");
  });

  it("happens on the functions' clock where it was made on this machine's", () => {
    const day = 86_400_000;
    const made = instanceFinding(site);
    const ahead = new Date(Date.now() + day);
    const later = onClock(made, ahead);
    expect(Date.parse(later.time ?? "") - Date.parse(made.time ?? "")).to.be.closeTo(day, 1_000);
    // What is from another day, or on that clock already, stays.
    expect(onClock(later, ahead)).to.deep.equal(later);
    const old = { ...event, source: "aws.guardduty" };
    expect(onClock(old, ahead)).to.deep.equal(old);
  });
});
