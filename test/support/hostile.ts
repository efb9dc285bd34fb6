/** Names by which a stranger would have a responder's shell do something, and that shell. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** None has a character that a notice replaces; `canary` is the file that a name would make. */
export const hostileNames = [
  "x$(touch$IFS./canary)",
  "x`touch$IFS./canary`",
  "x';touch$IFS./canary;'",
  "x'$(touch$IFS./canary)'",
  'x"$(touch$IFS./canary)"',
  'x";touch canary;"',
  "x;touch canary",
  "x&touch canary&",
  "x|touch canary",
  "x&&touch canary",
  "x>canary",
  "-x>canary",
  "--endpoint-url=http://evil.example",
  "a,b=c,AttributeKey=EventName",
  "$HOME",
  "~root",
  "=ls",
  "*",
  "[a-z]?",
  "{a,b}",
  "!!",
  "#x",
  "x\\",
  "x\\'$(touch canary)",
  "(touch canary)",
  "two words",
  "Backdoor:EC2/C&CActivity.B!DNS",
];

/**
 * Runs command lines in one `sh`, in an empty folder, where every command of the list only prints its
 * words.
 *
 * @returns of each line, the words of each command in it; and whether a name made the file
 */
export function run(
  lines: readonly string[],
  programs: readonly string[] = ["npx", "aws", "kubectl", "grep", "date", "openssl"],
): { readonly words: readonly (readonly (readonly string[])[])[]; readonly canary: boolean } {
  const folder = mkdtempSync(join(tmpdir(), "cordon-sh-"));
  const print = `printf '%s\\0' "$0" "$@" >&3; printf '\\001\\0' >&3`;
  const functions = programs.map((name) => `${name}() { ${print.replace('"$0"', name)}; }`);
  const script = [
    ...functions,
    // A line that does not parse must not end the shell that runs the others.
    ...lines.flatMap((line) => [
      `printf '\\002\\0' >&3`,
      `eval ${`'${line.replace(/'/g, `'"'"'`)}'`} </dev/null >/dev/null || :`,
    ]),
  ].join("\n");
  try {
    const { stderr, status, output } = spawnSync("sh", ["-s"], {
      cwd: folder,
      input: script,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: "/home-of-the-responder" },
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    if (status !== 0 || stderr !== "") throw new Error(`sh ended with ${status}: ${stderr}`);
    const printed = (output[3] ?? "").split("\u0002\0").slice(1);
    const words = printed.map((line) =>
      line
        .split("\u0001\0")
        .slice(0, -1)
        .map((one) => one.split("\0").slice(0, -1)),
    );
    return { words, canary: existsSync(join(folder, "canary")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
