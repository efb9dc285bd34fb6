#!/usr/bin/env node
// Runs the command line from its TypeScript sources, so that a release needs no build step.
import { register } from "tsx/cjs/api";
import { register as registerImports } from "tsx/esm/api";

register();
// What the functions import only when they need it.
registerImports();
const { createRequire } = await import("node:module");
createRequire(import.meta.url)("./cordon.ts");
