/** Opens the channels of `cordon:notify`, but for mail: that is a topic's, and the owner's is a flow's. */
import type { PostedChannel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { messageJson } from "../notify/forms/json";
import { inZone } from "../notify/forms/zone";
import { aboutOf, type Message } from "../notify/message";
import { jira } from "./jira";
import { opsgenie } from "./opsgenie";
import { pagerDuty } from "./pagerduty";
import type { ChannelPorts, SendJson } from "./ports";
import { serviceNow } from "./servicenow";
import { slack } from "./slack";
import { teams } from "./teams";
import { webhook } from "./webhook";

export function openChannel(channel: PostedChannel, ports: ChannelPorts): ChannelClient {
  const client = clientOf(channel, ports);
  const { timeZone } = channel;
  if (timeZone === undefined) return client;
  return { post: (message, posting) => client.post(inZone(message, timeZone), posting) };
}

function clientOf(channel: PostedChannel, ports: ChannelPorts): ChannelClient {
  switch (channel.type) {
    case "slack":
      return slack(channel, ports);
    case "teams":
      return teams(channel, ports);
    case "pagerduty":
      return pagerDuty(channel, ports);
    case "opsgenie":
      return opsgenie(channel, ports);
    case "webhook":
      return webhook(channel, ports);
    case "jira":
      return jira(channel, ports);
    case "servicenow":
      return serviceNow(channel, ports);
    case "sqs":
      return sender(channel.queue, ports.sendToQueue);
    case "sns":
      return sender(channel.topic, ports.publishToTopic);
  }
}

function sender(arn: string, send: SendJson): ChannelClient {
  return {
    async post(message, { id, at }) {
      await send(arn, messageJson(message, id, at), attributesOf(message));
      return {};
    },
  };
}

/** What subscribers of a topic filter by, without reading the message. */
function attributesOf(message: Message) {
  const { urgency, origin } = message;
  return {
    format: "cordon-message/1",
    urgency,
    about: aboutOf(message),
    ...(origin && { account: origin.account, severity: origin.severity }),
    ...(origin?.incident && { incident: origin.incident }),
  };
}
