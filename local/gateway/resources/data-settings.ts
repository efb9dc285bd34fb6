/** Resource table: databases, streams and tables whose settings posture controls read and change. */
import { toArn } from "../wire/arn";
import { tableKey } from "./deployment";
import { all, named, on } from "./named";
import type { Operation, Request } from "./operation";

const stream = named("kinesis", "StreamName", "stream/");
const anyKey = ({ region, account }: Request) => toArn("kms", region, account, "key/*");

/** Asks for the stream, and for the key that the call names. */
const withKey = (action: string): Operation =>
  on(action, stream, (request) => [
    { action, resource: anyKey(request), account: request.account },
  ]);

export const dataSettingOperations: Readonly<Record<string, Operation>> = {
  ...all(
    "rds",
    ["DescribeDBInstances", "ModifyDBInstance"],
    named("rds", "DBInstanceIdentifier", "db:"),
  ),
  ...all(
    "rds",
    ["DescribeDBClusters", "ModifyDBCluster"],
    named("rds", "DBClusterIdentifier", "cluster:"),
  ),
  ...all(
    "rds",
    ["DescribeDBSnapshots", "DescribeDBSnapshotAttributes", "ModifyDBSnapshotAttribute"],
    named("rds", "DBSnapshotIdentifier", "snapshot:"),
  ),
  ...all(
    "rds",
    [
      "DescribeDBClusterSnapshots",
      "DescribeDBClusterSnapshotAttributes",
      "ModifyDBClusterSnapshotAttribute",
    ],
    named("rds", "DBClusterSnapshotIdentifier", "cluster-snapshot:"),
  ),
  ...all(
    "redshift",
    ["DescribeClusters", "ModifyCluster"],
    named("redshift", "ClusterIdentifier", "cluster:"),
  ),
  ...all(
    "kinesis",
    [
      "DecreaseStreamRetentionPeriod",
      "DescribeStream",
      "DescribeStreamSummary",
      "IncreaseStreamRetentionPeriod",
      "ListTagsForStream",
    ],
    stream,
  ),
  "kinesis:StartStreamEncryption": withKey("kinesis:StartStreamEncryption"),
  "kinesis:StopStreamEncryption": withKey("kinesis:StopStreamEncryption"),
  "dynamodb:UpdateTable": on(
    "dynamodb:UpdateTable",
    named("dynamodb", "TableName", "table/"),
    tableKey,
  ),
};
