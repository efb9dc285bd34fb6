/** Which accounts the organization has, by AWS Organizations. */
import {
  DescribeAccountCommand,
  OrganizationsClient,
  paginateListAccounts,
} from "@aws-sdk/client-organizations";
import { clientConfig } from "./client";
import { orUndefined } from "./errors";

/** An account's name, if it is a member: names change rarely, and members leave rarely. */
const keepMs = 10 * 60 * 1_000;

/**
 * Looks accounts up; undefined means that the organization has none of that id. DescribeAccount is
 * open to delegated administrators, which the security account is.
 */
export function organization(region: string) {
  const client = new OrganizationsClient(clientConfig(region));
  const kept = new Map<string, { account: { id: string; name: string }; until: number }>();
  return {
    async account(id: string): Promise<{ id: string; name: string } | undefined> {
      const known = kept.get(id);
      if (known !== undefined && known.until > Date.now()) return known.account;
      const found = await orUndefined(
        client.send(new DescribeAccountCommand({ AccountId: id })),
        "AccountNotFoundException",
      );
      if (found?.Account === undefined) return undefined;
      const account = { id, name: found.Account.Name ?? id };
      kept.set(id, { account, until: Date.now() + keepMs });
      return account;
    },
    /** Lists the accounts that are active: nobody can enter one that is suspended or closed. */
    async accounts(): Promise<readonly { id: string; name: string }[]> {
      const found: { id: string; name: string }[] = [];
      for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
        for (const { Id = "", Name = Id, State } of Accounts) {
          if (State === "ACTIVE") found.push({ id: Id, name: Name });
        }
      }
      return found;
    },
  };
}
