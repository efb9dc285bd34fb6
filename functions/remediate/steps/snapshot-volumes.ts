import type { StepKind } from "../../model/step";
import { ec2Arn, reads, snapshotArn } from "./shared/arns";

/** Takes one crash-consistent set of snapshots, found again by the incident in its tags. */
export interface SnapshotVolumes {
  readonly kind: "snapshot-volumes";
  readonly instance: string;
  readonly volumes: readonly string[];
  readonly incident: string;
}

export const snapshotVolumes: StepKind<SnapshotVolumes> = {
  undonePart: "protection",
  once: true,
  target: (step) => step.instance,
  describe: (step) => `snapshot ${step.volumes.length} volume(s) of ${step.instance} as one set`,
  describeUndo: (step) => `keep the snapshots of ${step.instance}`,
  sides: ({ volumes }) => ["no snapshots of this incident", `a snapshot of ${volumes.join(", ")}`],
  async inspect(step, account) {
    // CreateSnapshots takes no client token, so the tag set in the creating call is what finds it
    // again. Tag reads may lag by seconds: a crash in that window can take a second set. Harmless.
    const taken = new Set(await account.compute.snapshottedVolumes(step.incident));
    const missing = step.volumes.filter((volume) => !taken.has(volume));
    if (missing.length === 0) return "after";
    return missing.length === step.volumes.length ? "before" : "other";
  },
  apply: (step, account) =>
    account.compute.snapshotVolumes(step.instance, {
      Purpose: "Forensic",
      IncidentId: step.incident,
      SourceInstance: step.instance,
      CreatedBy: "Cordon",
    }),
  undo: "keep",
  manual: () => "Snapshots are evidence and stay; delete them when the case is closed.",
  permissions: (step, place) => [
    {
      actions: ["ec2:CreateSnapshots"],
      // The instance bounds the call; listing up to 28 volumes would pass the 2,048 characters
      // that a session policy may have.
      resources: [ec2Arn(place, `instance/${step.instance}`), ec2Arn(place, "volume/*")],
    },
    {
      actions: ["ec2:CreateSnapshots"],
      resources: [snapshotArn(place)],
      conditions: {
        StringEquals: { "aws:RequestTag/Purpose": "Forensic" },
        StringLike: { "aws:RequestTag/IncidentId": step.incident },
      },
    },
    {
      actions: ["ec2:CreateTags"],
      resources: [snapshotArn(place)],
      conditions: { StringEquals: { "ec2:CreateAction": "CreateSnapshots" } },
    },
    reads("ec2:DescribeSnapshots"),
  ],
  undoPermissions: () => [reads("ec2:DescribeSnapshots")],
  widest: [{ kind: "snapshot-volumes", instance: "*", volumes: ["*"], incident: "*" }],
};
