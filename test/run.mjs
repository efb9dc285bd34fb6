/**
 * Runs every test in two processes side by side: those of the deployed program, and all others. Shows
 * the others' output as it comes, then that of the deployed program's, and ends with the sum of both
 * in a line of its own. Arguments go to both: `npm test -- -g NAME`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
const reporter = fileURLToPath(new URL("counting-reporter.cjs", import.meta.url));
const given = process.argv.slice(2);
const chosen = given.some((argument) => /^(-[gf]|--f?grep)/.test(argument));

// By file, because mocha starts a process of its own for Node's options and passes no channel on.
const folder = mkdtempSync(path.join(tmpdir(), "cordon-test-"));

// Each leaves out what the other runs, so that a new file is in one of them wherever it stands.
const parts = [["test/deployed/**"], ["test/*.test.ts", "test/!(deployed)/**"]].map(start);

/** Starts the tests that are in none of the places left out; keeps their output until `show`. */
function start(leftOut, number) {
  const countsFile = path.join(folder, `${number}.json`);
  const ignore = leftOut.flatMap((place) => ["--ignore", place]);
  const child = spawn(process.execPath, [mocha, "--reporter", reporter, ...ignore, ...given], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CORDON_TEST_COUNTS: countsFile },
  });
  let output = "";
  let shown = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      if (shown) process.stdout.write(text);
      else output += text;
    });
  }
  const ended = new Promise((resolve) => child.on("close", resolve));
  return {
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

let [passing, failing] = [0, 0];
for (const part of parts) {
  const count = await part.show();
  passing += count.passing;
  failing += count.failing;
}
rmSync(folder, { recursive: true });
console.log(`${passing} passing, ${failing} failing`);
// Neither part may hold what was chosen: a name that is misspelt.
process.exitCode = failing === 0 && passing > 0 ? 0 : 1;
