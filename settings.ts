/** Reads the stack's configuration into typed settings; a bad value stops here, in one sentence. */
import * as pulumi from "@pulumi/pulumi";
import { type AccessKeySettings, accessKeyKeys, readAccessKeys } from "./settings/access-keys";
import { type CoreSettings, coreKeys, homeRegion, readCore } from "./settings/core";
import { type MemberSettings, memberKeys, ownRolesAt, readMembers } from "./settings/members";
import { type QuarantineSettings, quarantineKeys, readQuarantine } from "./settings/quarantine";
import { namespace, quoted } from "./settings/values";

/** Everything a deployment can be told. Defaults and descriptions are in Pulumi.yaml, only there. */
export type Settings = CoreSettings & MemberSettings & QuarantineSettings & AccessKeySettings;

const keys: readonly string[] = [...coreKeys, ...memberKeys, ...quarantineKeys, ...accessKeyKeys];

/** Reads the settings of the stack that is being deployed. */
export function readSettings(): Settings {
  return parseSettings(pulumi.runtime.allConfig());
}

/**
 * Checks a stack's configuration as the engine hands it over: full keys, compound values as JSON.
 *
 * @throws pulumi.RunError naming the first key that is wrong, its limit and its value
 */
export function parseSettings(config: Readonly<Record<string, string>>): Settings {
  refuseUnknownKeys(config);
  const read = (key: string) => config[namespace + key];
  const core = readCore(read);
  const members = readMembers(read);
  const breakGlassRoles = [...core.breakGlassRoles, ...ownRolesAt(members.rolePath)];
  const settings: Settings = {
    ...core,
    ...members,
    ...readQuarantine(read),
    ...readAccessKeys(read),
    breakGlassRoles,
  };
  checkRegion(config["aws:region"]);
  return settings;
}

function checkRegion(provided: string | undefined): void {
  if (provided !== homeRegion) {
    throw new pulumi.RunError(
      `aws:region must be ${homeRegion}, where Cordon stands, but ${quoted(provided)} was provided`,
    );
  }
}

/** Refuses keys nobody reads: the engine accepts a misspelt key and would deploy the default. */
function refuseUnknownKeys(config: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(config).sort()) {
    const name = key.slice(namespace.length);
    if (key.startsWith(namespace) && !keys.includes(name)) {
      const nearest = [...keys].sort((a, b) => distance(name, a) - distance(name, b))[0];
      throw new pulumi.RunError(
        `${key} is not a setting of Cordon; did you mean ${namespace}${nearest}?`,
      );
    }
  }
}

/** Counts the insertions, deletions and substitutions that turn one word into another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const substituted = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
