import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { findingUpdatesTable } from "../../../functions/aws/finding-updates-table";
import { journalTable } from "../../../functions/aws/journal-table";
import { keepsTheJournal } from "../../support/journal-contract";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("the journal's table [R11]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  keepsTheJournal((now) => ({
    ...journalTable(region, "journal", now),
    ...findingUpdatesTable(region, "journal", now),
  }));

  // The emulator has one copy of each item: an eventually consistent read shows nothing there.
  it("is read consistently", async () => {
    const requests: object[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request.setEncoding("utf8")) body += part;
      requests.push(JSON.parse(body));
      response.end(JSON.stringify({ Count: 0, Items: [] }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { AWS_ENDPOINT_URL: before } = process.env;
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const journal = journalTable(region, "journal", () => new Date());
      await journal.find("0f3a9c1d2b4e5f60");
      await journal.isExposed("AKIAEXAMPLEKEY000001");
    } finally {
      process.env.AWS_ENDPOINT_URL = before;
      server.closeAllConnections();
      server.close();
    }
    const query = {
      TableName: "journal",
      ConsistentRead: true,
      KeyConditionExpression: "incident = :incident",
    };
    expect(requests).to.deep.equal([
      {
        ...query,
        ScanIndexForward: false,
        Limit: 2,
        ExpressionAttributeValues: { ":incident": { S: "0f3a9c1d2b4e5f60" } },
      },
      {
        ...query,
        ExpressionAttributeValues: { ":incident": { S: "exposed/AKIAEXAMPLEKEY000001" } },
      },
    ]);
  });
});
