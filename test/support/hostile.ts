/** Names by which a stranger would have a responder's shell do something, and that shell. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const programs = ["npx", "aws", "kubectl", "grep", "date", "openssl"];
const endOfCommand = "\u0001";
const beginOfLine = "\u0002";

/** None has a character that a notice replaces; `canary` is the file that a name would make. */
export const hostileNames = [
  "x$(>canary)",
  "x`>canary`",
  "x';>canary;'",
  "x'$(>canary)'",
  'x"$(>canary)"',
  'x";touch canary;"',
  "x;touch canary",
  "x&touch canary&",
  "x|touch canary",
  "x&&touch canary",
  "x>canary",
  "-x>canary",
  "--endpoint-url=evil.example",
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
  "Backdoor:EC2.C&CActivity.B!DNS",
];

/**
 * Runs command lines in one `sh`, in an empty folder, where these programs only print their words.
 *
 * @returns of each line, the words of each command in it, sorted, since those of a pipe run side by
 * side; and whether a name made the file
 */
export function run(lines: readonly string[]): {
  readonly words: readonly (readonly (readonly string[])[])[];
  readonly canary: boolean;
} {
  const folder = mkdtempSync(join(tmpdir(), "cordon-sh-"));
  const script = [
    ...programs.map((name) => `${name}() { printf '%s\\0' ${name} "$@" '${endOfCommand}' >&3; }`),
    ...lines.flatMap((line) => [
      `printf '%s\\0' '${beginOfLine}' >&3`,
      // A line that does not parse must not end the shell that runs the others.
      `eval '${line.replaceAll("'", `'"'"'`)}' </dev/null >/dev/null`,
    ]),
    "exit 0",
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
    const printed = (output[3] ?? "").split(`${beginOfLine}\0`).slice(1);
    const words = printed.map((line) =>
      line
        .split(`${endOfCommand}\0`)
        .slice(0, -1)
        .sort()
        .map((one) => one.split("\0").slice(0, -1)),
    );
    return { words, canary: existsSync(join(folder, "canary")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
