/** Reads a function's variables once, as its code is loaded: a missing one stops it there, by name. */
import type { OwnRoles } from "../catalogue/own-roles";

/** Reads the text of a variable. */
interface Kind<Value> {
  /** The rule for the text, in the words of an error. */
  readonly words: string;
  /** Returns undefined for a text of another kind. */
  read(text: string): Value | undefined;
}

interface Optional<Value> extends Kind<Value> {
  readonly optional: true;
}

type Kinds = Readonly<Record<string, Kind<unknown> & { readonly optional?: true }>>;
type ValueOf<K> = K extends Kind<infer Value> ? Value : never;
type TextOf<K> = ValueOf<K> extends string ? ValueOf<K> : string;
type OptionalKeys<V> = {
  [K in keyof V]: V[K] extends Optional<unknown> ? K : never;
}[keyof V];

/** The texts that a component sets on a function that reads these variables. */
export type Texts<V extends Kinds> = {
  readonly [K in Exclude<keyof V, OptionalKeys<V>>]: TextOf<V[K]>;
} & { readonly [K in OptionalKeys<V>]?: TextOf<V[K]> };

/** The values that the function reads. */
export type Values<V extends Kinds> = {
  readonly [K in keyof V]: K extends OptionalKeys<V> ? ValueOf<V[K]> | undefined : ValueOf<V[K]>;
};

/** A text that is not empty. */
export const text: Kind<string> = {
  words: "a text that is not empty",
  read: (written) => (written === "" ? undefined : written),
};

/** A number without a sign or fraction. */
export const wholeNumber: Kind<number> = {
  words: "a whole number",
  read: (written) => (/^\d+$/.test(written) ? Number(written) : undefined),
};

/** Texts without commas, by commas; an empty one lists nothing. */
export const list: Kind<readonly string[]> = {
  words: "a list by commas",
  read: (written) => written.split(",").filter((item) => item !== ""),
};

/** One of these words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    words: `one of ${words.join(", ")}`,
    read: (written) => words.find((word) => word === written),
  };
}

/** JSON as the component wrote it: its shape is the component's promise. */
export function json<Value extends object>(): Kind<Value> {
  return {
    words: "JSON",
    read(written) {
      try {
        return JSON.parse(written) as Value;
      } catch {
        return undefined;
      }
    },
  };
}

/** A variable that may be absent. */
export function optional<Value>(kind: Kind<Value>): Optional<Value> {
  return { ...kind, optional: true };
}

/** Variables of a function that opens sessions in member accounts. */
export const memberVariables = {
  EXTERNAL_ID: text,
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  ROLE_PATH: text,
} as const;

/** Variables of a function that must know Cordon's own roles. */
export const ownRoleVariables = {
  SECURITY_ACCOUNT: text,
  ROLE_PATH: memberVariables.ROLE_PATH,
  /** Name of the role that deploys, in every account. */
  DEPLOYMENT_ROLE: text,
} as const;

/** Names Cordon's own roles: they ask for nothing by command, and no response touches them unasked. */
export function ownRolesOf(values: Values<typeof ownRoleVariables>): OwnRoles {
  return {
    securityAccount: values.SECURITY_ACCOUNT,
    rolePath: values.ROLE_PATH,
    deploymentRole: values.DEPLOYMENT_ROLE,
  };
}

/**
 * Reads the variables.
 *
 * @throws when any is missing or of another kind, in one sentence that names them all
 */
export function readEnvironment<V extends Kinds>(
  variables: V,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Values<V> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, kind] of Object.entries(variables)) {
    const written = environment[name];
    if (written === undefined) {
      if (!kind.optional) problems.push(`${name} is missing`);
      continue;
    }
    values[name] = kind.read(written);
    if (values[name] === undefined) {
      problems.push(`${name} must be ${kind.words}, but ${JSON.stringify(written)} was provided`);
    }
  }
  if (problems.length > 0) {
    throw new Error(`The function's environment must be deployed again: ${problems.join("; ")}`);
  }
  return values as Values<V>;
}
