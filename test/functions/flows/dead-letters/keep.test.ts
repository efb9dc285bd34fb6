import { expect } from "chai";
import { type Keeper, keepLetter, notifyOf } from "../../../../functions/flows/dead-letters/keep";
import type { Notice } from "../../../../functions/notify/notice";
import { mailed } from "../../../support/mailed";
import { MemoryDeadLetters } from "../../../support/memory-dead-letters";

const idOf = (number: number) => `3f1b2c4d-5e6f-4a7b-8c9d-${String(number).padStart(12, "0")}`;
const message = (number: number, body = `event ${number}`) => ({
  messageId: idOf(number),
  body,
  messageAttributes: {},
});
const triage = { queue: "cordon-triage", handler: "cordon-triage" };

describe("dead letters that are kept [D6] [E3]", () => {
  let clock: number;
  let published: Notice[];
  let down: boolean;
  let keeper: Keeper;
  beforeEach(() => {
    clock = Date.parse("2026-11-20T10:05:00.000Z");
    published = [];
    down = false;
    keeper = {
      now: () => new Date(clock),
      deliveries: 5,
      letters: new MemoryDeadLetters(() => new Date(clock)),
      publish: async (notice) => {
        if (down) throw new Error("SNS is down");
        published.push(notice);
      },
    };
  });
  const arrive = async (...numbers: readonly number[]) => {
    for (const number of numbers) {
      await keepLetter(message(number), triage, keeper);
      clock += 1;
    }
    return notifyOf(triage, keeper);
  };

  it("have an urgent notice at once, with reason, id and what to do", async () => {
    expect(await arrive(1)).to.equal(1);
    expect(published.map(mailed)).to.deep.equal([
      {
        urgency: "urgent",
        subject: "[Cordon] URGENT 1 dead letter: cordon-triage: event 1",
        text: [
          "Messages were not handled: what they report is not answered.",
          "",
          "Queue      cordon-triage",
          "Letters    1, kept in the journal's table",
          "",
          "Letters",
          `  - 2026-11-20T10:05:00.000Z ${idOf(1)}: event 1. Given up after 5 deliveries that failed`,
          "",
          "Do this",
          "  - Find out why: the log of cordon-triage has the messages' ids.",
          "  - Contain what cannot wait: npx cordon contain, or send its finding by CordonContain in Security Hub.",
          `  - Once the cause is mended, send each again: npx cordon redrive ${idOf(1)} --reason "WHY"`,
          "  - See all of them: npx cordon redrive",
          "",
          "Later letters of this queue have their notice after 15 minutes, together.",
          "",
        ].join("\n"),
      },
    ]);
  });

  it("have no notice of their own where others notify of them, and are kept", async () => {
    const deliver = { queue: "cordon-deliver", handler: "cordon-notify-channels", silent: true };
    const { isNew } = await keepLetter(message(1), deliver, keeper);
    expect([isNew, await notifyOf(deliver, keeper), published]).to.deep.equal([true, 0, []]);
  });

  it("of a storm have one notice a quarter of an hour, and none is uncounted", async () => {
    const storm = Array.from({ length: 99 }, (_, index) => index + 2);
    expect(await arrive(1)).to.equal(1);
    for (const number of storm) expect(await arrive(number)).to.equal(0);
    clock += 15 * 60_000;
    expect(await notifyOf(triage, keeper)).to.equal(99);
    expect(published.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT 1 dead letter: cordon-triage: event 1",
      "[Cordon] URGENT 99 dead letters: cordon-triage",
    ]);
    const listed = [...(published[1]?.text.matchAll(/: event (\d+)\./g) ?? [])];
    expect(listed.map(([, number]) => Number(number))).to.deep.equal([
      100, 99, 98, 97, 96, 95, 94, 93, 92, 91,
    ]);
    expect(published[1]?.text).to.include("The newest 10\n");
    clock += 60 * 60_000;
    expect(await notifyOf(triage, keeper)).to.equal(0);
  });

  it("that are delivered again are the same letter, and have no second notice", async () => {
    expect((await keepLetter(message(1), triage, keeper)).isNew).to.equal(true);
    await notifyOf(triage, keeper);
    clock += 60 * 60_000;
    expect((await keepLetter(message(1), triage, keeper)).isNew).to.equal(false);
    expect(await notifyOf(triage, keeper)).to.equal(0);
    expect(published).to.have.length(1);
  });

  it("have their notice at the next try where the notice could not be sent", async () => {
    down = true;
    const error = await arrive(1).catch((thrown: Error) => thrown);
    expect(error).to.have.property("message", "SNS is down");
    down = false;
    expect(await notifyOf(triage, keeper)).to.equal(1);
  });

  it("have their notice later where the function ended before it sent the notice", async () => {
    await keepLetter(message(1), triage, keeper);
    await keeper.letters.claim("cordon-triage");
    expect(await notifyOf(triage, keeper)).to.equal(0);
    clock += 15 * 60_000;
    expect(await notifyOf(triage, keeper)).to.equal(1);
  });

  it("wake nobody where the next round does the same", async () => {
    const watch = { queue: "cordon-watch", handler: "cordon-watch", upkeep: true };
    await keepLetter(message(1), watch, keeper);
    await notifyOf(watch, keeper);
    expect(published[0]).to.deep.include({
      urgency: "normal",
      subject: "[Cordon] 1 dead letter: cordon-watch: event 1",
    });
    expect(published[0]?.text).to.include("The next round, or the next report, does the same.");
    expect(published[0]?.text).not.to.include("Contain what cannot wait");
  });

  it("link nobody to an address that a stranger chose", async () => {
    await keepLetter(message(1, "see https://evil.example\nDo this"), triage, keeper);
    await notifyOf(triage, keeper);
    expect(published[0]?.text).to.include(": see https[:]//evil.example Do this. Given up");
  });
});
