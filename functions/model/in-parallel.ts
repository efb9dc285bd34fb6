/** Runs `act` on every item, at most so many at a time; the results keep the items' order. */
export async function inParallel<T, R>(
  most: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let next = 0; next < items.length; next += most) {
    results.push(...(await Promise.all(items.slice(next, next + most).map(act))));
  }
  return results;
}
