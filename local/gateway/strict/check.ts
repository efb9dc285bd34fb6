import type { Caller } from "../iam/caller";
import type { ApiCall } from "../wire/protocol";
import type { Place, World } from "../world";

/** Throws the error that AWS would give for a call, where the emulator would give none. */
export type StrictCheck = (
  call: ApiCall,
  place: Place,
  world: World,
  caller: Caller,
) => Promise<void>;
