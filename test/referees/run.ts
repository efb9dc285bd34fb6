/** Starts the programs of referees, and installs those that npm does not bring. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./subjects";

const home = join(root, ".cordon/referees");

interface RunOptions {
  readonly input?: string;
  /** Codes that are no failure. */
  readonly codes?: readonly number[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end; resolves to what it wrote. @throws one sentence where it cannot */
export function run(
  command: string,
  args: readonly string[],
  { input = "", codes = [0], cwd = root, env = {} }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text) => {
        output[stream] += text;
      });
    }
    child.on("error", ({ message }) =>
      reject(new Error(`${command} cannot be started, install it: ${message}`)),
    );
    child.on("close", (code) => {
      if (code !== null && codes.includes(code)) return resolve(output.stdout);
      const why = (output.stderr || output.stdout).trim().split("\n").at(-1) ?? "";
      reject(new Error(`${command} ended with ${code}: ${why}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Gives the interpreter with parliament, which it installs once for each lock. */
export async function python(): Promise<string> {
  const place = join(home, "python");
  const lock = join(__dirname, "requirements.lock");
  await once("python", readFileSync(lock), async () => {
    rmSync(place, { recursive: true, force: true });
    await run("python3", ["-m", "venv", place]);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const exact = ["--no-deps", "--require-hashes", "--requirement", lock];
    await run(join(place, "bin/python"), [...install, ...exact]);
  });
  return join(place, "bin/python");
}

/** Gives the class path of Event Ruler, which it fetches once for each list of jars. */
export async function eventRuler(): Promise<string> {
  const place = join(home, "event-ruler");
  const source = join(__dirname, "event-ruler");
  const jars = readFileSync(join(source, "jars.sha256"), "utf8");
  await once("event-ruler", jars, async () => {
    rmSync(place, { recursive: true, force: true });
    const pom = ["-f", join(source, "pom.xml"), "dependency:copy-dependencies"];
    await run("mvn", ["-q", "-B", "-C", ...pom, `-DoutputDirectory=${place}`]);
    for (const [, sum, jar = ""] of jars.matchAll(/^(\w{64}) {2}(\S+)$/gm)) {
      const file = join(place, jar);
      if (!existsSync(file)) throw new Error(`Maven fetched no ${jar}`);
      const found = createHash("sha256").update(readFileSync(file)).digest("hex");
      if (found !== sum) throw new Error(`${jar} must have the SHA-256 ${sum}, not ${found}`);
    }
  });
  return join(place, "*");
}

/** Makes something unless a stamp says that it was made of the same source. */
async function once(name: string, source: string | Buffer, make: () => Promise<void>) {
  const stamp = join(home, `${name}.stamp`);
  const hash = createHash("sha256").update(source).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  mkdirSync(home, { recursive: true });
  await make();
  writeFileSync(stamp, hash);
}
