/** Reads the settings of the key rotation rule, and of who is notified. */
import type { JiraAccess, MailAccess } from "../functions/catalogue/notification-targets";
import { nearest } from "./nearest";
import {
  account,
  between,
  listOf,
  matching,
  oneOf,
  parsed,
  type Read,
  refusal,
  type Shape,
} from "./values";

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
  /**
   * Name of the SSM parameter, a SecureString in the security account, that holds the URL of a
   * chat's incoming webhook. Undefined: no chat is notified.
   */
  readonly accessKeyWebhookParameter?: string;
  /** ARNs of standard queues, of any account and region, that get a JSON message about every user. */
  readonly accessKeyQueues: readonly string[];
  /** Where an issue is created for every user. Undefined: nowhere. */
  readonly accessKeyJira?: JiraAccess;
  /** How the owner whom a tag of the user names is e-mailed. Undefined: not at all. */
  readonly accessKeyMail?: MailAccess;
}

export const keyRotationKeys = [
  "accessKeyRule",
  "accessKeyMaxAgeDays",
  "accessKeyCheckHours",
  "accessKeyAttempts",
  "accessKeyRetrySeconds",
  "accessKeyPublishers",
  "accessKeyPublisherAccounts",
  "accessKeyWebhookParameter",
  "accessKeyQueues",
  "accessKeyJira",
  "accessKeyMail",
] as const satisfies readonly (keyof KeyRotationSettings)[];

// Systems Manager's own pattern for a name with a path, which may not begin with aws or ssm.
const parameterName: Shape = {
  pattern: /^(?!\/(aws|ssm))(?=.{2,1000}$)(\/[\w.-]+){1,15}$/i,
  words:
    "none, or the name of an SSM parameter that begins with a slash, but not with /aws or /ssm",
};

// FIFO queues, whose names end in .fifo, would need a message group.
const queueArn: Shape = {
  pattern: /^arn:aws:sqs:[a-z]{2}(-[a-z]+)+-\d:\d{12}:[\w-]{1,80}$/,
  words: "the ARN of a standard queue",
};
// The function gets the ARNs in one variable; all its variables may take 4 KB.
const mostQueues = 10;

const jiraShapes: Readonly<Record<keyof JiraAccess, Shape>> = {
  site: {
    // The API token is sent there: no user information, query or fragment, and no other scheme.
    pattern: /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?(\/[\w.~-]+)*$/,
    words: "an https URL without a slash at its end",
  },
  project: { pattern: /^[A-Z][A-Z0-9_]{1,49}$/, words: "the key of a project, such as SEC" },
  issueType: { pattern: /^\S(.{0,58}\S)?$/, words: "the name of a type of issue" },
  user: { pattern: /^[^\s@:]{1,64}@[^\s@:]{1,255}$/, words: "an e-mail address" },
  secret: {
    pattern:
      /^arn:aws:secretsmanager:[a-z]{2}(-[a-z]+)+-\d:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    words: "the ARN of a secret, with the six characters at its end",
  },
};

/** Reads Jira's members. @throws pulumi.RunError that names the first wrong, missing or unknown one */
function readJira(json: string | undefined, securityAccount: string): JiraAccess | undefined {
  const given = membersOf("accessKeyJira", json, Object.keys(jiraShapes));
  if (given === undefined) return undefined;
  const jira = Object.fromEntries(
    Object.entries(jiraShapes).map(([name, shape]) => [
      name,
      matching(`accessKeyJira.${name}`, shape, given[name]),
    ]),
  ) as unknown as JiraAccess;
  if (jira.secret.split(":")[4] !== securityAccount) {
    throw refusal(
      "accessKeyJira.secret",
      `a secret of cordon:securityAccount ${securityAccount}`,
      jira.secret,
    );
  }
  return jira;
}

const tagKey: Shape = {
  // IAM's own pattern; only AWS sets tags that begin with aws:.
  pattern: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
  words: "the key of a tag, without aws: at its beginning",
};
const sender: Shape = {
  pattern: /^[A-Za-z0-9][\w.+-]{0,63}@[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  words: "a plain e-mail address with its domain in lower case",
};
const domain: Shape = {
  pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  words: "a domain in lower case",
};
const mostDomains = 10;

/** Reads e-mail's members. @throws pulumi.RunError that names the first wrong, missing or unknown one */
function readMail(json: string | undefined): MailAccess | undefined {
  const given = membersOf("accessKeyMail", json, ["tag", "from", "domains"]);
  if (given === undefined) return undefined;
  const domains = listOf("accessKeyMail.domains", domain, JSON.stringify(given.domains));
  if (domains.length === 0 || domains.length > mostDomains) {
    throw refusal("accessKeyMail.domains", `a list of 1 to ${mostDomains} domains`, domains);
  }
  return {
    tag: matching("accessKeyMail.tag", tagKey, given.tag),
    from: matching("accessKeyMail.from", sender, given.from),
    domains,
  };
}

/** Reads an object's members; undefined if empty. @throws pulumi.RunError for an unknown member */
function membersOf(key: string, json: string | undefined, names: readonly string[]) {
  const value = parsed(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusal(key, "an object, which may be empty", value ?? json);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const limit = `one of ${names.join(", ")}, such as ${nearest(unknown, names)}`;
    throw refusal(`${key}'s member`, limit, unknown);
  }
  return Object.keys(value).length === 0 ? undefined : (value as Record<string, unknown>);
}

/** Reads the settings. @throws pulumi.RunError that names the first key with a wrong value */
export function readKeyRotation(
  text: Read,
  { securityAccount }: { readonly securityAccount: string },
): KeyRotationSettings {
  const webhook = text("accessKeyWebhookParameter");
  const jira = readJira(text("accessKeyJira"), securityAccount);
  const mail = readMail(text("accessKeyMail"));
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
    ...(webhook !== "none" && {
      accessKeyWebhookParameter: matching("accessKeyWebhookParameter", parameterName, webhook),
    }),
    accessKeyQueues: listOf("accessKeyQueues", queueArn, text("accessKeyQueues")),
    ...(jira && { accessKeyJira: jira }),
    ...(mail && { accessKeyMail: mail }),
  };
  if (settings.accessKeyQueues.length > mostQueues) {
    const limit = `a list of at most ${mostQueues} queues`;
    throw refusal("accessKeyQueues", limit, `${settings.accessKeyQueues.length} queues`);
  }
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
