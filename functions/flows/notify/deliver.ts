/**
 * Delivers a message to every channel whose filter it passes, to each once. Channels are side by side: one
 * that fails holds up no other, and a later delivery tries that one alone.
 */

import type { PostedChannel } from "../../catalogue/channels";
import { command } from "../../model/command";
import { errorText, plain } from "../../model/plain-text";
import type { Attempt, Clock, Notices } from "../../model/ports";
import { timeLimit, type Waiting } from "../../model/time-limit";
import { type ChannelClient, ChannelRefused, type Posted } from "../../notify/channel";
import { channelNotice } from "../../notify/channel-notice";
import type { DeliveryLog } from "../../notify/delivery-log";
import { type Message, messageOf } from "../../notify/message";
import type { Answer } from "../respond/responder";
import { passes } from "./filter";
import type { Received } from "./received";

export interface DeliveryPorts extends Clock, Notices, Waiting, Attempt {
  readonly channels: readonly PostedChannel[];
  /** Opens a channel by its entry of the settings. */
  open(channel: PostedChannel): ChannelClient;
  unitsOf(account: string): Promise<readonly string[]>;
  readonly log: DeliveryLog;
  /** The queue's id of the message. SNS may hand a message to the queue twice: the copies have other ones. */
  readonly copy: string;
  /** Counts a message that a channel did not take. */
  countFailure(): void;
  /** Logs it, too; what becomes of a message about channels is in the log alone. */
  logFailure(channel: string, why: string): void;
}

/** A channel that has no answer by then is tried again with the next delivery. */
const postSeconds = 15;
/** How long a message waits for another one of its incident, which opens the thread. */
const threadSeconds = 12;
const pauseSeconds = 2;
const whyLimit = 500;

type Result =
  | { readonly state: "posted" | "known" | "not-meant" }
  | { readonly state: "failed" | "refused"; readonly why: string };

/**
 * Delivers it. What a channel refuses, and what it has not taken by the last delivery, is alerted.
 *
 * @throws AggregateError where a channel does not have it: it is delivered again, or becomes a dead letter,
 * from which it can be sent again
 */
export async function deliver(received: Received, ports: DeliveryPorts): Promise<Answer> {
  const results = await Promise.all(
    ports.channels.map(async (channel) => ({
      channel,
      ...(await settle(channel, received, ports)),
    })),
  );
  const failures = results.flatMap((each) => ("why" in each ? [each] : []));
  const { channels: aboutChannels } = received.message;
  const isLast = ports.delivery >= ports.lastDelivery || aboutChannels === "test";
  const alerts: Promise<void>[] = [];
  for (const { channel, state, why } of failures) {
    ports.logFailure(channel.name, why);
    if (!isLast && state !== "refused") continue;
    ports.countFailure();
    if (aboutChannels === undefined) alerts.push(alert(channel, why, received, ports));
  }
  await Promise.all(alerts);
  // A message about channels ends there: as a dead letter it would raise an alarm about itself.
  if (failures.length > 0 && (aboutChannels === undefined || !isLast)) {
    const errors = failures.map(({ channel, why }) => new Error(`${channel.name}: ${why}`));
    throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  }
  const posted = results
    .filter(({ state }) => state === "posted")
    .map(({ channel }) => channel.name);
  if (posted.length > 0) return { outcome: "notified", reason: `Posted to ${posted.join(", ")}` };
  return results.some(({ state }) => state === "known")
    ? { outcome: "duplicate", reason: "Every channel has it" }
    : { outcome: "logged", reason: "No channel took it" };
}

/** Delivers to one channel, and keeps why not. */
async function settle(
  channel: PostedChannel,
  received: Received,
  ports: DeliveryPorts,
): Promise<Result> {
  const key = { message: received.id, channel: channel.name };
  try {
    if (!(await passes(received.message, channel, ports.unitsOf))) return { state: "not-meant" };
    const claim = await ports.log.claim(key, ports.copy);
    if (claim === "notified") return { state: "known" };
    if (claim === "claimed") return { state: "failed", why: "Another delivery is posting it" };
    await post(channel, received, ports);
    await ports.log.confirm(key);
    return { state: "posted" };
  } catch (error) {
    const why = plain(errorText(error), whyLimit);
    await ports.log.failed(key, why).catch(() => undefined);
    return { state: error instanceof ChannelRefused ? "refused" : "failed", why };
  }
}

/** Posts it into the thread of its incident, or opens that. */
async function post(
  channel: PostedChannel,
  received: Received,
  ports: DeliveryPorts,
): Promise<void> {
  const { incident } = received.message.origin ?? {};
  if (incident === undefined) {
    await postOrStub(channel, received, undefined, ports);
    return;
  }
  const key = { incident, channel: channel.name };
  const thread = await threadOf(key, received.id, ports);
  const known = thread === "ours" ? undefined : thread.id;
  const { thread: now } = await postOrStub(channel, received, known, ports);
  if (thread === "ours" || (now !== undefined && now !== known)) {
    await ports.log.keepThread(key, now);
  }
}

/** Finds the thread. @throws Error where another message has been opening it for too long */
async function threadOf(
  key: Parameters<DeliveryLog["thread"]>[0],
  id: string,
  { log, sleep }: DeliveryPorts,
): Promise<"ours" | { readonly id?: string }> {
  for (let waited = 0; ; waited += pauseSeconds) {
    const found = await log.thread(key, id);
    if (found !== "claimed") return found;
    if (waited >= threadSeconds)
      throw new Error(`Another message opens the thread of ${key.incident}`);
    await sleep(pauseSeconds * 1_000);
  }
}

/**
 * Posts it; where the channel refuses, or has not taken it by the last delivery, a stub without any text
 * that strangers chose: names in a message must not be able to keep it from people.
 *
 * @throws ChannelRefused where the channel refuses that, too: then it is the channel
 */
async function postOrStub(
  channel: PostedChannel,
  { id, at, message }: Received,
  thread: string | undefined,
  ports: DeliveryPorts,
): Promise<Posted> {
  const client = ports.open(channel);
  const send = async (what: Message): Promise<Posted> => {
    const limit = timeLimit(ports, postSeconds);
    const posting = { id, at, ...(thread !== undefined && { thread }) };
    const outcome = await limit.within(client.post(what, posting));
    limit.end();
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
  try {
    return await send(message);
  } catch (error) {
    // What stands in front of a provider may take offence at a name, and drop the message without a word.
    const isLast = ports.delivery >= ports.lastDelivery;
    if (!(error instanceof ChannelRefused) && !isLast) throw error;
    ports.logFailure(channel.name, plain(errorText(error), whyLimit));
    return send(stubOf(message));
  }
}

function stubOf({ urgency, origin, channels }: Message): Message {
  const where =
    origin?.incident === undefined
      ? "Read it on the topic cordon-notices, or in the log of cordon-notify-channels."
      : `Read it: ${command`npx cordon show ${origin.incident}`}`;
  const stub = messageOf(
    urgency,
    "Cordon has a message that this channel does not take",
    [where],
    origin && { ...origin, type: "not shown here", links: [] },
  );
  return channels === undefined ? stub : { ...stub, channels };
}

/** Alerts the other channels, once an hour. */
async function alert(
  { name, type }: PostedChannel,
  why: string,
  { id }: Received,
  { log, now, publish, copy }: DeliveryPorts,
): Promise<void> {
  const at = now().toISOString();
  const missed = await log.missed(name, at.slice(0, 10), id);
  const key = { channel: name, hour: at.slice(0, 13) };
  if ((await log.claimAlert(key, copy)) !== "ours") return;
  await publish(channelNotice({ name, type }, why, missed));
  await log.confirmAlert(key);
}
