/**
 * The seal of a plan: it shows to a release that a responder wrote the plan, and that nobody changed
 * it since. A responder's process signs with a key pair of its own, which KMS certifies once.
 */
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { IncidentRecord, Seal } from "./journal";

/** What a seal covers of a record: all that a release goes by. */
export type Sealed = Pick<IncidentRecord, "id" | "epoch" | "incident" | "plan" | "approval">;

/** A key pair that seals plans. They are trusted once its public key is certified. */
export interface SealingKey {
  readonly publicKey: string;
  sign(record: Sealed): string;
}

/** Makes a key pair that exists in this process only. */
export function sealingKey(): SealingKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    sign: (record) => sign(null, Buffer.from(canonicalText(record)), privateKey).toString("base64"),
  };
}

/**
 * Writes what KMS computes the code over. The first line keeps codes that this key may be used for
 * one day from passing as certificates of a sealing key.
 */
export function certificateText(publicKey: string): string {
  return `Cordon: key that seals plans\n${publicKey}`;
}

/** Writes what a seal covers, whatever the order in which the journal returns its members. */
export function canonicalText({ id, epoch, incident, plan, approval }: Sealed): string {
  const { key, place, resource, playbook } = incident;
  return JSON.stringify({ id, epoch, key, place, resource, playbook, plan, approval }, sorted);
}

/**
 * Hashes what an approval approves: target, plan, and the moment in which it was made. SHA-256 in full,
 * because people choose by it: no two plans must be made to share one.
 */
export function digestOf(
  record: Pick<IncidentRecord, "id" | "epoch" | "incident" | "plan" | "plannedAt">,
): string {
  const { id, epoch, incident, plan, plannedAt } = record;
  const text = `Cordon: plan made at ${plannedAt}\n${canonicalText({ id, epoch, incident, plan })}`;
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Explains in one sentence why a record's plan cannot be trusted, or returns undefined.
 *
 * @param isCertified asks KMS whether a responder had this text certified.
 */
export async function distrust(
  record: Sealed & { readonly seal?: Seal },
  isCertified: (text: string, mac: string) => Promise<boolean>,
): Promise<string | undefined> {
  const { id, seal } = record;
  if (seal === undefined) {
    return `The plan of ${id} has no seal, as plans of older versions of Cordon: undo its steps by hand, as its notice lists them`;
  }
  const changed = `The plan of ${id} is not as a responder sealed it: somebody changed the journal; find out who in CloudTrail, and undo the containment by hand, as its notice lists it`;
  const isWhole =
    isSigned(record, seal) && (await isCertified(certificateText(seal.publicKey), seal.mac));
  return isWhole ? undefined : changed;
}

function isSigned(record: Sealed, { publicKey, signature }: Seal): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.from(publicKey, "base64"),
      format: "der",
      type: "spki",
    });
    return (
      key.asymmetricKeyType === "ed25519" &&
      verify(null, Buffer.from(canonicalText(record)), key, Buffer.from(signature, "base64"))
    );
  } catch {
    // What is no key, or no text, signs nothing.
    return false;
  }
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
