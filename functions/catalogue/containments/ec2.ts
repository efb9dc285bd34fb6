/** How a snapshot or an image of Amazon EC2 is contained. Data only. */
import type { Containment } from "./containment";

// Whoever shares it may set its tags, too: none keeps it from being contained, or given back.
const ofAccount = { StringEquals: { "ec2:Owner": "{account}" } };

/** Shares a snapshot or an image with nobody. */
function unshared(kind: "snapshot" | "image", attribute: string, describe: string, modify: string) {
  const resources = [`arn:aws:ec2:{region}::${kind}/{id}`] as const;
  return {
    named: {
      names: `${kind} {id}`,
      arn: resources[0],
      idForm: `${kind === "image" ? "ami" : "snap"}-(?:[0-9a-f]{8}|[0-9a-f]{17})`,
    },
    setting: {
      does: `share ${kind} {id} with nobody`,
      undoes: `share ${kind} {id} with whom it was shared before`,
      wanted: [],
      reads: [
        { actions: [describe], resources: ["*"] },
        { actions: [attribute], resources, conditions: ofAccount },
      ],
      changes: [{ actions: [modify], resources, conditions: ofAccount }],
    },
  };
}

const snapshot = unshared(
  "snapshot",
  "ec2:DescribeSnapshotAttribute",
  "ec2:DescribeSnapshots",
  "ec2:ModifySnapshotAttribute",
);
const image = unshared(
  "image",
  "ec2:DescribeImageAttribute",
  "ec2:DescribeImages",
  "ec2:ModifyImageAttribute",
);

const residual = (kind: string, made: string) => [
  `Accounts that have copied the ${kind} keep the copy, and ${made} go on.`,
  `The ${kind} itself stays, and its account can use it: nothing but deleting it ends that.`,
];

export const ec2Containments = {
  snapshot: {
    kind: "snapshot",
    ...snapshot.named,
    found: [{ about: ["EBSSnapshot"], types: ["Execution:EC2/MaliciousFile!Snapshot"] }],
    settings: {
      "snapshot-sharing": snapshot.setting,
    },
    residual: residual("snapshot", "volumes that were made of it"),
    nextSteps: [
      "Find the volumes that were made of it, in each account that it was shared with: aws ec2 describe-volumes --region={region} --filters Name=snapshot-id,Values={id}",
    ],
  },
  image: {
    kind: "image",
    ...image.named,
    found: [{ about: ["EC2Image"], types: ["Execution:EC2/MaliciousFile!AMI"] }],
    settings: {
      "image-sharing": image.setting,
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
