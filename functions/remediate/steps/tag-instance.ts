import type { StepKind } from "../../step";
import { ec2Arn, onlyTags, reads } from "./arns";

/** Repeats on the instance, for people, what the journal knows. */
export interface TagInstance {
  readonly kind: "tag-instance";
  readonly instance: string;
  /** Values of the same keys before; null where the key was absent. */
  readonly before: Readonly<Record<string, string | null>>;
  readonly after: Readonly<Record<string, string>>;
}

const restoredTags = ["SecurityStatus", "RestoredAt"];
/** Every key that containment may set. */
export const containmentTags = [
  "SecurityStatus",
  "QuarantinedAt",
  "CordonIncident",
  "GuardDutyFindingId",
  "GuardDutyFindingType",
  "OriginalSecurityGroups",
] as const;

export const tagInstance: StepKind<TagInstance> = {
  target: (step) => step.instance,
  describe: (step) => `tag ${step.instance} SecurityStatus=${step.after.SecurityStatus}`,
  async inspect(step, account) {
    const instance = await account.compute.instance(step.instance);
    if (instance === undefined) return "gone";
    const stands = (key: string, ...values: (string | null | undefined)[]) =>
      values.includes(instance.tags[key] ?? null);
    const keys = Object.keys(step.after);
    if (keys.every((key) => stands(key, step.after[key]))) return "after";
    // What a release sets counts as "before": another run of it must not take that for a change.
    const before = (key: string) => [
      step.before[key] ?? null,
      ...(key === "SecurityStatus" ? ["Restored"] : []),
    ];
    if (keys.every((key) => stands(key, ...before(key)))) return "before";
    // Removing and setting tags are two calls: a release that died between them leaves a mixture.
    return keys.every((key) => stands(key, step.after[key], ...before(key))) ? "half" : "other";
  },
  apply: (step, account) => account.compute.setTags(step.instance, step.after),
  async undo(step, account, now) {
    const entries = Object.entries(step.before);
    const had = entries.filter((entry): entry is [string, string] => entry[1] !== null);
    const absent = entries.filter(([, value]) => value === null).map(([key]) => key);
    await account.compute.removeTags(
      step.instance,
      absent.filter((key) => !restoredTags.includes(key)),
    );
    await account.compute.setTags(step.instance, {
      ...Object.fromEntries(had),
      SecurityStatus: "Restored",
      RestoredAt: now.toISOString(),
    });
  },
  manual: (step) =>
    `Set the tags of ${step.instance} to SecurityStatus=Restored and RestoredAt=<now>; remove ${Object.keys(
      step.after,
    )
      .filter((key) => !restoredTags.includes(key))
      .join(", ")}.`,
  permissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, containmentTags, place),
    reads("ec2:DescribeInstances"),
  ],
  undoPermissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, [...containmentTags, "RestoredAt"], place),
    tagging("ec2:DeleteTags", step.instance, containmentTags, place),
    reads("ec2:DescribeInstances"),
  ],
  widest: [{ kind: "tag-instance", instance: "*", before: {}, after: {} }],
};

function tagging(
  action: string,
  instance: string,
  keys: readonly string[],
  place: Parameters<typeof ec2Arn>[0],
) {
  return {
    actions: [action],
    resources: [ec2Arn(place, `instance/${instance}`)],
    conditions: onlyTags(keys),
  };
}
