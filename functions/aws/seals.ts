/** Seals plans and checks seals, with a key of KMS that computes message authentication codes. */
import { GenerateMacCommand, KMSClient, VerifyMacCommand } from "@aws-sdk/client-kms";
import type { Seal } from "../record/journal";
import {
  certificateText,
  distrust,
  type Sealed,
  type SealingKey,
  sealingKey,
} from "../record/seal";
import { clientConfig } from "./client";
import { hasCode } from "./errors";

/** A copy of the memory of a process is of use to its thief for no longer than this. */
const longestMs = 4 * 3_600_000;
const MacAlgorithm = "HMAC_SHA_256";

export interface Sealer {
  /** Has this process's key certified, so that a later seal waits for nothing. */
  prepare(): Promise<void>;
  seal(record: Sealed): Promise<Seal>;
  /** Returns in one sentence why a record's plan cannot be trusted. */
  check: SealVerifier["check"];
}

export interface SealVerifier {
  /** Returns in one sentence why a record's plan cannot be trusted. */
  check(record: Sealed & { readonly seal?: Seal }): Promise<string | undefined>;
}

/** Opens the sealer of a process, which calls KMS once in hours. */
export function sealer(region: string, keyArn: string, now: () => Date): Sealer {
  const kms = new KMSClient(clientConfig(region));
  let current: { until: number; certified: Promise<Certified> } | undefined;

  const certified = (): Promise<Certified> => {
    const at = now().getTime();
    if (current === undefined || current.until <= at) {
      const made = { until: at + longestMs, certified: certify(kms, keyArn) };
      current = made;
      // The next plan asks again.
      made.certified.catch(() => {
        if (current === made) current = undefined;
      });
    }
    return current.certified;
  };

  return {
    async prepare() {
      // Whoever seals asks again, and fails with the reason.
      await certified().catch(() => undefined);
    },
    async seal(record) {
      const { key, mac } = await certified();
      return { publicKey: key.publicKey, mac, signature: key.sign(record) };
    },
    // The code of a text is always the same: whoever may compute it can compare.
    check: (record) =>
      distrust(record, async (text, mac) => (await codeOf(kms, keyArn, text)) === mac),
  };
}

interface Certified {
  readonly key: SealingKey;
  readonly mac: string;
}

async function certify(kms: KMSClient, keyArn: string): Promise<Certified> {
  const key = sealingKey();
  return { key, mac: await codeOf(kms, keyArn, certificateText(key.publicKey)) };
}

/** Has KMS compute the code of a text: base64. */
async function codeOf(kms: KMSClient, KeyId: string, text: string): Promise<string> {
  const Message = Buffer.from(text);
  const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message }));
  if (Mac === undefined) throw new Error("KMS returned no code for the key that seals plans");
  return Buffer.from(Mac).toString("base64");
}

/** Opens the verifier of seals. */
export function sealVerifier(region: string, keyArn: string): SealVerifier {
  const kms = new KMSClient(clientConfig(region));
  return {
    check: (record) =>
      distrust(record, async (text, mac) => {
        const request = new VerifyMacCommand({
          KeyId: keyArn,
          MacAlgorithm,
          Message: Buffer.from(text),
          Mac: Buffer.from(mac, "base64"),
        });
        try {
          return (await kms.send(request)).MacValid === true;
        } catch (error) {
          // Of a code that no key of KMS could have computed, KMS says that it is no valid input.
          if (hasCode(error, "KMSInvalidMacException", "ValidationException")) return false;
          throw error;
        }
      }),
  };
}
