/** Checks whether people hear of Cordon's messages at all. */
import { ListSubscriptionsByTopicCommand } from "@aws-sdk/client-sns";
import { type ChannelType, isPosted } from "../../functions/catalogue/channels";
import { homeRegion } from "../../functions/catalogue/names";
import type { Settings } from "../../settings";
import type { Clients } from "./clients";
import { notYet, ok, readPages, type Unread, type Verdict, warn } from "./finding";

/** Types that post to where people read, and need no confirmation. Whether they work, a test shows. */
const posted: readonly ChannelType[] = [
  "slack",
  "teams",
  "pagerduty",
  "opsgenie",
  "webhook",
  "jira",
  "servicenow",
];
const todo =
  "Confirm a subscription of the topic cordon-notices by the link that was mailed, or add a channel to cordon:notify; then run npx cordon notify --test.";

const alarmsTodo =
  "Add an entry of type mail without filters, or another channel whose about has operations or is absent: SNS passes alarms to no filtered address.";

/** Checks whether alarms reach an entry: they have no attributes, and so pass no filter of mail. */
function getsAlarms(channel: Settings["notify"][number]): boolean {
  const { type, about, urgent, severity, accounts } = channel;
  if (!isPosted(channel) && type !== "mail") return false;
  if (about !== undefined && !about.includes("operations")) return false;
  const isFiltered = [about, urgent, severity, accounts].some((filter) => filter !== undefined);
  return type !== "mail" || !isFiltered;
}

/** Looks for a channel that people read: by the settings, or a confirmed subscription that is not Cordon's own. */
export async function channels(
  { sns }: Clients,
  { notify, mode, securityAccount }: Settings,
  deployed: boolean,
): Promise<Verdict> {
  const people = notify.filter(({ type }) => posted.includes(type)).map(({ name }) => name);
  const heard = (by: string) =>
    notify.length === 0 || notify.some(getsAlarms)
      ? ok(by)
      : warn("no entry of cordon:notify gets the alarms of CloudWatch", alarmsTodo);
  if (people.length > 0) return heard(`people are notified by ${people.join(", ")}`);
  const topic = `arn:aws:sns:${homeRegion}:${securityAccount}:cordon-notices`;
  const confirmed = await confirmedOthers(sns, topic, `:${securityAccount}:cordon-`);
  if (confirmed > 0) return heard(`confirmed subscriptions of the notice topic: ${confirmed}`);
  const none =
    "nobody confirmed a subscription of the notice topic, and no channel posts to people";
  if (mode === "dry-run") return warn(none, todo);
  return notYet(deployed, none, todo);
}

/** Counts the confirmed subscriptions of others than Cordon: until it is confirmed, SNS names no ARN. */
async function confirmedOthers(
  sns: Clients["sns"],
  TopicArn: string,
  own: string,
): Promise<number> {
  const pages = readPages("sns:ListSubscriptionsByTopic", (from) =>
    sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, ...from })),
  );
  const found = await pages.catch((error: Unread) => {
    // Before the first deployment there is no topic.
    if (error.cause.name === "NotFoundException") return [];
    throw error;
  });
  return found
    .flatMap(({ Subscriptions = [] }) => Subscriptions)
    .filter(
      ({ SubscriptionArn = "", Endpoint = "" }) =>
        SubscriptionArn.startsWith("arn:") && !Endpoint.includes(own),
    ).length;
}
