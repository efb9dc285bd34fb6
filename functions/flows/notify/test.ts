/** Tests the channels: publishes a message of each kind, and waits for what becomes of it in each channel. */
import type { Channel } from "../../catalogue/channels";
import { isPosted } from "../../catalogue/channels";
import { testNotice } from "../../notify/channel-notice";
import type { DeliveryState } from "../../notify/delivery-log";
import type { Notice } from "../../notify/notice";
import type { Urgency } from "../../notify/urgency";

export interface ChannelTestPorts {
  readonly channels: readonly Channel[];
  /** Publishes to the topic. @returns the message's id */
  send(notice: Notice): Promise<string>;
  /** Reads what became of a message in each channel that was tried. */
  deliveriesOf(message: string): Promise<readonly DeliveryState[]>;
  /** Lists the addresses that confirmed their subscription to the topic. */
  confirmed(): Promise<readonly string[]>;
  sleep(ms: number): Promise<void>;
}

/** What became of one test message in one channel. */
export interface TestedChannel {
  readonly name: string;
  readonly type: Channel["type"];
  readonly urgency: Urgency;
  /** Whether the channel took it; of mail, whether SNS may send it. */
  readonly delivered: boolean;
  /** Why not, or where to look. */
  readonly why?: string;
}

const urgencies = ["normal", "urgent"] as const satisfies readonly Urgency[];
const mostSeconds = 60;
const pauseSeconds = 2;

/** Sends them, and waits for a minute at most. */
export async function testChannels(ports: ChannelTestPorts): Promise<readonly TestedChannel[]> {
  const posted = ports.channels.filter(isPosted);
  const sent = await Promise.all(
    urgencies.map(async (urgency) => ({ urgency, id: await ports.send(testNotice(urgency)) })),
  );
  const confirmed = ports.channels.some(({ type }) => type === "mail")
    ? await ports.confirmed()
    : [];
  const found = await Promise.all(
    sent.map(async ({ urgency, id }) => {
      const states = await awaitStates(id, posted.length, ports);
      return ports.channels.map((channel) => tested(channel, urgency, states, confirmed));
    }),
  );
  return ports.channels.flatMap((_, index) => found.map((each) => each[index] as TestedChannel));
}

/** Reads until every channel took the message, or said why not. */
async function awaitStates(
  id: string,
  channels: number,
  { deliveriesOf, sleep }: ChannelTestPorts,
): Promise<readonly DeliveryState[]> {
  for (let waited = 0; ; waited += pauseSeconds) {
    const states = await deliveriesOf(id);
    const known = states.filter(({ delivered, why }) => delivered || why !== undefined);
    if (known.length >= channels || waited >= mostSeconds) return states;
    await sleep(pauseSeconds * 1_000);
  }
}

function tested(
  channel: Channel,
  urgency: Urgency,
  states: readonly DeliveryState[],
  confirmed: readonly string[],
): TestedChannel {
  const { name, type } = channel;
  const about = { name, type, urgency };
  if (channel.type === "owner") {
    const why = "Only the owner of an access key is mailed: nothing to test";
    return { ...about, delivered: true, why };
  }
  if (channel.type === "mail") {
    return confirmed.includes(channel.to)
      ? { ...about, delivered: true, why: `SNS mails it to ${channel.to}: look there` }
      : {
          ...about,
          delivered: false,
          why: `Nobody confirmed the subscription of ${channel.to}: follow the link that SNS mailed, or deploy with pulumi up --refresh for another one`,
        };
  }
  const state = states.find((each) => each.channel === name);
  if (state?.delivered) return { ...about, delivered: true };
  const why =
    state?.why ?? `Not tried within ${mostSeconds} seconds: see the log of cordon-notify-channels`;
  return { ...about, delivered: false, why };
}
