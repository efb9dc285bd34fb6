/** Turns a call on the wire back into the SDK command that makes it, by botocore's models. */
import {
  type Member,
  modelOf,
  type ServiceModel,
  sentAs,
  shapeOf,
} from "../../gateway/wire/models";
import { type ApiCall, list, UnknownOperationError } from "../../gateway/wire/protocol";

/** A call as an SDK client takes it. */
export interface SdkCall {
  readonly service: string;
  /** API version where one service name covers two APIs. */
  readonly version?: string;
  readonly operation: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly input: object;
}

/** Reads the command of a call; refuses by name what the bench's clients do not make. */
export function sdkCallOf(call: ApiCall, models: string): SdkCall {
  const { service, version, operation, region, accessKeyId = "", sessionToken, protocol } = call;
  const model = modelOf(models, call);
  const { input } = model.operations[operation] ?? {};
  return {
    service,
    ...(version && { version }),
    operation,
    region,
    // Whoever replays checks no signature.
    credentials: {
      accessKeyId,
      secretAccessKey: "unknown",
      ...(sessionToken && { sessionToken }),
    },
    input: input === undefined ? {} : (inputOf(model, protocol, input, call.parameters) as object),
  };
}

function inputOf(
  model: ServiceModel,
  protocol: ApiCall["protocol"],
  member: Member,
  sent: unknown,
): unknown {
  const shape = shapeOf(model, member);
  // JSON names members as the SDK does.
  if (protocol === "json" && !["blob", "timestamp"].includes(shape.type)) return sent;
  const read = (of: Member | undefined, value: unknown) =>
    inputOf(model, protocol, of as Member, value);
  switch (shape.type) {
    case "structure": {
      const given = (sent === "" ? {} : sent) as Readonly<Record<string, unknown>>;
      const members = Object.entries(shape.members ?? {}).flatMap(([name, each]) => {
        const value = given[sentAs(model, protocol, name, each)];
        return value === undefined ? [] : [[name, read(each, value)] as const];
      });
      return Object.fromEntries(members);
    }
    case "list":
      return list(sent).map((each) => read(shape.member, each));
    case "map": {
      const [key, value] = [shape.key?.locationName ?? "key", shape.value?.locationName ?? "value"];
      const entries = list<Readonly<Record<string, unknown>>>(sent);
      return Object.fromEntries(
        entries.map((each) => [String(each[key]), read(shape.value, each[value])]),
      );
    }
    case "string":
      return sent;
    case "boolean":
      return sent === "true";
    case "integer":
    case "long":
    case "float":
    case "double":
      return Number(sent);
    default:
      throw new UnknownOperationError(`a bare SDK call with a parameter of type ${shape.type}`);
  }
}
