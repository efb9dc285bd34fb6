/** Reads the setting of who is notified besides the topic's own subscribers. */
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod/mini";
import { abouts, type Channel, type ChannelType, isPosted } from "../functions/catalogue/channels";
import { type CoreSettings, environmentLength, environmentLimit } from "./core";
import { nearest } from "./nearest";
import {
  account,
  between,
  namespace,
  parsed,
  quoted,
  type Read,
  refusal,
  type Shape,
} from "./values";

export interface NotifySettings {
  readonly notify: readonly Channel[];
  /** Notices of each urgency that are published on their own in ten minutes; the watch has the rest. */
  readonly noticesAlone: number;
}

export const notifyKeys = [
  "notify",
  "noticesAlone",
] as const satisfies readonly (keyof NotifySettings)[];

/** Channels of one deployment: each message is posted to all of them side by side. */
const mostChannels = 20;
// A filter policy of SNS may have 150 combinations of its values; the other filters take up to twenty.
const mostMailAccounts = 5;

const name: Shape = {
  pattern: /^[a-z0-9](-?[a-z0-9]){0,31}$/,
  words: "1 to 32 lower-case letters or digits, with hyphens between them",
};
const secretArn =
  "arn:aws:secretsmanager:[a-z]{2}(-[a-z]+)+-\\d:\\d{12}:secret:[\\w/+=.@-]+-[A-Za-z0-9]{6}";
// Systems Manager's own pattern for a name with a path, which may not begin with aws or ssm.
const parameter = "(?!\\/(aws|ssm))(?=.{2,1000}$)(\\/[\\w.-]+){1,15}";
const secret: Shape = {
  pattern: new RegExp(`^(${parameter}|${secretArn})$`, "i"),
  words:
    "the name of an SSM parameter that begins with a slash, but not with /aws or /ssm, or the ARN of a secret, with the six characters at its end",
};
const site: Shape = {
  // The API token is sent there: no user information, query or fragment, and no other scheme.
  pattern: /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?(\/[\w.~-]+)*$/,
  words: "an https URL without a slash at its end",
};
const user: Shape = { pattern: /^[^\s:]{1,255}$/, words: "the name of a user, without a colon" };
const address: Shape = { pattern: /^[^\s@:,]{1,64}@[^\s@:,]{1,255}$/, words: "an e-mail address" };
// Only Jira's words for types of issues and for their statuses: it compares them exactly.
const words = (of: string): Shape => ({ pattern: /^\S(.{0,58}\S)?$/, words: `the name of ${of}` });
const arnOf = (service: "sqs" | "sns", what: string): Shape => ({
  // FIFO ones, whose names end in .fifo, would need a message group.
  pattern: new RegExp(`^arn:aws:${service}:[a-z]{2}(-[a-z]+)+-\\d:\\d{12}:[\\w-]{1,80}$`),
  words: `the ARN of a standard ${what}`,
});
const unit: Shape = {
  pattern: /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
  words: "the id of an organizational unit, ou-…-…",
};
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

const shaped = ({ pattern, words: error }: Shape) =>
  z.string({ error }).check(z.regex(pattern, { error }));
const oneOf = <const T extends string>(allowed: readonly T[]) =>
  z.enum(allowed, { error: `one of ${allowed.join(", ")}` });
const some = <T extends z.core.SomeType>(item: T, of: string, most = 50) => {
  const error = `a list of 1 to ${most} ${of}`;
  return z.array(item, { error }).check(z.minLength(1, { error }), z.maxLength(most, { error }));
};
const severity = "a number from 0 to 10";

const named = { name: shaped(name) };
const common = {
  ...named,
  about: z.optional(some(oneOf(abouts), "subjects", abouts.length)),
  urgent: z.optional(z.literal(true, { error: "true, or left out" })),
  severity: z.optional(
    z
      .number({ error: severity })
      .check(z.gte(0, { error: severity }), z.lte(10, { error: severity })),
  ),
};
const timeZoneError = "the IANA name of a time zone, such as Europe/Berlin";
const posted = {
  ...common,
  accounts: z.optional(some(shaped(account), "accounts")),
  units: z.optional(some(shaped(unit), "organizational units")),
  timeZone: z.optional(
    z.string({ error: timeZoneError }).check(z.refine(isTimeZone, { error: timeZoneError })),
  ),
};
const secretive = { ...posted, secret: shaped(secret) };

/** The members of each type of channel. */
const shapes = {
  mail: {
    ...common,
    // One text for all who are mailed: SNS sends it, in UTC, and knows no units.
    accounts: z.optional(some(shaped(account), "accounts", mostMailAccounts)),
    to: shaped(address),
  },
  slack: {
    ...secretive,
    channel: shaped({
      pattern: /^[CG][A-Z0-9]{7,20}$/,
      words: "the id of a channel, such as C0123456789, not its name",
    }),
  },
  teams: secretive,
  pagerduty: { ...secretive, region: z.optional(oneOf(["us", "eu"])) },
  opsgenie: { ...secretive, region: oneOf(["us", "eu"]) },
  webhook: secretive,
  jira: {
    ...secretive,
    site: shaped(site),
    project: shaped({
      pattern: /^[A-Z][A-Z0-9_]{1,49}$/,
      words: "the key of a project, such as SEC",
    }),
    issueType: shaped(words("a type of issue")),
    user: shaped(address),
    done: z.optional(shaped(words("a status"))),
  },
  servicenow: {
    ...secretive,
    site: shaped({
      pattern: /^https:\/\/[a-z0-9-]+\.service-now\.com$/,
      words: "https://INSTANCE.service-now.com",
    }),
    user: shaped(user),
  },
  sqs: { ...posted, queue: shaped(arnOf("sqs", "queue")) },
  sns: { ...posted, topic: shaped(arnOf("sns", "topic")) },
  owner: {
    ...named,
    tag: shaped(tagKey),
    from: shaped(sender),
    domains: some(shaped(domain), "domains", 10),
  },
} as const satisfies Readonly<Record<ChannelType, Readonly<Record<string, z.ZodMiniType>>>>;

const types = Object.keys(shapes) as ChannelType[];

/** Reads it. @throws pulumi.RunError naming the first entry and member that is wrong */
export function readNotify(text: Read, core: CoreSettings): NotifySettings {
  const given = parsed(text("notify"));
  if (!Array.isArray(given)) throw refusal("notify", "a list", given ?? text("notify"));
  if (given.length > mostChannels) {
    const limit = `a list of at most ${mostChannels} channels`;
    throw refusal("notify", limit, `${given.length} channels`);
  }
  const notify = given.map((entry, index) => readChannel(`notify[${index}]`, entry, core));
  refuseRepeated(notify);
  const length = environmentLength(JSON.stringify(notify.filter(isPosted)));
  if (length > environmentLimit) {
    throw new pulumi.RunError(
      `${namespace}notify must take at most ${environmentLimit} characters as JSON in the function that delivers to its channels, quotes counted twice, but it takes ${length}, ${length - environmentLimit} too many: use fewer channels, or units in place of accounts`,
    );
  }
  return { notify, noticesAlone: between("noticesAlone", 1, 1_000, text("noticesAlone")) };
}

function readChannel(key: string, entry: unknown, core: CoreSettings): Channel {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw refusal(key, "an object with name and type", entry);
  }
  const { type, ...members } = entry as { readonly type?: unknown };
  const known = types.find((each) => each === type);
  if (known === undefined) {
    const like = typeof type === "string" ? `, such as ${nearest(type, types)}` : "";
    throw refusal(`${key}.type`, `one of ${types.join(", ")}${like}`, type);
  }
  const read = z.strictObject(shapes[known]).safeParse(members, { reportInput: true });
  if (!read.success) throw refusalOf(key, known, read.error.issues);
  const channel = { ...read.data, type: known } as Channel;
  refuseOthers(key, channel, core);
  return channel;
}

/** Says what is wrong first: a member that is misspelt, before one that is therefore missing. */
function refusalOf(
  key: string,
  type: ChannelType,
  issues: readonly z.core.$ZodIssue[],
): pulumi.RunError {
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown?.keys[0] !== undefined) {
    const [stranger] = unknown.keys;
    const members = Object.keys(shapes[type]);
    return new pulumi.RunError(
      `${namespace}${key} of type ${type} has no ${quoted(stranger)}; did you mean ${nearest(stranger, members)}? It may have ${members.join(", ")}`,
    );
  }
  const [issue] = issues;
  const at = (issue?.path ?? []).map((step) =>
    typeof step === "number" ? `[${step}]` : `.${String(step)}`,
  );
  return refusal(`${key}${at.join("")}`, issue?.message ?? "another value", issue?.input);
}

/** Refuses secrets of other accounts, and targets of which Cordon would hear itself. */
function refuseOthers(key: string, channel: Channel, { securityAccount }: CoreSettings): void {
  if ("secret" in channel && channel.secret.startsWith("arn:")) {
    if (channel.secret.split(":")[4] !== securityAccount) {
      const limit = `a secret of cordon:securityAccount ${securityAccount}`;
      throw refusal(`${key}.secret`, limit, channel.secret);
    }
  }
  const [member, target] =
    channel.type === "sqs"
      ? ["queue", channel.queue]
      : channel.type === "sns"
        ? ["topic", channel.topic]
        : [];
  if (target?.includes(`:${securityAccount}:cordon-`)) {
    throw refusal(`${key}.${member}`, `no ${member} of Cordon's own`, target);
  }
}

/** What may be in one entry alone, and why a second one is a mistake. */
const unique = {
  name: (channel: Channel) => channel.name,
  // SNS has one subscription of a topic for an address.
  to: (channel: Channel) => (channel.type === "mail" ? channel.to : undefined),
  type: (channel: Channel) => (channel.type === "owner" ? channel.type : undefined),
} as const;

function refuseRepeated(channels: readonly Channel[]): void {
  for (const [member, of] of Object.entries(unique)) {
    const values = channels.map(of);
    const repeated = values.findIndex(
      (value, index) => value !== undefined && values.indexOf(value) < index,
    );
    if (repeated >= 0) {
      const first = values.indexOf(values[repeated]);
      const limit = `in one entry only, and notify[${first}] has it`;
      throw refusal(`notify[${repeated}].${member}`, limit, values[repeated]);
    }
  }
}

function isTimeZone(given: string): boolean {
  // Intl knows offsets, too, which follow no summer time.
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(given)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: given }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
