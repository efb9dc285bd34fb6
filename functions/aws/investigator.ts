/** Reads a member account in a session that changes nothing. */

import type { Advisor } from "../flows/exposed-key/reconcile";
import type { Trail } from "../history/event-history";
import type { Credentials } from "./client";
import { deferred } from "./deferred";
import type { users } from "./users";

export interface Investigator {
  readonly trail: Trail;
  readonly advisor: Advisor;
  readonly users: ReturnType<typeof users>;
}

/** Credentials hold in every region: the trail is asked in many through one session. */
export function investigator(region: string, credentials: Credentials): Investigator {
  return {
    trail: deferred(async () => (await import("./trail")).trail(credentials)),
    advisor: deferred(async () => (await import("./advisor")).advisor(credentials)),
    users: deferred(async () => (await import("./users")).users(region, credentials)),
  };
}
