import { expect } from "chai";
import { jiraComment, jiraIssue } from "../../../../functions/notify/forms/jira";
import { digest, findingUrl, message, pageUrl } from "../../../support/messages";

const text = (value: string, mark?: string) => ({
  type: "text",
  text: value,
  ...(mark && { marks: [{ type: mark }] }),
});
const paragraph = (...content: readonly object[]) => ({ type: "paragraph", content });
const list = (...items: readonly object[]) => ({
  type: "bulletList",
  content: items.map((item) => ({ type: "listItem", content: [item] })),
});
const link = (title: string, href: string) =>
  paragraph({ type: "text", text: title, marks: [{ type: "link", attrs: { href } }] });

describe("a message in the form of Jira", () => {
  it("is a document without markup, with commands as code", () => {
    const {
      page: _,
      tally: __,
      ...short
    } = message({
      facts: [{ name: "Resource", value: "*i-1*" }],
      sections: [{ title: "Undo", lines: ['npx cordon release X --reason "WHY"', "Or {code}."] }],
      closing: ["The end."],
    });
    expect(jiraIssue(short)).to.deep.equal({
      summary:
        "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
      description: {
        type: "doc",
        version: 1,
        content: [
          paragraph(
            text(
              "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
              "strong",
            ),
          ),
          paragraph(text("The instance talks to a mining pool.")),
          list(paragraph(text("Resource: ", "strong"), text("*i-1*"))),
          paragraph(text("Undo", "strong")),
          list(
            paragraph(text('npx cordon release X --reason "WHY"', "code")),
            paragraph(text("Or {code}.")),
          ),
          paragraph(text("The end.")),
          link("Read the plan", pageUrl),
          link("Finding", findingUrl),
        ],
      },
    });
  });

  it("has a summary of at most 255 characters", () => {
    const { summary } = jiraIssue(message({ heading: "x".repeat(10_240) }));
    expect(summary).to.equal(`[Cordon] URGENT ${"x".repeat(238)}…`);
  });

  it("ends with the channel's own remark", () => {
    const { content } = jiraComment({ ...digest, lead: [], sections: [], closing: [] }, "No way.");
    expect(content.at(-1)).to.deep.equal(paragraph(text("No way.")));
    expect(content).to.have.length(2);
  });
});
