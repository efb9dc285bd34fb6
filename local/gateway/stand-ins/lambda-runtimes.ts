/** Knows which of Lambda's runtimes this machine has: its own Node.js, and those of the set-up. */
import { existsSync } from "node:fs";
import path from "node:path";

const home = path.resolve(__dirname, "../../../.cordon");

/** Finds the Node.js of a runtime such as "nodejs22.x"; undefined where there is none of its version. */
export function nodeOf(runtime: string): string | undefined {
  const version = /^nodejs(\d+)\.x$/.exec(runtime)?.[1];
  if (version === undefined) return undefined;
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const node = path.join(home, `node${version}`, "node_modules/.bin/node");
  return existsSync(node) ? node : undefined;
}
