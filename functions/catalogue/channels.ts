/** Where people are notified besides the topic's own subscribers: one entry of `cordon:notify` each. */
import type { JiraAccess, MailAccess } from "./notification-targets";

/** What messages are about: findings and what became of them, access keys that are too old, Cordon itself. */
export const abouts = ["incidents", "key-rotation", "operations"] as const;
export type About = (typeof abouts)[number];

/** Which messages a channel gets. What a filter cannot judge, because it is about no account, passes. */
export interface ChannelFilter {
  /** Only messages about these. @default all of them */
  readonly about?: readonly About[];
  /** Only what pages people. */
  readonly urgent?: true;
  /** Only findings of at least this severity, and what is urgent. */
  readonly severity?: number;
  /** Only these accounts, and those in `units`. */
  readonly accounts?: readonly string[];
  /** Only accounts in these organizational units, at whatever depth, and those of `accounts`. */
  readonly units?: readonly string[];
}

interface Common extends ChannelFilter {
  /** Unique among the channels: it is in logs, in alerts about the channel, and in its claims. */
  readonly name: string;
  /** IANA name of the time zone in which times are shown. @default UTC */
  readonly timeZone?: string;
}

/**
 * Name of an SSM parameter, a SecureString that begins with a slash, or ARN of a secret, both in the
 * security account. It is read for each message, so that a new value takes effect at once.
 */
type SecretName = string;

export type Channel = Common &
  (
    | { readonly type: "mail"; readonly to: string }
    /** The secret is a bot's token that may `chat:write`; the channel is its id. */
    | { readonly type: "slack"; readonly channel: string; readonly secret: SecretName }
    /** The secret is the URL of a workflow that posts Adaptive Cards to a channel. */
    | { readonly type: "teams"; readonly secret: SecretName }
    /** The secret is the integration key of a service: Events API v2. The region is the account's. @default us */
    | { readonly type: "pagerduty"; readonly region?: "us" | "eu"; readonly secret: SecretName }
    /** The secret is an API key: Alert API. */
    | { readonly type: "opsgenie"; readonly region: "us" | "eu"; readonly secret: SecretName }
    /** The secret is JSON with `url`, and `key` with which the body is signed. */
    | { readonly type: "webhook"; readonly secret: SecretName }
    | ({
        readonly type: "jira";
        /** Name of the status of closed issues. */
        readonly done?: string;
      } & JiraAccess)
    /** The secret is the user's password. */
    | {
        readonly type: "servicenow";
        /** https://INSTANCE.service-now.com */
        readonly site: string;
        readonly user: string;
        readonly secret: SecretName;
      }
    /** A standard queue or topic of another team: it gets the message as JSON. */
    | { readonly type: "sqs"; readonly queue: string }
    | { readonly type: "sns"; readonly topic: string }
    /** The owner whom a tag of the user names; about key rotation alone. */
    | ({ readonly type: "owner" } & MailAccess)
  );

export type ChannelType = Channel["type"];

/** What a function posts to: mail goes from the topic itself, and owners are key rotation's own. */
export type PostedChannel = Exclude<Channel, { readonly type: "mail" | "owner" }>;

/** Checks whether the function that delivers messages posts to it. */
export function isPosted(channel: Channel): channel is PostedChannel {
  return channel.type !== "mail" && channel.type !== "owner";
}
