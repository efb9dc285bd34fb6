import { createHmac } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import {
  formCode,
  hasExpired,
  isFormCode,
  isSameCode,
  linkMessage,
  type PageLink,
  pageAddress,
  readLink,
  writeLink,
} from "../../../functions/record/page-links";

const about = {
  incident: "0f3a9c1d2b4e5f60-1",
  digest: "ab".repeat(32),
  expires: 1_795_000_000,
};
const view: PageLink = { kind: "view", ...about };
const by = "arn:aws:sts::444455556666:assumed-role/Responders/alice@example.com";
const personal: PageLink = { kind: "answer", ...about, by };

/** What KMS computes, with a key that nobody here has. */
const codeOf = (message: string) => createHmac("sha256", "the key").update(message).digest();
const written = (link: PageLink) => writeLink(link, codeOf(linkMessage(link)));
const isGenuine = (token: string) => {
  const read = readLink(token);
  return read !== undefined && isSameCode(codeOf(read.message), read.code);
};

describe("a link to the approval page [C5]", () => {
  it("says of which kind it is, about which plan, until when, and for whom", () => {
    expect(written(view)).to.equal(
      `1.view.${codeOf(`Cordon: link to an approval\n1.view.${about.incident}.${about.digest}.1795000000`).toString("base64url")}.${about.incident}.${about.digest}.1795000000`,
    );
    expect(readLink(written(view))?.link).to.deep.equal(view);
    expect(readLink(written(personal))?.link).to.deep.equal(personal);
    expect(isGenuine(written(view)) && isGenuine(written(personal))).to.equal(true);
  });

  it("ends at its second", () => {
    expect(hasExpired(view, new Date(1_794_999_999_999))).to.equal(false);
    expect(hasExpired(view, new Date(1_795_000_000_000))).to.equal(true);
  });

  it("is none once any byte of it is another one", () => {
    const tokens = [written(view), written(personal)];
    fc.assert(
      fc.property(
        fc.constantFrom(...tokens),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (token, at, flip) => {
          const bytes = Buffer.from(token);
          bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
          return !isGenuine(bytes.toString("latin1"));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("is none once parts of it are left out, doubled or exchanged", () => {
    const parts = written(personal).split(".");
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...parts, ...written(view).split(".")), { maxLength: 9 }),
        (chosen) => {
          const token = chosen.join(".");
          return [written(view), written(personal)].includes(token) || !isGenuine(token);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("of one kind is none of the other", () => {
    const [version, , ...rest] = written(view).split(".");
    const asPersonal = [version, "answer", rest[0], Buffer.from(by).toString("base64url")];
    expect(isGenuine([...asPersonal, ...rest.slice(1)].join("."))).to.equal(false);
    expect(readLink(written(personal).replace("1.answer.", "1.view."))).to.equal(undefined);
  });

  for (const [what, token] of [
    ["nothing", ""],
    ["a word", "link"],
    ["another version", written(view).replace(/^1/, "2")],
    ["spare bits of its code set", written(view).replace(/^(1\.view\.[\w-]{42})./, "$1_")],
    ["a space after it", `${written(view)} `],
    ["a line after it", `${written(view)}\n`],
    ["100,000 characters", "1".repeat(100_000)],
  ] as const) {
    it(`is read nowhere in ${what}`, () => {
      expect(readLink(token)).to.equal(undefined);
    });
  }

  it("ends with a digit in its address", () => {
    const address = pageAddress("https://abc.lambda-url.us-east-1.on.aws/", written(view));
    expect(address).to.match(
      /^https:\/\/abc\.lambda-url\.us-east-1\.on\.aws\/\?link=1\.view\..*\d$/,
    );
  });

  it("has a form code of its own", () => {
    expect(isFormCode(formCode(written(view)), written(view))).to.equal(true);
    expect(isFormCode(formCode(written(view)), written(personal))).to.equal(false);
    expect(isFormCode("", written(view))).to.equal(false);
  });
});
