/** Reads a stack's settings from its files, as the engine would, so that nothing need be deployed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { parseSettings, type Settings } from "../../settings";

/** One clear sentence about a call that cannot be carried out. */
export class UsageError extends Error {}

/**
 * Reads Pulumi.yaml's values and defaults and Pulumi.STACK.yaml's values, and has the deployment's
 * own checks read them.
 *
 * @throws UsageError where a file or a value is missing or wrong
 */
export function readStack(folder: string, stack: string): Settings {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    const known = readdirSync(folder).flatMap(
      (name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [],
    );
    throw new UsageError(`There is no Pulumi.${stack}.yaml; the stacks are ${known.join(", ")}.`);
  }
  const project = yaml(join(folder, "Pulumi.yaml"));
  const config: Record<string, string> = {};
  for (const [key, entry] of Object.entries(record(project.config))) {
    const { value, default: fallback } = isRecord(entry) ? entry : { value: entry };
    const set = value ?? fallback;
    if (set !== undefined) config[fullKey(key, project.name)] = written(key, set);
  }
  for (const [key, value] of Object.entries(record(yaml(file).config))) {
    config[fullKey(key, project.name)] = written(key, value);
  }
  try {
    return parseSettings(config);
  } catch (error) {
    // A wrong value; anything else is a defect of ours.
    if (!RunError.isInstance(error)) throw error;
    throw new UsageError(error.message);
  }
}

/** Keys without a namespace are the project's own. */
function fullKey(key: string, project: unknown): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

/** Writes a value as the engine hands it to the program: text, compound values as JSON. */
function written(key: string, value: unknown): string {
  if (isRecord(value) && "secure" in value) {
    throw new UsageError(`${key} is encrypted, and no setting of Cordon is a secret.`);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function yaml(file: string): Readonly<Record<string, unknown>> {
  try {
    return record(parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
