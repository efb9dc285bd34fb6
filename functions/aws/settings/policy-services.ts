/** Finds in a resource's policy the services of AWS that it lets in. */
import type { Value } from "../../catalogue/controls/control";

type Fields = { readonly [key: string]: Value };

/** Lists their principals, such as "cloudtrail.amazonaws.com", that a policy allows something. */
export function servicesIn(policy: Value): readonly string[] {
  const allowed = all(fieldsOf(policy).Statement)
    .map(fieldsOf)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Principal }) => all(fieldsOf(Principal).Service));
  return [...new Set(allowed.map(String))].sort();
}

function fieldsOf(value: Value | undefined): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function all(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
