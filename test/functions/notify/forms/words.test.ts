import { expect } from "chai";
import {
  bodyOf,
  commandAt,
  fitted,
  isEnd,
  liveLinks,
  piecesOf,
} from "../../../../functions/notify/forms/words";
import { headed } from "../../../../functions/notify/message";
import {
  digest,
  findingUrl,
  incidentId,
  message,
  origin,
  pageUrl,
} from "../../../support/messages";

const room = { line: 200, whole: 2_000 };
const rest = `Cut here. The rest: npx cordon show ${incidentId}`;

describe("a message that is made to fit a channel", () => {
  it("stays as it is where it fits and has nothing live", () => {
    expect(fitted(message(), room)).to.deep.equal(message());
    expect(fitted(digest, room)).to.deep.equal(digest);
  });

  it("loses whole lines from its end, and says so", () => {
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n} ${"x".repeat(40)}`);
    const { sections, closing, tally, page } = fitted(
      message({ sections: [{ title: "Done", lines }] }),
      room,
    );
    expect(sections).to.deep.equal([{ title: "Done", lines: lines.slice(0, 25) }]);
    expect([closing, tally]).to.deep.equal([[rest], undefined]);
    // Where it is answered is never cut.
    expect(page).to.equal(message().page);
  });

  it("names the notice topic where there is no incident to show", () => {
    const { closing } = fitted({ ...digest, lead: ["x".repeat(3_000)] }, room);
    expect(closing).to.deep.equal([
      "Cordon announces another plan.",
      "Cut here. The notice topic has the whole message.",
    ]);
  });

  it("marks where a long line is cut", () => {
    const { facts, closing } = fitted(
      message({ facts: [{ name: "Resource", value: "x".repeat(10_240) }] }),
      room,
    );
    expect(facts).to.deep.equal([{ name: "Resource", value: `${"x".repeat(199)}…` }]);
    expect(closing.at(-1)).to.equal(rest);
  });

  it("never cuts a command: a shorter one would do something else", () => {
    const command = `Lift it: aws iam delete-user-policy --user-name=${"x".repeat(300)}`;
    const { sections } = fitted(message({ sections: [{ title: "Undo", lines: [command] }] }), room);
    expect(sections).to.deep.equal([
      { title: "Undo", lines: ["A command that is too long for this channel."] },
    ]);
  });

  it("leaves no address of a stranger to follow, in any text", () => {
    const bad = "Go to https://evil.example/x, www.evil.example or mailto:a@evil.example";
    const good = "Go to https[:]//evil.example/x, www[.]evil.example or mailto[:]a@evil.example";
    const { heading, lead, facts, sections, closing, tally } = fitted(
      message({
        heading: bad,
        lead: [bad],
        facts: [{ name: "Resource", value: bad }],
        sections: [{ title: "Done", lines: [bad] }],
        closing: [bad],
        tally: bad,
      }),
      room,
    );
    expect([heading, lead, facts, sections, closing, tally]).to.deep.equal([
      good,
      [good],
      [{ name: "Resource", value: good }],
      [{ title: "Done", lines: [good] }],
      [good],
      good,
    ]);
  });

  it("leaves Cordon's own: the fact that is one, and the end of the page's line", () => {
    const { facts, page } = fitted(
      message({
        facts: [
          { name: "Link", value: findingUrl },
          { name: "Resource", value: `${findingUrl}.evil.example` },
          { name: "Resource", value: `x ${findingUrl}` },
        ],
        page: `Not https://evil.example: ${pageUrl}`,
      }),
      room,
    );
    expect(facts.map(({ value }) => value.slice(0, 10))).to.deep.equal([
      "https://eu",
      "https[:]//",
      "x https[:]",
    ]);
    expect(page).to.equal(`Not https[:]//evil.example: ${pageUrl}`);
  });

  it("keeps every text to one line, without marks that turn it around", () => {
    const { heading, lead } = fitted(
      message({ heading: "a\r\nIncident   0\u2028b", lead: ["safe\u202etxt.exe", "\u0000", ""] }),
      room,
    );
    expect([heading, lead]).to.deep.equal(["a Incident 0 b", ["safe txt.exe"]]);
  });

  it("shows an empty value as such: no channel takes an empty text", () => {
    const { facts, sections } = fitted(
      message({
        facts: [{ name: "Resource", value: "\u200b" }],
        sections: [{ title: "Done", lines: [" "] }],
      }),
      room,
    );
    expect([facts, sections]).to.deep.equal([[{ name: "Resource", value: "(empty)" }], []]);
  });
});

describe("the words of a channel", () => {
  it("say what happened as the subject of e-mail does", () => {
    expect([headed(message({ heading: "Isolated" })), headed(digest)]).to.deep.equal([
      "[Cordon] URGENT Isolated",
      "[Cordon] Digest of 2026-11-29: 2 findings go on, 5 logged",
    ]);
  });

  it("end an alert or ticket with the message that closes the incident, unless it is urgent", () => {
    const closes = { ...origin, closes: true as const };
    expect([
      isEnd(message({ urgency: "normal", origin: closes })),
      isEnd(message({ urgency: "urgent", origin: closes })),
      isEnd(message({ urgency: "normal" })),
      isEnd(digest),
    ]).to.deep.equal([true, false, false, false]);
  });

  it("link to https addresses alone", () => {
    const links = ["https://a.example/", "http://a.example/", "javascript:alert(1)", "a"].map(
      (url) => ({ title: "Finding", url }),
    );
    expect(liveLinks(message({ origin: { ...origin, links } }))).to.deep.equal([links[0]]);
    expect(liveLinks(digest)).to.deep.equal([]);
  });

  it("find the first command of a line", () => {
    const lines = [
      "npx cordon list",
      "See: npx cordon list",
      "Or (kubectl get pods)",
      "Ask jaws to",
      "the aws account",
      "AWS Config",
    ];
    expect(lines.map(commandAt)).to.deep.equal([0, 5, 4, -1, 4, -1]);
  });

  it("are code from there on, so that a command can be copied", () => {
    const lines = ["See: npx cordon list", "npx cordon list", "None"].map(piecesOf);
    expect(lines).to.deep.equal([
      [
        { text: "See: ", isCode: false },
        { text: "npx cordon list", isCode: true },
      ],
      [{ text: "npx cordon list", isCode: true }],
      [{ text: "None", isCode: false }],
    ]);
  });

  it("are plain text with the page and the tally after everything else", () => {
    expect(bodyOf(message({ lead: [], facts: [], sections: [] }))).to.equal(
      `Finding    ${findingUrl}\n\nCordon announces another plan.\n\n${message().page}\n\n${message().tally}`,
    );
  });
});
