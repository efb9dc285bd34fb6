/** The shape of one resource type that a stack can hold. */
import * as z from "zod/mini";
import type { StackPlace } from "../stack-template";

interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly maxAttempts: number;
}

/** A stack's account and region, and clients for it. */
export interface StackSite extends StackPlace {
  /** Gives an SDK client that acts with StackSets' role of the account. */
  client<C>(service: new (settings: ClientSettings) => C): C;
}

/** How one resource type is carried out. Property names are CloudFormation's. */
export interface StackResourceType {
  /** What is carried out; any other property is refused by name. */
  readonly properties: z.ZodMiniType;
  /** Properties that AWS cannot change: another resource takes the place of this one. */
  readonly replacing: readonly string[];
  /** The name that no two resources of the type share. */
  nameOf(properties: unknown): string;
  create(properties: unknown, site: StackSite): Promise<void>;
  update(before: unknown, after: unknown, site: StackSite): Promise<void>;
  delete(properties: unknown, site: StackSite): Promise<void>;
}

interface Definition<S extends z.ZodMiniType> {
  readonly properties: S;
  readonly replacing: readonly (keyof z.infer<S> & string)[];
  nameOf(properties: z.infer<S>): string;
  /** Creates it; throws AlreadyExists rather than adopt an existing resource. */
  create(properties: z.infer<S>, site: StackSite): Promise<unknown>;
  /** Changes it in place; what `replacing` names is the same before and after. */
  update(before: z.infer<S>, after: z.infer<S>, site: StackSite): Promise<unknown>;
  /** Removes it; what is gone already counts as removed. */
  delete(properties: z.infer<S>, site: StackSite): Promise<unknown>;
}

/** Closes over the properties' type, so that definitions are typed and their table is uniform. */
export function stackResource<S extends z.ZodMiniType>(
  definition: Definition<S>,
): StackResourceType {
  type P = z.infer<S>;
  return {
    properties: definition.properties,
    replacing: definition.replacing,
    nameOf: (properties) => definition.nameOf(properties as P),
    async create(properties, site) {
      await definition.create(properties as P, site);
    },
    async update(before, after, site) {
      await definition.update(before as P, after as P, site);
    },
    async delete(properties, site) {
      await definition.delete(properties as P, site);
    },
  };
}

/** Thrown by create(): rolling back must not delete the resource of that name. */
export class AlreadyExists extends Error {
  constructor(type: string, name: string) {
    super(`Resource of type '${type}' with identifier '${name}' already exists.`);
    this.name = "AlreadyExists";
  }
}

export const document = z.record(z.string(), z.unknown());
export const tags = z.optional(z.array(z.strictObject({ Key: z.string(), Value: z.string() })));

export function changed(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** Turns the failures that say "there is none" into undefined. */
export async function unlessGone<T>(
  sending: Promise<T>,
  codes: readonly string[],
): Promise<T | undefined> {
  return sending.catch((error: Error) => {
    if (codes.includes(error.name)) return undefined;
    throw error;
  });
}
