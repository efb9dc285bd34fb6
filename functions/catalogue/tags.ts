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
