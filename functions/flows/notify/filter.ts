/** Decides which messages a channel gets. What a filter cannot judge passes. */
import type { PostedChannel } from "../../catalogue/channels";
import { aboutOf, type Message } from "../../notify/message";

/** Looks the organizational units up that are above an account, at whatever depth. */
type UnitsOf = (account: string) => Promise<readonly string[]>;

/** Checks whether a channel gets a message: a test always, one about its own failure never. */
export async function passes(
  message: Message,
  channel: PostedChannel,
  unitsOf: UnitsOf,
): Promise<boolean> {
  const { channels, origin, urgency } = message;
  if (channels === "test") return true;
  if (channels?.failed === channel.name) return false;
  if (channel.about?.includes(aboutOf(message)) === false) return false;
  if (urgency !== "urgent") {
    if (channel.urgent) return false;
    const { severity = 0 } = channel;
    if (origin !== undefined && origin.severity < severity) return false;
  }
  return origin === undefined || isOf(origin.account, channel, unitsOf);
}

async function isOf(
  account: string,
  { accounts, units }: PostedChannel,
  unitsOf: UnitsOf,
): Promise<boolean> {
  if (accounts === undefined && units === undefined) return true;
  if (accounts?.includes(account)) return true;
  if (units === undefined) return false;
  // An account whose units cannot be read may be in one of these: silence would be worse.
  const above = await unitsOf(account).catch(() => undefined);
  return above === undefined || units.some((unit) => above.includes(unit));
}
