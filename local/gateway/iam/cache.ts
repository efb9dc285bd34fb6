/** Remembers what was read from the emulator until a write may have changed it. */
export class Cache {
  readonly #entries = new Map<string, Promise<unknown>>();

  /** Returns the remembered value of a key, or loads it; a failed load is not remembered. */
  get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key) as Promise<T> | undefined;
    if (known) return known;
    const loading = load();
    this.#entries.set(key, loading);
    loading.catch(() => {
      if (this.#entries.get(key) === loading) this.#entries.delete(key);
    });
    return loading;
  }

  /** Forgets what was remembered under keys that begin with `prefix` and end with `suffix`. */
  drop(prefix: string, suffix = ""): void {
    for (const key of this.#entries.keys()) {
      if (key.startsWith(prefix) && key.endsWith(suffix)) this.#entries.delete(key);
    }
  }
}
