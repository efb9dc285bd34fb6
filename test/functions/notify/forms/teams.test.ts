import { expect } from "chai";
import { teamsPost } from "../../../../functions/notify/forms/teams";
import { digest, findingUrl, message, pageUrl } from "../../../support/messages";

interface Card {
  readonly body: readonly { readonly inlines: readonly { readonly text: string }[] }[];
  readonly actions?: readonly object[];
}
const cardOf = (of: ReturnType<typeof teamsPost>) =>
  (of.attachments[0] as { content: Card }).content;
const run = (text: string, style: object = {}) => ({ type: "TextRun", text, ...style });
const block = (...inlines: readonly object[]) => ({ type: "RichTextBlock", inlines });

describe("a message in the form of Teams", () => {
  it("is an Adaptive Card of runs, which know no Markdown, with commands in monospace", () => {
    const small = message({
      facts: [{ name: "Resource", value: "i-1" }],
      sections: [{ title: "Undo", lines: ['npx cordon release X --reason "WHY"', "Or not."] }],
      closing: [],
    });
    const { page: _, tally: __, ...short } = small;
    expect(teamsPost(short)).to.deep.equal({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          contentUrl: null,
          content: {
            $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            type: "AdaptiveCard",
            version: "1.4",
            body: [
              block(
                run(
                  "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
                  { size: "Large", weight: "Bolder", color: "Attention" },
                ),
              ),
              block(run("The instance talks to a mining pool.")),
              {
                ...block(run("Resource: ", { weight: "Bolder" }), run("i-1")),
                spacing: "Small",
              },
              block(run("Undo", { weight: "Bolder" })),
              {
                ...block(
                  run("• "),
                  run('npx cordon release X --reason "WHY"', { fontType: "Monospace" }),
                ),
                spacing: "Small",
              },
              { ...block(run("• "), run("Or not.")), spacing: "Small" },
            ],
            actions: [
              { type: "Action.OpenUrl", title: "Read the plan", url: pageUrl },
              { type: "Action.OpenUrl", title: "Finding", url: findingUrl },
            ],
            msteams: { width: "Full" },
          },
        },
      ],
    });
  });

  it("is not marked where it is not urgent, and has no actions without links", () => {
    const card = cardOf(teamsPost(digest));
    expect(card.body[0]).to.deep.equal(
      block(
        run("[Cordon] Digest of 2026-11-29: 2 findings go on, 5 logged", {
          size: "Large",
          weight: "Bolder",
        }),
      ),
    );
    expect(card).not.to.have.property("actions");
  });

  it("has no function that a renderer evaluates, and every character of it", () => {
    const lead = ["{{DATE(2026-11-30T10:00:00Z, SHORT)}} {{{time(x)}}} {{x}}"];
    const { inlines } = cardOf(teamsPost(message({ lead }))).body[1]!;
    expect(inlines.map(({ text }) => text)).to.deep.equal([
      "{",
      "{DATE(2026-11-30T10:00:00Z, SHORT)}} {{",
      "{time(x)}}} {{x}}",
    ]);
  });
});
