/** Writes calls as text in one order, where the order in which they were made is free. */
export function sorted(calls: readonly (readonly unknown[])[]): string[] {
  return calls.map((call) => JSON.stringify(call)).sort();
}
