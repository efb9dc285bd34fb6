/**
 * Runs the tests in processes side by side, shows the output of the first as it comes, then that of the
 * others, and ends with the sum of all in a line of its own.
 *
 * Without `--quick`: every test, those of the deployed program in two processes of their own, because the
 * sweeps over every call of a response wait for much that must not come. Two processes run at once: with
 * a third one, responses took longer than their time limits. With it: types, lint, and the
 * tests that need no emulator, but for the sweeps over two deaths of a response and over every state of
 * an incident, and for the tests of the command line as a process. Files that are named are run instead of all; other arguments go to mocha:
 * `npm test -- -g NAME`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
const reporter = fileURLToPath(new URL("counting-reporter.cjs", import.meta.url));
const quick = process.argv[2] === "--quick";
const given = process.argv.slice(quick ? 3 : 2);
const files = given.filter((argument) => argument.endsWith(".test.ts"));
const options = given.filter((argument) => !files.includes(argument));
const chosen = given.some((argument) => /^(-[gf]|--f?grep)/.test(argument));

// Two deaths of each response, at every pair of calls, take as long as all other quick tests of a lane.
// Mocha takes one choice of titles, and the caller's goes first.
const longest = chosen ? [] : ["--fgrep", "wherever both died", "--invert"];
const left = [
  "--ignore",
  "**/*.emulator.test.ts",
  "--ignore",
  "test/properties/states.test.ts",
  // Each of their cases starts the command line as a process of its own.
  "--ignore",
  "test/cli/{cordon,except,break-glass/command}.test.ts",
  ...longest,
];

/** What each process runs. A new file is in one of them wherever it lies. */
const parts = (
  files.length > 0
    ? [files]
    : quick
      ? [
          ["test/components/**/*.test.ts", "test/deploy/**/*.test.ts"],
          ["test/*.test.ts", "test/!(components|deploy|deployed|local)/**/*.test.ts"],
        ]
      : [
          ["test/*.test.ts", "test/!(deployed)/**/*.test.ts"],
          ["test/deployed/!(crash)*.test.ts"],
          ["test/deployed/crash*.test.ts"],
        ]
).map((specs) => (quick ? [...specs, ...left] : specs));

// By file, because mocha starts a process of its own for Node's options and passes no channel on.
const folder = mkdtempSync(path.join(tmpdir(), "cordon-test-"));

// The quick tests' first half takes longer: types and lint run beside it, before the second half.
const failedChecks = quick ? failuresOf(["types", "lint"]) : Promise.resolve(0);
const runs = [];
for (const specs of parts) runs.push(start(specs, runs.length));

/** Runs scripts of package.json one after another; counts those that fail. */
async function failuresOf(scripts) {
  let failures = 0;
  for (const script of scripts) {
    const child = spawn("npm", ["run", "--silent", script], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (code !== 0) failures += 1;
    console.log(`${script}: ${code === 0 ? "ok" : "failed"}`);
  }
  return failures;
}

/** Starts these tests; keeps their output until `show`. */
function start(specs, number) {
  const countsFile = path.join(folder, `${number}.json`);
  let output = "";
  let shown = false;
  const run = () => {
    const child = spawn(process.execPath, [mocha, "--reporter", reporter, ...specs, ...options], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CORDON_TEST_COUNTS: countsFile },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        if (shown) process.stdout.write(text);
        else output += text;
      });
    }
    return new Promise((resolve) => child.on("close", resolve));
  };
  const ended = number === 0 ? run() : (runs[number - 2]?.ended ?? failedChecks).then(run);
  return {
    ended,
    async show() {
      process.stdout.write(output);
      shown = true;
      const code = await ended;
      return judged(read(countsFile), code);
    },
  };
}

function read(countsFile) {
  try {
    return JSON.parse(readFileSync(countsFile, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Counts what passed and what did not. A skipped test is a failure, and so is a process that ended
 * without counts, badly though it counted no failure, or without a test though none was chosen.
 */
function judged(counts, code) {
  const { passes = 0, failures = 0, pending = 0 } = counts ?? {};
  const failing = failures + pending;
  const empty = passes + failing === 0 && !chosen;
  const ill = counts === undefined || (code !== 0 && failing === 0) || empty;
  return { passing: passes, failing: failing + (ill ? 1 : 0) };
}

let [passing, failing] = [0, await failedChecks];
for (const run of runs) {
  const count = await run.show();
  passing += count.passing;
  failing += count.failing;
}
rmSync(folder, { recursive: true });
console.log(`${passing} passing, ${failing} failing`);
// Neither part may hold what was chosen: a name that is misspelt.
process.exitCode = failing === 0 && passing > 0 ? 0 : 1;
