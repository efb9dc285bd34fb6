/** Compares IAM statements: whether one allows no more than others do. Pure. */
import type { Statement } from "../functions/model/statement";

/** A statement as a policy document writes it, before anyone has checked it. */
export type RawStatement = Readonly<Record<string, unknown>>;

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const understood = ["Sid", "Effect", "Action", "Resource", "Condition"];

/** Operators that hold for more requests the more values they list. */
const widening = new Set([
  "ArnEquals",
  "ArnLike",
  "Bool",
  "ForAllValues:StringEquals",
  "ForAllValues:StringLike",
  "ForAnyValue:StringEquals",
  "ForAnyValue:StringLike",
  "Null",
  "StringEquals",
  "StringLike",
]);

/**
 * Says what an Allow statement permits beyond the allowed ones; empty when it permits no more.
 * Every action on every resource must be covered by one allowed statement whose conditions it
 * keeps. What cannot be compared, such as NotAction, counts as beyond.
 */
export function excess(statement: RawStatement, allowed: readonly Statement[]): readonly string[] {
  const foreign = Object.keys(statement).filter((key) => !understood.includes(key));
  if (foreign.length > 0) {
    return foreign.map((key) => `uses ${key}, which no derived statement does`);
  }
  const conditions = (statement.Condition ?? {}) as Conditions;
  return listed(statement.Action).flatMap((action) =>
    listed(statement.Resource).flatMap((resource) => {
      const candidates = allowed.filter(
        (candidate) =>
          candidate.effect !== "Deny" &&
          candidate.actions.some((wide) => actionCovers(wide, action)) &&
          candidate.resources.some((wide) => arnCovers(wide, resource)),
      );
      if (candidates.length === 0) {
        return [`allows ${action} on ${resource}, which no step or fact declares`];
      }
      return candidates.some((candidate) => keepsConditions(conditions, candidate.conditions ?? {}))
        ? []
        : [`allows ${action} on ${resource} without the derived conditions`];
    }),
  );
}

/** Checks whether a Deny statement forbids at least what a derived one forbids. */
export function denies(statement: RawStatement, derived: Statement): boolean {
  const actions = listed(statement.Action);
  const resources = listed(statement.Resource);
  return (
    statement.Effect === "Deny" &&
    Object.keys(statement).every((key) => understood.includes(key)) &&
    // A condition on a deny makes it weaker; the derived denies have none.
    statement.Condition === undefined &&
    derived.actions.every((narrow) => actions.some((wide) => actionCovers(wide, narrow))) &&
    derived.resources.every((narrow) => resources.some((wide) => arnCovers(wide, narrow)))
  );
}

/** Action names are not case sensitive. */
export function actionCovers(wide: string, narrow: string): boolean {
  return patternCovers(wide.toLowerCase(), narrow.toLowerCase());
}

/** Compares segment by segment: a wildcard of IAM's does not reach beyond the next colon. */
export function arnCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || narrow === "*") {
    return wide === "*";
  }
  const [wideParts, narrowParts] = [segments(wide), segments(narrow)];
  return (
    wideParts.length === narrowParts.length &&
    wideParts.every((part, index) => patternCovers(part, narrowParts[index]!))
  );
}

/** An ARN's five fields and its resource part, which may hold colons of its own. */
function segments(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function patternCovers(wide: string, narrow: string): boolean {
  const expression = wide
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    // One character covers one character, and never the narrow pattern's own "*".
    .replace(/\?/g, "[^*]");
  return new RegExp(`^${expression}$`, "s").test(narrow);
}

/** Requires each derived condition; further ones only narrow. */
function keepsConditions(actual: Conditions, derived: Conditions): boolean {
  return Object.entries(derived).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const wanted = listed(values);
      const found = actual[operator]?.[key];
      if (found === undefined) {
        return false;
      }
      const given = listed(found);
      const noMore = given.every((value) => wanted.includes(value));
      const noFewer = wanted.every((value) => given.includes(value));
      if (widening.has(operator)) {
        return noMore;
      }
      return operator.includes("Not") ? noFewer : noMore && noFewer;
    }),
  );
}

/** IAM writes a list of one as the value alone. */
function listed(value: unknown): readonly string[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
}
