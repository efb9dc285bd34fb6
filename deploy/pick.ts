/**
 * Takes some settings by name, so that a call shows what a component is given. A setting that is
 * absent stays absent.
 */
export function pick<T extends object, K extends keyof T>(
  from: T,
  ...keys: readonly K[]
): Pick<T, K> {
  return Object.fromEntries(
    keys.filter((key) => key in from).map((key) => [key, from[key]]),
  ) as Pick<T, K>;
}
