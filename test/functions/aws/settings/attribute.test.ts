import { expect } from "chai";
import { attributeSetting } from "../../../../functions/aws/settings/attribute";

interface Database {
  readonly Backups?: number;
  readonly Public?: boolean;
  readonly PendingModifiedValues?: object;
}

/** Opens settings of one database, and keeps what is asked to be modified. */
function of(found: Database | undefined) {
  const changes: object[] = [];
  const resource = {
    find: async () => found,
    modify: async (_id: string, change: object) => void changes.push(change),
    about: () => ({ tags: {} }),
  };
  return {
    changes,
    backups: attributeSetting<Database>(
      { name: "Backups", parameter: "KeepBackups", atLeast: 7, waits: true },
      resource,
    ),
    publicAccess: attributeSetting<Database>({ name: "Public" }, resource),
  };
}

describe("functions/aws/settings/attribute", () => {
  it("takes what waits to be applied for the value", async () => {
    const { backups } = of({ Backups: 1, PendingModifiedValues: { Backups: 7 } });
    expect(await backups.read("orders")).to.deep.equal({ value: 7, wanted: 7, tags: {} });
  });

  it("wants more days of who has fewer, and no fewer of who has more", async () => {
    expect((await of({ Backups: 0 }).backups.read("orders"))?.wanted).to.equal(7);
    expect((await of({ Backups: 14 }).backups.read("orders"))?.wanted).to.equal(14);
  });

  it("applies at once what would wait for the maintenance window", async () => {
    const { backups, changes } = of({ Backups: 1, PendingModifiedValues: { Backups: 3 } });
    await backups.write("orders", 7);
    expect(changes).to.deep.equal([{ KeepBackups: 7, ApplyImmediately: true }]);
  });

  it("lets it wait where an upgrade of somebody else's waits, which it would bring forward", async () => {
    const { backups, changes } = of({
      Backups: 1,
      PendingModifiedValues: { EngineVersion: "17.4", Port: undefined },
    });
    await backups.write("orders", 7);
    expect(changes).to.deep.equal([{ KeepBackups: 7, ApplyImmediately: false }]);
  });

  it("asks for no haste of what AWS applies at once by itself", async () => {
    const { publicAccess, changes } = of({ PendingModifiedValues: { EngineVersion: "17.4" } });
    await publicAccess.write("orders", false);
    expect(changes).to.deep.equal([{ Public: false }]);
  });

  it("knows what is gone", async () => {
    expect(await of(undefined).publicAccess.read("orders")).to.equal(undefined);
  });
});
