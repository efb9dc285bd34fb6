/**
 * Stands in for the Trusted Advisor operations of AWS Support: the result of the one check Cordon
 * asks about, "Exposed Access Keys", with what a drill has flagged. Strict: only in us-east-1, only
 * for accounts whose support plan has the API, and every other operation, check and language is
 * refused by name.
 */
import { createHash } from "node:crypto";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  text,
  UnknownOperationError,
} from "../wire/protocol";

/** Id of the check "Exposed Access Keys". */
const exposedAccessKeysCheck = "12Fnkpl8Y5";

export interface ExposedKey {
  readonly accessKeyId: string;
  /** Name of the user, or "root". */
  readonly userName: string;
  /** @default "Exposed" */
  readonly fraudType?: "Exposed" | "Suspected" | "Potentially compromised";
  readonly caseId?: string;
  /** When the check last changed its mind about this key. @default now */
  readonly updated?: Date;
  /** Where the key was found. */
  readonly location?: string;
  /** The date after which AWS may suspend the account. @default none */
  readonly deadline?: Date;
}

export interface TrustedAdvisorStandIn {
  /** Flags a key in an account, once; a second flag of the same key replaces the first. */
  flag(account: string, key: ExposedKey): void;
  /** Clears every flag of an account. AWS takes up to a week after the last key is gone. */
  clear(account: string): void;
  /** Takes the support plan from an account: its calls end with SubscriptionRequiredException. */
  withoutPlan(account: string): void;
}

export class TrustedAdvisor implements TrustedAdvisorStandIn {
  readonly #flagged = new Map<string, Map<string, ExposedKey>>();
  readonly #withoutPlan = new Set<string>();

  flag(account: string, key: ExposedKey): void {
    const keys = this.#flagged.get(account) ?? new Map<string, ExposedKey>();
    keys.set(key.accessKeyId, key);
    this.#flagged.set(account, keys);
  }

  clear(account: string): void {
    this.#flagged.delete(account);
  }

  withoutPlan(account: string): void {
    this.#withoutPlan.add(account);
  }

  answer(call: ApiCall, account: string): Answer {
    if (call.operation !== "DescribeTrustedAdvisorCheckResult") {
      throw new UnknownOperationError(`support:${call.operation}`);
    }
    // "To call the Trusted Advisor operations … you must use the US East (N. Virginia) endpoint."
    if (call.region !== "us-east-1") {
      throw new UnknownOperationError(`support:${call.operation} in ${call.region}`);
    }
    if (this.#withoutPlan.has(account)) {
      throw new ApiError(
        "SubscriptionRequiredException",
        "Amazon Web Services Premium Support Subscription is required to use this service.",
      );
    }
    const check = text(call.parameters.checkId) ?? "";
    const language = text(call.parameters.language) ?? "en";
    if (check !== exposedAccessKeysCheck || language !== "en") {
      throw new UnknownOperationError(`Trusted Advisor check "${check}" in "${language}"`);
    }
    const flagged = [...(this.#flagged.get(account)?.values() ?? [])];
    return json({
      result: {
        checkId: check,
        timestamp: new Date().toISOString(),
        status: flagged.length > 0 ? "error" : "ok",
        resourcesSummary: {
          resourcesProcessed: flagged.length,
          resourcesFlagged: flagged.length,
          resourcesIgnored: 0,
          resourcesSuppressed: 0,
        },
        categorySpecificSummary: {
          costOptimizing: { estimatedMonthlySavings: 0, estimatedPercentMonthlySavings: 0 },
        },
        flaggedResources: flagged.map((key) => ({
          status: "error",
          resourceId: createHash("sha256").update(`${account}/${key.accessKeyId}`).digest("hex"),
          isSuppressed: false,
          metadata: metadataOf(key),
        })),
      },
    });
  }
}

/** The columns of the check, in the order DescribeTrustedAdvisorChecks lists their headings. */
function metadataOf(key: ExposedKey): (string | null)[] {
  return [
    key.accessKeyId,
    key.userName,
    key.fraudType ?? "Exposed",
    key.caseId ?? "12345678-1234-1234-abcd-1234567890ab",
    String((key.updated ?? new Date()).getTime()),
    key.location ?? "www.example.com",
    key.deadline ? String(key.deadline.getTime()) : null,
    "0",
  ];
}
