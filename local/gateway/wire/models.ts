/**
 * Reads botocore's service models, which come with the emulator: what an operation takes, and how the
 * service writes it on the wire. Each is read when its service is called first.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { type ApiCall, UnknownOperationError } from "./protocol";

/** A member of a structure, list or map: a shape's name, and where and how it is sent. */
export interface Member {
  readonly shape: string;
  readonly locationName?: string;
  /** The name in a query where it is not the capitalized locationName: EC2 alone. */
  readonly queryName?: string;
  /** Absent for what the body holds. */
  readonly location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  readonly flattened?: boolean;
  readonly xmlAttribute?: boolean;
}

export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Member>>;
  readonly required?: readonly string[];
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly flattened?: boolean;
  /** Holds any JSON. */
  readonly document?: boolean;
}

export interface ServiceModel {
  readonly operations: Readonly<
    Record<
      string,
      { readonly input?: Member; readonly output?: Member; readonly errors?: readonly Member[] }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** How an operation that lists does so by pages; some have several lists or tokens. */
interface Paginator {
  readonly input_token: string | readonly string[];
  readonly output_token: string | readonly string[];
  readonly result_key: string | readonly string[];
  readonly more_results?: string;
  readonly limit_key?: string;
}

// Where botocore's folder is not named like the service's IAM prefix.
const folders: Readonly<Record<string, string>> = {
  "elasticloadbalancing:2012-06-01": "elb",
  "elasticloadbalancing:2015-12-01": "elbv2",
  ses: "sesv2",
  states: "stepfunctions",
  tag: "resourcegroupstaggingapi",
};

const read = new Map<string, ServiceModel>();
const pages = new Map<string, Readonly<Record<string, Paginator>>>();

/** Gives the model of a call's service in its newest version; refuses by name a service without. */
export function modelOf(models: string, call: Pick<ApiCall, "service" | "version">): ServiceModel {
  const key = `${models}/${serviceOf(call)}`;
  const known = read.get(key);
  if (known) return known;
  const file = path.join(home(models, call), "service-2.json.gz");
  const model = JSON.parse(gunzipSync(readFileSync(file)).toString()) as ServiceModel;
  read.set(key, model);
  return model;
}

/** Gives the operations of a call's service that list by pages. */
export function paginatorsOf(models: string, call: Pick<ApiCall, "service" | "version">) {
  const key = `${models}/${serviceOf(call)}`;
  const known = pages.get(key);
  if (known) return known;
  const file = path.join(home(models, call), "paginators-1.json");
  const { pagination } = (
    existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { pagination: {} }
  ) as { readonly pagination: Readonly<Record<string, Paginator>> };
  pages.set(key, pagination);
  return pagination;
}

export function shapeOf(model: ServiceModel, { shape }: Member): Shape {
  return model.shapes[shape] as Shape;
}

/** Names a member as its protocol writes it. */
export function sentAs(
  model: ServiceModel,
  protocol: ApiCall["protocol"],
  name: string,
  member: Member,
): string {
  const written = member.locationName ?? name;
  if (protocol === "ec2") {
    return member.queryName ?? written.charAt(0).toUpperCase() + written.slice(1);
  }
  const { flattened, member: item } = shapeOf(model, member);
  return (protocol === "query" && flattened && item?.locationName) || written;
}

function serviceOf({ service, version }: Pick<ApiCall, "service" | "version">): string {
  return folders[`${service}:${version}`] ?? folders[service] ?? service;
}

function home(models: string, call: Pick<ApiCall, "service" | "version">): string {
  const folder = path.join(models, serviceOf(call));
  const newest =
    /^[\w-]+$/.test(serviceOf(call)) && existsSync(folder) && readdirSync(folder).sort().at(-1);
  if (!newest) throw new UnknownOperationError(`a service model of ${call.service}`);
  return path.join(folder, newest);
}
