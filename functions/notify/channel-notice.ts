/** Writes the alerts of a channel that does not take messages, and the messages that test channels. */
import { command } from "../model/command";
import { plain } from "../model/plain-text";
import { mostMissed } from "./delivery-log";
import { fact, section } from "./message";
import { type Notice, notice } from "./notice";
import { type Urgency, urgencyOf } from "./urgency";

const whyLimit = 300;

/** Says that a channel fails, to all others. */
export function channelNotice(
  { name, type }: { readonly name: string; readonly type: string },
  why: string,
  missed: number,
): Notice {
  const many = missed >= mostMissed ? `${mostMissed} or more` : String(missed);
  return {
    ...notice(urgencyOf("channel-failed"), `Channel ${name} does not take messages`, [
      "People who read this channel alone hear nothing of incidents.",
      fact("Channel", `${name}, ${type}`),
      fact("Missed", `${many} ${missed === 1 ? "message" : "messages"} today (UTC)`),
      section("Why", [plain(why, whyLimit)]),
      section("Do this", [
        `Check that what the entry ${name} of cordon:notify names exists, admits Cordon, and that its secret is the present one.`,
        `Then test it: ${command`npx cordon notify --test`}`,
        "What it missed is among the dead letters. Once the channel takes messages again, send it by npx cordon redrive: the channels that have a message do not get it again.",
      ]),
      "Cordon repeats this alert every hour while messages fail.",
    ]),
    channels: { failed: name },
  };
}

/** Tests every channel; a responder asked for it. */
export function testNotice(urgency: Urgency): Notice {
  return {
    ...notice(urgency, `Test: a message that is ${urgency}`, [
      "A responder tests the channels. Nothing happened.",
      section("Do this", ["Nothing."]),
    ]),
    channels: "test",
  };
}
