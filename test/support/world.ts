/** Gives the tests of a group an organization of their own: an emulator, and the gateway before it. */
import { startWorld, type World } from "./local/gateway";

interface WorldOptions {
  /** Whether every test gets a new one. @default false: one for the whole group */
  readonly each?: boolean;
}

/**
 * Starts a world before the tests of a group and stops it after them. What is returned is that
 * world from the first hook on; hooks that need it are registered after this call, those that end
 * what uses it before.
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
  // Methods keep the started world as their own, whose private fields no stand-in has.
  return new Proxy({} as World, {
    get: (_, key) => {
      const value: unknown = Reflect.get(started(), key);
      return typeof value === "function" ? value.bind(started()) : value;
    },
    set: (_, key, value) => Reflect.set(started(), key, value),
  });
}
