import { expect } from "chai";
import { slackPost } from "../../../../functions/notify/forms/slack";
import {
  digest,
  findingUrl,
  incidentId,
  message,
  origin,
  pageUrl,
} from "../../../support/messages";

const part = (...elements: readonly object[]) => ({ type: "rich_text_section", elements });
const bold = (text: string) => ({ type: "text", text, style: { bold: true } });
const code = (text: string) => ({ type: "text", text, style: { code: true } });
const plain = (text: string) => ({ type: "text", text });
const end = plain("\n");

describe("a message in the form of Slack", () => {
  it("is a header, rich text and links, with commands as code", () => {
    const { page, tally } = message();
    expect(slackPost(message(), "C0123456789")).to.deep.equal({
      channel: "C0123456789",
      text: "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
      blocks: [
        {
          type: "header",
          text: {
            type: "plain_text",
            text: "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
            emoji: false,
          },
        },
        {
          type: "rich_text",
          elements: [
            part(plain("The instance talks to a mining pool."), end),
            part(bold("Resource: "), plain("i-0a1b2c3d4e5f60718"), end),
            part(bold("Account: "), plain("Web shop (222233334444), eu-central-1"), end),
            part(bold("Link: "), plain(findingUrl), end),
            part(bold("Incident: "), plain(incidentId), end),
            part(end, bold("Why no change was made")),
            {
              type: "rich_text_list",
              style: "bullet",
              elements: [part(plain("Others depend on it since 2026-11-30T10:20:05Z."))],
            },
            part(end, bold("To approve")),
            {
              type: "rich_text_list",
              style: "bullet",
              elements: [part(code(`npx cordon approve ${incidentId} --plan 1a2b --reason "WHY"`))],
            },
            part(plain("Cordon announces another plan."), end),
            part(plain("On a phone: "), code(page!.slice(12)), end),
            part(plain(tally!), end),
            part({ type: "link", url: pageUrl, text: "Read the plan", style: { bold: true } }, end),
            part({ type: "link", url: findingUrl, text: "Finding", style: { bold: true } }, end),
          ],
        },
      ],
      mrkdwn: false,
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  it("goes to its incident's thread; an urgent one to the channel, too", () => {
    const threaded = slackPost(message(), "C1", "1.2");
    expect([threaded.thread_ts, threaded.reply_broadcast]).to.deep.equal(["1.2", true]);
    const quiet = slackPost(digest, "C1", "1.2");
    expect([quiet.thread_ts, quiet.reply_broadcast]).to.deep.equal(["1.2", undefined]);
  });

  it("mentions nobody where phones show its text", () => {
    const { text } = slackPost(message({ heading: "user <!channel> & <@U1>", origin }), "C1");
    expect(text).to.equal("[Cordon] URGENT user &lt;!channel&gt; &amp; &lt;@U1&gt;");
  });

  it("repeats a heading that is too long for a header", () => {
    const heading = `Isolated: ${"x".repeat(300)}`;
    const { blocks } = slackPost(message({ heading }), "C1");
    const [header, rich] = blocks as [{ text: { text: string } }, { elements: object[] }];
    expect(header.text.text).to.equal(`[Cordon] URGENT Isolated: ${"x".repeat(123)}…`);
    expect(rich.elements[0]).to.deep.equal(part(bold(`[Cordon] URGENT ${heading}`), end));
  });
});
