/** Writes entries of the resource table for calls on one resource that a parameter names. */
import { toArn } from "../wire/arn";
import { text, UnknownOperationError } from "../wire/protocol";
import { unscoped } from "./compute";
import type { Check, Operation, Request } from "./operation";

export type Context = NonNullable<Check["context"]>;

/** Makes the checks of a call on one resource; of tags at creation each service asks in its own way. */
export function on(
  action: string,
  resource: (request: Request) => string,
  also: (request: Request) => readonly Check[] | Promise<readonly Check[]> = () => [],
  context?: (request: Request) => Context,
): Operation {
  return async (request) => {
    refuseTags(action, request);
    return [
      {
        action,
        resource: resource(request),
        account: request.account,
        ...(context && { context: context(request) }),
      },
      ...(await also(request)),
    ];
  };
}

function refuseTags(action: string, { parameters }: Request): void {
  for (const tags of [parameters.Tags, parameters.tags]) {
    if (typeof tags === "object" && tags !== null && Object.keys(tags).length > 0) {
      throw new UnknownOperationError(`${action} with tags`);
    }
  }
}

export function name({ parameters }: Request, parameter: string): string {
  const value = text(parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** Names a resource of the caller's account and region by one parameter. */
export const named =
  (service: string, parameter: string, prefix = "") =>
  (request: Request) =>
    toArn(service, request.region, request.account, prefix + name(request, parameter));
/** Names it by its ARN. */
export const byArn = (parameter: string) => (request: Request) => name(request, parameter);

/** Asks for the same of several operations of a service. */
export function all(
  service: string,
  operations: readonly string[],
  resource: (request: Request) => string,
): Record<string, Operation> {
  return Object.fromEntries(
    operations.map((each) => [`${service}:${each}`, on(`${service}:${each}`, resource)]),
  );
}

export function anywhere(
  service: string,
  operations: readonly string[],
): Record<string, Operation> {
  return Object.fromEntries(
    operations.map((each) => [`${service}:${each}`, unscoped(`${service}:${each}`)]),
  );
}
