/**
 * Sets up everything that `npm start` and `npm test` need and that is not there yet: npm packages,
 * the Node.js of the deployed functions, the emulator's Python environment, the Pulumi CLI, the host
 * of the policy pack; with the argument `browser`, as for the tests, a browser, too. Runs before
 * node_modules exists, so it uses nothing but Node.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.cjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const home = path.join(root, ".cordon");
const log = path.join(home, "setup.log");
const inRoot = (...parts) => path.join(root, ...parts);
const inHome = (...parts) => path.join(home, ...parts);

const hashOf = (file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");
const stampOf = (name) => inHome(`${name}.stamp`);
const stamped = (name, hash) =>
  fs.existsSync(stampOf(name)) && fs.readFileSync(stampOf(name), "utf8") === hash;
const isExecutable = (file) => {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).size > 0;
  } catch {
    return false;
  }
};

/** Writes a whole file or nothing, so that a reader never meets half of one. */
function write(file, text, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, text, { mode });
  fs.renameSync(draft, file);
}

/** Names a condition that stops the set-up, in one sentence for the person at the terminal. */
class SetupError extends Error {}

/** Whether commands run side by side: then none may rewrite the terminal's last line. */
let together = false;

/**
 * Runs one command with its output in the log and the seconds going by on the terminal. Resolves to
 * whether it succeeded.
 */
async function run(title, command, args, options = {}) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const live = process.stdout.isTTY === true && !together;
  process.stdout.write(live ? `· ${title}` : `· ${title}\n`);
  const ticking = setInterval(
    () =>
      process.stdout.write(live ? `\r· ${title} … ${seconds()}` : `  ${title} … ${seconds()}\n`),
    live ? 1_000 : 15_000,
  );
  const output = fs.openSync(log, "a");
  fs.writeSync(output, `\n== ${title}: ${command} ${args.join(" ")}\n`);
  const ended = await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", output, output],
      // Only to end a hang: a CLI that is built from source may take an hour on a busy machine.
      timeout: 4 * 60 * 60_000,
      ...options,
    });
    child.on("error", (error) => {
      fs.writeSync(output, `${error.message}\n`);
      resolve(false);
    });
    child.on("exit", (code) => resolve(code === 0));
  });
  clearInterval(ticking);
  fs.closeSync(output);
  const verdict = ended ? "done" : (options.otherwise ?? "failed");
  process.stdout.write(
    live
      ? `\r${ended ? "✓" : "·"} ${title}: ${verdict}, ${seconds()}   \n`
      : `${ended ? "✓" : "·"} ${title}: ${verdict}, ${seconds()}\n`,
  );
  return ended;
}

const answer = (command, args) => {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
};

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
// Warnings are hidden: packages that ask for a newer Node than 20 work on it.
const asLocked = ["ci", "--loglevel=error", "--no-fund", "--no-audit"];

/** Installs the npm packages exactly as locked. */
const packages = {
  hash: () => hashOf(inRoot("package-lock.json")),
  // npm writes this file last: without it the installation was interrupted.
  isComplete() {
    return (
      stamped("packages", this.hash()) && fs.existsSync(inRoot("node_modules/.package-lock.json"))
    );
  },
  async make() {
    const hash = this.hash();
    if (!(await run("npm packages", npm, asLocked)))
      throw new SetupError("The npm packages could not be installed");
    write(stampOf("packages"), hash);
  },
};

/** Installs the Node.js that functions are deployed for, unless this is one. */
const runtime = {
  source: (file) => inRoot("local", "setup", "node", file),
  version() {
    const text = fs.readFileSync(inRoot("components", "blocks", "inline-function.ts"), "utf8");
    return /runtime: "nodejs(\d+)\.x"/.exec(text)?.[1];
  },
  file: (name) => inHome(name, "node_modules", ".bin", "node"),
  isComplete() {
    const version = this.version();
    if (process.versions.node.startsWith(`${version}.`)) return true;
    const name = `node${version}`;
    return stamped(name, hashOf(this.source("package-lock.json"))) && isExecutable(this.file(name));
  },
  async make() {
    const version = this.version();
    const name = `node${version}`;
    const hash = hashOf(this.source("package-lock.json"));
    fs.rmSync(inHome(name), { recursive: true, force: true });
    for (const file of ["package.json", "package-lock.json"])
      write(inHome(name, file), fs.readFileSync(this.source(file)));
    const title = `Node.js ${version}, as deployed`;
    await run(title, npm, [...asLocked, "--ignore-scripts"], { cwd: inHome(name) });
    // npm passes over what this platform lacks: each platform's package is optional.
    const found = answer(this.file(name), ["--version"])?.trim();
    if (!found?.startsWith(`v${version}.`))
      throw new SetupError(
        `Functions are deployed for Node.js ${version}, but npm installed ${found ?? "none"} for ${process.platform} ${process.arch}: mend local/setup/node, or run this with Node.js ${version}`,
      );
    write(stampOf(name), hash);
  },
};

/** Makes the Python environment of the emulator from the hashed lock. */
const emulator = {
  lock: inRoot("local", "setup", "requirements.lock"),
  isComplete() {
    return stamped("emulator", hashOf(this.lock)) && isExecutable(inHome("emulator/bin/python"));
  },
  async make() {
    const hash = hashOf(this.lock);
    const place = inHome("emulator");
    const version = answer("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    const [major, minor] = (version ?? "").trim().split(".").map(Number);
    if (version === undefined || !(major === 3 && minor >= 11))
      throw new SetupError(
        `The emulator needs Python 3.11 or newer, but ${version ? `python3 is ${version.trim()}` : "there is no python3"}: install it`,
      );
    // Scripts of a virtual environment hold its path, so it is made in place and stamped last.
    fs.rmSync(place, { recursive: true, force: true });
    if (!(await run("Python environment", "python3", ["-m", "venv", place])))
      throw new SetupError("python3 -m venv failed: install Python's venv module");
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const exact = ["--no-deps", "--require-hashes", "--requirement", this.lock];
    if (!(await run("AWS emulator", path.join(place, "bin/python"), [...install, ...exact])))
      throw new SetupError("The emulator's Python packages could not be installed");
    write(stampOf("emulator"), hash);
  },
};

/** Puts the Pulumi CLI where npm's launcher looks for it: by download, else by building it. */
const cli = {
  version: () => JSON.parse(fs.readFileSync(inRoot("node_modules/pulumi/package.json"))).version,
  file() {
    const pulumiHome = process.env.PULUMI_HOME || path.join(os.homedir(), ".pulumi");
    const name = process.platform === "win32" ? "pulumi.exe" : "pulumi";
    return path.join(pulumiHome, "versions", this.version(), "bin", name);
  },
  isComplete() {
    return fs.existsSync(inRoot("node_modules/pulumi")) && isExecutable(this.file());
  },
  async make() {
    const version = this.version();
    const title = `Pulumi CLI ${version}`;
    const launcher = inRoot("node_modules/pulumi/run.js");
    const downloaded = await run(`${title}, download`, process.execPath, [launcher, "version"], {
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      otherwise: "not available here, building it instead",
    });
    if (!(downloaded && this.isComplete())) await this.build(title, version);
  },
  async build(title, version) {
    const source = inRoot("local", "setup", "pulumi-cli");
    const module = fs.readFileSync(path.join(source, "go.mod"), "utf8");
    const pinned = /pulumi\/pkg\/v3 v(\S+)/.exec(module)?.[1];
    if (pinned !== version)
      throw new SetupError(
        `local/setup/pulumi-cli/go.mod pins Pulumi ${pinned}, but package.json has ${version}: make them agree`,
      );
    const needed = Number(/^go 1\.(\d+)/m.exec(module)?.[1]);
    const found = answer("go", ["env", "GOVERSION", "GOTOOLCHAIN"])?.trim().split("\n");
    const minor = Number(/^go1\.(\d+)/.exec(found?.[0] ?? "")?.[1] ?? 0);
    // From 1.21 on, Go downloads the toolchain that go.mod names, unless GOTOOLCHAIN forbids it.
    const fetches = minor >= 21 && found?.[1] !== "local";
    if (minor < needed && !fetches)
      throw new SetupError(
        `The Pulumi CLI cannot be downloaded here and building it needs Go 1.${needed} or newer, but ${found ? `Go is ${found[0].replace("go", "")}` : "there is no Go"}: install it`,
      );
    const file = this.file();
    const draft = `${file}.${process.pid}`;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
    const main = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
    const built = await run(
      `${title}, build (3 minutes at first)`,
      "go",
      ["build", "-mod=readonly", "-trimpath", "-ldflags", flags, "-o", draft, main],
      { cwd: source, env: { ...process.env, GOFLAGS: "-buildvcs=false", GOWORK: "off" } },
    );
    if (!built) {
      fs.rmSync(draft, { force: true });
      throw new SetupError("The Pulumi CLI could not be built");
    }
    fs.renameSync(draft, file);
  },
};

/**
 * Writes the program that runs the policy pack for a CLI without a host of its own (one that was
 * built, not downloaded). local/organization/engine.ts puts it on the PATH only of such a CLI.
 */
const policyHost = {
  file: inHome("bin", "pulumi-analyzer-policy-nodejs"),
  text: [
    "#!/bin/sh",
    'root=$(CDPATH="" cd -- "$(dirname -- "$0")/../.." && pwd)',
    'exec node "$root/node_modules/@pulumi/pulumi/cmd/run-policy-pack" "$@"',
    "",
  ].join("\n"),
  isComplete() {
    return isExecutable(this.file) && fs.readFileSync(this.file, "utf8") === this.text;
  },
  async make() {
    write(this.file, this.text, 0o755);
    console.log("✓ policy pack host");
  },
};

/**
 * Installs the browser in which the tests open the approval page, unless there is one. Where it cannot,
 * it says what to install, and goes on: every other test runs without it.
 */
const browser = {
  isComplete: () => findChromium() !== undefined,
  async make() {
    const mayInstall = process.getuid?.() === 0 && answer("apt-get", ["--version"]) !== undefined;
    if (mayInstall) {
      const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
      const patience = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];
      const wanted = [
        "install",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "fonts-dejavu-core",
      ];
      await run("Package lists", "apt-get", [...patience, "update"], options);
      await run("Chromium", "apt-get", [...patience, ...wanted], options);
    }
    if (!this.isComplete())
      console.log(
        "· The tests of the approval page will fail without Chromium or Google Chrome: install one of them where PATH finds it, on Debian by apt-get install chromium.",
      );
  },
};

/** Holds the set-up for one process at a time; takes over from a holder that died. */
async function alone(work) {
  const lock = inHome("setup.lock");
  const holder = () => {
    try {
      return Number(fs.readFileSync(lock, "utf8"));
    } catch {
      return undefined;
    }
  };
  const runs = (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return error.code === "EPERM";
    }
  };
  let announced = false;
  for (;;) {
    // Linking a written file is atomic and refuses to replace one: the lock is never empty.
    const draft = `${lock}.${process.pid}`;
    fs.writeFileSync(draft, String(process.pid));
    try {
      fs.linkSync(draft, lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    } finally {
      fs.rmSync(draft);
    }
    const pid = holder();
    if (pid !== undefined && !runs(pid)) {
      fs.rmSync(lock, { force: true });
      continue;
    }
    if (!announced && pid !== undefined) console.log(`· waiting for the set-up of process ${pid}`);
    announced = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => fs.rmSync(lock, { force: true });
  process.once("exit", release);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  await work();
}

// The emulator's Python needs nothing of the rest, and the rest uses one processor for most of its time.
const wanted = process.argv.includes("browser") ? [browser] : [];
const lines = [
  [emulator, ...wanted],
  [packages, runtime, cli, policyHost],
];
const missing = (line) => line.some((part) => !part.isComplete());
const make = async (line) => {
  for (const part of line) if (!part.isComplete()) await part.make();
};
try {
  if (lines.some(missing)) {
    fs.mkdirSync(home, { recursive: true });
    await alone(async () => {
      fs.rmSync(log, { force: true });
      together = lines.every(missing);
      const made = await Promise.allSettled(lines.map(make));
      for (const { reason } of made) if (reason) throw reason;
    });
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  const detail = fs.existsSync(log) ? ` (what was tried is in ${path.relative(root, log)})` : "";
  console.error(`${error.message}${detail}.`);
  process.exitCode = 1;
}
