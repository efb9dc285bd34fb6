import { expect } from "chai";
import { requestTable } from "../../../functions/aws/request-table";
import type { PersonsRequest, Requests } from "../../../functions/record/requests";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";
import { MemoryRequests } from "../../support/memory-requests";

const asked: PersonsRequest = {
  id: "0f3a9c1d2b4e5f600f3a9c1d2b4e5f60",
  playbook: "contain-instance",
  wanted: {
    contain: "i-0a1b2c3d4e5f60718",
    account: "222233334444",
    region: "eu-central-1",
    reason: "stolen",
  },
  by: "arn:aws:sts::444455556666:assumed-role/Responders/alice",
  at: "2026-11-20T10:05:00.000Z",
};
const answer = { outcome: "contained", reason: "done", incident: "0f3a9c1d2b4e5f60-1" };

for (const [what, open] of [
  ["in DynamoDB", () => requestTable(region, "journal")],
  ["in memory", () => new MemoryRequests()],
] as const) {
  describe(`requests by command ${what} [C5]`, () => {
    let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined;
    let requests: Requests;
    before(async () => {
      if (what === "in DynamoDB") {
        emulator = await startEmulator();
        await makeJournalTable();
      }
      requests = open();
    });
    after(() => emulator?.close());

    it("are written once", async () => {
      expect(await requests.find(asked.id)).to.equal(undefined);
      expect(await requests.ask(asked)).to.equal(true);
      expect(await requests.ask({ ...asked, by: "another" })).to.equal(false);
      expect(await requests.find(asked.id)).to.deep.equal(asked);
    });

    it("are answered once, and only where they were made", async () => {
      await requests.answer(asked.id, answer);
      await requests.answer(asked.id, { outcome: "refused", reason: "later" });
      expect(await requests.find(asked.id)).to.deep.equal({ ...asked, answer });
      await requests.answer("f".repeat(32), answer);
      expect(await requests.find("f".repeat(32))).to.equal(undefined);
    });

    it("hold a journal as it was sent", async () => {
      const adopt = `{"a": "é \\u0000${"x".repeat(300_000)}"}`;
      const adoption = { ...asked, id: "ab".repeat(16), wanted: { adopt, reason: "back" } };
      await requests.ask(adoption);
      expect(await requests.find(adoption.id)).to.deep.equal(adoption);
    });
  });
}
