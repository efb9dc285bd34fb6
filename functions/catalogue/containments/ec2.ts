/** How a snapshot or an image of Amazon EC2 is contained. Data only. */
import { ec2Controls } from "../controls/ec2";
import type { Containment } from "./containment";

const { "image-sharing": image, "snapshot-sharing": snapshot } = ec2Controls;

const unshared = (kind: string) => ({
  does: `share ${kind} {id} with nobody`,
  undoes: `share ${kind} {id} with whom it was shared before`,
  wanted: [],
});
const residual = (kind: string, made: string) => [
  `Accounts that have copied the ${kind} keep the copy, and ${made} go on.`,
  `The ${kind} itself stays, and its account can use it: nothing but deleting it ends that.`,
];

export const ec2Containments = {
  snapshot: {
    kind: "snapshot",
    names: snapshot.names,
    arn: snapshot.arn,
    idForm: snapshot.idForm,
    found: [{ about: ["EBSSnapshot"], types: ["Execution:EC2/MaliciousFile!Snapshot"] }],
    settings: {
      "snapshot-sharing": {
        ...unshared("snapshot"),
        reads: snapshot.reads,
        changes: snapshot.changes,
      },
    },
    residual: residual("snapshot", "volumes that were made of it"),
    nextSteps: [
      "Find the volumes that were made of it, in each account that it was shared with: aws ec2 describe-volumes --region={region} --filters Name=snapshot-id,Values={id}",
    ],
  },
  image: {
    kind: "image",
    names: image.names,
    arn: image.arn,
    idForm: image.idForm,
    found: [{ about: ["EC2Image"], types: ["Execution:EC2/MaliciousFile!AMI"] }],
    settings: {
      "image-sharing": { ...unshared("image"), reads: image.reads, changes: image.changes },
    },
    residual: [
      ...residual("image", "instances that were launched from it"),
      "Auto Scaling groups of other accounts that launch the image cannot replace their instances.",
    ],
    nextSteps: [
      "Find the instances that were launched from it, in each account that it was shared with, and contain them: aws ec2 describe-instances --region={region} --filters Name=image-id,Values={id}",
    ],
  },
} as const satisfies Record<string, Containment>;
