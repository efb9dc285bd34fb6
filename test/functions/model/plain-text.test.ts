import { expect } from "chai";
import { oneLine, plain, unlinked } from "../../../functions/model/plain-text";

describe("an address that a stranger chose", () => {
  it("is no link in a mail, and stays readable", () => {
    expect(unlinked("answer on https://evil.example/a and HTTP://b, not s3://bucket/key")).to.equal(
      "answer on https[:]//evil.example/a and HTTP[:]//b, not s3://bucket/key",
    );
  });
});

describe("text that strangers wrote", () => {
  it("becomes one line, without what SQS refuses in a message", () => {
    for (const [given, line] of [
      ["a\r\nb\u2028c\u2029d\u0085e\u000bf", "a b c d e f"],
      ["  a \t   b\u00a0", "a b"],
      ["a\u0000b\u001b[2Jc\u202ed\u200be", "a b [2Jc d e"],
      ["a\ud83db\udc31c\uffffd\ufffee", "a b c d e"],
      ["Zürich 東京 🐱", "Zürich 東京 🐱"],
    ] as const) {
      expect(oneLine(given)).to.equal(line);
    }
  });

  it("is cut visibly, and never within a character", () => {
    expect(plain("abcdef", 6)).to.equal("abcdef");
    expect(plain("abcdefg", 6)).to.equal("abcde…");
    expect(plain("abcd🐱fg", 6)).to.equal("abcd…");
  });
});
