/**
 * Matches events as Amazon EventBridge does. Amazon publishes its engine (Event Ruler, in Java);
 * test/cases/event-patterns.json holds its verdicts, and this matcher is compared with them.
 */

type Test = (value: unknown) => boolean;
type Fields = Record<string, unknown>;

/** What one field of the event must be. `absent`: a missing field will do. */
type Condition = { path: string; tests: Test[]; absent: boolean };

/** The element (value) of each array (key) that contains a leaf. */
type Places = ReadonlyMap<unknown, number>;
type Leaf = { path: string; value: unknown; places: Places };

/**
 * Compiles a rule's event pattern into the test of what it admits, an event that may be anything.
 * Throws on a pattern that EventBridge would not have accepted and, by name, on an operator that
 * this matcher lacks.
 */
export function matcher(pattern: object): (event: unknown) => boolean {
  const alternatives = compile(pattern, "");
  const paths = new Set(alternatives.flat().flatMap(({ path }) => waysTo(path)));
  return (event) => {
    // EventBridge delivers objects: a list is no event, though its elements may look like one.
    if (!isObject(event)) return false;
    const leaves = leavesOf(event, "", new Map(), paths);
    return alternatives.some((conditions) => satisfied(conditions, leaves));
  };
}

/** Matches an event against an event pattern. Throws as `matcher` does, whatever the event. */
export function matches(pattern: object, event: unknown): boolean {
  return matcher(pattern)(event);
}

function satisfied(conditions: readonly Condition[], leaves: readonly Leaf[]): boolean {
  const choices: Places[][] = [];
  for (const { path, absent, tests } of conditions) {
    const there = leaves.filter((leaf) => leaf.path === path);
    if (there.length === 0 && absent) continue;
    const fit = there.filter(({ value }) => tests.some((test) => test(value)));
    if (fit.length === 0) return false;
    choices.push(fit.map(({ places }) => places));
  }
  return consistent(binding(choices), new Map());
}

/** Leaves out the arrays that one condition alone reaches into, or a long one is searched in vain. */
function binding(choices: readonly Places[][]): Places[][] {
  const reached = choices.map((choice) => new Set(choice.flatMap((each) => [...each.keys()])));
  const shared = (array: unknown) => reached.filter((arrays) => arrays.has(array)).length > 1;
  return choices
    .map((choice) => choice.map((each) => new Map([...each].filter(([array]) => shared(array)))))
    .filter((choice) => choice.every((each) => each.size > 0));
}

/** Finds one place per condition such that no two are in different elements of one array. */
function consistent([choice, ...rest]: readonly Places[][], taken: Places): boolean {
  if (choice === undefined) return true;
  return choice.some(
    (places) =>
      [...places].every(([array, index]) => (taken.get(array) ?? index) === index) &&
      consistent(rest, new Map([...taken, ...places])),
  );
}

/** Lists within lists that are looked into: events of AWS have at most some, and a stranger's thousands. */
const mostLists = 50;

/**
 * Flattens what lies on these paths of an event; an event may be large, deep, and a stranger's. Empty
 * arrays and objects leave no leaf: to EventBridge they do not exist.
 */
function leavesOf(
  value: unknown,
  path: string,
  places: Leaf["places"],
  paths: ReadonlySet<string>,
): Leaf[] {
  if (Array.isArray(value)) {
    if (places.size >= mostLists) return [];
    return value.flatMap((element, i) =>
      leavesOf(element, path, new Map(places).set(value, i), paths),
    );
  }
  if (isObject(value))
    return Object.entries(value).flatMap(([key, inner]) => {
      const way = join(path, key);
      return paths.has(way) ? leavesOf(inner, way, places, paths) : [];
    });
  return value === undefined ? [] : [{ path, value, places }];
}

/** Lists a path and all that lead to it: `a.b.c`, `a.b` and `a`. */
function waysTo(path: string): string[] {
  const dots = [...path].flatMap((character, i) => (character === "." ? [i] : []));
  return [path, ...dots.map((dot) => path.slice(0, dot))];
}

/** Gives the alternatives that `$or` spans; all conditions of one of them must hold. */
function compile(pattern: unknown, path: string): Condition[][] {
  demand(isObject(pattern), `"${path}" of an event pattern must be an object or an array`);
  demand(Object.keys(pattern).length > 0, `"${path}" of an event pattern must not be empty`);
  let alternatives: Condition[][] = [[]];
  for (const [key, inner] of Object.entries(pattern)) {
    const choices = key === "$or" ? either(inner, path) : compileField(inner, join(path, key));
    alternatives = alternatives.flatMap((left) => choices.map((right) => [...left, ...right]));
  }
  for (const conditions of alternatives) {
    const twice = conditions.find((one, i) => conditions.findIndex((c) => c.path === one.path) < i);
    // Amazon's engine lets the one written last win: the order of keys would decide.
    demand(!twice, `"${twice?.path}" occurs twice in an event pattern: write it once`);
  }
  return alternatives;
}

function either(choices: unknown, path: string): Condition[][] {
  const fields = (choice: unknown) =>
    isObject(choice) && !Object.keys(choice).some((key) => operators.has(key));
  // Otherwise EventBridge takes "$or" for the name of a field, which is never meant.
  demand(
    Array.isArray(choices) && choices.length > 1 && choices.every(fields),
    "$or must be an array of two or more objects that hold fields, not operators",
  );
  return choices.flatMap((choice) => compile(choice, path));
}

function compileField(inner: unknown, path: string): Condition[][] {
  if (!Array.isArray(inner)) return compile(inner, path);
  demand(inner.length > 0, `"${path}" of an event pattern must not be empty`);
  const absent = inner.some((value) => isObject(value) && value.exists === false);
  return [[{ path, absent, tests: inner.map(compileValue) }]];
}

function compileValue(expected: unknown): Test {
  demand(!Array.isArray(expected), "an event pattern must not hold an array inside an array");
  if (!isObject(expected)) return (value) => value === expected;
  const name = Object.keys(expected).join(" and ");
  const operator = operators.get(name);
  demand(operator, `event pattern operator "${name}" is not known here`);
  return operator(expected[name]);
}

const operators = new Map<string, (operand: unknown) => Test>([
  ["prefix", onText("prefix", (value, word) => value.startsWith(word))],
  ["suffix", onText("suffix", (value, word) => value.endsWith(word))],
  ["equals-ignore-case", onText("equals-ignore-case", (a, b) => lower(a) === lower(b))],
  ["wildcard", onText("wildcard", (value, glob) => wildcard(glob).test(value))],
  ["numeric", numeric],
  ["anything-but", anythingBut],
  ["exists", exists],
]);

function onText(name: string, holds: (value: string, operand: string) => boolean) {
  return (operand: unknown): Test => {
    demand(typeof operand === "string", `${name} must be a string`);
    holds("", operand); // A malformed operand is refused whatever the event.
    return (value) => typeof value === "string" && holds(value, operand);
  };
}

/** Treats `*` as any characters; a backslash takes the meaning from `*` and from itself. */
function wildcard(glob: string): RegExp {
  demand(/^(\\[*\\]|\*(?!\*)|[^\\*])*$/.test(glob), `wildcard "${glob}" is malformed`);
  const source = glob.replace(/\\[*\\]|[^\\]/g, (token) =>
    token === "*" ? "[^]*" : token.slice(-1).replace(/[$()*+.?[\\\]^{|}]/, "\\$&"),
  );
  return new RegExp(`^${source}$`);
}

/** Takes one comparison, or a lower and then an upper limit. */
function numeric(operand: unknown): Test {
  const parts: unknown[] = Array.isArray(operand) ? operand : [];
  const shape = parts.map((part) => (typeof part === "number" ? "n" : part)).join(" ");
  const [name, limit, upper, top] = parts as [string, number, string?, number?];
  const isRange = /^>=? n <=? n$/.test(shape) && limit < Number(top);
  demand(isRange || /^(=|[<>]=?) n$/.test(shape), `numeric [${parts}] is malformed`);
  const holds = (value: number, comparison: string, bound: number) =>
    (comparison.endsWith("=") && value === bound) ||
    (comparison.startsWith(">") && value > bound) ||
    (comparison.startsWith("<") && value < bound);
  return (value) =>
    typeof value === "number" &&
    holds(value, name, limit) &&
    (!isRange || holds(value, String(upper), Number(top)));
}

/** Negates; on an array of the event it holds as soon as one element differs. */
function anythingBut(operand: unknown): Test {
  if (isObject(operand)) {
    const name = Object.keys(operand).join(" and ");
    const isKnown = name === "prefix" || name === "suffix";
    demand(isKnown, `event pattern operator "anything-but ${name}" is not known here`);
    demand(operand[name] !== "", `anything-but ${name} must not be empty`);
    const holds = compileValue(operand);
    return (value) => !holds(value);
  }
  const values = [operand].flat();
  const [kind = "", ...kinds] = new Set(values.map((value) => typeof value));
  demand(
    ["string", "number"].includes(kind) && kinds.length === 0,
    "anything-but must be strings or numbers, not both",
  );
  return (value) => !values.includes(value);
}

function exists(operand: unknown): Test {
  demand(typeof operand === "boolean", "exists must be true or false");
  return () => operand;
}

const lower = (word: string) => word.toLowerCase();
const join = (path: string, key: string) => (path === "" ? key : `${path}.${key}`);
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function demand(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
