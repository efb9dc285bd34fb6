/** Reads the organization's accounts from AWS Organizations. */
import {
  DescribeAccountCommand,
  OrganizationsClient,
  type Parent,
  paginateListAccounts,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
  paginateListParents,
} from "@aws-sdk/client-organizations";
import { clientConfig } from "./client";
import { orUndefined } from "./errors";

async function readParent(client: OrganizationsClient, child: string): Promise<Parent> {
  const parents: Parent[] = [];
  // A page may be empty, and the next one not.
  for await (const page of paginateListParents({ client }, { ChildId: child })) {
    parents.push(...(page.Parents ?? []));
  }
  const [parent] = parents;
  if (parent?.Id === undefined) throw new Error(`Organizations names no parent of ${child}`);
  return parent;
}

interface Listed {
  readonly id: string;
  readonly name: string;
}

/** An account's name, if it is a member: names change rarely, and members leave rarely. */
const keepMs = 10 * 60 * 1_000;

/**
 * Looks accounts up; undefined means that the organization has none of that id. DescribeAccount is
 * open to delegated administrators, which the security account is.
 */
export function organization(region: string) {
  const client = new OrganizationsClient(clientConfig(region));
  const idsUnder = async (parent: string): Promise<readonly string[]> => {
    const ids: string[] = [];
    for await (const page of paginateListAccountsForParent({ client }, { ParentId: parent })) {
      ids.push(...(page.Accounts ?? []).map(({ Id = "" }) => Id));
    }
    for await (const page of paginateListOrganizationalUnitsForParent(
      { client },
      { ParentId: parent },
    )) {
      for (const { Id = "" } of page.OrganizationalUnits ?? []) ids.push(...(await idsUnder(Id)));
    }
    return ids;
  };
  const cached = new Map<string, { account: { id: string; name: string }; until: number }>();
  // Organizations throttles ListParents from a few callers at once.
  const parents = new Map<string, { parent: Promise<Parent>; until: number }>();
  const parentOf = (child: string): Promise<Parent> => {
    const known = parents.get(child);
    if (known !== undefined && known.until > Date.now()) return known.parent;
    const parent = readParent(client, child);
    parents.set(child, { parent, until: Date.now() + keepMs });
    parent.catch(() => parents.delete(child));
    return parent;
  };
  return {
    async account(id: string): Promise<{ id: string; name: string } | undefined> {
      const known = cached.get(id);
      if (known !== undefined && known.until > Date.now()) return known.account;
      const found = await orUndefined(
        client.send(new DescribeAccountCommand({ AccountId: id })),
        "AccountNotFoundException",
      );
      if (found?.Account === undefined) return undefined;
      const account = { id, name: found.Account.Name ?? id };
      cached.set(id, { account, until: Date.now() + keepMs });
      return account;
    },
    /** Lists the units above an account, the nearest first; none where it is in the root itself. */
    async unitsOf(account: string): Promise<readonly string[]> {
      const units: string[] = [];
      for (let child = account; ; ) {
        const { Id = "", Type } = await parentOf(child);
        if (Type === "ROOT") return units;
        units.push(Id);
        child = Id;
      }
    },
    /**
     * Lists the accounts that are active: no session opens in one that is suspended or closed.
     *
     * @param targetUnits ids of accounts and of units, whose accounts at whatever depth are meant; none
     *   for the whole organization
     */
    async accounts(targetUnits: readonly string[]): Promise<readonly Listed[]> {
      const units = targetUnits.filter((id) => id.startsWith("ou-"));
      const under = new Set((await Promise.all(units.map(idsUnder))).flat());
      const found: Listed[] = [];
      for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
        for (const { Id = "", Name = Id, State } of Accounts) {
          const meant = targetUnits.length === 0 || targetUnits.includes(Id) || under.has(Id);
          if (State === "ACTIVE" && meant) found.push({ id: Id, name: Name });
        }
      }
      return found;
    },
  };
}
