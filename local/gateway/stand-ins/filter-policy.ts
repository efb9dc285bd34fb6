/**
 * The filter policies of SNS subscriptions on message attributes: exact strings, prefixes, thresholds of
 * numbers, what is absent or present, and alternatives of attributes.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import * as z from "zod/mini";
import { ApiError, UnknownOperationError } from "../wire/protocol";

const text = z.string().check(z.minLength(1));
const operator = z.enum(["=", ">", ">=", "<", "<="]);
/** SNS keeps five digits after the point, of numbers up to a billion. */
const operand = z.number().check(z.gte(-1e9), z.lte(1e9));
const condition = z.union([
  text,
  z.strictObject({ prefix: text }),
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({
    numeric: z.union([
      z.tuple([operator, operand]),
      z.tuple([z.enum([">", ">="]), operand, z.enum(["<", "<="]), operand]),
    ]),
  }),
]);
const conditions = z.record(
  z.string().check(z.regex(/^[^$]/)),
  z.array(condition).check(z.minLength(1)),
);
/** SNS takes `$or` for an operator only with two alternatives or more. */
const alternatives = z.array(conditions).check(z.minLength(2));

type Condition = z.infer<typeof condition>;
type Conditions = z.infer<typeof conditions>;
type Operator = z.infer<typeof operator>;

/** What attributes must be, and lists of alternatives, one of which must hold. */
export interface Filter {
  readonly all: Conditions;
  readonly or?: readonly Conditions[];
}

/** An attribute as the message has it: of a number SNS compares no text. */
export interface FilteredAttribute {
  readonly type: "String" | "Number";
  readonly value: string;
}

// SNS's quotas.
const mostNames = 5;
const mostCombinations = 150;

/** Reads a filter policy; an operator that it does not carry out is refused by name. */
export function filterOf(policy: string): Filter {
  let given: unknown;
  try {
    given = JSON.parse(policy);
  } catch {
    throw invalid("FilterPolicy: failed to parse JSON");
  }
  if (typeof given !== "object" || given === null) throw invalid("FilterPolicy: not an object");
  const { $or, ...others } = given as Readonly<Record<string, unknown>>;
  const all = conditions.safeParse(others);
  const or = $or === undefined ? undefined : alternatives.safeParse($or);
  const branches = or?.data ?? [];
  const names = new Set([others, ...branches].flatMap((each) => Object.keys(each)));
  if (names.size > mostNames) throw invalid("FilterPolicy: too many keys");
  if (!all.success || or?.success === false || names.size === 0) {
    throw new UnknownOperationError(`the filter policy ${policy}`);
  }
  const count = (of: Conditions) => Object.values(of).reduce((all, each) => all * each.length, 1);
  const alternative = branches.reduce((sum, branch) => sum + count(branch), 0);
  if (count(all.data) * Math.max(1, alternative) > mostCombinations) {
    throw invalid("FilterPolicy: Filter policy is too complex");
  }
  return { all: all.data, ...(or && { or: branches }) };
}

/**
 * Says whether every attribute that the filter names is as it must be, and one of the alternatives holds.
 * What has no attribute at all, SNS passes through no filter, not even one of absence.
 * https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
 */
export function passes(
  attributes: Readonly<Record<string, FilteredAttribute>>,
  filter?: Filter,
): boolean {
  if (filter === undefined) return true;
  if (Object.keys(attributes).length === 0) return false;
  const { all, or } = filter;
  const holds = (of: Conditions) =>
    Object.entries(of).every(([name, allowed]) =>
      allowed.some((each) => meets(attributes[name], each)),
    );
  return holds(all) && (or === undefined || or.some(holds));
}

function meets(attribute: FilteredAttribute | undefined, of: Condition): boolean {
  if (typeof of === "object" && "exists" in of) return (attribute !== undefined) === of.exists;
  if (attribute === undefined) return false;
  const { type, value } = attribute;
  if (typeof of === "object" && "numeric" in of) {
    const [first, limit, second, other] = of.numeric;
    if (type !== "Number") return false;
    const number = Number(value);
    return (
      compares(number, first, limit) &&
      (second === undefined || other === undefined || compares(number, second, other))
    );
  }
  // A number meets numeric conditions alone.
  if (type !== "String") return false;
  return typeof of === "string" ? of === value : value.startsWith(of.prefix);
}

function compares(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case "=":
      return value === limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
  }
}

/** SNS's error for a parameter that is not as it must be. */
export function invalid(what: string): ApiError {
  return new ApiError("InvalidParameter", `Invalid parameter: ${what}`);
}
