/** Reads an account's networks and dead letters, in every region, in one session. */
import type { Survey } from "../flows/sweep/context";
import type { Credentials } from "./client";
import { deferred, once } from "./deferred";

const clients = {
  ec2: once(() => import("./ec2")),
  messages: once(() => import("./messages")),
};

/** Credentials hold in every region that the account has enabled. */
export function survey(_region: string, credentials: Credentials, account: string): Survey {
  return {
    network: (region) =>
      deferred(async () => (await clients.ec2()).ec2(region, credentials, account).network),
    waiting: async (region, queue) =>
      (await clients.messages()).waitingIn({ region, account, queue }, credentials),
  };
}
