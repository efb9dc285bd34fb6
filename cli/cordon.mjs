#!/usr/bin/env node
// Runs the command line from its TypeScript sources, so that no build step stands before a release.
import { register } from "tsx/cjs/api";

register();
const { createRequire } = await import("node:module");
createRequire(import.meta.url)("./cordon.ts");
