import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { journalTable } from "../../functions/aws/journal-table";
import type { Journal } from "../../functions/record/journal";
import { type Moto, startMoto } from "../../local/gateway/moto";
import * as builders from "../support/builders";
import { emulatorPython, region } from "./gateway-support";

/** The adapter finds endpoint and credentials as it does in Lambda. */
const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

describe("the journal's table", () => {
  let moto: Moto;
  let journal: Journal;
  const before_ = variables.map((name) => process.env[name]);
  const incident = builders.incident();
  const releasedAt = "2026-11-21T10:00:00.000Z";
  const proposal = (epoch: number) => ({
    id: `${incident.key}-${epoch}`,
    epoch,
    incident,
    accountName: "Web shop",
    reasons: [],
    plan: { stages: [], residual: [], nextSteps: [] },
    plannedAt: "2026-11-21T09:00:00.000Z",
  });
  before(async () => {
    moto = await startMoto({ python: emulatorPython() });
    process.env.AWS_ENDPOINT_URL = moto.url;
    process.env.AWS_ACCESS_KEY_ID = "AKIAEXAMPLEFUNCTION1";
    process.env.AWS_SECRET_ACCESS_KEY = "secret";
    const dynamo = new DynamoDBClient({ region });
    await dynamo.send(
      new CreateTableCommand({
        TableName: "journal",
        KeySchema: [
          { AttributeName: "incident", KeyType: "HASH" },
          { AttributeName: "item", KeyType: "RANGE" },
        ],
        AttributeDefinitions: [
          { AttributeName: "incident", AttributeType: "S" },
          { AttributeName: "item", AttributeType: "S" },
        ],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    dynamo.destroy();
    journal = journalTable(region, "journal", () => new Date(releasedAt));
  });
  after(async () => {
    variables.forEach((name, index) => {
      const value = before_[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
    await moto.close();
  });

  it("tells of the last release, whatever was planned or begun since", async () => {
    const found = async () => {
      const record = await journal.find(incident.key);
      return record && [record.epoch, record.status, record.releasedAt];
    };
    expect(await found()).to.equal(undefined);
    const first = await journal.begin(proposal(1), "run-1");
    expect(await found()).to.deep.equal([1, "containing", undefined]);
    await journal.finish(first, "run-1", "contained", {});
    expect(await found()).to.deep.equal([1, "contained", undefined]);
    await journal.take(first, "run-2", "releasing");
    await journal.finish(first, "run-2", "released", {});
    expect(await found()).to.deep.equal([1, "released", releasedAt]);
    await journal.propose(proposal(2));
    expect(await found()).to.deep.equal([2, "planned", releasedAt]);
    await journal.begin(proposal(2), "run-3");
    expect(await found()).to.deep.equal([2, "containing", releasedAt]);
  });
});
