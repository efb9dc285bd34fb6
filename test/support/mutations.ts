/** Spoils events as no detector of AWS writes them: by fields, types, lengths, accounts and characters. */
import fc from "fast-check";
import { type Json, type Path, paths } from "./events";

/** One thing that is wrong with an event. */
export interface Mutation {
  /** Which of the event's values, counted from 0 and around. */
  readonly at: number;
  readonly how: string;
}

const deep = JSON.parse(`${"[".repeat(2_000)}${"]".repeat(2_000)}`);
const deepObject = JSON.parse(`${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`);
/** JSON.parse makes it a field of its own; in a literal it would be the prototype. */
const withProto = () =>
  JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null}',
  );

/** What takes the place of a value. */
const values: Readonly<Record<string, unknown>> = {
  null: null,
  "an empty text": "",
  "a blank": " ",
  zero: 0,
  "a negative number": -1,
  "a number beyond all": 1e308,
  "a number as text": "8",
  true: true,
  false: false,
  "an empty list": [],
  "an empty object": {},
  "a list of null": [null],
  "a list within lists": deep,
  "an object within objects": deepObject,
  "keys of the prototype": withProto(),
  "the name of a prototype": "__proto__",
  "the name of a constructor": "constructor",
  "a giant text": "x".repeat(100_000),
  "a giant text of digits": "1".repeat(100_000),
  "a giant list": Array.from({ length: 5_000 }, (_, index) => ({ Type: "AwsEc2Instance", index })),
  "lines and a turned text": "one\ntwo\u0000\u202ethree\u2066\ud800\u200b",
  "figures of other scripts":
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662",
  "an emoji": "😀".repeat(300),
  "a command": "x'; touch canary; $(reboot) `reboot`",
  "another member's account": "333344445555",
  "the security account": "123456789012",
  "a stranger's account": "999988887777",
  "an account of 11 digits": "22223333444",
  "an account with a line after it": "222233334444\n",
  "an account as a number": 222233334444,
  "a stranger's ARN": "arn:aws:iam::999988887777:user/deploy",
  "another partition": "aws-cn",
  "another region": "us-west-2",
  "a region that is none": "https://evil.example/",
  "another source": "aws.guardduty",
  "a source that is none": "cordon.reconcile",
  "another type of event": "GuardDuty Finding",
  "a time that is none": "yesterday",
  "the end of time": "+275760-09-13T00:00:00.000Z",
  "a time ahead": "2027-11-20T10:00:00Z",
  "a time with a remark": `2026-11-20 10:00 (${"so\nit is ".repeat(500)})`,
  "a time of one figure": "0",
  "every resource": "*",
  "a pattern": ".*",
};

/** How a value is changed into another one that is made of it. */
const changes: Readonly<Record<string, (value: unknown) => unknown>> = {
  "left out": () => undefined,
  "as a list": (value) => [value],
  "as a field": (value) => ({ value }),
  "as text": (value) => JSON.stringify(value),
  "as a number": (value) => (typeof value === "string" && Number(value)) || 7,
  "twice as a list": (value) => (Array.isArray(value) ? [...value, ...value] : [value, value]),
  "a list as an object": (value) => (Array.isArray(value) ? { ...value } : value),
  "a list without its first": (value) => (Array.isArray(value) ? value.slice(1) : value),
  "a list turned round": (value) => (Array.isArray(value) ? value.toReversed() : value),
  "a list with a stranger first": (value) =>
    Array.isArray(value) ? [{ Type: "Other", Id: "x", type: "Other", uid: "x" }, ...value] : value,
  "with keys of the prototype": (value) =>
    isObject(value) && !Array.isArray(value) ? { ...value, ...withProto() } : value,
  "with its keys in capitals": (value) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toUpperCase(), each]))
      : value,
  "with a line after it": (value) => onText(value, (text) => `${text}\n`),
  "with a blank before it": (value) => onText(value, (text) => ` ${text}`),
  "with nothing to see after it": (value) => onText(value, (text) => `${text}\u200b`),
  "with a look-alike letter": (value) =>
    onText(value, (text) =>
      text.replace(/[aeo]/, (letter) => ({ a: "а", e: "е", o: "о" })[letter] ?? ""),
    ),
  "in capitals": (value) => onText(value, (text) => text.toUpperCase()),
  "cut short": (value) => onText(value, (text) => text.slice(0, -1)),
  "with more after it": (value) => onText(value, (text) => `${text}/../${text}`),
  "a thousand times": (value) => onText(value, (text) => text.repeat(1_000)),
};

const hows = [...Object.keys(values), ...Object.keys(changes)];

/** One to three things that are wrong. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({ at: fc.nat(2_000), how: fc.constantFrom(...hows) }),
  { minLength: 1, maxLength: 3 },
);

/** Writes the event with all of it wrong, as the body of a message. */
export function spoiledBody(event: Json, wrong: readonly Mutation[]): string {
  const all = paths(event);
  const copy: Json = structuredClone(event);
  for (const { at, how } of wrong) change(copy, all[at % all.length] ?? [], how);
  return JSON.stringify(copy);
}

/** An earlier mutation may have taken away what a later one is about. */
function change(event: Json, path: Path, how: string): void {
  let parent: unknown = event;
  for (const key of path.slice(0, -1)) parent = isObject(parent) ? parent[key] : undefined;
  const key = path.at(-1);
  if (!isObject(parent) || key === undefined || !Object.hasOwn(parent, key)) return;
  const changed = how in values ? values[how] : changes[how]?.(parent[key]);
  if (changed === undefined && !Array.isArray(parent)) delete parent[key];
  else parent[key] = changed;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function onText(value: unknown, make: (text: string) => string): unknown {
  return typeof value === "string" ? make(value) : value;
}
