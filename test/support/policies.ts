/** Hand-made arguments for policies, as the engine would pass them. */
import type {
  PolicyResource,
  ResourceValidation,
  ResourceValidationArgs,
  StackValidation,
} from "@pulumi/policy";

type Props = Readonly<Record<string, unknown>>;

function notApplicable(): never {
  throw new Error("not applicable");
}

const common = {
  opts: {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
  },
  isType: () => false,
  asType: () => undefined,
};

const stackTags: ReadonlyMap<string, string> = new Map();

/** Returns the violations of one resource, in order. */
export function violations(
  validate: ResourceValidation,
  type: string,
  name: string,
  props: Props,
): readonly string[] {
  const args: ResourceValidationArgs = {
    ...common,
    type,
    name,
    urn: `urn:${name}`,
    props: { ...props },
    stackTags,
    getConfig: <T extends object>() => ({}) as T,
    notApplicable,
  };
  const found: string[] = [];
  validate(args, (message) => found.push(message));
  return found;
}

export function resource(type: string, name: string, props: Props): PolicyResource {
  return {
    ...common,
    type,
    name,
    urn: `urn:${name}`,
    props: { ...props },
    dependencies: [],
    propertyDependencies: {},
  };
}

/** Returns the violations of a whole stack, as "urn: message", in order. */
export function stackViolations(
  validate: StackValidation,
  resources: PolicyResource[],
): readonly string[] {
  const found: string[] = [];
  validate(
    { resources, stackTags, getConfig: <T extends object>() => ({}) as T, notApplicable },
    (message, urn) => found.push(`${urn}: ${message}`),
  );
  return found;
}
