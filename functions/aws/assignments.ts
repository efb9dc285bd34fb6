/** Writes the part of a DynamoDB update that sets these attributes. Many names are reserved words: each has a placeholder. */
export function assignments(fields: object) {
  const names = Object.keys(fields);
  return {
    expression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
    names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    /** Values that are not marshalled yet. */
    values: Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
  };
}
