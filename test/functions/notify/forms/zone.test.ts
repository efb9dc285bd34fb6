import { expect } from "chai";
import { inZone } from "../../../../functions/notify/forms/zone";
import { digest, message } from "../../../support/messages";

const shown = (line: string, zone = "Europe/Berlin") =>
  inZone(message({ lead: [line] }), zone).lead[0];

describe("the times of a message in a zone", () => {
  const cases: readonly (readonly [string, string, string?])[] = [
    ["2026-11-30T10:20:05Z", "30 Nov 2026, 11:20:05 GMT+1"],
    ["Since 2026-11-30T10:20:05.123Z.", "Since 30 Nov 2026, 11:20:05 GMT+1."],
    ["(2026-07-01T22:30Z)", "(2 Jul 2026, 00:30:00 GMT+2)"],
    ["2026-11-30T02:20:05Z", "29 Nov 2026, 21:20:05 GMT-5", "America/New_York"],
    ["2026-11-30T10:20:05Z", "30 Nov 2026, 15:50:05 GMT+5:30", "Asia/Kolkata"],
    [
      "first at 2026-11-30T09:00:00Z, last at 2026-11-30T10:20:05Z.",
      "first at 30 Nov 2026, 10:00:00 GMT+1, last at 30 Nov 2026, 11:20:05 GMT+1.",
    ],
  ];
  for (const [line, expected, zone] of cases) {
    it(`have its name: ${line}${zone ? ` in ${zone}` : ""}`, () => {
      expect(shown(line, zone)).to.equal(expected);
    });
  }

  it("stay as they are in and after a command, which needs them so", () => {
    const command = "aws cloudtrail lookup-events --start-time 2026-11-30T10:20:05Z";
    expect(shown(`Since 2026-11-30T10:20:05Z: ${command}`)).to.equal(
      `Since 30 Nov 2026, 11:20:05 GMT+1: ${command}`,
    );
  });

  for (const line of [
    "https://console.aws.amazon.com/?from=2026-11-30T10:20:05Z",
    "backup-2026-11-30T10:20:05Z",
    "2026-11-30T10:20:05Z-snapshot",
    "2026-99-99T10:20:05Z",
    "2026-11-30",
  ]) {
    it(`are none in ${line}`, () => {
      expect(shown(line)).to.equal(line);
    });
  }

  it("are changed in every text, and the message in nothing else", () => {
    const at = "2026-11-30T10:20:05Z";
    const told = (time: string) =>
      message({
        heading: time,
        lead: [time],
        facts: [{ name: "Tripped", value: time }],
        sections: [{ title: `Held back since ${time}`, lines: [time] }],
        closing: [time],
        page: time,
        tally: time,
      });
    expect(inZone(told(at), "Europe/Berlin")).to.deep.equal(told("30 Nov 2026, 11:20:05 GMT+1"));
    expect(inZone(digest, "UTC").heading).to.equal(digest.heading);
  });

  it("are refused in a zone that does not exist", () => {
    expect(() => inZone(digest, "Europe/Atlantis")).to.throw(RangeError);
  });
});
