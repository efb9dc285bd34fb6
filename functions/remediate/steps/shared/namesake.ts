/**
 * Tells a principal from another one that has its name by now: a thief may rename a contained user, and
 * another user to the earlier name. Only the unique id stays.
 */

/** A principal as a step names it; plans of earlier versions have no unique id. */
interface Named {
  readonly name: string;
  readonly uniqueId?: string;
}

/** Checks whether another principal than the step's has its name. */
export function isNamesake({ uniqueId }: Named, found: { readonly uniqueId: string }): boolean {
  return uniqueId !== undefined && uniqueId !== found.uniqueId;
}

/**
 * Reads the holder of the name right before a change, and fails where that is another principal. What
 * a plan has no unique id for is not read.
 */
export async function refuseNamesake(
  own: Named,
  read: () => Promise<{ readonly uniqueId: string } | undefined>,
): Promise<void> {
  if (own.uniqueId === undefined) return;
  const found = await read();
  if (found && isNamesake(own, found)) throw new Error(`${heldBy(own, found)} Nothing was changed`);
}

/** A change hit another holder of the name. The message says what became of that one. */
export class NamesakeHit extends Error {
  override readonly name = "NamesakeHit";
  constructor(own: Named, found: { readonly uniqueId: string }, what: string) {
    super(`${heldBy(own, found)} ${what}`);
  }
}

function heldBy({ name, uniqueId }: Named, found: { readonly uniqueId: string }): string {
  return `The name ${name} is that of ${found.uniqueId} by now, not of ${uniqueId}:`;
}
