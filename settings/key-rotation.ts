/** Reads the settings of the key rotation rule. */
import { account, between, listOf, oneOf, type Read, refusal } from "./values";

/** The settings about key rotation of every deployment. */
export interface KeyRotationSettings {
  /** Whether the rule is deployed to the governed accounts. */
  readonly accessKeyRule: "deploy" | "none";
  /** Most days an active access key may be old. */
  readonly accessKeyMaxAgeDays: number;
  /** Hours between two evaluations of the rule: the five values that AWS Config supports. */
  readonly accessKeyCheckHours: "1" | "3" | "6" | "12" | "24";
  /** Failed remediations of a user within accessKeyRetrySeconds before AWS Config excepts the user. */
  readonly accessKeyAttempts: number;
  readonly accessKeyRetrySeconds: number;
  /** Whose remediations may publish: every account of the organization, or only those listed. */
  readonly accessKeyPublishers: "organization" | "listed";
  /** The listed accounts; otherwise empty. */
  readonly accessKeyPublisherAccounts: readonly string[];
}

export const keyRotationKeys = [
  "accessKeyRule",
  "accessKeyMaxAgeDays",
  "accessKeyCheckHours",
  "accessKeyAttempts",
  "accessKeyRetrySeconds",
  "accessKeyPublishers",
  "accessKeyPublisherAccounts",
] as const satisfies readonly (keyof KeyRotationSettings)[];

/** Reads the settings. @throws pulumi.RunError that names the first key with a wrong value */
export function readKeyRotation(text: Read): KeyRotationSettings {
  const settings: KeyRotationSettings = {
    accessKeyRule: oneOf("accessKeyRule", ["deploy", "none"], text("accessKeyRule")),
    accessKeyMaxAgeDays: between("accessKeyMaxAgeDays", 1, 3_650, text("accessKeyMaxAgeDays")),
    accessKeyCheckHours: oneOf(
      "accessKeyCheckHours",
      ["1", "3", "6", "12", "24"],
      text("accessKeyCheckHours"),
    ),
    // AWS Config accepts 1 to 25.
    accessKeyAttempts: between("accessKeyAttempts", 1, 25, text("accessKeyAttempts")),
    // AWS Config accepts up to 2,678,000; a longer window only makes it except a user sooner.
    accessKeyRetrySeconds: between(
      "accessKeyRetrySeconds",
      1,
      86_400,
      text("accessKeyRetrySeconds"),
    ),
    accessKeyPublishers: oneOf(
      "accessKeyPublishers",
      ["organization", "listed"],
      text("accessKeyPublishers"),
    ),
    accessKeyPublisherAccounts: listOf(
      "accessKeyPublisherAccounts",
      account,
      text("accessKeyPublisherAccounts"),
    ),
  };
  const { accessKeyPublishers, accessKeyPublisherAccounts: accounts } = settings;
  if (accessKeyPublishers === "listed" && accounts.length === 0) {
    throw refusal(
      "accessKeyPublisherAccounts",
      "a list of one account or more where cordon:accessKeyPublishers is listed",
      accounts,
    );
  }
  if (accessKeyPublishers === "organization" && accounts.length > 0) {
    throw refusal(
      "accessKeyPublisherAccounts",
      "an empty list where cordon:accessKeyPublishers is organization",
      accounts,
    );
  }
  return settings;
}
