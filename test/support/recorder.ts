/** Runs part of the program against Pulumi's mocks and keeps what it registered. */
import * as pulumi from "@pulumi/pulumi";

interface Registered {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs are what the program wrote, of any shape
  readonly inputs: any;
  /** Logical name of the explicit provider, if there is one. */
  readonly provider?: string;
}

export type Calls = (args: pulumi.runtime.MockCallArgs) => pulumi.runtime.MockCallResult;

export interface Recording<T> {
  readonly result: T;
  readonly resources: readonly Registered[];
  /** The one resource of this name; throws unless there is exactly one. */
  named(name: string): Registered;
  ofType(type: string): readonly Registered[];
  /** Names of all that the engine makes before the resource of this name, its parents' included. */
  madeBefore(name: string): ReadonlySet<string>;
}

/**
 * Registers resources for real as far as Pulumi's mocks go: ARNs and URLs become
 * "arn:<logical name>" and "url:<logical name>", unless `outputs` has others. An unexpected invoke fails by name. Returns
 * once every registration has been answered.
 */
export async function record<T>(
  program: () => T | Promise<T>,
  calls: Calls = (args) => {
    throw new Error(`unexpected invoke ${args.token}`);
  },
  outputs: (resource: Registered) => object = () => ({}),
): Promise<Recording<T>> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      call: calls,
      newResource: ({ type, name, inputs, provider }) => {
        const explicit = provider?.split("::").at(-2);
        const resource = { type, name, inputs, ...(explicit && { provider: explicit }) };
        resources.push(resource);
        return {
          id: `id:${name}`,
          state: {
            arn: `arn:${name}`,
            url: `url:${name}`,
            keyId: `key:${name}`,
            // A network's outputs are no inputs of its own.
            ...(type === "awsx:ec2:Vpc" && {
              vpcId: `id:${name}`,
              isolatedSubnetIds: [`subnet:${name}`],
            }),
            ...outputs(resource),
            ...inputs,
          },
        };
      },
    },
    "cordon",
    "test",
  );
  const dependencies = keepDependencies();
  const result = await withShortStacks(async () => {
    const made = await program();
    await pulumi.runtime.disconnect();
    return made;
  });
  return {
    result,
    resources,
    named: (name) => {
      const found = resources.filter((resource) => resource.name === name);
      if (found.length !== 1) {
        const names = resources.map((resource) => resource.name).join(", ");
        throw new Error(`${found.length} resources are named ${name}, of ${names}`);
      }
      return found[0]!;
    },
    ofType: (type) => resources.filter((resource) => resource.type === type),
    madeBefore(name) {
      const found = new Set<string>();
      const follow = (each: string): void => {
        for (const next of dependencies[each] ?? []) {
          if (found.has(next)) continue;
          found.add(next);
          follow(next);
        }
      };
      follow(name);
      return found;
    },
  };
}

/**
 * Runs this with stack traces of three lines. Pulumi writes the stack of every promise that it makes,
 * and mapping whole ones back to TypeScript was half the time of a mocked deployment.
 */
async function withShortStacks<T>(run: () => Promise<T>): Promise<T> {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 3;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = usual;
  }
}

/** Keeps what mocks do not receive: parent and dependencies, as each registration names them. */
function keepDependencies(): Record<string, readonly string[]> {
  const kept: Record<string, readonly string[]> = {};
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(
      request: { getName(): string; getParent(): string; getDependenciesList(): string[] },
      ...rest: unknown[]
    ): unknown;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    const urns = [request.getParent(), ...request.getDependenciesList()];
    kept[request.getName()] = urns.map((urn) => urn.split("::").at(-1) ?? "");
    return register(request, ...rest);
  };
  return kept;
}

/** An invoke's failure as the engine hands it to the program: the sentence is in `details`. */
export function providerError(sentence: string): Error {
  return Object.assign(new Error(sentence), { details: sentence });
}

export function resolved<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((done) => {
    pulumi.output(output).apply((value) => done(value as pulumi.Unwrap<T>));
  });
}
