/** Reads the stack's configuration into typed settings; a bad value stops here, in one sentence. */
import * as pulumi from "@pulumi/pulumi";
import { protectedRolePatterns } from "./functions/protected-roles";

/** Everything a deployment can be told. Defaults and descriptions are in Pulumi.yaml, only there. */
export interface Settings {
  readonly stage: "prod" | "staging" | "local";
  readonly mode: "dry-run" | "enforce";
  /** Like "o-exampleorgid". */
  readonly organizationId: string;
  /** Where hub, journal and functions stand. Not a choice: see Pulumi.yaml. */
  readonly homeRegion: "us-east-1";
  /** Regions of the aws partition; the home region is among them. */
  readonly governedRegions: readonly string[];
  readonly managementAccount: string;
  readonly securityAccount: string;
  /** Every governed account but the security account. */
  readonly memberAccounts: readonly string[];
  /** Name of the role the deployment assumes in a member account. */
  readonly deploymentRole: string;
  readonly externalId: string;
  readonly sampleFindings: "act" | "log";
  /** ARNs that are never changed automatically. */
  readonly protectedResources: readonly string[];
  /** Role names or paths within an account, possibly ending in "*". */
  readonly breakGlassRoles: readonly string[];
  /** User names or paths within an account, possibly ending in "*". */
  readonly breakGlassUsers: readonly string[];
  /** Which of a user's active access keys a response disables: all, or the one the finding names. */
  readonly disableKeys: "all" | "named";
  /** Hours of CloudTrail that are looked through for what an exposed key did. */
  readonly lookbackHours: number;
  /** Hours between two questions to Trusted Advisor for exposed keys whose events did not come. */
  readonly reconcileHours: number;
}

const homeRegion = "us-east-1";
const namespace = "cordon:";

const keys = [
  "stage",
  "mode",
  "organizationId",
  "governedRegions",
  "managementAccount",
  "securityAccount",
  "memberAccounts",
  "deploymentRole",
  "externalId",
  "sampleFindings",
  "protectedResources",
  "breakGlassRoles",
  "breakGlassUsers",
  "disableKeys",
  "lookbackHours",
  "reconcileHours",
] as const satisfies readonly Exclude<keyof Settings, "homeRegion">[];

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
  const text = (key: (typeof keys)[number]) => config[namespace + key];
  const settings: Settings = {
    stage: oneOf("stage", ["prod", "staging", "local"], text("stage")),
    mode: oneOf("mode", ["dry-run", "enforce"], text("mode")),
    organizationId: matching("organizationId", organization, text("organizationId")),
    homeRegion,
    governedRegions: listOf("governedRegions", region, text("governedRegions")),
    managementAccount: matching("managementAccount", account, text("managementAccount")),
    securityAccount: matching("securityAccount", account, text("securityAccount")),
    memberAccounts: listOf("memberAccounts", account, text("memberAccounts")),
    deploymentRole: matching("deploymentRole", roleName, text("deploymentRole")),
    externalId: matching("externalId", externalId, text("externalId")),
    sampleFindings: oneOf("sampleFindings", ["act", "log"], text("sampleFindings")),
    protectedResources: listOf("protectedResources", arn, text("protectedResources")),
    breakGlassRoles: listOf("breakGlassRoles", rolePattern, text("breakGlassRoles")),
    breakGlassUsers: listOf("breakGlassUsers", userPattern, text("breakGlassUsers")),
    disableKeys: oneOf("disableKeys", ["all", "named"], text("disableKeys")),
    // CloudTrail keeps its event history for 90 days.
    lookbackHours: between("lookbackHours", 1, 2_160, text("lookbackHours")),
    reconcileHours: between("reconcileHours", 1, 24, text("reconcileHours")),
  };
  checkTogether(settings);
  checkRegion(config["aws:region"]);
  return settings;
}

/** What a value must look like, and the words for it. */
interface Shape {
  readonly pattern: RegExp;
  readonly words: string;
}

const account: Shape = { pattern: /^\d{12}$/, words: "a 12-digit account id" };
const organization: Shape = {
  pattern: /^o-[a-z0-9]{10,32}$/,
  words: "an organization id, o- and 10 to 32 lower-case letters or digits",
};
const region: Shape = {
  pattern: /^(?!us-gov-|us-iso|cn-|eusc-|eu-iso)[a-z]{2}(-[a-z]+)+-\d$/,
  words: "a region of the aws partition",
};
// What IAM accepts as the name of a role.
const roleName: Shape = {
  pattern: /^[\w+=,.@-]{1,64}$/,
  words: "the name of a role, 1 to 64 letters, digits or +=,.@_-",
};
// No leading wildcard: a bare "*" would forbid the responder to touch any role at all.
const rolePattern: Shape = {
  pattern: /^[\w+=,.@-][\w+=,.@/-]{0,510}\*?$/,
  words: "the name or path of a role, without a leading slash, with * only at the end",
};
const userPattern: Shape = {
  pattern: rolePattern.pattern,
  words: "the name or path of a user, without a leading slash, with * only at the end",
};
// STS's own pattern for ExternalId.
const externalId: Shape = {
  pattern: /^[\w+=,.@:/-]{2,1224}$/,
  words: "2 to 1224 letters, digits or +=,.@:/_-",
};
// Responders get the ARNs as one comma-separated variable.
const arn: Shape = {
  pattern: /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^\s,]+$/,
  words: "an ARN of the aws partition without commas",
};

// A function's environment holds 4,096 bytes in all, and the other variables need some of them.
const environmentLimit = 3000;

function checkTogether(settings: Settings): void {
  const { managementAccount, securityAccount, memberAccounts, governedRegions } = settings;
  if (settings.sampleFindings === "act" && settings.stage === "prod") {
    throw refusal("sampleFindings", "log where cordon:stage is prod", "act");
  }
  if (!governedRegions.includes(homeRegion)) {
    throw refusal("governedRegions", `a list that includes ${homeRegion}`, governedRegions);
  }
  if (securityAccount === managementAccount) {
    throw refusal(
      "securityAccount",
      "another account than cordon:managementAccount",
      securityAccount,
    );
  }
  for (const [index, member] of memberAccounts.entries()) {
    const other = (["managementAccount", "securityAccount"] as const).find(
      (key) => settings[key] === member,
    );
    if (other) {
      throw refusal(`memberAccounts[${index}]`, `another account than cordon:${other}`, member);
    }
  }
  const { deploymentRole, breakGlassRoles } = settings;
  const guarded: readonly string[] = [...protectedRolePatterns, ...breakGlassRoles];
  if (!guarded.includes(deploymentRole)) {
    throw refusal(
      "breakGlassRoles",
      `a list that includes cordon:deploymentRole ${deploymentRole}, which no response may touch`,
      breakGlassRoles,
    );
  }
  const { protectedResources, breakGlassUsers, externalId } = settings;
  const length = [
    ...protectedResources,
    ...breakGlassRoles,
    ...breakGlassUsers,
    ...governedRegions,
    externalId,
  ]
    .map((item) => item.length + 3)
    .reduce((sum, item) => sum + item, 0);
  if (length > environmentLimit) {
    throw new pulumi.RunError(
      `cordon:protectedResources, cordon:breakGlassRoles, cordon:breakGlassUsers, cordon:governedRegions and cordon:externalId must together take at most ${environmentLimit} characters, three more for each item, but ${length} were provided`,
    );
  }
}

function checkRegion(provided: string | undefined): void {
  if (provided !== homeRegion) {
    throw new pulumi.RunError(
      `aws:region must be ${homeRegion}, where Cordon stands, but ${quoted(provided)} was provided`,
    );
  }
}

function oneOf<T extends string>(key: string, allowed: readonly T[], value?: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw refusal(key, `one of ${allowed.join(", ")}`, value);
  }
  return found;
}

function between(key: string, least: number, most: number, value?: string): number {
  const number = /^\d{1,6}$/.test(value ?? "") ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw refusal(key, `a whole number from ${least} to ${most}`, value);
  }
  return number;
}

function matching(key: string, shape: Shape, value: unknown): string {
  if (typeof value !== "string" || !shape.pattern.test(value)) {
    throw refusal(key, shape.words, value);
  }
  return value;
}

function listOf(key: string, shape: Shape, json: string | undefined): readonly string[] {
  const values = parsed(json);
  if (!Array.isArray(values)) {
    throw refusal(key, "a list", values ?? json);
  }
  const items = values.map((value, index) => matching(`${key}[${index}]`, shape, value));
  const repeated = items.findIndex((item, index) => items.indexOf(item) < index);
  if (repeated >= 0) {
    throw refusal(`${key}[${repeated}]`, "listed once", items[repeated]);
  }
  return items;
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
}

/** Refuses keys nobody reads: the engine accepts a misspelt key and would deploy the default. */
function refuseUnknownKeys(config: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(config).sort()) {
    const name = key.slice(namespace.length);
    if (key.startsWith(namespace) && !keys.some((known) => known === name)) {
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

function refusal(key: string, limit: string, value: unknown): pulumi.RunError {
  return new pulumi.RunError(
    `${namespace}${key} must be ${limit}, but ${quoted(value)} was provided`,
  );
}

function quoted(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
