/** Makes the executable that the engine starts as pulumi-resource-aws. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";

const repository = path.resolve(__dirname, "../..");

/**
 * Bundles the provider into .cordon/provider/<hash of its source>, once for each source, and returns
 * the directory of the executable. Bundled, because the engine starts a process for each provider.
 */
export async function buildProvider(): Promise<string> {
  const source = __dirname;
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const hash = createHash("sha256").update(process.execPath);
  hash.update(await readFile(path.join(repository, "package.json")));
  for (const file of files.sort())
    hash.update(file).update(await readFile(path.join(source, file)));
  const home = path.join(repository, ".cordon", "provider");
  const place = path.join(home, hash.digest("hex").slice(0, 16));
  if (existsSync(place)) return place;

  await mkdir(home, { recursive: true });
  const draft = await mkdtemp(path.join(home, "draft-"));
  // Loaded here only: most runs find the bundle standing.
  const { build } = await import("esbuild");
  await build({
    entryPoints: [path.join(source, "main.ts")],
    outdir: draft,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    // The generated code and grpc-js are CommonJS and call `require` for Node's own modules.
    banner: {
      js: [
        'import { createRequire as requireFrom } from "node:module";',
        "const require = requireFrom(import.meta.url);",
      ].join(" "),
    },
    logLevel: "error",
  });
  const shim = [
    "#!/bin/sh",
    `exec "${process.execPath}" --no-warnings "$(dirname "$0")/main.mjs" "$@"`,
    "",
  ].join("\n");
  await writeFile(path.join(draft, "pulumi-resource-aws"), shim, { mode: 0o755 });
  // Two runs may build at once: the first to finish wins, and the bundles are the same.
  await rename(draft, place).catch(async (error) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  });
  return place;
}
