import { expect } from "chai";
import { stormTable } from "../../../functions/aws/storm-table";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("the log of a storm's notices [E2]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  const held = {
    id: "00112233aabbccdd",
    at: "2026-11-25T10:09:59.000Z",
    urgency: "urgent",
    heading: "Not isolated: i-0a1b2c3d4e5f60718",
    account: "222233334444",
    region: "eu-central-1",
    severity: 8.5,
    type: "Backdoor:EC2/C&CActivity.B",
    news: '{"status":"contained"}',
    incident: "0f3a9c1d2b4e5f60-1",
  } as const;
  const log = () => stormTable(region, "journal");
  const at = (time: string) => new Date(`2026-11-25T${time}Z`);

  it("counts each urgency by the ten minutes", async () => {
    expect(await log().count("normal", at("10:00:00"))).to.equal(1);
    expect(await log().count("normal", at("10:09:59"))).to.equal(2);
    expect(await log().count("urgent", at("10:09:59"))).to.equal(1);
    expect(await log().count("normal", at("10:10:00"))).to.equal(1);
  });

  it("lists once what is held twice, until it is published", async () => {
    const { incident: _, ...without } = { ...held, id: "ffee", at: "2026-11-25T10:10:00.000Z" };
    for (const each of [held, held, without]) await log().hold(each);
    const unpublished = () => log().unpublished(at("10:05:00"), at("10:12:00"));
    expect(await unpublished()).to.deep.equal([held, without]);
    await log().markPublished([held]);
    expect(await unpublished()).to.deep.equal([without]);
    await log().markPublished([held, without]);
    expect(await unpublished()).to.deep.equal([]);
    expect(await log().unpublished(at("09:00:00"), at("09:59:00"))).to.deep.equal([]);
  });
});
