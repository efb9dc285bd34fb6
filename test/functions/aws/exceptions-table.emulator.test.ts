import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { expect } from "chai";
import { exceptionsTable } from "../../../functions/aws/exceptions-table";
import * as builders from "../../support/builders";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("the register of exceptions [C3]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  const first = builders.exception({ resource: builders.instanceArn, type: "Backdoor:EC2/*" });
  const second = builders.exception(
    { unit: "ou-cord-workloads", playbook: "contain-instance", tag: "env=lab" },
    { id: "2b3c4d5e", kind: "false-positive" },
  );

  it("returns what was added, until it is removed", async () => {
    const register = exceptionsTable(region, "journal");
    expect(await register.entries()).to.deep.equal([]);
    await register.add(first);
    await register.add(second);
    expect(await register.entries()).to.deep.equal([first, second]);
    expect(await register.remove(first.id)).to.equal(true);
    expect(await register.remove(first.id)).to.equal(false);
    expect(await register.entries()).to.deep.equal([second]);
  });

  it("keeps the entry that has an id already", async () => {
    const register = exceptionsTable(region, "journal");
    const error = await register
      .add({ ...second, owner: "an intruder" })
      .catch((thrown: Error) => thrown);
    expect((error as Error | undefined)?.name).to.equal("ConditionalCheckFailedException");
    expect(await register.entries()).to.deep.equal([second]);
  });

  it("says which entry cannot be read, and why", async () => {
    const dynamo = new DynamoDBClient({ region });
    const { id: _id, ...fields } = first;
    const items = {
      "00ff0001": { ...fields, owner: undefined },
      "00ff0002": { ...fields, covers: {} },
      "00ff0003": { ...fields, covers: { account: "222233334444", color: "red" } },
      "00ff0004": { ...fields, expires: "2027-02-30" },
      "00ff0005": { ...fields, kind: "wish" },
      "00ff0006": { ...fields, covers: { playbook: "contain-everything" } },
      "00ff0007": {},
    };
    for (const [item, each] of Object.entries(items)) {
      const Item = marshall(
        { incident: "exceptions/register", item, ...each },
        { removeUndefinedValues: true },
      );
      await dynamo.send(new PutItemCommand({ TableName: "journal", Item }));
    }
    dynamo.destroy();
    const missing = "A field is missing or unknown";
    expect((await exceptionsTable(region, "journal").entries()).slice(0, 7)).to.deep.equal([
      { id: "00ff0001", problem: missing },
      {
        id: "00ff0002",
        problem:
          "An exception must cover at least one of resource, account, unit, tag, playbook and type, but it names none",
      },
      { id: "00ff0003", problem: 'An exception cannot cover "color"' },
      {
        id: "00ff0004",
        problem: 'The expiry must be a day such as 2027-03-31, but it is "2027-02-30"',
      },
      { id: "00ff0005", problem: missing },
      {
        id: "00ff0006",
        problem:
          'The playbook must be one of contain-instance, contain-access-key, revoke-sessions, contain-sequence, fix-posture, block-address, contain-resource, but it is "contain-everything"',
      },
      { id: "00ff0007", problem: missing },
    ]);
  });
});
