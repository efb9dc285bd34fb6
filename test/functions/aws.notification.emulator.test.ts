import { DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import {
  breachNotifications,
  countedMarks,
  endingExceptionNotifications,
  keyRotationNotifications,
} from "../../functions/aws/notification-table";
import { makeJournalTable, startEmulator } from "../support/local/adapters";
import { region } from "../support/local/gateway";

describe("the adapters behind key rotation", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  describe("the notification log [R8]", () => {
    const key = { account: "222233334444", userName: "ci", week: "2026-W47", target: "chat" };
    let clock = Date.parse("2026-11-21T10:00:00Z");
    const log = () => keyRotationNotifications(region, "journal", () => new Date(clock));
    let dynamo: DynamoDBClient;
    before(async () => {
      dynamo = new DynamoDBClient({ region });
      await makeJournalTable();
    });

    it("gives a notice to the first report, and to that one again", async () => {
      expect(await log().claim(key, "m-1")).to.equal("ours");
      expect(await log().claim(key, "m-2")).to.equal("claimed");
      expect(await log().claim(key, "m-1")).to.equal("ours");
    });

    it("gives it to another report once the first claim has expired", async () => {
      clock += 60_000;
      expect(await log().claim(key, "m-2")).to.equal("claimed");
      clock += 1;
      expect(await log().claim(key, "m-2")).to.equal("ours");
    });

    it("gives it to no report once it was sent, whatever the time", async () => {
      await log().confirm(key);
      clock += 3_600_000;
      for (const report of ["m-1", "m-2", "m-3"]) {
        expect(await log().claim(key, report)).to.equal("notified");
      }
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "key-rotation/222233334444/ci" }, item: { S: "2026-W47/chat" } },
        }),
      );
      expect(Item).to.deep.include({
        notified: { BOOL: true },
        report: { S: "m-2" },
        notifiedAt: { S: "2026-11-21T10:01:00.001Z" },
      });
    });

    it("keeps weeks, targets, users and accounts apart", async () => {
      const others = [
        { ...key, week: "2026-W48" },
        { ...key, target: "notices" },
        { ...key, userName: "cd" },
        { ...key, account: "333344445555" },
      ];
      for (const other of others) expect(await log().claim(other, "m-4")).to.equal("ours");
      expect((await dynamo.send(new ScanCommand({ TableName: "journal" }))).Count).to.equal(5);
    });

    it("gives it to one of many concurrent reports", async () => {
      const race = { ...key, userName: "race" };
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) => log().claim(race, `m-${index}`)),
      );
      expect(claims.filter((claim) => claim === "ours")).to.have.length(1);
      expect(claims.filter((claim) => claim === "claimed")).to.have.length(7);
    });

    const at = () => new Date("2026-11-21T10:00:00Z");
    const user = (n: number, changes: object = {}) => {
      const each = { account: "222233334444", userName: `user-${n}`, week: "2026-W47" };
      return keyRotationNotifications(region, "journal", at).admit({ ...each, ...changes }, 2);
    };

    it("admits up to the limit of users of an account and week, and the same users again", async () => {
      const admitted = [];
      for (const n of [1, 1, 2, 3, 2, 1, 4]) admitted.push(await user(n));
      expect(admitted).to.deep.equal([true, true, true, false, true, true, false]);
      expect(await user(3, { week: "2026-W48" })).to.equal(true);
      expect(await user(3, { account: "333344445555" })).to.equal(true);
    });

    it("gives a breach of a rule once a day and account, apart from everything else", async () => {
      const breaches = breachNotifications(region, "journal", at);
      const breach = { account: "222233334444", rule: "cordon-root-mfa", day: "2026-11-21" };
      expect(await breaches.claim(breach, "e-1")).to.equal("ours");
      expect(await breaches.claim(breach, "e-2")).to.equal("claimed");
      await breaches.confirm(breach);
      expect(await breaches.claim(breach, "e-1")).to.equal("notified");
      for (const other of [
        { ...breach, day: "2026-11-22" },
        { ...breach, rule: "cordon-console-mfa" },
        { ...breach, account: "333344445555" },
      ]) {
        expect(await breaches.claim(other, "e-3")).to.equal("ours");
      }
    });

    it("keeps those about ending exceptions in a partition of their own [C3]", async () => {
      const ending = endingExceptionNotifications(region, "journal", () => new Date(clock));
      const entry = { id: "1a2b3c4d", expires: "2027-01-31" };
      expect(await ending.claim(entry, "a round")).to.equal("ours");
      await ending.confirm(entry);
      expect(await ending.claim(entry, "the next")).to.equal("notified");
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "ending-exception/1a2b3c4d" }, item: { S: "2027-01-31" } },
        }),
      );
      expect(Item?.notified).to.deep.equal({ BOOL: true });
    });

    it("keeps which false positives were counted in a partition of their own [E3]", async () => {
      const counted = countedMarks(region, "journal", () => new Date(clock));
      expect(await counted.claim({ id: "1a2b3c4d" }, "a round")).to.equal("ours");
      expect(await counted.claim({ id: "1a2b3c4d" }, "the next")).to.equal("claimed");
      await counted.confirm({ id: "1a2b3c4d" });
      expect(await counted.claim({ id: "1a2b3c4d" }, "the next")).to.equal("notified");
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "counted-mark/1a2b3c4d" }, item: { S: "counted" } },
        }),
      );
      expect(Item?.notified).to.deep.equal({ BOOL: true });
    });
  });
});
