/** Spoils events one value at a time. */
export type Json = Record<string, unknown>;
export type Path = readonly string[];

/** What a name may be made of, by kind of resource. */
export const wellFormed = {
  sequence: /^[0-9a-zA-Z-]{1,64}$/,
  address: /^[0-9a-f.:]{2,45}$/,
  posture: /^[a-z0-9][a-z0-9.-]{2,62}$/,
  resource: /^[\w/+=.@-]{1,520}$/,
  instance: /^i-([0-9a-f]{8}|[0-9a-f]{17})$/,
  user: /^[\w+=,.@-]{1,64}$/,
  role: /^[\w+=,.@-]{1,64}$/,
  accessKey: /^A(KIA|SIA)[A-Z0-9]{12,124}$/,
};

/** The event with one value replaced, or removed when it is undefined. */
export function spoiled(event: Json, path: Path, value: unknown): Json {
  const copy = structuredClone(event);
  const parent = at(copy, path.slice(0, -1)) as Json;
  const key = path.at(-1)!;
  if (value === undefined) delete parent[key];
  else parent[key] = value;
  return copy;
}

export function removed(event: Json, path: Path): Json {
  return spoiled(event, path, undefined);
}

export function at(event: unknown, path: Path): unknown {
  return path.reduce((value, key) => (value as Json)?.[key], event);
}

export function paths(value: unknown, before: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    [...before, key],
    ...paths((value as Json)[key], [...before, key]),
  ]);
}
