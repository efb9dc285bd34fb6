/** Configures SDK clients that call the gateway. */
import { homeRegion } from "./accounts";
import type { Credentials } from "./iam/caller";
import type { Callers } from "./iam/callers";

interface Endpoint {
  readonly url: string;
  readonly callers: Pick<Callers, "trusted">;
}

/** Configures a client for a caller. One attempt: the record would not show why a call was retried. */
export function clientConfig(
  { url }: Pick<Endpoint, "url">,
  credentials: Credentials,
  region = homeRegion,
) {
  return { region, endpoint: url, credentials, maxAttempts: 1 };
}

/** Reads every page of a list and gathers its members. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  members: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(members(page) ?? []));
  return all;
}

/** Configures a client for the owner of an account, whom no policy restricts. */
export function ownerConfig(gateway: Endpoint, account: string, region = homeRegion) {
  return trustedConfig(gateway, account, "owner", region);
}

/** Configures a client for a principal of this name, whom no policy restricts. */
export function trustedConfig(
  gateway: Endpoint,
  account: string,
  name: string,
  region = homeRegion,
) {
  return clientConfig(gateway, gateway.callers.trusted(account, name, "seed"), region);
}
