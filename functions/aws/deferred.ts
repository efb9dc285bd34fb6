/** Adapters that load their SDK client when they are first used. */

/**
 * Stands in for an adapter whose SDK client is only loaded when it is first used: a function pays
 * in its cold start for the services it talks to and no others. Every method must be asynchronous.
 */
export function deferred<T extends object>(load: () => Promise<T>): T {
  const loaded = once(load);
  return new Proxy({} as T, {
    get(_target, property) {
      // What awaits an adapter asks whether it is a promise.
      if (property === "then") return undefined;
      return async (...args: unknown[]) => {
        const adapter = await loaded();
        const method = adapter[property as keyof T] as (...args: unknown[]) => unknown;
        return method.apply(adapter, args);
      };
    },
  });
}

/** Does something at most once, when it is first asked for. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
