import { expect } from "chai";
import { announceEnding } from "../../../../functions/flows/respond/ending-exceptions";
import type { Notice } from "../../../../functions/notify/notice";
import type { EndingException } from "../../../../functions/notify/notification-log";
import type { BrokenEntry, Exception } from "../../../../functions/record/exceptions";
import * as builders from "../../../support/builders";
import { mailed } from "../../../support/mailed";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

/** Looks at the register at one time after another; returns the notices. */
async function noticesAt(
  entries: readonly (Exception | BrokenEntry)[],
  ...times: readonly string[]
): Promise<readonly Notice[]> {
  const notices: Notice[] = [];
  const announced = new MemoryNotificationLog<EndingException>();
  for (const time of times) {
    await announceEnding({
      now: () => new Date(time),
      publish: async (notice) => void notices.push(notice),
      exceptions: { entries: async () => entries },
      announced,
    });
  }
  return notices;
}

describe("an exception that ends [C3]", () => {
  const entry = builders.exception({ account: "222233334444", type: "Backdoor:EC2/*" });

  it("is announced once, in its last seven days, with what it covers", async () => {
    // Its last day is 2027-01-31, so it ends at 2027-02-01T00:00:00Z.
    expect(await noticesAt([entry], "2027-01-24T23:59:59Z")).to.deep.equal([]);
    const times = ["2027-01-25T00:00:00Z", "2027-01-25T00:05:00Z", "2027-01-31T23:59:59Z"];
    expect((await noticesAt([entry], ...times)).map(mailed)).to.deep.equal([
      {
        urgency: "normal",
        subject: "[Cordon] Exception 1a2b3c4d ends after 2027-01-31",
        text: [
          "Exception 1a2b3c4d of team-web until 2027-01-31: load test",
          "",
          "Added by   arn:aws:sts::444455556666:assumed-role/responders/ana",
          "",
          "It covers",
          "  - account 222233334444",
          "  - type Backdoor:EC2/*",
          "",
          "Do this",
          "  - Nothing, if it may end: Cordon then responds to such findings automatically again.",
          "  - To keep it, add a new one: npx cordon except add",
          "",
        ].join("\n"),
      },
    ]);
  });

  it("is not announced once it has ended", async () => {
    expect(await noticesAt([entry], "2027-02-01T00:00:00Z")).to.deep.equal([]);
  });

  it("is announced although another entry cannot be read", async () => {
    const broken = { id: "00ff00ff", problem: "A field is missing or unknown" };
    expect(await noticesAt([broken, entry], "2027-01-30T00:00:00Z")).to.have.lengthOf(1);
  });
});
