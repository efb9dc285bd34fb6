/** Tests the channels of `cordon:notify`: who may invoke cordon-test-channels may. */
import colors from "picocolors";
import { functionRoleNames } from "../functions/catalogue/own-roles";
import type { TestedChannel } from "../functions/flows/notify/test";
import type { ChannelsReport } from "../functions/handlers/test-channels";
import { oneLine } from "../functions/model/plain-text";
import { UserError, withCredentials } from "./caller";
import { invoke } from "./invoke";

const nothing = "No message was sent.";

export interface NotifyOptions {
  readonly test: boolean;
  readonly json: boolean;
}

/** Has test messages sent, and prints what became of each. @returns 1 where one was not delivered */
export async function notify({ test, json }: NotifyOptions): Promise<0 | 1> {
  if (!test) throw new UserError(`Pass --test to send a test message to every channel. ${nothing}`);
  const { tested } = await withCredentials(
    () => invoke<ChannelsReport>(functionRoleNames.testChannels, {}),
    nothing,
  );
  if (json) console.log(JSON.stringify(tested, undefined, 2));
  else for (const line of testLines(tested)) console.log(line);
  return tested.every(({ delivered }) => delivered) ? 0 : 1;
}

/** Writes a line for each message and channel. */
export function testLines(tested: readonly TestedChannel[]): readonly string[] {
  return tested.map(({ name, type, urgency, delivered, why }) => {
    const state = delivered ? colors.green("delivered") : colors.red("not delivered");
    return `${name} (${type}), ${urgency}: ${state}${why === undefined ? "" : `. ${oneLine(why)}`}`;
  });
}
