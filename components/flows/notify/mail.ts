/** Subscribes the addresses of `cordon:notify` to the notice topic. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Channel } from "../../../functions/catalogue/channels";

type MailChannel = Extract<Channel, { readonly type: "mail" }>;

export interface MailSubscriptionsArgs {
  readonly noticeTopicArn: pulumi.Input<string>;
  readonly channels: readonly MailChannel[];
}

/**
 * One subscription for each address. SNS mails nothing but a link until its owner confirms it, forgets what
 * nobody confirms in 48 hours, and lets nobody delete it before: the provider then leaves it to expire.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
 */
export class MailSubscriptions extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: MailSubscriptionsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:MailSubscriptions", name, {}, opts);
    for (const channel of args.channels) {
      const filter = mailFilter(channel);
      new aws.sns.TopicSubscription(
        `${name}-${channel.name}`,
        {
          topic: args.noticeTopicArn,
          protocol: "email",
          endpoint: channel.to,
          ...(filter && { filterPolicy: JSON.stringify(filter) }),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/**
 * Passes a message that lacks the attribute. One without any attribute, such as an alarm of CloudWatch, SNS
 * passes to no subscription with a filter: "exists" needs at least one.
 * https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
 */
const absent = { exists: false };

/**
 * Writes SNS's filter policy of a channel; undefined where everything passes. What lacks an attribute
 * passes, and of a severity what is urgent, too.
 */
export function mailFilter({
  about,
  urgent,
  severity,
  accounts,
}: Omit<MailChannel, "name" | "to" | "type">): object | undefined {
  const filter = {
    // A test reaches every channel.
    ...(about && { about: [...about, "test"] }),
    ...(accounts && { account: [...accounts, absent] }),
    ...(urgent && { urgency: ["urgent", absent] }),
    ...(severity !== undefined &&
      !urgent && {
        $or: [{ severity: [{ numeric: [">=", severity] }, absent] }, { urgency: ["urgent"] }],
      }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}
