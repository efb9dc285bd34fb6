/** Starts an organization for the tests of a group: an emulator, and the gateway in front of it. */
import { startWorld, type World } from "./local/gateway";

interface WorldOptions {
  /** Whether every test gets a new one. @default false: one for the whole group */
  readonly each?: boolean;
}

/**
 * Starts a world before the tests of a group and stops it after them. The returned world can be used
 * from the first hook on; register hooks that need it after this call, and hooks that stop its users
 * before.
 */
export function useWorld({ each = false }: WorldOptions = {}): World {
  let world: World | undefined;
  const [start, stop] = each ? [beforeEach, afterEach] : [before, after];
  start("start a world", async () => {
    world = await startWorld();
  });
  stop("stop the world", () => world?.stop());
  const started = (): World => {
    if (!world) throw new Error("The world starts before the tests: use it in a hook or a test");
    return world;
  };
  // Methods are bound to the started world, as a proxy has no private fields.
  return new Proxy({} as World, {
    get: (_, key) => {
      const value: unknown = Reflect.get(started(), key);
      return typeof value === "function" ? value.bind(started()) : value;
    },
    set: (_, key, value) => Reflect.set(started(), key, value),
  });
}
