import type { StepKind } from "../../model/step";
import { ec2Arn, reads } from "./shared/arns";

/** Keeps volumes that would be deleted with their instance. */
export interface KeepVolumes {
  readonly kind: "keep-volumes";
  readonly instance: string;
  /** Devices whose DeleteOnTermination was true. */
  readonly devices: readonly string[];
}

export const keepVolumes: StepKind<KeepVolumes> = {
  undonePart: "protection",
  target: (step) => `${step.instance} ${step.devices.join(" ")}`,
  describe: (step) =>
    `preserve ${step.devices.length} volume(s) of ${step.instance} on termination`,
  describeUndo: (step) =>
    `set DeleteOnTermination of ${step.devices.join(", ")} of ${step.instance} back to true`,
  sides: ({ devices }) => [
    `DeleteOnTermination of ${devices.join(", ")}: true`,
    "DeleteOnTermination: false",
  ],
  async inspect(step, account) {
    const instance = await account.compute.instance(step.instance);
    if (instance === undefined) return "gone";
    const deleted = instance.volumes.filter(
      (volume) => step.devices.includes(volume.device) && volume.deleteOnTermination,
    );
    if (deleted.length === 0) return "after";
    return deleted.length === step.devices.length ? "before" : "other";
  },
  apply: (step, account) =>
    account.compute.setDeleteOnTermination(step.instance, step.devices, false),
  undo: (step, account) =>
    account.compute.setDeleteOnTermination(step.instance, step.devices, true),
  manual: (step) =>
    `Set DeleteOnTermination of ${step.devices.join(", ")} of ${step.instance} back to true.`,
  permissions: (step, place) => [
    {
      actions: ["ec2:ModifyInstanceAttribute"],
      resources: [ec2Arn(place, `instance/${step.instance}`)],
      conditions: { StringEqualsIgnoreCase: { "ec2:Attribute": "blockDeviceMapping" } },
    },
    // AWS checks the volumes too, without passing them the attribute.
    { actions: ["ec2:ModifyInstanceAttribute"], resources: [ec2Arn(place, "volume/*")] },
    reads("ec2:DescribeInstances"),
  ],
  undoPermissions: (step, place) => keepVolumes.permissions(step, place),
  widest: [{ kind: "keep-volumes", instance: "*", devices: [] }],
};
