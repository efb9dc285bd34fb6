/** Posture controls of Amazon Redshift. Data only. */
import type { Control } from "./control";

const anyCluster = "arn:aws:redshift:{region}:{account}:cluster:{id}";

/** Sets one attribute of a cluster. */
const ofCluster = (
  own: Pick<Control, "does" | "undoes" | "published" | "residual" | "nextStep" | "asks" | "wanted">,
): Control => ({
  names: "Redshift cluster {id}",
  arn: anyCluster,
  idForm: "[a-z][a-z0-9-]{0,62}",
  reads: [{ actions: ["redshift:DescribeClusters"], resources: ["*"] }],
  changes: [{ actions: ["redshift:ModifyCluster"], resources: [anyCluster] }],
  ...own,
});

export const redshiftControls = {
  "redshift-public-access": ofCluster({
    does: "give Redshift cluster {id} no public address",
    undoes: "give Redshift cluster {id} a public address again",
    published: ["Redshift.1"],
    wanted: false,
    asks: "Who connects to it through the internet is cut off",
    residual: "Who connected while it was public is not known to Cordon.",
    nextStep:
      "Look who signed in, in the table STL_CONNECTION_LOG, and change passwords that were used. Give people a VPN, or the query editor.",
  }),
  "redshift-snapshots": ofCluster({
    does: "have Redshift keep automated snapshots of cluster {id} for seven days",
    undoes:
      "have Redshift keep automated snapshots of cluster {id} for as long as before, and delete those that are older",
    published: ["Redshift.3"],
    asks: "AWS charges for the storage of snapshots",
    residual: "What was deleted or changed before the oldest snapshot cannot be restored.",
    nextStep:
      "Declare the days where the cluster is declared. Cordon knows the seven days of Security Hub's own parameter: where yours asks for more, set them.",
  }),
  "redshift-upgrades": ofCluster({
    does: "have Redshift upgrade cluster {id} to new major versions",
    undoes: "have Redshift no longer upgrade cluster {id} to new major versions",
    published: ["Redshift.6"],
    wanted: true,
    asks: "AWS then upgrades it in the maintenance window, which may stop it for some minutes",
    residual: "Until the next maintenance window it runs the version that it has.",
    nextStep: "Declare it where the cluster is declared.",
  }),
  "redshift-vpc-routing": ofCluster({
    does: "route COPY and UNLOAD of Redshift cluster {id} through its VPC",
    undoes: "no longer route COPY and UNLOAD of Redshift cluster {id} through its VPC",
    published: ["Redshift.7"],
    wanted: true,
    asks: "COPY and UNLOAD fail where its VPC has no way to S3 and to what else they name",
    residual: "What COPY and UNLOAD moved through the internet before is not known to Cordon.",
    nextStep: "Give the VPC an endpoint of S3, and declare the routing with the cluster.",
  }),
} as const satisfies Record<string, Control>;
