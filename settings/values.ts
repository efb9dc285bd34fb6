/** Reads single values of the stack's configuration; a bad one is refused in one sentence. */
import * as pulumi from "@pulumi/pulumi";

/** Reads a key's value as the engine hands it over: text, compound values as JSON. */
export type Read = (key: string) => string | undefined;

export const namespace = "cordon:";

/** Rules for values, each with the words that an error uses for it. */
export interface Shape {
  readonly pattern: RegExp;
  readonly words: string;
}

export const account: Shape = { pattern: /^\d{12}$/, words: "a 12-digit account id" };
export const organization: Shape = {
  pattern: /^o-[a-z0-9]{10,32}$/,
  words: "an organization id, o- and 10 to 32 lower-case letters or digits",
};
export const region: Shape = {
  pattern: /^(?!us-gov-|us-iso|cn-|eusc-|eu-iso)[a-z]{2}(-[a-z]+)+-\d$/,
  words: "a region of the aws partition",
};
// What IAM accepts as the name of a role.
export const roleName: Shape = {
  pattern: /^[\w+=,.@-]{1,64}$/,
  words: "the name of a role, 1 to 64 letters, digits or +=,.@_-",
};
// No leading wildcard: a bare "*" would forbid the responder to touch any role at all.
export const rolePattern: Shape = {
  pattern: /^[\w+=,.@-][\w+=,.@/-]{0,510}\*?$/,
  words: "the name or path of a role, without a leading slash, with * only at the end",
};
export const userPattern: Shape = {
  pattern: rolePattern.pattern,
  words: "the name or path of a user, without a leading slash, with * only at the end",
};
// STS's own pattern for ExternalId.
export const externalId: Shape = {
  pattern: /^[\w+=,.@:/-]{2,1224}$/,
  words: "2 to 1224 letters, digits or +=,.@:/_-",
};
// Responders get the ARNs as one comma-separated variable.
export const arn: Shape = {
  pattern: /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^\s,]+$/,
  words: "an ARN of the aws partition without commas",
};

// The root's and a unit's ids as Organizations writes them.
export const unit: Shape = {
  pattern: /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/,
  words: "the id of a root, r-…, or of an organizational unit, ou-…-…",
};
// IAM takes 512 characters, but functions get the path among others in one environment.
export const rolePath: Shape = {
  pattern: /^(?!\/aws-(service-role|reserved)\/)(?=.{1,128}$)\/([\w+=,.@-]+\/)*$/,
  words: "a path of roles, / or /…/ of at most 128 characters, and none of AWS's own",
};
// A boundary must exist in the role's account, so that no account's ARN would do for all.
export const boundary: Shape = {
  pattern: /^(arn:aws:iam::aws:policy\/)?([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/,
  words: "none, the ARN of a policy of AWS's, or the name of a policy that exists in every account",
};

export function oneOf<T extends string>(key: string, allowed: readonly T[], value?: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw refusal(key, `one of ${allowed.join(", ")}`, value);
  }
  return found;
}

export function between(key: string, least: number, most: number, value?: string): number {
  const number = /^\d{1,6}$/.test(value ?? "") ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw refusal(key, `a whole number from ${least} to ${most}`, value);
  }
  return number;
}

export function matching(key: string, shape: Shape, value: unknown): string {
  if (typeof value !== "string" || !shape.pattern.test(value)) {
    throw refusal(key, shape.words, value);
  }
  return value;
}

export function listOf(key: string, shape: Shape, json: string | undefined): readonly string[] {
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

export function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
}

export function refusal(key: string, limit: string, value: unknown): pulumi.RunError {
  return new pulumi.RunError(
    `${namespace}${key} must be ${limit}, but ${quoted(value)} was provided`,
  );
}

export function quoted(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
