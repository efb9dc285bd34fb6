/** The message that tests of channels vary one field of. */
import type { Message, Origin } from "../../functions/notify/message";

export const incidentId = "f306fc2273fcd649-1";
export const pageUrl = "https://abc123.lambda-url.us-east-1.on.aws/?link=k7";
export const findingUrl =
  "https://eu-central-1.console.aws.amazon.com/guardduty/home?region=eu-central-1#/findings?search=id%3D1ab2";

export const origin: Origin = {
  account: "222233334444",
  region: "eu-central-1",
  severity: 8,
  type: "CryptoCurrency:EC2/BitcoinTool.B",
  incident: incidentId,
  links: [
    { title: "Read the plan", url: pageUrl },
    { title: "Finding", url: findingUrl },
  ],
};

/** What waits for an approval: an urgent message with everything that one can have. */
export function message(changes: Partial<Message> = {}): Message {
  return {
    urgency: "urgent",
    heading:
      "Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
    lead: ["The instance talks to a mining pool."],
    facts: [
      { name: "Resource", value: "i-0a1b2c3d4e5f60718" },
      { name: "Account", value: "Web shop (222233334444), eu-central-1" },
      { name: "Link", value: findingUrl },
      { name: "Incident", value: incidentId },
    ],
    sections: [
      {
        title: "Why no change was made",
        lines: ["Others depend on it since 2026-11-30T10:20:05Z."],
      },
      {
        title: "To approve",
        lines: [`npx cordon approve ${incidentId} --plan 1a2b --reason "WHY"`],
      },
    ],
    closing: ["Cordon announces another plan."],
    page: `On a phone: npx cordon page ${incidentId} prints a link to answer with. To read it only: ${pageUrl}`,
    tally: "Seen 3 times, first at 2026-11-30T09:00:00Z, last at 2026-11-30T10:20:05Z.",
    origin,
    ...changes,
  };
}

/** What follows it: the containment, and the end. */
export const contained = message({ urgency: "normal", heading: "Isolated: i-0a1b2c3d4e5f60718" });
export const released = message({
  urgency: "normal",
  heading: "Released: i-0a1b2c3d4e5f60718",
  origin: { ...origin, closes: true },
});
/** About no account and no incident. */
const {
  origin: _,
  page: __,
  tally: ___,
  ...general
} = message({
  urgency: "normal",
  heading: "Digest of 2026-11-29: 2 findings go on, 5 logged",
  facts: [],
});
export const digest: Message = general;
