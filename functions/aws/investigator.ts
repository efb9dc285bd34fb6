/** What a session that only looks can read of a member account. */
import type { Trail } from "../investigate/look-up";
import type { Advisor } from "../reconcile";
import type { Credentials } from "./client";
import { deferred } from "./deferred";
import type { userKeys } from "./user-keys";
import type { userTags } from "./user-tags";

export interface Investigator {
  readonly trail: Trail;
  readonly advisor: Advisor;
  readonly keys: ReturnType<typeof userKeys>;
  readonly tags: ReturnType<typeof userTags>;
}

/** Credentials hold in every region: the trail is asked in many through one session. */
export function investigator(region: string, credentials: Credentials): Investigator {
  return {
    trail: deferred(async () => (await import("./trail")).trail(credentials)),
    advisor: deferred(async () => (await import("./advisor")).advisor(credentials)),
    keys: deferred(async () => (await import("./user-keys")).userKeys(region, credentials)),
    tags: deferred(async () => (await import("./user-tags")).userTags(region, credentials)),
  };
}
