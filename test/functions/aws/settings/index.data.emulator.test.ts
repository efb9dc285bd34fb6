/** Settings of databases, streams and tables at the emulator: what is written back is what was read. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { CreateClusterCommand, RedshiftClient } from "@aws-sdk/client-redshift";
import { expect } from "chai";
import { clientConfig } from "../../../../functions/aws/client";
import { settings } from "../../../../functions/aws/settings";
import type { ControlId } from "../../../../functions/catalogue/controls";
import type { Value } from "../../../../functions/catalogue/controls/control";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const Tags = [{ Key: "team", Value: "web" }];
const tags = { team: "web" };

describe("functions/aws/settings, of data services", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, "123456789012");
  const rds = () => new RDSClient({ region });

  /** Reads, writes what is wanted, writes back, and reads the same. */
  async function setAndGivenBack(
    control: ControlId,
    id: string,
    found: { readonly value: Value; readonly [more: string]: unknown },
    wanted: Value,
  ): Promise<void> {
    expect(await open().read(control, id), control).to.deep.equal({ tags, ...found });
    await open().write(control, id, wanted);
    await open().write(control, id, wanted);
    expect((await open().read(control, id))?.value, control).to.deep.equal(wanted);
    await open().write(control, id, found.value);
    expect(await open().read(control, id), control).to.deep.equal({ tags, ...found });
  }

  it("sets what a DB instance has, and gives it back", async () => {
    await rds().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "orders",
        DBInstanceClass: "db.t4g.micro",
        Engine: "postgres",
        AllocatedStorage: 20,
        PubliclyAccessible: true,
        AutoMinorVersionUpgrade: false,
        BackupRetentionPeriod: 0,
        Tags,
      }),
    );
    const asks =
      "RDS stops DB instance orders for seconds to minutes while it turns backups on, and again where they are turned off, and AWS charges for their storage";
    await setAndGivenBack("db-instance-backups", "orders", { value: 0, wanted: 7, asks }, 7);
    await setAndGivenBack("db-instance-public-access", "orders", { value: true }, false);
    for (const each of [
      "deletion-protection",
      "iam-authentication",
      "minor-upgrades",
      "snapshot-tags",
    ] as const) {
      await setAndGivenBack(`db-instance-${each}`, "orders", { value: false }, true);
    }
  });

  it("sets what a DB cluster has, and gives it back", async () => {
    await rds().send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: "carts",
        Engine: "aurora-postgresql",
        MasterUsername: "owner",
        MasterUserPassword: "not-a-secret",
        BackupRetentionPeriod: 1,
        AutoMinorVersionUpgrade: false,
        Tags,
      }),
    );
    await setAndGivenBack("db-cluster-backups", "carts", { value: 1, wanted: 7 }, 7);
    await open().write("db-cluster-backups", "carts", 30);
    expect(await open().read("db-cluster-backups", "carts")).to.deep.equal({
      value: 30,
      wanted: 30,
      tags,
    });
    for (const each of ["deletion-protection", "minor-upgrades", "snapshot-tags"] as const) {
      await setAndGivenBack(`db-cluster-${each}`, "carts", { value: false }, true);
    }
  });

  it("leaves an instance to its cluster where the setting is the cluster's", async () => {
    await rds().send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: "graph",
        Engine: "neptune",
        MasterUsername: "owner",
        MasterUserPassword: "not-a-secret",
      }),
    );
    await rds().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "graph-one",
        DBInstanceClass: "db.r6g.large",
        DBClusterIdentifier: "graph",
        Engine: "neptune",
      }),
    );
    const found = await open().read("db-instance-deletion-protection", "graph-one");
    expect(found?.left).to.equal(
      "DB instance graph-one belongs to DB cluster graph, which has this setting for all its instances",
    );
    expect((await open().read("db-instance-public-access", "graph-one"))?.left).to.equal(undefined);
    expect((await open().read("db-cluster-iam-authentication", "graph"))?.asks).to.equal(
      "Neptune then answers no request to DB cluster graph that is not signed with IAM credentials",
    );
  });

  it("leaves a database that is stopped", async () => {
    await rds().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "resting",
        DBInstanceClass: "db.t4g.micro",
        Engine: "mysql",
        AllocatedStorage: 20,
      }),
    );
    await rds().send(new StopDBInstanceCommand({ DBInstanceIdentifier: "resting" }));
    expect((await open().read("db-instance-public-access", "resting"))?.left).to.equal(
      "DB instance resting is stopped, and AWS changes the settings only of what is available. Cordon looks again when Security Hub reports it again",
    );
  });

  it("takes a snapshot from everybody, and leaves it to the accounts that it is shared with", async () => {
    const ValuesToAdd = ["444455556666", "all"];
    const AttributeName = "restore";
    const DBSnapshotIdentifier = "orders-may";
    await rds().send(
      new CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier: "orders", Tags }),
    );
    await rds().send(
      new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier, AttributeName, ValuesToAdd }),
    );
    const DBClusterSnapshotIdentifier = "carts-may";
    await rds().send(
      new CreateDBClusterSnapshotCommand({
        DBClusterSnapshotIdentifier,
        DBClusterIdentifier: "carts",
        Tags,
      }),
    );
    await rds().send(
      new ModifyDBClusterSnapshotAttributeCommand({
        DBClusterSnapshotIdentifier,
        AttributeName,
        ValuesToAdd,
      }),
    );
    const found = { value: ["444455556666", "all"], wanted: ["444455556666"] };
    await setAndGivenBack("db-snapshot-sharing", "orders-may", found, ["444455556666"]);
    await setAndGivenBack("db-cluster-snapshot-sharing", "carts-may", found, ["444455556666"]);
  });

  it("sets what a Redshift cluster has, and gives it back", async () => {
    await new RedshiftClient({ region }).send(
      new CreateClusterCommand({
        ClusterIdentifier: "sales",
        NodeType: "ra3.large",
        MasterUsername: "owner",
        MasterUserPassword: "Not-a-secret1",
        PubliclyAccessible: true,
        AllowVersionUpgrade: false,
        Tags,
      }),
    );
    await setAndGivenBack("redshift-snapshots", "sales", { value: 1, wanted: 7 }, 7);
    await setAndGivenBack("redshift-public-access", "sales", { value: true }, false);
    await setAndGivenBack("redshift-upgrades", "sales", { value: false }, true);
    await setAndGivenBack("redshift-vpc-routing", "sales", { value: false }, true);
  });

  it("encrypts a stream and keeps its records longer, and gives back what it was", async () => {
    // By itself this client speaks HTTP/2, which the emulator does not.
    const kinesis = new KinesisClient(clientConfig(region, credentials));
    await kinesis.send(new CreateStreamCommand({ StreamName: "clicks", ShardCount: 1 }));
    await kinesis.send(new AddTagsToStreamCommand({ StreamName: "clicks", Tags: tags }));
    const key = "alias/aws/kinesis";
    await setAndGivenBack("stream-encryption", "clicks", { value: null, wanted: key }, key);
    for (const [named, value] of [
      ["arn:aws:kms:us-east-1:123456789012:alias/aws/kinesis", key],
      ["alias/clicks", "alias/clicks"],
    ] as const) {
      await open().write("stream-encryption", "clicks", named);
      expect(await open().read("stream-encryption", "clicks")).to.deep.equal({
        value,
        wanted: value,
        tags,
      });
    }
    await setAndGivenBack("stream-retention", "clicks", { value: 24, wanted: 168 }, 168);
  });

  it("protects a table from deletion, and no longer", async () => {
    await new DynamoDBClient({ region }).send(
      new CreateTableCommand({
        TableName: "orders",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
        Tags,
      }),
    );
    await setAndGivenBack("table-deletion-protection", "orders", { value: false }, true);
  });

  it("knows what is gone", async () => {
    for (const [control, id] of [
      ["db-instance-backups", "gone"],
      ["db-cluster-backups", "gone"],
      ["db-snapshot-sharing", "gone"],
      ["db-cluster-snapshot-sharing", "gone"],
      ["redshift-upgrades", "gone"],
      ["stream-encryption", "gone"],
      ["table-deletion-protection", "gone"],
    ] as const) {
      expect(await open().read(control, id), `${control} ${id}`).to.equal(undefined);
    }
  });
});
