/** Loads Cordon anew, as a program does that adds a team's playbooks before anything else. */
import { join, sep } from "node:path";

const root = join(__dirname, "../..");

/**
 * Loads modules after a file that adds playbooks, and puts those of this process back.
 *
 * @param file the file, from the root: "examples/custom-playbook/playbooks"
 * @param load calls require: what it gets is not what this process has
 */
export function withPlaybooks<T>(file: string, load: () => T): T {
  const own = () =>
    Object.keys(require.cache).filter(
      (path) => path.startsWith(root) && !path.includes(`${sep}node_modules${sep}`),
    );
  const kept = own().map((path) => [path, require.cache[path]] as const);
  const forget = () => {
    for (const path of own()) delete require.cache[path];
  };
  forget();
  try {
    require(join(root, file));
    return load();
  } finally {
    forget();
    for (const [path, module] of kept) require.cache[path] = module;
  }
}
