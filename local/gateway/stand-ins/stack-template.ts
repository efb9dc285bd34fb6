/**
 * Reads a CloudFormation template, as far as Cordon's baseline uses the language: JSON, resources
 * with DependsOn, and texts with pseudo parameters by Fn::Sub. What CloudFormation itself refuses is
 * refused in its words; every other part of the language is refused by name.
 */
import { ApiError, UnknownOperationError } from "../wire/protocol";

export interface TemplateResource {
  readonly id: string;
  readonly type: string;
  /** As written, with its Fn::Sub. */
  readonly properties: unknown;
  readonly dependsOn: readonly string[];
}

/** What the pseudo parameters stand for. */
export interface StackPlace {
  readonly account: string;
  readonly region: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Bytes of a template that is passed as text. */
const largest = 51_200;
const mostResources = 500;

const templateKeys = new Set(["AWSTemplateFormatVersion", "Description", "Resources"]);
const resourceKeys = new Set([
  "Type",
  "Properties",
  "DependsOn",
  "DeletionPolicy",
  "UpdateReplacePolicy",
]);

/**
 * Reads the resources in the order in which they are made: each after what it depends on. Among
 * those that could be next the last one written comes first. CloudFormation starts them all at once,
 * so that a missing DependsOn fails there now and then; here it fails every time.
 */
export function readTemplate(body: string): readonly TemplateResource[] {
  const size = Buffer.byteLength(body);
  if (size > largest) {
    throw invalid(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${largest}, but it has ${size} bytes`,
    );
  }
  const template = parse(body);
  refuseUnknown("the template section", template, templateKeys);
  const resources = template.Resources;
  if (!isObject(resources) || Object.keys(resources).length === 0) {
    throw invalid("Template format error: At least one Resources member must be defined.");
  }
  const read = Object.entries(resources).map(([id, resource]) => readResource(id, resource));
  if (read.length > mostResources) {
    throw invalid(
      `Template format error: Number of resources, ${read.length}, is greater than maximum allowed, ${mostResources}`,
    );
  }
  return inOrder(read);
}

function parse(body: string): Json {
  if (!body.trimStart().startsWith("{")) {
    throw new UnknownOperationError("a template that is not a JSON object");
  }
  try {
    return JSON.parse(body) as Json;
  } catch (error) {
    throw invalid(`Template format error: JSON not well-formed. (${(error as Error).message})`);
  }
}

function readResource(id: string, resource: unknown): TemplateResource {
  if (!/^[A-Za-z0-9]+$/.test(id)) {
    throw invalid(`Template format error: Resource name ${id} is non alphanumeric.`);
  }
  if (!isObject(resource)) {
    throw invalid("Template format error: Any Resources member must be an object.");
  }
  refuseUnknown(`the attribute of resource ${id},`, resource, resourceKeys);
  // What happens without them: here nothing is kept.
  for (const policy of ["DeletionPolicy", "UpdateReplacePolicy"]) {
    if ((resource[policy] ?? "Delete") !== "Delete") {
      throw new UnknownOperationError(`the ${policy} ${resource[policy]} of resource ${id}`);
    }
  }
  if (typeof resource.Type !== "string") {
    throw invalid(
      "Template format error: [/Resources] Every Resources object must contain a Type member.",
    );
  }
  const { Type: type, Properties: properties = {}, DependsOn: dependsOn = [] } = resource;
  const dependencies = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  if (!dependencies.every((each) => typeof each === "string")) {
    throw invalid("Template format error: DependsOn must be a string or list of strings.");
  }
  // Throws on any intrinsic function but Fn::Sub.
  resolve(properties, { account: "000000000000", region: "us-east-1" });
  return { id, type, properties, dependsOn: dependencies };
}

function inOrder(resources: readonly TemplateResource[]): readonly TemplateResource[] {
  const ids = new Set(resources.map(({ id }) => id));
  const unresolved = resources.flatMap(({ dependsOn }) => dependsOn.filter((id) => !ids.has(id)));
  if (unresolved.length > 0) {
    throw invalid(
      `Template format error: Unresolved resource dependencies [${unresolved.join(", ")}] in the Resources block of the template`,
    );
  }
  const done = new Set<string>();
  const ordered: TemplateResource[] = [];
  let rest = [...resources].reverse();
  while (rest.length > 0) {
    const next = rest.find(({ dependsOn }) => dependsOn.every((id) => done.has(id)));
    if (!next) {
      const circle = rest.map(({ id }) => id).sort();
      throw invalid(`Circular dependency between resources: [${circle.join(", ")}]`);
    }
    done.add(next.id);
    ordered.push(next);
    rest = rest.filter((each) => each !== next);
  }
  return ordered;
}

/** Writes properties out for a place: every Fn::Sub becomes its text. */
export function resolve(value: unknown, place: StackPlace): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, place));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const [key = ""] = keys;
  if (keys.length === 1 && (key.startsWith("Fn::") || key === "Ref" || key === "Condition")) {
    // IAM's own element of that name holds an object; the intrinsic function names a condition.
    if (key === "Condition" && isObject(value.Condition)) return resolveEach(value, place);
    const text = value["Fn::Sub"];
    if (typeof text === "string") return substitute(text, place);
    throw new UnknownOperationError(
      key === "Fn::Sub" ? "Fn::Sub with a list" : `the intrinsic function ${key} in a template`,
    );
  }
  const intrinsic = keys.find((each) => each.startsWith("Fn::"));
  if (intrinsic) {
    throw invalid(
      `Template error: ${intrinsic} cannot stand beside other keys: ${keys.join(", ")}`,
    );
  }
  return resolveEach(value, place);
}

function resolveEach(value: Json, place: StackPlace): Json {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, resolve(each, place)]),
  );
}

function substitute(text: string, { account, region }: StackPlace): string {
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::AccountId": account,
    "AWS::Partition": "aws",
    "AWS::Region": region,
    "AWS::URLSuffix": "amazonaws.com",
  };
  return text.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    // "${!x}" is CloudFormation's way to write "${x}", as policies use it for their own variables.
    if (name.startsWith("!")) return `\${${name.slice(1)}}`;
    const found = pseudo[name];
    if (found === undefined) throw new UnknownOperationError(`\${${name}} in Fn::Sub`);
    return found;
  });
}

function refuseUnknown(what: string, given: Json, known: ReadonlySet<string>): void {
  const foreign = Object.keys(given).find((key) => !known.has(key));
  if (foreign) throw new UnknownOperationError(`${what} ${foreign}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string): ApiError {
  return new ApiError("ValidationError", message);
}
