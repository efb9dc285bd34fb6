import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { deadLetterTable } from "../../../functions/aws/dead-letter-table";
import type {
  DeadLetter,
  DeadLetterArchive,
  DeadLetterKeeper,
} from "../../../functions/record/dead-letters";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";
import { MemoryDeadLetters } from "../../support/memory-dead-letters";

const queue = "cordon-triage";
const letter = (number: number, of = queue): DeadLetter => ({
  id: `3f1b2c4d-5e6f-4a7b-8c9d-${String(number).padStart(12, "0")}`,
  queue: of,
  at: new Date(Date.parse("2026-11-20T10:05:00.000Z") + number).toISOString(),
  reason: "Refused: The message is not JSON",
  about: "no event",
});
const redriven = {
  by: "arn:aws:iam::444455556666:user/alice",
  at: "2026-11-20T11:00:00.000Z",
  reason: "mended",
};

for (const [what, open] of [
  [
    "in DynamoDB",
    (now: () => Date) => deadLetterTable(region, "journal", now, async () => undefined),
  ],
  ["in memory", (now: () => Date) => new MemoryDeadLetters(now)],
] as const) {
  describe(`dead letters ${what} [D6]`, () => {
    let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined;
    let letters: DeadLetterKeeper & DeadLetterArchive;
    let clock = Date.parse("2026-11-20T10:05:00.000Z");
    before(async () => {
      if (what === "in DynamoDB") {
        emulator = await startEmulator();
        await makeJournalTable();
      }
      letters = open(() => new Date(clock));
    });
    after(() => emulator?.close());

    it("are kept once, with a message of 256 KB as it was", async () => {
      const body = `{"a":"é \\u0000${"x".repeat(262_000)}"}`;
      expect(await letters.find(queue, letter(1).id)).to.equal(undefined);
      expect(await letters.keep(letter(1), body)).to.equal(true);
      // It is delivered again later.
      const later = { ...letter(1), at: "2026-11-20T10:06:00.000Z" };
      expect(await letters.keep(later, body)).to.equal(false);
      expect(await letters.find(queue, letter(1).id)).to.deep.equal({ letter: letter(1), body });
      expect(await letters.find("cordon-watch", letter(1).id)).to.equal(undefined);
      expect(await letters.of(queue)).to.deep.equal({ letters: [letter(1)], more: false });
    });

    it("have a notice at once, then one a quarter of an hour, which counts all and lists ten", async () => {
      const pending = await letters.claim(queue);
      expect(pending).to.deep.equal({ queue, count: 1, kept: 1, newest: [letter(1)] });
      if (pending !== undefined) await letters.markNotified(pending);
      for (let number = 2; number <= 13; number++) await letters.keep(letter(number), "{}");
      expect(await letters.claim(queue)).to.equal(undefined);
      clock += 15 * 60_000 - 1;
      expect(await letters.claim(queue)).to.equal(undefined);
      clock += 1;
      const [one, other] = await Promise.all([letters.claim(queue), letters.claim(queue)]);
      expect([one, other].filter((each) => each === undefined)).to.have.length(1);
      const both = one ?? other;
      expect(both).to.deep.include({ queue, count: 12, kept: 13 });
      expect(both?.newest.map(({ id }) => id)).to.deep.equal(
        [13, 12, 11, 10, 9, 8, 7, 6, 5, 4].map((number) => letter(number).id),
      );
      // One that came meanwhile is the next notice's.
      await letters.keep(letter(14), "{}");
      if (both !== undefined) await letters.markNotified(both);
      clock += 15 * 60_000;
      expect(await letters.claim(queue)).to.deep.include({ count: 1, newest: [letter(14)] });
    });

    it("stay pending where the notice was not sent, until the next try", async () => {
      const of = "cordon-release";
      await letters.keep(letter(1, of), "{}");
      const pending = await letters.claim(of);
      if (pending === undefined) return expect.fail("nothing is pending");
      expect(await letters.claim(of)).to.equal(undefined);
      await letters.giveBack(pending);
      expect(await letters.claim(of)).to.deep.equal(pending);
      await letters.markNotified(pending);
      await letters.giveBack(pending);
      clock += 60 * 60_000;
      expect(await letters.claim(of)).to.equal(undefined);
      expect(await letters.claim("cordon-of-no-letters")).to.equal(undefined);
    });

    it("are taken by one at a time, and sent again once", async () => {
      const [one, other] = await Promise.all([letters.take(letter(2)), letters.take(letter(2))]);
      expect([one, other].sort()).to.deep.equal([false, true]);
      await letters.putBack(letter(2));
      expect(await letters.take(letter(2))).to.equal(true);
      clock += 60_000;
      expect(await letters.take(letter(2))).to.equal(false);
      // Whoever took it is gone.
      clock += 1;
      expect(await letters.take(letter(2))).to.equal(true);
      await letters.sent(letter(2), redriven);
      await letters.sent(letter(2), { ...redriven, by: "another" });
      await letters.putBack(letter(2));
      clock += 60 * 60_000;
      expect(await letters.take(letter(2))).to.equal(false);
      expect(await letters.find(queue, letter(2).id)).to.deep.equal({
        letter: { ...letter(2), redriven },
        body: "{}",
      });
      expect(await letters.take(letter(99))).to.equal(false);
    });

    it("are listed up to two hundred a queue, the newest first", async () => {
      const of = "cordon-watch";
      for (let number = 1; number <= 201; number++) await letters.keep(letter(number, of), "{}");
      const listed = await letters.of(of);
      expect(listed.more).to.equal(true);
      expect(listed.letters).to.have.length(200);
      expect(listed.letters[0]).to.deep.equal(letter(201, of));
      expect(listed.letters.at(-1)).to.deep.equal(letter(2, of));
    });

    it("are in partitions of their own", async () => {
      if (what !== "in DynamoDB") return;
      const { Items = [] } = await new DynamoDBClient({ region }).send(
        new ScanCommand({ TableName: "journal", ProjectionExpression: "incident" }),
      );
      const found = new Set(Items.map(({ incident }) => incident?.S));
      expect([...found].sort()).to.deep.equal([
        "dead-letter/cordon-release",
        "dead-letter/cordon-triage",
        "dead-letter/cordon-watch",
      ]);
    });
  });
}
