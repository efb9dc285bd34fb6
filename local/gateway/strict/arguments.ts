/**
 * Validates the arguments of every call against the service's own model: required, type, length,
 * range, pattern and enumeration. The emulator and the stand-ins look at few of them.
 */

import {
  type Member,
  modelOf,
  type ServiceModel,
  type Shape,
  sentAs,
  shapeOf,
} from "../wire/models";
import { type ApiCall, ApiError, header, parseXml, UnknownOperationError } from "../wire/protocol";

/** Throws the service's own validation error, naming the parameter. Unknown operations pass. */
export function checkArguments(call: ApiCall, models: string): void {
  const model = modelOf(models, call);
  const input = model.operations[call.operation]?.input;
  // Whether it is answered at all is decided elsewhere, which knows a better name.
  if (!input) return;
  const problem = new Check(call, model).input(shapeOf(model, input));
  if (problem) throw errorOf(call, model, problem);
}

interface Problem {
  readonly kind: "missing" | "invalid" | "unknown" | "type";
  /** Path of the parameter. */
  readonly at: string;
  readonly value: unknown;
  /** What the parameter must be, as AWS writes it. */
  readonly must: string;
}

interface Field {
  readonly name: string;
  readonly member: Member;
  /** Its name on the wire. */
  readonly sentAs: string;
}

const fields = new WeakMap<Shape, readonly Field[]>();

class Check {
  constructor(
    private readonly call: ApiCall,
    private readonly model: ServiceModel,
  ) {}

  input(shape: Shape): Problem | undefined {
    const { payload } = shape;
    for (const field of this.#fields(shape)) {
      const { name, member } = field;
      // A body that is bytes is not looked into.
      if (name === payload && shapeOf(this.model, member).type !== "structure") continue;
      const value = name === payload ? this.#body(member) : this.#sent(field, this.call.parameters);
      const problem = this.#member(shape, field, value, "");
      if (problem) return problem;
    }
    return this.#unknown(shape, this.call.parameters, "");
  }

  /** The members of a payload are the top level of the body. */
  #body(member: Member): unknown {
    if (this.call.protocol !== "rest-xml") {
      return Object.keys(this.call.parameters).length > 0 ? this.call.parameters : undefined;
    }
    const { "?xml": _, ...roots } = parseXml(this.call.http.body.toString());
    const [root] = Object.values(roots);
    return root === "" && shapeOf(this.model, member).type === "structure" ? {} : root;
  }

  #sent({ name, member, sentAs }: Field, parent: Readonly<Record<string, unknown>>): unknown {
    const { location } = member;
    if (location === "header") return header(this.call.http, sentAs.toLowerCase());
    if (location === "headers" || member.xmlAttribute) return undefined;
    // The SDK's tables, which name the parts of a path, spell some of them like the member.
    if (location === "uri") return parent[sentAs] ?? parent[name];
    return parent[sentAs];
  }

  #fields(shape: Shape): readonly Field[] {
    const known = fields.get(shape);
    if (known) return known;
    const read = Object.entries(shape.members ?? {}).map(([name, member]) => ({
      name,
      member,
      sentAs: sentAs(this.model, this.call.protocol, name, member),
    }));
    fields.set(shape, read);
    return read;
  }

  #member(
    parent: Shape,
    { name, member }: Field,
    value: unknown,
    path: string,
  ): Problem | undefined {
    const missing = value === undefined || value === null;
    const unseen = member.location === "headers" || member.xmlAttribute;
    if (missing && (unseen || !parent.required?.includes(name))) return undefined;
    const at = `${path}${uncapitalized(name)}`;
    if (missing) return { kind: "missing", at, value: null, must: "not be null" };
    const textual = this.#textual || member.location !== undefined;
    return this.#value(shapeOf(this.model, member), member, value, at, textual);
  }

  /** Whether the wire has text alone. */
  get #textual(): boolean {
    return !["json", "rest-json"].includes(this.call.protocol);
  }

  #value(
    shape: Shape,
    member: Member,
    value: unknown,
    at: string,
    textual: boolean,
  ): Problem | undefined {
    switch (shape.type) {
      case "structure":
        return this.#structure(shape, value, at);
      case "list":
        return this.#list(shape, member, value, at, textual);
      case "map":
        return this.#map(shape, value, at);
      case "string":
      case "character":
        return typeof value !== "string"
          ? wrongType(at, value, "a string")
          : textProblem(shape, value, at);
      case "blob":
        return typeof value === "string"
          ? rangeProblem("length", shape, Buffer.byteLength(value, "base64"), at, value)
          : wrongType(at, value, "a string");
      case "integer":
      case "long":
      case "float":
      case "double":
        return numberProblem(shape, textual ? toNumber(value) : value, at);
      case "boolean":
        return (textual ? ["true", "false"].includes(String(value)) : typeof value === "boolean")
          ? undefined
          : wrongType(at, value, "a boolean");
      case "timestamp":
        return ["string", "number"].includes(typeof value)
          ? undefined
          : wrongType(at, value, "a time");
      default:
        throw new UnknownOperationError(`${this.call.service}: a parameter of type ${shape.type}`);
    }
  }

  #structure(shape: Shape, value: unknown, at: string): Problem | undefined {
    if (shape.document) return undefined;
    // In a query, an empty structure is its name alone.
    const content = this.#textual && value === "" ? {} : value;
    if (!isObject(content)) return wrongType(at, value, "a structure");
    for (const field of this.#fields(shape)) {
      const problem = this.#member(shape, field, this.#sent(field, content), `${at}.`);
      if (problem) return problem;
    }
    return this.#unknown(shape, content, `${at}.`);
  }

  /** Checks whether items are below their name: in a query "member" is left out already, and no other. */
  #wrapsIn(item: Member): boolean {
    const { protocol } = this.call;
    return protocol === "rest-xml" || (protocol === "query" && item.locationName !== undefined);
  }

  #list(
    shape: Shape,
    member: Member,
    value: unknown,
    at: string,
    textual: boolean,
  ): Problem | undefined {
    const item = shape.member as Member;
    const wrapped =
      this.#wrapsIn(item) && !shape.flattened && !member.flattened && isObject(value)
        ? value[item.locationName ?? "member"]
        : value;
    if (!textual && !Array.isArray(wrapped)) return wrongType(at, value, "a list");
    // Text on the wire does not tell a list of one from its member, nor an empty one from nothing.
    const items = Array.isArray(wrapped) ? wrapped : wrapped === "" ? [] : [wrapped];
    const of = shapeOf(this.model, item);
    for (const [index, each] of items.entries()) {
      const place = `${at}.${index + 1}.member`;
      const problem =
        each === null
          ? ({ kind: "missing", at: place, value: null, must: "not be null" } as const)
          : this.#value(of, item, each, place, textual);
      if (problem) return problem;
    }
    return rangeProblem("length", shape, items.length, at, value);
  }

  #map(shape: Shape, value: unknown, at: string): Problem | undefined {
    const key = shape.key as Member;
    const content = shape.value as Member;
    const entries = this.#textual
      ? (Array.isArray(value) ? value : value === "" ? [] : [value]).map((entry) =>
          isObject(entry)
            ? [entry[key.locationName ?? "key"], entry[content.locationName ?? "value"]]
            : [entry],
        )
      : isObject(value)
        ? Object.entries(value)
        : undefined;
    if (!entries) return wrongType(at, value, "a map");
    const keys = shapeOf(this.model, key);
    const values = shapeOf(this.model, content);
    for (const [name, each] of entries) {
      const place = `${at}.${String(name)}.member`;
      const problem =
        this.#value(keys, key, name, `${at}.key`, this.#textual) ??
        (each === undefined || each === null
          ? undefined
          : this.#value(values, content, each, place, this.#textual));
      if (problem) return problem;
    }
    return rangeProblem("length", shape, entries.length, at, value);
  }

  /** EC2 alone refuses a parameter that it does not know; the others leave it unread. */
  #unknown(shape: Shape, sent: Readonly<Record<string, unknown>>, path: string) {
    if (this.call.protocol !== "ec2") return undefined;
    const known = this.#fields(shape).map(({ sentAs }) => sentAs);
    const name = Object.keys(sent).find((each) => !known.includes(each));
    return name === undefined
      ? undefined
      : ({ kind: "unknown", at: `${path}${name}`, value: sent[name], must: "be known" } as const);
  }
}

function textProblem(shape: Shape, value: string, at: string): Problem | undefined {
  if (shape.enum && !shape.enum.includes(value)) {
    const must = `satisfy enum value set: [${shape.enum.join(", ")}]`;
    return { kind: "invalid", at, value, must };
  }
  if (shape.pattern !== undefined && !patternOf(shape.pattern).test(value)) {
    const must = `satisfy regular expression pattern: ${shape.pattern}`;
    return { kind: "invalid", at, value, must };
  }
  return rangeProblem("length", shape, value.length, at, value);
}

function rangeProblem(
  what: "length" | "value",
  { min, max }: Shape,
  measured: number,
  at: string,
  value: unknown,
): Problem | undefined {
  const limit =
    max !== undefined && measured > max
      ? `less than or equal to ${max}`
      : min !== undefined && measured < min
        ? `greater than or equal to ${min}`
        : undefined;
  return limit === undefined
    ? undefined
    : { kind: "invalid", at, value, must: `have ${what} ${limit}` };
}

function numberProblem(shape: Shape, value: unknown, at: string): Problem | undefined {
  const whole = shape.type === "integer" || shape.type === "long";
  if (typeof value !== "number" || (whole && !Number.isInteger(value))) {
    return wrongType(at, value, whole ? "a whole number" : "a number");
  }
  return rangeProblem("value", shape, value, at, value);
}

function toNumber(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function wrongType(at: string, value: unknown, type: string): Problem {
  return { kind: "type", at, value, must: `be ${type}` };
}

const patterns = new Map<string, RegExp>();

/** Reads a pattern of Java's, which must match as a whole; refuses by name one that it cannot read. */
function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern);
  if (known) return known;
  const [, flags = "", plain = ""] = /^(?:\(\?([is]+)\))?(.*)$/s.exec(pattern) ?? [];
  // Escapes that Unicode mode forbids mean the same without it; property escapes do not.
  const modes = plain.includes("\\p") ? ["u"] : ["u", ""];
  for (const mode of modes) {
    try {
      const read = new RegExp(`^(?:${plain})$`, flags + mode);
      patterns.set(pattern, read);
      return read;
    } catch {}
  }
  throw new UnknownOperationError(`the pattern ${pattern}`);
}

// What services with JSON answer to arguments that their model forbids, where they declare it.
const validationErrors = [
  "ValidationException",
  "InvalidInputException",
  "BadRequestException",
  "InvalidParameterException",
];

function errorOf(call: ApiCall, model: ServiceModel, { kind, at, value, must }: Problem): ApiError {
  if (call.protocol === "ec2" || call.service === "sqs") {
    if (kind === "missing") {
      return new ApiError("MissingParameter", `The request must contain the parameter ${at}`);
    }
    if (kind === "unknown") {
      return new ApiError("UnknownParameter", `The parameter ${at} is not recognized`);
    }
    return new ApiError(
      "InvalidParameterValue",
      `Value (${shown(value)}) for parameter ${at} is invalid. It must ${must}`,
    );
  }
  const sentence = `1 validation error detected: Value ${kind === "missing" ? "null" : `'${shown(value)}'`} at '${at}' failed to satisfy constraint: Member must ${must}`;
  if (kind === "type" && call.protocol === "json") {
    return new ApiError("SerializationException", sentence);
  }
  return new ApiError(codeOf(call, model), sentence);
}

function codeOf(call: ApiCall, model: ServiceModel): string {
  if (call.service === "sns") return "InvalidParameter";
  if (call.protocol === "query") return "ValidationError";
  if (call.protocol === "rest-xml") return "InvalidArgument";
  const declared = model.operations[call.operation]?.errors?.map(({ shape }) => shape) ?? [];
  return validationErrors.find((name) => declared.includes(name)) ?? "ValidationException";
}

function shown(value: unknown): string {
  const written = typeof value === "string" ? value : JSON.stringify(value);
  return written.length > 200 ? `${written.slice(0, 200)}…` : written;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function uncapitalized(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
