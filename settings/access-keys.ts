/** The settings of the rule about old access keys, and of who is told by it. */
import {
  account,
  between,
  listOf,
  matching,
  oneOf,
  type Read,
  refusal,
  type Shape,
} from "./values";

/** What every deployment is told about old access keys. */
export interface AccessKeySettings {
  /** Whether the rule stands in the governed accounts. */
  readonly accessKeyRule: "deploy" | "none";
  /** Days up to which an active access key counts as young. */
  readonly accessKeyMaxAgeDays: number;
  /** Hours between two evaluations of the rule: the only five that AWS Config knows. */
  readonly accessKeyCheckHours: "1" | "3" | "6" | "12" | "24";
  /** Failed remediations of one user within accessKeyRetrySeconds, after which Config excepts it. */
  readonly accessKeyAttempts: number;
  readonly accessKeyRetrySeconds: number;
  /** Whose remediations may publish: any account of the organization, or those listed alone. */
  readonly accessKeyPublishers: "organization" | "listed";
  /** The accounts, where they are listed; else empty. */
  readonly accessKeyPublisherAccounts: readonly string[];
  /**
   * Name of the SSM parameter, a SecureString in the security account, that holds the URL of a
   * chat's incoming webhook. Undefined: no chat is told.
   */
  readonly accessKeyWebhookParameter?: string;
}

export const accessKeyKeys = [
  "accessKeyRule",
  "accessKeyMaxAgeDays",
  "accessKeyCheckHours",
  "accessKeyAttempts",
  "accessKeyRetrySeconds",
  "accessKeyPublishers",
  "accessKeyPublisherAccounts",
  "accessKeyWebhookParameter",
] as const satisfies readonly (keyof AccessKeySettings)[];

// SSM's own pattern for a name with a path, which may not begin with aws or ssm.
const parameterName: Shape = {
  pattern: /^(?!\/(aws|ssm))(?=.{2,1000}$)(\/[\w.-]+){1,15}$/i,
  words:
    "none, or the name of an SSM parameter that begins with a slash, but not with /aws or /ssm",
};

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readAccessKeys(text: Read): AccessKeySettings {
  const webhook = text("accessKeyWebhookParameter");
  const settings: AccessKeySettings = {
    accessKeyRule: oneOf("accessKeyRule", ["deploy", "none"], text("accessKeyRule")),
    accessKeyMaxAgeDays: between("accessKeyMaxAgeDays", 1, 3_650, text("accessKeyMaxAgeDays")),
    accessKeyCheckHours: oneOf(
      "accessKeyCheckHours",
      ["1", "3", "6", "12", "24"],
      text("accessKeyCheckHours"),
    ),
    // AWS Config takes 1 to 25.
    accessKeyAttempts: between("accessKeyAttempts", 1, 25, text("accessKeyAttempts")),
    // AWS Config takes up to 2,678,000; a longer window only makes it give up on a user sooner.
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
    ...(webhook !== "none" && {
      accessKeyWebhookParameter: matching("accessKeyWebhookParameter", parameterName, webhook),
    }),
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
