import { expect } from "chai";
import { deliveriesOf, deliveryLog } from "../../../functions/aws/delivery-table";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("the log of deliveries", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  let time = Date.parse("2026-11-21T10:00:00Z");
  const open = () => deliveryLog(region, "journal", () => new Date(time));

  it("claims a message once for each channel, and says what became of it", async () => {
    const log = open();
    const [chat, pager] = ["chat", "pager"].map((channel) => ({ message: "m-1", channel })) as [
      { message: string; channel: string },
      { message: string; channel: string },
    ];
    expect(await log.claim(chat, "c-1")).to.equal("ours");
    expect(await log.claim(chat, "c-2")).to.equal("claimed");
    expect(await log.claim(pager, "c-2")).to.equal("ours");
    await log.confirm(chat);
    await log.failed(pager, "no answer");
    expect(await log.claim(chat, "c-1")).to.equal("notified");
    expect(await deliveriesOf(region, "journal", "m-1")).to.deep.equal([
      { channel: "chat", delivered: true },
      { channel: "pager", delivered: false, why: "no answer" },
    ]);
    expect(await deliveriesOf(region, "journal", "m-2")).to.deep.equal([]);
  });

  it("keeps the thread of an incident in a channel, opened by one message", async () => {
    const log = open();
    const key = { incident: "0f3a9c1d2b4e5f60-1", channel: "tickets" };
    expect(await log.thread(key, "m-1")).to.equal("ours");
    expect(await log.thread(key, "m-2")).to.equal("claimed");
    // The one that claimed it may try again.
    expect(await log.thread(key, "m-1")).to.equal("ours");
    await log.keepThread(key, "SEC-1");
    expect(await log.thread(key, "m-2")).to.deep.equal({ id: "SEC-1" });
    await log.keepThread(key, "SEC-2");
    expect(await log.thread(key, "m-1")).to.deep.equal({ id: "SEC-2" });
    expect(await log.thread({ ...key, channel: "chat" }, "m-2")).to.equal("ours");
  });

  it("remembers that a channel has no threads", async () => {
    const log = open();
    const key = { incident: "1f3a9c1d2b4e5f60-1", channel: "hook" };
    await log.thread(key, "m-1");
    await log.keepThread(key, undefined);
    expect(await log.thread(key, "m-2")).to.deep.equal({});
  });

  it("lets another message open the thread after a minute", async () => {
    const log = open();
    const key = { incident: "2f3a9c1d2b4e5f60-1", channel: "chat" };
    await log.thread(key, "m-1");
    time += 59_000;
    expect(await log.thread(key, "m-2")).to.equal("claimed");
    time += 2_000;
    expect(await log.thread(key, "m-2")).to.equal("ours");
  });

  it("counts what a channel missed on a day, each message once", async () => {
    const log = open();
    expect(await log.missed("chat", "2026-11-21", "m-1")).to.equal(1);
    expect(await log.missed("chat", "2026-11-21", "m-2")).to.equal(2);
    expect(await log.missed("chat", "2026-11-21", "m-1")).to.equal(2);
    expect(await log.missed("chat", "2026-11-22", "m-3")).to.equal(1);
    expect(await log.missed("pager", "2026-11-21", "m-1")).to.equal(1);
  });

  it("claims the alert of an hour", async () => {
    const log = open();
    const key = { channel: "chat", hour: "2026-11-21T10" };
    expect(await log.claimAlert(key, "c-1")).to.equal("ours");
    await log.confirmAlert(key);
    expect(await log.claimAlert(key, "c-2")).to.equal("notified");
    expect(await log.claimAlert({ ...key, hour: "2026-11-21T11" }, "c-2")).to.equal("ours");
  });
});
