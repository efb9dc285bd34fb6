/**
 * Runs every test in two processes side by side: those of the deployed program, and all others. Shows
 * the others' output as it comes, then that of the deployed program's, and ends with the sum of both
 * in a line of its own. Arguments go to both: `npm test -- -g NAME`.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

// Each leaves out what the other runs, so that a new file is in one of them wherever it stands.
const parts = [["test/deployed/**"], ["test/*.test.ts", "test/!(deployed)/**"]].map(start);

/** Starts the tests that are in none of the places left out; keeps their output until `show`. */
function start(leftOut) {
  const ignore = leftOut.flatMap((place) => ["--ignore", place]);
  const child = spawn(process.execPath, [mocha, ...ignore, ...process.argv.slice(2)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let shown = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (shown) process.stdout.write(text);
    });
  }
  const ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  return {
    async show() {
      process.stdout.write(output);
      shown = true;
      const code = await ended;
      return counted(output, code);
    },
  };
}

/**
 * Reads what mocha counted last. A process that ended without a count, or badly though it counted no
 * failure, is a failure itself.
 */
function counted(output, code) {
  const text = stripVTControlCharacters(output);
  const [, passing, rest] = /^.*\n {2}(\d+) passing \(\w+\)(.*)$/s.exec(text) ?? [];
  const failing = Number(/^ {2}(\d+) failing$/m.exec(rest ?? "")?.[1] ?? 0);
  const ill = passing === undefined || (code !== 0 && failing === 0);
  return { passing: Number(passing ?? 0), failing: failing + (ill ? 1 : 0) };
}

let [passing, failing] = [0, 0];
for (const part of parts) {
  const count = await part.show();
  passing += count.passing;
  failing += count.failing;
}
console.log(`${passing} passing, ${failing} failing`);
process.exitCode = failing === 0 ? 0 : 1;
