/** The shape of one entry of the local provider. */
import * as z from "zod/mini";
import type { Place } from "./session";
import type { Properties } from "./values";

export type Tags = Readonly<Record<string, string>>;

/** A created resource: its provider id and the properties that AWS answered. */
export interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

/** How one Pulumi resource type is carried out. Property names are those of @pulumi/aws. */
export interface ResourceType {
  /** Inputs that the entry carries out; any other is refused by name. */
  readonly inputs: z.ZodMiniType;
  /** Inputs that hold a policy: an object becomes JSON text, as the real provider makes it. */
  readonly documents: readonly string[];
  /** Outputs that only AWS can determine: unknown in a preview. */
  readonly computed: readonly string[];
  /** Inputs that `update` can change in place. */
  readonly updatable: readonly string[];
  create(inputs: Properties, place: Place, tags: Tags): Promise<Created>;
  update(
    id: string,
    inputs: Properties,
    place: Place,
    changed: readonly string[],
  ): Promise<Properties>;
  delete(id: string, state: Properties, place: Place): Promise<void>;
  /** Finds the resource with an id, for an import; undefined where none has it. */
  readonly read?: (id: string, place: Place) => Promise<Read | undefined>;
}

/** An existing resource: the inputs that would create it, and the outputs that AWS answers. */
interface Read {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

interface Definition<S extends z.ZodMiniType> {
  readonly inputs: S;
  readonly documents?: readonly string[];
  readonly computed?: readonly string[];
  readonly updatable?: readonly (keyof z.infer<S> & string)[];
  /** Makes the resource; `tags` has the provider's default tags merged in. */
  create(inputs: z.infer<S>, place: Place, tags: Tags): Promise<Created>;
  /** Changes it in place; answers the outputs that changed with it. */
  update?(
    id: string,
    inputs: z.infer<S>,
    place: Place,
    changed: readonly string[],
  ): Promise<Properties>;
  /** Removes it; `state` holds the inputs and outputs of its creation. */
  delete(id: string, state: z.infer<S> & Properties, place: Place): Promise<void>;
  /** Reads it for an import. @default the type cannot be imported */
  read?(id: string, place: Place): Promise<Read | undefined>;
}

/** Closes over the inputs' type, so that entries are typed and the table of entries is uniform. */
export function resourceType<S extends z.ZodMiniType>(definition: Definition<S>): ResourceType {
  const { inputs, documents = [], computed = [], updatable = [], update, read } = definition;
  return {
    inputs,
    documents,
    computed,
    updatable,
    create: (given, place, tags) => definition.create(given as z.infer<S>, place, tags),
    update: (id, given, place, changed) =>
      update
        ? update(id, given as z.infer<S>, place, changed)
        : Promise.reject(new Error("this type has no update")),
    delete: (id, state, place) => definition.delete(id, state as z.infer<S> & Properties, place),
    ...(read && { read }),
  };
}

/** How one Pulumi function (a data source) is answered. */
export interface Invoke {
  readonly arguments: z.ZodMiniType;
  answer(given: Properties, place: Place): Promise<Properties>;
}

export function invoke<S extends z.ZodMiniType>(definition: {
  readonly arguments: S;
  answer(given: z.infer<S>, place: Place): Promise<Properties>;
}): Invoke {
  return {
    arguments: definition.arguments,
    answer: (given, place) => definition.answer(given as z.infer<S>, place),
  };
}

export const text = z.string();
export const optionalText = z.optional(z.string());
export const optionalNumber = z.optional(z.number());
export const optionalFlag = z.optional(z.boolean());
export const optionalTexts = z.optional(z.array(z.string()));
export const tagMap = z.optional(z.record(z.string(), z.string()));
/** The inputs that resources of a region and with tags share. */
export const regional = { region: optionalText };
export const tagged = { tags: tagMap };

/** Turns a tag map into the list form that most services take. */
export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
