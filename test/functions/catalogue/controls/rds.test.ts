import { expect } from "chai";
import { idIn, publishedControl } from "../../../../functions/catalogue/controls";

const place = { account: "222233334444", region: "eu-central-1" };

/** Finds the control that answers one of Security Hub's, and the id in what that names. */
function found(published: string, named: string) {
  const arn = `arn:aws:rds:eu-central-1:222233334444:${named}`;
  const control = publishedControl(published, arn, place);
  return control && [control, idIn(control, arn, place)];
}

describe("functions/catalogue/controls/rds", () => {
  const names: readonly (readonly [string, string, string, string | undefined])[] = [
    ["RDS.2", "db:orders-1", "db-instance-public-access", "orders-1"],
    ["RDS.2", "cluster:orders-1", "db-instance-public-access", undefined],
    ["RDS.7", "cluster:carts", "db-cluster-deletion-protection", "carts"],
    ["DocumentDB.5", "cluster:carts", "db-cluster-deletion-protection", "carts"],
    ["Neptune.4", "cluster:carts", "db-cluster-deletion-protection", "carts"],
    ["RDS.1", "snapshot:orders-May", "db-snapshot-sharing", "orders-May"],
    ["RDS.1", "cluster-snapshot:carts", "db-cluster-snapshot-sharing", "carts"],
    // Automated snapshots, which cannot be shared.
    ["RDS.1", "snapshot:rds:orders-2026-05-01", "db-snapshot-sharing", undefined],
    ["RDS.1", "db:orders", "db-snapshot-sharing", undefined],
  ];
  for (const [published, named, control, id] of names) {
    it(`finds ${id ?? "nothing"} of ${control} in ${named} for ${published}`, () => {
      expect(found(published, named)).to.deep.equal([control, id]);
    });
  }
});
