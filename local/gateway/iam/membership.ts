/** Who is in the organization, and where in it: the accounts of the start and those that joined. */
import { type Account, accounts, organizationalUnits, rootId } from "../accounts";

export class Membership {
  readonly #accounts = new Map(accounts.map((account) => [account.id, account]));
  readonly #parents = new Map(
    organizationalUnits.flatMap((unit) => unit.accounts.map(({ id }) => [id, unit.id])),
  );

  /** Every account of the organization, the management account first. */
  get accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  has(account: string): boolean {
    return this.#accounts.has(account);
  }

  find(account: string): Account | undefined {
    return this.#accounts.get(account);
  }

  /** Takes an account in, directly under the root, where AWS puts those it creates or invites. */
  join(account: Account): void {
    if (this.has(account.id)) throw new Error(`${account.name} is in the organization already`);
    this.#accounts.set(account.id, account);
  }

  /** Id of the unit an account is directly in, or of the root; undefined outside the organization. */
  parentOf(account: string): string | undefined {
    return this.has(account) ? (this.#parents.get(account) ?? rootId) : undefined;
  }

  /** Ids of the unit an account is in and of everything above it, the root last. */
  pathOf(account: string): readonly string[] {
    const parent = this.parentOf(account);
    if (parent === undefined) return [];
    return parent === rootId ? [rootId] : [parent, rootId];
  }
}
