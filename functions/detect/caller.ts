/** Names who made a call that CloudTrail reports, and where from. */
import * as z from "zod/mini";
import { plain } from "../model/plain-text";
import { textOrNone } from "./detected";

/** Every field may be null or absent: a call of AWS itself has little else than the service. */
export const userIdentity = z.nullish(
  z.object({ type: textOrNone, arn: textOrNone, principalId: textOrNone, invokedBy: textOrNone }),
);

interface Called {
  readonly userIdentity?: z.infer<typeof userIdentity>;
  readonly sourceIPAddress?: string | undefined;
}

/**
 * Names the caller, such as "arn:aws:iam::123456789012:user/ann from 192.0.2.10". Of a call that a service
 * of AWS made, the address is the service's name.
 */
export function callerOf({ userIdentity: who, sourceIPAddress }: Called): string {
  const name = who?.arn ?? who?.invokedBy ?? who?.principalId ?? who?.type;
  const address = sourceIPAddress ? ` from ${plain(sourceIPAddress, 100)}` : "";
  return `${name === undefined ? "somebody whom CloudTrail does not name" : plain(name, 200)}${address}`;
}
