import { expect } from "chai";
import { digestTable } from "../../../functions/aws/digest-table";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("the log of the digests [E6]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
  });
  after(() => emulator.close());

  const entry = {
    account: "222233334444",
    region: "eu-central-1",
    finding: "f1",
    type: "Recon:EC2/Portscan",
    severity: 2,
    resource: "user deploy",
    kind: "logged",
    reason: "Severity 2 is below 4",
    lastAt: "2026-11-25T10:00:00.000Z",
  } as const;

  it("counts a finding under its day, with the last words", async () => {
    const log = digestTable(region, "journal");
    await log.note(entry);
    const later = { ...entry, severity: 3, lastAt: "2026-11-25T11:00:00.000Z" };
    await log.note(later);
    await log.note({ ...entry, lastAt: "2026-11-26T00:00:00.000Z" });
    expect(await log.of("2026-11-25", 10)).to.deep.equal({
      entries: [{ ...later, times: 2 }],
      more: false,
    });
    expect(await log.of("2026-11-24", 10)).to.deep.equal({ entries: [], more: false });
  });

  it("gives no more than asked for, what goes on and is severe first, and says that there are more", async () => {
    const log = digestTable(region, "journal");
    for (const finding of ["f2", "f3"]) await log.note({ ...entry, finding });
    await log.note({ ...entry, finding: "f8", severity: 6 });
    await log.note({ ...entry, account: "999988887777", finding: "f9", kind: "repeated" });
    const { entries, more } = await log.of("2026-11-25", 2);
    expect(entries.map(({ finding }) => finding)).to.deep.equal(["f9", "f8"]);
    expect(more).to.equal(true);
  });
});
