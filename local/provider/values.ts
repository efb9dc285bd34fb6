/** Reading the values that the Pulumi engine sends: unknowns, secrets, assets, archives. */
import { createHash } from "node:crypto";
import { strToU8, zipSync } from "fflate";

export type Properties = Record<string, unknown>;

/** What the engine sends in a preview for a value that only the update will know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const signature = "4dabf18193072939515e22adb298388d";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

export const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isSigned = (value: unknown): boolean => isObject(value) && signature in value;

/** Says whether any part of the value is unknown before the update. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknown) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Drops absent members, which the wire format would turn into nulls. */
export function compact<T extends Properties>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined && member !== null),
  ) as T;
}

/** Compares two property values; assets and archives by their content hash. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  if (isSigned(left) && isSigned(right) && left.hash !== undefined)
    return left[signature] === right[signature] && left.hash === right.hash;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key] ?? undefined, right[key] ?? undefined));
}

/** Names the properties whose values differ, in alphabetical order. */
export function changedKeys(olds: Properties, news: Properties): string[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].filter((key) => !same(olds[key] ?? undefined, news[key] ?? undefined)).sort();
}

/**
 * Zips an archive of text assets, the same text always to the same bytes. Throws on anything but
 * `AssetArchive({ name: StringAsset })`, the one form that needs no file on disk.
 */
export function zip(archive: unknown): { bytes: Buffer; sha256: string } {
  if (!isObject(archive) || archive[signature] !== archiveSignature || !isObject(archive.assets))
    throw new Error("code must be an AssetArchive");
  const files: Record<string, Uint8Array> = {};
  for (const name of Object.keys(archive.assets).sort()) {
    const asset = archive.assets[name];
    if (!isObject(asset) || asset[signature] !== assetSignature || typeof asset.text !== "string")
      throw new Error(`code["${name}"] must be a StringAsset`);
    files[name] = strToU8(asset.text);
  }
  // Zip times are local wall-clock times and begin in 1980: a fixed one keeps the hash fixed.
  const bytes = Buffer.from(zipSync(files, { mtime: new Date(1980, 0, 1), level: 6 }));
  return { bytes, sha256: createHash("sha256").update(bytes).digest("base64") };
}
