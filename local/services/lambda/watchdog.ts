/**
 * Ends this process's frozen children once it has died, however it died: a stopped process does not
 * notice that its parent is gone, and would stay for ever.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";

// Its input ends with this process. Until then each line adds or takes away a child.
const script = `
pids=
while read -r sign pid; do
  others=
  for each in $pids; do [ "$each" = "$pid" ] || others="$others $each"; done
  pids=$others
  [ "$sign" = - ] || pids="$pids $pid"
done
[ -z "$pids" ] || kill -KILL $pids
`;

let shellInput: Writable | undefined;

function start(): Writable {
  const shell = spawn("sh", ["-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a session of its own: what interrupts this process's group leaves it alone.
    detached: true,
  });
  shell.unref();
  (shell.stdin as Socket).unref();
  return shell.stdin;
}

/** Has a child end with this process, unless it ends before. */
export function endWithThis(child: ChildProcess): void {
  // A child that could not be started tells so by its error.
  if (child.pid === undefined) return;
  shellInput ??= start();
  const input = shellInput;
  input.write(`+ ${child.pid}\n`);
  child.once("exit", () => input.write(`- ${child.pid}\n`));
}
