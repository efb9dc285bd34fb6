/** What the tests of users and roles share. */
import type { Credentials } from "../../local/gateway/callers";
import { errorOf } from "./gateway-support";

export const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
export const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Names the error that a call must end in. */
export async function codeOf(sending: Promise<unknown>): Promise<string> {
  return (await errorOf(sending)).name;
}

export function onlyKey({ keys: [key] }: { readonly keys: readonly Credentials[] }): Credentials {
  return key as Credentials;
}
