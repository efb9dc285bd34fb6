/** What every channel keeps to, whatever strangers named their resources. */
import { expect } from "chai";
import fc from "fast-check";
import { openChannel } from "../../functions/channels/open";
import type { Message } from "../../functions/notify/message";
import { hostileNames, hostileTexts } from "../support/hostile";
import { findingUrl, incidentId, message, origin, pageUrl } from "../support/messages";
import {
  channels,
  type Exchange,
  type Host,
  hosts,
  now,
  portsTo,
  providersOf,
} from "../support/providers";

const types = Object.keys(hosts) as Host[];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostileTexts, ...hostileNames) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom(...'<>&[]{}@#*_`|:/\\=+-.\n\t"'),
      maxLength: 300,
    }),
  },
);
const texts = (maxLength: number) => fc.array(text, { maxLength });
const hostile: fc.Arbitrary<Message> = fc
  .record({
    heading: text,
    lead: texts(3),
    facts: fc.array(
      fc.record({ name: fc.constantFrom("Resource", "Account", "Link"), value: text }),
      { maxLength: 12 },
    ),
    sections: fc.array(
      fc.record({ title: fc.constantFrom("Why", "Done", "Next steps", "Undo"), lines: texts(40) }),
      { maxLength: 8 },
    ),
    closing: texts(3),
    tally: text,
    hasOrigin: fc.boolean(),
    withPage: fc.boolean(),
  })
  .map(({ hasOrigin, withPage, ...said }) => {
    const { page, origin: of, ...rest } = message(said);
    return { ...rest, ...(hasOrigin && { origin: of! }), ...(withPage && { page: page! }) };
  });

async function posted(type: Host, whole: Message): Promise<readonly Exchange[]> {
  const { ports, exchanges } = portsTo(providersOf()[type].answer);
  await openChannel(channels[type], ports).post(whole, { id: "3f9d", at: now });
  return exchanges;
}

/** Every text of a value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function shown(exchanges: readonly Exchange[]): string {
  return exchanges
    .map(({ answer }) => `${answer.said?.subject}\n${answer.said?.text}`)
    .join("\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** What is live in one channel alone; its stand-in refuses elements that could be. */
const live: Readonly<Partial<Record<Host, RegExp>>> = {
  teams: /\{\{(DATE|TIME)\(/i,
  opsgenie: /[<>]|&(?!amp;|lt;|gt;)/,
  servicenow: /\[\/?code|@\[/i,
};

describe("a channel, whatever strangers wrote", () => {
  for (const type of types) {
    it(`of ${type} takes every message, within its limits`, () =>
      fc.assert(
        fc.asyncProperty(hostile, async (whole) => {
          const exchanges = await posted(type, whole);
          expect(exchanges.map(({ answer }) => answer.status < 300)).to.deep.equal([true]);
        }),
        { numRuns: 30 },
      ));

    for (const texture of ["x", "<", '"', "\\", "😀", "ü", "[code", "{{DATE("]) {
      it(`of ${type} holds its limits with as much as there can be of ${texture}`, async () => {
        for (const length of [1, 3, 30, 300, 3_000]) {
          const line = texture.repeat(length);
          const lines = Array.from({ length: Math.min(2_000, 300_000 / length) }, () => line);
          const sections = [{ title: "Done", lines }];
          const facts = lines.slice(0, 12).map((value) => ({ name: "Resource", value }));
          for (const heading of ["Isolated", texture.repeat(3_000)]) {
            const [exchange] = await posted(type, message({ heading, facts, sections }));
            const { status = 0, body = "" } = exchange?.answer ?? {};
            expect([status < 300, body.includes('"ok":false')], body).to.deep.equal([true, false]);
          }
        }
      });
    }

    it(`of ${type} has no live link but Cordon's own, no control, and no formula`, () =>
      fc.assert(
        fc.asyncProperty(hostile, async (whole) => {
          const [exchange] = await posted(type, whole);
          const body = JSON.parse(exchange?.request.body ?? "") as object;
          for (const each of textsIn(body)) {
            const rest = each
              .replaceAll(pageUrl, "")
              .replaceAll(findingUrl, "")
              .replace("http://adaptivecards.io/schemas/adaptive-card.json", "");
            expect(rest).not.to.match(/[a-z]:\/\/|\bwww\.|mailto:|javascript:/i);
            // A line break is the form's own.
            expect(rest).not.to.match(/[^\n\P{Cc}]|\p{Cf}|\p{Cs}/u);
            if (live[type] !== undefined) expect(rest).not.to.match(live[type]);
          }
          const { subject } = exchange?.answer.said ?? {};
          expect(subject).to.match(/^\[Cordon\] URGENT/);
        }),
        { numRuns: 30 },
      ));

    it(`of ${type} loses nothing of what is urgent`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.stringMatching(/^[A-Za-z0-9]( ?[A-Za-z0-9]){0,400}$/),
          async (heading) => {
            const exchanges = await posted(type, message({ heading }));
            expect(shown(exchanges)).to.contain(`[Cordon] URGENT ${heading}`);
          },
        ),
        { numRuns: 20 },
      ));

    it(`of ${type} shows every line, or says that some are cut`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.stringMatching(/^[A-Za-z0-9]{1,120}$/), { maxLength: 250 }),
          async (lines) => {
            const whole = message({ sections: [{ title: "Done", lines }], origin });
            const said = shown(await posted(type, whole));
            const isCut = said.includes(`Cut here. The rest: npx cordon show ${incidentId}`);
            const isWhole = lines.every((line) => said.includes(line));
            // What is cut and whole would mislead, too.
            expect(isCut).to.equal(!isWhole || !said.includes(whole.tally!));
          },
        ),
        { numRuns: 20 },
      ));
  }
});
