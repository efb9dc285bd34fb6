import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { type Ports, redrive } from "../../cli/redrive";
import type { RedriveReport } from "../../functions/handlers/redrive";
import type { DeadLetter } from "../../functions/record/dead-letters";

const id = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const other = "4f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const letter = (of: string, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  id: of,
  queue: "cordon-triage",
  at: "2026-11-20T09:00:00.000Z",
  reason: "Refused: no\nJSON",
  about: "a\u202e finding",
  ...changes,
});
const redriven = {
  by: "arn:aws:iam::444455556666:user/alice",
  at: "2026-11-20T10:05:00.000Z",
  reason: "why",
};

describe("npx cordon redrive [D6] [E3]", () => {
  const run = async (
    ids: readonly string[],
    options: { readonly reason?: string; readonly json?: boolean } = {},
    answers: Partial<Ports> = {},
  ) => {
    const printed: string[] = [];
    const ports: Ports = {
      list: async () => expect.fail("It asked for the list"),
      redrive: async () => expect.fail("It sent something"),
      print: (line) => void printed.push(stripVTControlCharacters(line)),
      ...answers,
    };
    const code = await redrive(ids, { json: false, ...options }, ports).catch(
      (error: Error) => error.message,
    );
    return { code, printed };
  };
  const listing = (letters: readonly DeadLetter[], more: readonly string[] = []) => ({
    list: async (): Promise<RedriveReport> => ({ outcome: "listed", letters, more }),
  });

  it("lists what waits, the newest first, without what was sent again", async () => {
    const newer = letter(other, { queue: "cordon-watch", at: "2026-11-20T09:30:00.000Z" });
    const sent = letter(id.replace("3", "5"), { redriven });
    expect(await run([], {}, listing([letter(id), sent, newer], ["cordon-watch"]))).to.deep.equal({
      code: 0,
      printed: [
        `${other} cordon-watch, kept at 2026-11-20T09:30:00.000Z`,
        "  a finding",
        "  Refused: no JSON",
        `${id} cordon-triage, kept at 2026-11-20T09:00:00.000Z`,
        "  a finding",
        "  Refused: no JSON",
        "",
        'To send one again to its queue, once: npx cordon redrive ID --reason "WHY"',
        "1 more were sent again: --json lists them, too.",
        "cordon-watch has older ones, which are not listed.",
      ],
    });
    expect((await run([], {}, listing([]))).printed).to.deep.equal(["No dead letter waits."]);
  });

  it("prints the whole list as JSON", async () => {
    const { printed } = await run([], { json: true }, listing([letter(id, { redriven })]));
    expect(JSON.parse(printed.join(""))).to.deep.equal({
      outcome: "listed",
      letters: [letter(id, { reason: "Refused: no JSON", about: "a finding", redriven })],
      more: [],
    });
  });

  const answering: Partial<Ports> = {
    redrive: async (of, reason) =>
      of === id
        ? { outcome: "redriven", letter: letter(of, { redriven: { ...redriven, reason } }) }
        : { outcome: "refused", reason: `There is no dead letter ${of}` },
  };

  it("sends letters again, and says of each whether it was", async () => {
    expect(await run([id], { reason: "mended" }, answering)).to.deep.equal({
      code: 0,
      printed: [`Dead letter ${id} was sent again to cordon-triage: a finding`],
    });
    expect(await run([id, other], { reason: "mended" }, answering)).to.deep.equal({
      code: 1,
      printed: [
        `Dead letter ${id} was sent again to cordon-triage: a finding`,
        `Nothing was sent. There is no dead letter ${other}.`,
      ],
    });
    const { printed } = await run([id, other], { reason: "mended", json: true }, answering);
    const reports = JSON.parse(printed.join("")) as RedriveReport[];
    expect(reports.map(({ outcome }) => outcome)).to.deep.equal(["redriven", "refused"]);
  });

  it("asks for ids and a reason before it asks for credentials", async () => {
    expect((await run([id, "triage"], { reason: "mended" })).code).to.equal(
      '"triage" is not a dead letter\'s id: every notice of dead letters has some, such as 3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d. Nothing was sent.',
    );
    expect((await run([id])).code).to.equal(
      'The reason for the redrive must be one line of 1 to 1,000 characters, but none was given: pass --reason "...". Nothing was sent.',
    );
  });
});
