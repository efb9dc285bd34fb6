/**
 * Kinds of resources that Cordon contains by their settings: which findings it answers, and what it
 * changes. Data only. A kind is an entry in a file beside this one, by service, and a file in
 * functions/aws/settings for each setting.
 */
import type { Closing, Containment } from "./containment";
import { ec2Containments } from "./ec2";
import { ecsContainments } from "./ecs";
import { lambdaContainments } from "./lambda";
import { s3Containments } from "./s3";
import { secretContainments } from "./secrets-manager";

const containments = {
  ...s3Containments,
  ...lambdaContainments,
  ...ec2Containments,
  ...ecsContainments,
  ...secretContainments,
} as const satisfies Record<string, Containment>;

type Containments = typeof containments;
export type ContainmentId = keyof Containments;
export const containmentIds = Object.keys(containments) as ContainmentId[];

/** Names of settings that contain; each belongs to one kind of resource. */
export type ClosingId = {
  [C in ContainmentId]: keyof Containments[C]["settings"] & string;
}[ContainmentId];

const closings = new Map<string, Closing>(
  containmentIds.flatMap((id) => Object.entries(containmentOf(id).settings)),
);
export const closingIds = [...closings.keys()] as ClosingId[];

/** Gives an entry, whatever it leaves out. */
export function containmentOf(id: ContainmentId): Containment {
  return containments[id];
}

/** Gives what a setting's change takes. */
export function closingOf(id: ClosingId): Closing {
  const found = closings.get(id);
  if (found === undefined) throw new Error(`No containment has the setting ${id}`);
  return found;
}

/** Lists the settings of a kind of resource, in order. */
export function closingsOf(id: ContainmentId): readonly ClosingId[] {
  return Object.keys(containments[id].settings) as ClosingId[];
}

/** Finds the kind of resource that a finding of GuardDuty is about, by its type. */
export function containmentFor(type: string, resourceType: string): ContainmentId | undefined {
  return containmentIds.find((id) =>
    containmentOf(id).found.some(
      ({ about, types }) =>
        about.includes(resourceType) && types.some((beginning) => type.startsWith(beginning)),
    ),
  );
}
