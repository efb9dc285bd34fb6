import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { buildSync } from "esbuild";

const root = join(__dirname, "../../..");

/** Runs code beside `sleep` in a process that has nothing else to wait for; gives what it prints. */
async function alone(code: string): Promise<string> {
  const contents = `import { sleep } from "./functions/handlers/adapters"; ${code}`;
  const { outputFiles } = buildSync({
    // Bundled, because what compiles TypeScript while it runs keeps the process alive itself.
    stdin: { contents, resolveDir: root },
    bundle: true,
    packages: "external",
    platform: "node",
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  return (await promisify(execFile)(process.execPath, ["--eval", script])).stdout;
}

describe("functions/handlers/adapters", () => {
  it("keeps the process alive while it sleeps", async () => {
    expect(await alone("sleep(20).then(() => console.log('awake'));")).to.equal("awake\n");
  });

  it("does not keep the process alive once a signal ended the sleep", async () => {
    const printed = await alone(`
      const decided = new AbortController();
      sleep(3_600_000, decided.signal).catch(({ name }) => console.log(name));
      decided.abort();
    `);
    expect(printed).to.equal("AbortError\n");
  });
});
