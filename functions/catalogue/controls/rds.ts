/** Posture controls of Amazon RDS, and of what has its API: Aurora, DocumentDB and Neptune. Data only. */
import type { Control } from "./control";

const anyInstance = "arn:aws:rds:{region}:{account}:db:{id}";
const anyCluster = "arn:aws:rds:{region}:{account}:cluster:{id}";
const identifier = "[a-z][a-z0-9-]{0,62}";

type Own = Pick<Control, "does" | "undoes" | "published" | "residual" | "nextStep"> &
  Partial<Pick<Control, "wanted" | "asks">>;

/** Sets one attribute of a DB instance. */
const ofInstance = (own: Own): Control => ({
  names: "DB instance {id}",
  arn: anyInstance,
  idForm: identifier,
  reads: [{ actions: ["rds:DescribeDBInstances"], resources: [anyInstance] }],
  changes: [{ actions: ["rds:ModifyDBInstance"], resources: [anyInstance] }],
  ...own,
});

/** Sets one attribute of a DB cluster. */
const ofCluster = (own: Own): Control => ({
  names: "DB cluster {id}",
  arn: anyCluster,
  idForm: identifier,
  reads: [{ actions: ["rds:DescribeDBClusters"], resources: [anyCluster] }],
  changes: [{ actions: ["rds:ModifyDBCluster"], resources: [anyCluster] }],
  ...own,
});

const declared = "Declare it where the database is declared.";

const deletionProtection = {
  wanted: true,
  residual: "Who may change the database can take the protection off again.",
  nextStep: declared,
};
const iamAuthentication = {
  wanted: true,
  residual: "Passwords of the database go on working.",
  nextStep:
    "Make users in the database that sign in with IAM, allow rds-db:connect to who needs it, and give up their passwords.",
};
const backups = {
  asks: "AWS charges for the storage of backups",
  residual: "What was deleted or changed before the oldest backup cannot be restored.",
  nextStep:
    "Declare the days where the database is declared. Cordon knows the seven days of Security Hub's own parameter: where yours asks for more, set them.",
};
const minorUpgrades = {
  wanted: true,
  asks: "AWS then upgrades it in the maintenance window, which may stop it for some minutes",
  residual: "Until the next maintenance window it runs the version that it has.",
  nextStep: declared,
};
const snapshotTags = {
  wanted: true,
  residual: "Snapshots that exist have the tags that they have.",
  nextStep: declared,
};

/** Takes a snapshot from everybody, and leaves it to the accounts that it is shared with. */
function sharing(what: string, type: string, named: string, published: readonly string[]): Control {
  const arn = `arn:aws:rds:{region}:{account}:${type}:{id}`;
  return {
    does: `share ${what} {id} no longer with every AWS account`,
    undoes: `share ${what} {id} with every AWS account again`,
    names: `${what} {id}`,
    arn,
    idForm: "[a-zA-Z][a-zA-Z0-9-]{0,254}",
    published,
    reads: [
      { actions: [`rds:Describe${named}Attributes`, `rds:Describe${named}s`], resources: [arn] },
    ],
    changes: [{ actions: [`rds:Modify${named}Attribute`], resources: [arn] }],
    residual:
      "Who copied the snapshot or restored a database from it while it was public has all its data.",
    nextStep:
      "Take what it holds for known: change passwords and keys in it. Share it with the accounts that need it, by their ids.",
  };
}

export const rdsControls = {
  "db-instance-public-access": ofInstance({
    does: "give DB instance {id} no public address",
    undoes: "give DB instance {id} a public address again",
    published: ["RDS.2"],
    wanted: false,
    asks: "Who connects to it through the internet is cut off",
    residual: "Who connected while it was public is not known to Cordon.",
    nextStep:
      "Look who signed in, in the database's own log, and change passwords that were used. Give people Session Manager's port forwarding, or a VPN.",
  }),
  "db-instance-deletion-protection": ofInstance({
    does: "protect DB instance {id} from deletion",
    undoes: "no longer protect DB instance {id} from deletion",
    published: ["RDS.8"],
    ...deletionProtection,
  }),
  "db-instance-iam-authentication": ofInstance({
    does: "let DB instance {id} authenticate users by IAM, too",
    undoes: "let DB instance {id} no longer authenticate users by IAM",
    published: ["RDS.10"],
    asks: "It opens another way into the database, to who is allowed rds-db:connect",
    ...iamAuthentication,
  }),
  "db-instance-backups": ofInstance({
    does: "have RDS keep backups of DB instance {id} for seven days",
    undoes:
      "have RDS keep backups of DB instance {id} for as long as before, and delete those that are older",
    published: ["RDS.11"],
    ...backups,
  }),
  "db-instance-minor-upgrades": ofInstance({
    does: "have RDS upgrade DB instance {id} to new minor versions",
    undoes: "have RDS no longer upgrade DB instance {id} to new minor versions",
    published: ["RDS.13"],
    ...minorUpgrades,
  }),
  "db-instance-snapshot-tags": ofInstance({
    does: "have RDS copy the tags of DB instance {id} to its snapshots",
    undoes: "have RDS no longer copy the tags of DB instance {id} to its snapshots",
    published: ["RDS.17"],
    ...snapshotTags,
  }),
  "db-cluster-deletion-protection": ofCluster({
    does: "protect DB cluster {id} from deletion",
    undoes: "no longer protect DB cluster {id} from deletion",
    published: ["RDS.7", "DocumentDB.5", "Neptune.4"],
    ...deletionProtection,
  }),
  "db-cluster-iam-authentication": ofCluster({
    does: "let DB cluster {id} authenticate users by IAM",
    undoes: "let DB cluster {id} no longer authenticate users by IAM",
    published: ["RDS.12", "Neptune.7"],
    asks: "It opens another way into the database, to who is allowed rds-db:connect",
    ...iamAuthentication,
  }),
  "db-cluster-backups": ofCluster({
    does: "have AWS keep backups of DB cluster {id} for seven days",
    undoes:
      "have AWS keep backups of DB cluster {id} for as long as before, and delete those that are older",
    published: ["DocumentDB.2", "Neptune.5"],
    ...backups,
  }),
  "db-cluster-minor-upgrades": ofCluster({
    does: "have RDS upgrade DB cluster {id} to new minor versions",
    undoes: "have RDS no longer upgrade DB cluster {id} to new minor versions",
    published: ["RDS.35"],
    ...minorUpgrades,
  }),
  "db-cluster-snapshot-tags": ofCluster({
    does: "have AWS copy the tags of DB cluster {id} to its snapshots",
    undoes: "have AWS no longer copy the tags of DB cluster {id} to its snapshots",
    published: ["RDS.16", "Neptune.8"],
    ...snapshotTags,
  }),
  "db-snapshot-sharing": sharing("DB snapshot", "snapshot", "DBSnapshot", ["RDS.1"]),
  "db-cluster-snapshot-sharing": sharing(
    "DB cluster snapshot",
    "cluster-snapshot",
    "DBClusterSnapshot",
    ["RDS.1", "DocumentDB.3", "Neptune.3"],
  ),
} as const satisfies Record<string, Control>;
