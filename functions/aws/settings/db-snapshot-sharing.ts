/** Accounts that a snapshot of a DB instance or cluster is shared with; "all" is every AWS account. */
import {
  type DBSnapshotAttribute,
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { type Tag, tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

interface Snapshots {
  tagsOf(id: string): Promise<readonly Tag[] | undefined>;
  attributesOf(id: string): Promise<readonly DBSnapshotAttribute[] | undefined>;
  modify(
    id: string,
    change: { AttributeName: string; ValuesToAdd: string[]; ValuesToRemove: string[] },
  ): Promise<unknown>;
}

const everybody = "all";
/** The attribute that lists who may copy the snapshot, and restore a database from it. */
const AttributeName = "restore";

const sharing =
  (snapshotsOf: (client: RDSClient) => Snapshots): OpenSetting =>
  (region, credentials) => {
    const snapshots = snapshotsOf(new RDSClient(memberConfig(region, credentials)));
    const accountsOf = async (id: string) => {
      const found = await snapshots.attributesOf(id);
      const shared = found?.find((each) => each.AttributeName === AttributeName);
      return [...(shared?.AttributeValues ?? [])].sort();
    };
    return {
      async read(id) {
        const found = await orUndefined(
          Promise.all([accountsOf(id), snapshots.tagsOf(id)]),
          "DBSnapshotNotFoundFault",
          "DBClusterSnapshotNotFoundFault",
        );
        if (found === undefined) return undefined;
        const [accounts, tags] = found;
        const wanted = accounts.filter((each) => each !== everybody);
        return { value: accounts, wanted, tags: tagsOf(tags) };
      },
      async write(id, value) {
        const wanted = value as readonly string[];
        const there = await accountsOf(id);
        const ValuesToAdd = wanted.filter((each) => !there.includes(each));
        const ValuesToRemove = there.filter((each) => !wanted.includes(each));
        await snapshots.modify(id, { AttributeName, ValuesToAdd, ValuesToRemove });
      },
    };
  };

export const ofInstances = sharing((client) => ({
  async tagsOf(DBSnapshotIdentifier) {
    const found = await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    return found.DBSnapshots?.[0]?.TagList;
  },
  async attributesOf(DBSnapshotIdentifier) {
    const asked = new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier });
    return (await client.send(asked)).DBSnapshotAttributesResult?.DBSnapshotAttributes;
  },
  modify: (DBSnapshotIdentifier, change) =>
    client.send(new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier, ...change })),
}));

export const ofClusters = sharing((client) => ({
  async tagsOf(DBClusterSnapshotIdentifier) {
    const asked = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier });
    return (await client.send(asked)).DBClusterSnapshots?.[0]?.TagList;
  },
  async attributesOf(DBClusterSnapshotIdentifier) {
    const asked = new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier });
    const { DBClusterSnapshotAttributesResult: found } = await client.send(asked);
    return found?.DBClusterSnapshotAttributes;
  },
  modify: (DBClusterSnapshotIdentifier, change) =>
    client.send(
      new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier, ...change }),
    ),
}));
