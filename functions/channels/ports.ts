/** What channels need of the outside, and how they read their secrets. */
import type { Clock } from "../model/ports";
import { ChannelRefused } from "../notify/channel";

/** Sends a message to a queue or topic, with attributes that subscribers filter by. */
export type SendJson = (
  arn: string,
  body: string,
  attributes: Readonly<Record<string, string | number>>,
) => Promise<void>;

export interface ChannelPorts extends Clock {
  /** @throws ChannelRefused where the secret does not exist, or may not be read */
  readonly secret: (name: string) => Promise<string>;
  readonly fetch: typeof fetch;
  /** Both throw ChannelRefused where another try cannot succeed. */
  readonly sendToQueue: SendJson;
  readonly publishToTopic: SendJson;
}

/**
 * Reads a secret that has a form. No error has its value.
 *
 * @param what says what it must be
 */
export async function secretOf(
  name: string,
  form: RegExp,
  what: string,
  { secret }: Pick<ChannelPorts, "secret">,
): Promise<string> {
  const value = (await secret(name)).trim();
  if (!form.test(value)) throw new ChannelRefused(`The secret ${name} must be ${what}`);
  return value;
}
