/**
 * Names the operations of REST services by method and path, from the tables of the SDK's own clients;
 * of services without a client here, the method and path are the name.
 */

export interface RestOperation {
  readonly operation: string;
  /** Parameters that the path holds. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  /** What the query must hold. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** How much of the request is written out and not left open. */
  readonly precision: number;
}

/** An operation's schema as the clients export it; 9 marks operations, not shapes or errors. */
type Described = readonly [9, string, name: string, { http?: [string, string] }, Lazy<Input>];
type Input = "unit" | readonly [3, string, string, unknown, members: readonly string[], unknown];
type Lazy<T> = T | (() => T);

// By IAM prefix. Loading one takes up to a quarter of a second: only who calls the service waits.
const clients: Readonly<Record<string, () => object>> = {
  apigateway: () => require("@aws-sdk/client-api-gateway"),
  guardduty: () => require("@aws-sdk/client-guardduty"),
  lambda: () => require("@aws-sdk/client-lambda"),
  s3: () => require("@aws-sdk/client-s3"),
  securityhub: () => require("@aws-sdk/client-securityhub"),
  ses: () => require("@aws-sdk/client-sesv2"),
};

const tables = new Map<string, readonly Route[]>();

/** Lists the operations of a service, the most precise first; none where no client is known. */
export function routesOf(service: string): readonly Route[] {
  const known = tables.get(service);
  if (known) return known;
  const described = Object.values(clients[service]?.() ?? {}).filter(isOperation);
  // Some of S3's differ in x-id alone. Without it the shortest name is meant: PutObject, no CopyObject.
  const routes = described
    .map(route)
    .sort(
      (one, other) =>
        other.precision - one.precision || one.operation.length - other.operation.length,
    );
  tables.set(service, routes);
  return routes;
}

/** Names an operation; `path` is as sent, for an encoded slash belongs to a parameter. */
export function restOperation(
  service: string,
  method: string,
  path: string,
  query: URLSearchParams,
): RestOperation {
  for (const route of routesOf(service)) {
    if (route.method !== method) continue;
    if (!route.query.every(([name, value]) => holds(query, name, value))) continue;
    const match = route.path.exec(path);
    if (!match) continue;
    const labels = Object.entries(match.groups ?? {});
    return {
      operation: route.operation,
      labels: Object.fromEntries(labels.map(([name, value]) => [name, decodeURIComponent(value)])),
    };
  }
  return { operation: `${method} ${decodeURIComponent(path)}`, labels: {} };
}

// Only the SDK for JavaScript writes down x-id.
function holds(query: URLSearchParams, name: string, value: string): boolean {
  return query.get(name) === value || (name === "x-id" && !query.has(name));
}

function isOperation(value: unknown): value is Described {
  return Array.isArray(value) && value[0] === 9 && value[3].http !== undefined;
}

function route([, namespace, operation, { http }, input]: Described): Route {
  const [method, template] = http as [string, string];
  const [path = "", query] = template.split("?");
  // S3's templates leave out the bucket, which comes first: the SDK addresses it so whenever the
  // endpoint's host is an IP address.
  const whole = namespace === "com.amazonaws.s3" && takesBucket(input) ? `/{Bucket}${path}` : path;
  const segments = whole.split("/").filter((segment) => segment !== "");
  const required = [...new URLSearchParams(query)];
  return {
    operation,
    method,
    path: new RegExp(`^${segments.map((segment) => `/${open(segment)}`).join("")}/?$`),
    query: required,
    precision:
      required.filter(([name]) => name !== "x-id").length +
      segments.filter((segment) => !segment.startsWith("{")).length,
  };
}

/** Writes "{Name}" as a group for one segment, "{Name+}" as one for all that follow. */
function open(segment: string): string {
  const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(segment) ?? [];
  if (!name) return segment.replaceAll(".", "\\.");
  return `(?<${name}>${greedy ? ".+" : "[^/]+"})`;
}

function takesBucket(input: Lazy<Input>): boolean {
  const members = typeof input === "function" ? input() : input;
  return members[4]?.includes("Bucket") ?? false;
}
