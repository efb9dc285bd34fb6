/** Reads the setting that says how far responses go by themselves: for whom, from when, and by which playbook. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type PlaybookId, playbookIds, typePrefixes } from "../functions/catalogue/playbooks";
import type { Response, Rule, StagePolicy, Stance, Tiers } from "../functions/decide/stage-policy";
import { type BrakeSettings, brakeLength } from "./brakes";
import { type CoreSettings, coreLength, environmentLength, environmentLimit } from "./core";
import { nearest } from "./nearest";
import {
  account,
  listOf,
  namespace,
  parsed,
  quoted,
  type Read,
  refusal,
  type Shape,
} from "./values";

export interface PolicySettings {
  readonly policy: StagePolicy;
}

export const policyKeys = ["policy"] as const satisfies readonly (keyof PolicySettings)[];

const unit: Shape = {
  pattern: /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
  words: "the id of an organizational unit, ou-…-…",
};
const tierNames = ["notifyFrom", "askFrom", "automaticFrom"] as const;
const responses = ["automatic", "ask", "dry-run"] as const satisfies readonly Response[];
const others = ["ask", "dry-run"] as const;
const stanceNames = ["response", "types", "others", ...tierNames] as const;
const ruleNames = ["accounts", "units", "playbooks", ...stanceNames] as const;
const names = [...tierNames, "playbooks", "rules"] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Reads it. @throws pulumi.RunError naming what is wrong, or by how much it is too long */
export function readPolicy(text: Read, core: CoreSettings, brakes: BrakeSettings): PolicySettings {
  const policy = policyOf(parsed(text("policy")) ?? text("policy"));
  const room = environmentLimit - coreLength(core) - brakeLength(brakes);
  // Quotes count twice.
  const length = environmentLength(JSON.stringify(policy));
  if (length > room) {
    throw new pulumi.RunError(
      `${namespace}policy must take at most ${room} characters as JSON, beside the lists that share the functions' environment with it, but it takes ${length}, ${length - room} too many: use fewer rules, or units in place of accounts`,
    );
  }
  return { policy };
}

/** Names what the policy says of a playbook in eight characters. */
export function policyRevision(
  mode: CoreSettings["mode"],
  { playbooks, rules, ...tiers }: StagePolicy,
  playbook: PlaybookId,
): string {
  const own = rules.filter((rule) => rule.playbooks?.includes(playbook) ?? true);
  const text = JSON.stringify([mode, tiers, playbooks[playbook], own]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Checks a policy. @throws pulumi.RunError naming the first thing that is wrong */
export function policyOf(given: unknown): StagePolicy {
  const fields = fieldsOf("policy", names, given);
  const tiers = {
    ...tiersOf("policy", fields),
    notifyFrom: tierOf("policy.notifyFrom", fields.notifyFrom),
    automaticFrom: tierOf("policy.automaticFrom", fields.automaticFrom),
  };
  checkTiers("policy", tiers);
  const policy = {
    ...tiers,
    playbooks: playbooksOf(fields.playbooks, tiers),
    rules: rulesOf(fields.rules, tiers),
  };
  checkTogether(policy.rules);
  return policy;
}

function playbooksOf(given: unknown, tiers: Tiers): StagePolicy["playbooks"] {
  const entries = Object.entries(fieldsOf("policy.playbooks", playbookIds, given));
  return Object.fromEntries(
    entries.map(([id, each]) => {
      const at = `policy.playbooks.${id}`;
      const fields = fieldsOf(at, stanceNames, each);
      const response = oneOf(`${at}.response`, responses, fields.response);
      return [id, { response, ...stanceOf(at, fields, [id as PlaybookId], tiers) }];
    }),
  );
}

function rulesOf(given: unknown, tiers: Tiers): readonly Rule[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw refusal("policy.rules", "a list", given);
  return given.map((each, index) => {
    const at = `policy.rules[${index}]`;
    const fields = fieldsOf(at, ruleNames, each);
    const places = {
      ...(fields.accounts !== undefined && {
        accounts: filled(`${at}.accounts`, account, fields.accounts),
      }),
      ...(fields.units !== undefined && { units: filled(`${at}.units`, unit, fields.units) }),
    };
    if (Object.keys(places).length === 0) {
      throw refusal(at, "about accounts or units, or else an entry of playbooks", each);
    }
    const playbooks =
      fields.playbooks === undefined
        ? undefined
        : playbookList(`${at}.playbooks`, fields.playbooks);
    const stance = stanceOf(at, fields, playbooks, tiers);
    if (Object.keys(stance).length === 0) {
      throw refusal(
        at,
        `an object with response, ${tierNames.join(", ")} or several of them`,
        each,
      );
    }
    if (stance.response === "automatic" && playbooks === undefined) {
      throw refusal(
        `${at}.playbooks`,
        "a list where the response is automatic, because a new playbook begins in dry run",
        undefined,
      );
    }
    return { ...places, ...(playbooks && { playbooks }), ...stance };
  });
}

function stanceOf(
  at: string,
  fields: Fields,
  playbooks: readonly PlaybookId[] | undefined,
  outer: Tiers,
): Stance {
  const response =
    fields.response === undefined ? undefined : oneOf(`${at}.response`, responses, fields.response);
  if (fields.types !== undefined && response !== "automatic") {
    throw refusal(`${at}.response`, "automatic beside types, which are automatic first", response);
  }
  if (fields.others !== undefined && fields.types === undefined) {
    throw refusal(`${at}.types`, "a list beside others, which is about all other types", undefined);
  }
  const tiers = tiersOf(at, fields);
  checkTiers(at, { ...outer, ...tiers });
  return {
    ...(response && { response }),
    ...(fields.types !== undefined && {
      types: typeList(`${at}.types`, fields.types, playbooks ?? []),
    }),
    ...(fields.others !== undefined && { others: oneOf(`${at}.others`, others, fields.others) }),
    ...tiers,
  };
}

function tiersOf(at: string, fields: Fields): Partial<Tiers> {
  const given = tierNames.filter((name) => fields[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, tierOf(`${at}.${name}`, fields[name])]));
}

function tierOf(key: string, value: unknown): number {
  const number = /^(\d(\.\d)?|10(\.0)?)$/.test(`${value}`) ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) {
    throw refusal(key, "a severity from 0 to 10 with at most one decimal", value);
  }
  return number;
}

function checkTiers(
  at: string,
  { notifyFrom, automaticFrom, askFrom = automaticFrom }: Tiers,
): void {
  if (notifyFrom <= askFrom && askFrom <= automaticFrom) return;
  throw new pulumi.RunError(
    `${namespace}${at} must have notifyFrom, askFrom and automaticFrom in rising order, but with those of ${namespace}policy they are ${notifyFrom}, ${askFrom} and ${automaticFrom}`,
  );
}

/** Refuses two rules that say different things of the same account or unit, and are equally specific. */
function checkTogether(rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    for (const [before, other] of rules.slice(0, index).entries()) {
      const place = sharedPlace(rule, other);
      const member = contradiction(rule, other);
      if (place !== undefined && member !== undefined) {
        throw new pulumi.RunError(
          `${namespace}policy.rules[${index}] must not contradict ${namespace}policy.rules[${before}], but of ${place} one says ${member} ${quoted(rule[member])} and the other ${quoted(other[member])}`,
        );
      }
    }
  }
}

function sharedPlace(rule: Rule, other: Rule): string | undefined {
  const isAsSpecific =
    rule.playbooks === undefined
      ? other.playbooks === undefined
      : rule.playbooks.some((id) => other.playbooks?.includes(id));
  if (!isAsSpecific) return undefined;
  const find = (kind: "account" | "unit") => {
    const id = rule[`${kind}s`]?.find((each) => other[`${kind}s`]?.includes(each));
    return id === undefined ? undefined : `${kind} ${id}`;
  };
  return find("account") ?? find("unit");
}

/** Response and tiers are taken from one rule each: what only one of two says of them differs, too. */
function contradiction(rule: Rule, other: Rule): (typeof stanceNames)[number] | undefined {
  return [["response", "types", "others"] as const, tierNames]
    .filter((group) =>
      [rule, other].every((each) => group.some((name) => each[name] !== undefined)),
    )
    .flat()
    .find((name) => JSON.stringify(rule[name]) !== JSON.stringify(other[name]));
}

function playbookList(key: string, given: unknown): readonly PlaybookId[] {
  const found = filled(key, { pattern: /^/, words: "a playbook" }, given);
  return found.map((name, index) => {
    const id = playbookIds.find((each) => each === name);
    if (id === undefined) throw unlike(refusal(`${key}[${index}]`, "a playbook", name), name);
    return id;
  });
}

function typeList(
  key: string,
  given: unknown,
  playbooks: readonly PlaybookId[],
): readonly string[] {
  const known = playbooks.flatMap(typePrefixes);
  const shape = {
    pattern: /^[A-Za-z][\w.:/!&-]{2,255}\*?$/,
    words: "a finding type, or its beginning and *",
  };
  const found = filled(key, shape, given);
  const stranger = found.findIndex((type) => {
    const beginning = type.replace(/\*$/, "");
    return !known.some(
      (prefix) =>
        beginning.startsWith(prefix) || (type.endsWith("*") && prefix.startsWith(beginning)),
    );
  });
  if (stranger >= 0) {
    const [type = "", family = ""] = [found[stranger], found[stranger]?.replace(/\/.*$/, "/")];
    const words = `a finding type of ${playbooks.join(" or ")}`;
    throw unlike(refusal(`${key}[${stranger}]`, words, type), family, known);
  }
  return found;
}

function unlike(
  error: pulumi.RunError,
  given: string,
  known: readonly string[] = playbookIds,
): pulumi.RunError {
  return new pulumi.RunError(`${error.message}; did you mean ${nearest(given, known)}?`);
}

function filled(key: string, shape: Shape, given: unknown): readonly string[] {
  if (Array.isArray(given) && given.length === 0) {
    throw refusal(key, "a list of at least one", given);
  }
  return listOf(key, shape, JSON.stringify(given));
}

function oneOf<T extends string>(key: string, allowed: readonly T[], value: unknown): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw refusal(key, `one of ${allowed.join(", ")}`, value);
  return found;
}

function fieldsOf(at: string, known: readonly string[], given: unknown): Fields {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refusal(at, `an object with ${known.join(", ")}`, given);
  }
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new pulumi.RunError(
      `${namespace}${at} has no ${quoted(stranger)}; did you mean ${nearest(stranger, known)}?`,
    );
  }
  return given as Fields;
}
