/** The tags of contained resources, and the one that opts a resource out. Data only. */

/** Opts an instance, user or role out: Cordon notifies about it and changes nothing. */
export const optOut = { tag: "AutoRemediation", value: "disabled" } as const;

/** Values of SecurityStatus: the first while a resource is contained, the second after its release. */
export const quarantined = "Quarantined";
export const restored = "Restored";

/** Keys that a release sets. */
export const restoredTags = ["SecurityStatus", "RestoredAt"] as const;

/** Keys that containment sets on a user or role. */
export const principalTags = [
  "SecurityStatus",
  "QuarantinedAt",
  "CordonIncident",
  "GuardDutyFindingId",
  "GuardDutyFindingType",
] as const;

/** Keys that containment sets on an instance. */
export const instanceTags = [...principalTags, "OriginalSecurityGroups"] as const;

/** Reads whether a resource with these tags opts out. */
export function isOptedOut(tags: Readonly<Record<string, string>>): boolean {
  return tags[optOut.tag] === optOut.value;
}

/** Tags that EC2 lets a resource have; AWS's own do not count. */
const ec2TagLimit = 50;

/** Checks whether a resource of EC2 with these tags has room for these keys, too. */
export function hasRoomFor(
  keys: readonly string[],
  tags: Readonly<Record<string, string>>,
): boolean {
  const own = Object.keys(tags).filter((key) => !key.startsWith("aws:"));
  return new Set([...own, ...keys]).size <= ec2TagLimit;
}
