/** The tags of contained resources, and the one that opts a resource out. Data only. */

/** Opts an instance, user or role out: Cordon asks urgently before it contains it. */
export const optOut = { tag: "AutoRemediation", value: "disabled" } as const;

/** Marks an instance, user or role as critical: Cordon asks before it contains it by itself. */
export const criticalTag = { tag: "Criticality", value: "critical" } as const;

/**
 * Keys by which a resource's owner is found, in lower case. Organizations spell them in their own ways, and
 * nobody sets a list before the first incident: these are the usual ones (AWS's whitepaper "Best Practices
 * for Tagging AWS Resources").
 */
export const ownerTags = [
  "name",
  "owner",
  "team",
  "contact",
  "application",
  "service",
  "environment",
] as const;

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

/** Tags that EC2 and IAM let a resource have; AWS's own, which begin with "aws:", do not count. */
const tagLimit = 50;

/**
 * Lists the keys for which a resource with these tags has room, the first ones first: AWS refuses a
 * whole request that exceeds the quota.
 *
 * @param fold makes keys equal that the service takes for one: IAM ignores case, EC2 does not
 */
export function fitting<K extends string>(
  keys: readonly K[],
  tags: Readonly<Record<string, string>>,
  fold: (key: string) => string = (key) => key,
): readonly K[] {
  const own = new Set(Object.keys(tags).map(fold));
  let room = tagLimit - [...own].filter((key) => !key.startsWith("aws:")).length;
  return keys.filter((key) => own.has(fold(key)) || room-- > 0);
}

/** Makes keys equal that IAM takes for one. */
export function foldCase(key: string): string {
  return key.toLowerCase();
}
