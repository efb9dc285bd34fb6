import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { brakeTable } from "../../../functions/aws/brake-table";
import { journalTable } from "../../../functions/aws/journal-table";
import { keepsTheBrakes, taking } from "../../support/brakes-contract";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

const now = () => new Date("2026-11-21T10:20:00.000Z");
const atOnce = async () => undefined;

describe("the brakes in the journal's table [C7]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  keepsTheBrakes((clock) => ({
    brakes: brakeTable(region, "journal", clock, atOnce),
    journal: journalTable(region, "journal", clock, atOnce),
  }));

  it("keep who reset a brake, and why", async () => {
    const brakes = brakeTable(region, "journal", now, atOnce);
    const scope = "playbook/revoke-sessions/222233334444";
    await brakes.trip({ scope, limit: 4 }, "0f3a9c1d2b4e5f60-1");
    const by = "arn:aws:sts::444455556666:assumed-role/responders/ana";
    await brakes.reset(scope, { by, reason: "one wrong list" });
    const { Items = [] } = await new DynamoDBClient({ region }).send(
      new QueryCommand({
        TableName: "journal",
        KeyConditionExpression: "incident = :partition AND #item = :scope",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: { ":partition": { S: "brake/tripped" }, ":scope": { S: scope } },
      }),
    );
    expect(Items[0]?.lastReset).to.deep.equal({
      M: {
        at: { S: "2026-11-21T10:20:00.000Z" },
        by: { S: by },
        reason: { S: "one wrong list" },
        trippedAt: { S: "2026-11-21T10:20:00.000Z" },
      },
    });
  });

  /**
   * Has DynamoDB cancel transactions with these codes, one answer a list; then they succeed.
   *
   * @param answers codes of the brakes' entries; the incident's own comes before them
   */
  async function takes(...answers: readonly (readonly string[])[]) {
    return cancelled(answers.map((codes) => ["None", ...codes]));
  }

  async function cancelled(answers: readonly (readonly string[])[]) {
    const waiting = [...answers];
    let calls = 0;
    const server = createServer(async (request, response) => {
      for await (const _ of request);
      calls += 1;
      const codes = waiting.shift();
      response.statusCode = codes === undefined ? 200 : 400;
      response.end(
        JSON.stringify(
          codes === undefined
            ? {}
            : {
                __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                Message: `Transaction cancelled [${codes.join(", ")}]`,
                CancellationReasons: codes.map((Code) => ({ Code })),
              },
        ),
      );
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { AWS_ENDPOINT_URL: before } = process.env;
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const take = taking(journalTable(region, "journal", now, atOnce));
      const both = [
        { scope: "playbook/contain-instance/222233334444", limit: 10 },
        { scope: "organization", limit: 50 },
      ];
      const outcome = await take(both, "0f3a9c1d2b4e5f60-1").then(
        (refused) => refused.map(({ scope }) => scope),
        (error: Error) => error.name,
      );
      return { outcome, calls };
    } finally {
      process.env.AWS_ENDPOINT_URL = before;
      server.closeAllConnections();
      server.close();
    }
  }

  // The codes are those of botocore's model of TransactionCanceledException.
  for (const code of ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]) {
    it(`try again after ${code}, which may pass`, async () => {
      expect(
        await takes(["None", "None", code, "None"], ["None", "None", code, code]),
      ).to.deep.equal({ outcome: [], calls: 3 });
    });
  }

  it("name the brake that refuses, by its count or because it is tripped, without another try", async () => {
    const failed = "ConditionalCheckFailed";
    const conflict = "TransactionConflict";
    expect(await takes(["None", "None", failed, "None"])).to.deep.equal({
      outcome: ["organization"],
      calls: 1,
    });
    expect(await takes([conflict, failed, "None", "None"])).to.deep.equal({
      outcome: ["playbook/contain-instance/222233334444"],
      calls: 1,
    });
  });

  it("are not asked which refuses where another run has begun the incident", async () => {
    const failed = "ConditionalCheckFailed";
    expect(await cancelled([[failed, "None", failed, "None", "None"]])).to.deep.equal({
      outcome: "LeaseHeld",
      calls: 1,
    });
  });

  it("give up, and say why, where the transaction is wrong or conflicts without end", async () => {
    expect(await takes(["ValidationError", "None", "None", "None"])).to.deep.equal({
      outcome: "TransactionCanceledException",
      calls: 1,
    });
    const conflicts = Array.from({ length: 40 }, () => ["TransactionConflict", "None"]);
    expect(await takes(...conflicts)).to.deep.equal({
      outcome: "TransactionCanceledException",
      calls: 12,
    });
  });
});
