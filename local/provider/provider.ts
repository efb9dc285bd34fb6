/** What the provider does with each request of the engine, in plain values. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import * as z from "zod/mini";
import { changes, readBack } from "./read-back";
import type { Registry } from "./registry";
import type { Created, ResourceType, Tags } from "./resource-type";
import { openSession, type Session } from "./session";
import { compact, hasUnknown, isObject, isSigned, type Properties, unknown } from "./values";

// zod/mini is silent about what it expected until it is given a language.
z.config(z.locales.en());

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** A request about one resource. `type` is the token, such as `aws:sns/topic:Topic`. */
interface About {
  readonly type: string;
  readonly name: string;
}

export class LocalProvider {
  private session: Session | undefined;

  /** `recordFile` gets one JSON line for each resource that is recorded and not emulated. */
  constructor(
    private readonly registry: Registry,
    private readonly recordFile?: string,
  ) {}

  /** Opens the account's session; left closed while a preview does not know the configuration. */
  async configure(configuration: Properties): Promise<void> {
    this.session = hasUnknown(configuration) ? undefined : await openSession(configuration);
  }

  /** Turns policies into text and lists what the entry does not carry out. */
  async check(
    type: string,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: Failure[] }> {
    const entry = await this.entry(type);
    if (!entry) {
      const inputs = compact(news);
      const schema = (await this.registry.recordedInputs?.())?.[type];
      return { inputs, failures: schema ? failuresOf(schema, inputs) : [] };
    }
    const inputs: Properties = { ...compact(news) };
    for (const key of entry.documents) {
      const value = inputs[key];
      if (isObject(value) && !isSigned(value))
        inputs[key] = hasUnknown(value) ? unknown : JSON.stringify(value);
    }
    return { inputs, failures: failuresOf(entry.inputs, inputs) };
  }

  /** Names the inputs that differ from what was read of the resource. */
  diff(type: string, of: Readonly<Record<"state" | "olds" | "news", Properties>>): string[] {
    return changes(type, of);
  }

  async create(about: About, inputs: Properties, preview: boolean): Promise<Created> {
    const entry = await this.entry(about.type);
    if (!entry) return this.record(about, inputs, preview);
    const region = this.regionOf(inputs);
    const tags = this.tagsOf(inputs);
    const known = compact({ ...inputs, region, tagsAll: tags });
    if (preview)
      return {
        id: "",
        outputs: { ...Object.fromEntries(entry.computed.map((key) => [key, unknown])), ...known },
      };
    const made = await naming(about, () =>
      entry.create(entry.inputs.parse(inputs) as Properties, this.opened().at(region), tags),
    );
    return {
      id: made.id,
      outputs: { ...compact(readBack(about.type, known)), ...compact(made.outputs) },
    };
  }

  /** Changes in place what the entry can; anything else is refused, naming the first such input. */
  async update(
    about: About,
    request: {
      id: string;
      state: Properties;
      olds: Properties;
      news: Properties;
      preview: boolean;
    },
  ): Promise<Properties> {
    const { id, state, olds, news, preview } = request;
    const entry = await this.entry(about.type);
    const changed = changes(about.type, { state, olds, news });
    const fixed = changed.find((key) => !entry?.updatable.includes(key));
    if (!entry || fixed)
      throw new Error(`local provider creates only; ${about.type}.${fixed ?? changed[0]} changed`);
    const region = this.regionOf(news);
    const known = compact({ ...state, ...news, region, tagsAll: this.tagsOf(news) });
    if (preview) return known;
    const outputs = await naming(about, () =>
      entry.update(id, entry.inputs.parse(news) as Properties, this.opened().at(region), changed),
    );
    return { ...compact(readBack(about.type, known)), ...compact(outputs) };
  }

  async delete(about: About, id: string, state: Properties): Promise<void> {
    const entry = await this.entry(about.type);
    await naming(about, async () =>
      entry?.delete(id, state, this.opened().at(this.regionOf(state))),
    );
  }

  /**
   * Finds what is to be imported; undefined where no resource has the id, which is followed by
   * "@" and the region where that is another than the provider's, as with the real provider.
   */
  async read(
    about: About,
    given: string,
  ): Promise<{ id: string; inputs: Properties; state: Properties } | undefined> {
    const [, id = "", elsewhere] = /^(.*?)(?:@([a-z]{2}(?:-[a-z]+)+-\d))?$/.exec(given) ?? [];
    const entry = await this.entry(about.type);
    if (!entry) return this.recorded(about.type, id);
    if (!entry.read) throw new Error(`the local provider imports no ${about.type}`);
    const region = this.regionOf({ region: elsewhere });
    const found = await naming(about, async () => entry.read?.(id, this.opened().at(region)));
    if (found === undefined) return undefined;
    // The types with a region read every resource with its region.
    const inputs = compact(found.inputs);
    const { tags } = inputs;
    const state = compact({ ...inputs, region, tagsAll: this.tagsOf({ tags }), ...found.outputs });
    return { id, inputs, state };
  }

  async invoke(token: string, given: Properties): Promise<Properties> {
    const load = this.registry.invokes[token];
    const found = (await load?.())?.[token];
    if (!found) throw new Error(`The local provider has no function ${token}`);
    const failures = failuresOf(found.arguments, compact(given));
    if (failures.length > 0)
      throw new Error(`${token}: ${failures.map((f) => `${f.property}: ${f.reason}`).join("; ")}`);
    const place = this.opened().at(this.regionOf(given));
    const parsed = found.arguments.parse(compact(given)) as Properties;
    try {
      return compact(await found.answer(parsed, place));
    } catch (cause) {
      throw new Error(withCode(cause as Error), { cause });
    }
  }

  /** Finds the entry of a type; undefined for one that is recorded only. */
  private async entry(type: string): Promise<ResourceType | undefined> {
    if (type in this.registry.recordedOnly) return undefined;
    const entry = (await this.registry.resources[type]?.())?.[type];
    if (!entry)
      throw new Error(
        `The local provider has no resource type ${type}: add it to local/provider/registry.ts`,
      );
    return entry;
  }

  private record(about: About, inputs: Properties, preview: boolean): Created {
    if (!preview && this.recordFile)
      appendFileSync(
        this.recordFile,
        `${JSON.stringify({ type: about.type, name: about.name, inputs })}\n`,
      );
    return { id: preview ? "" : about.name, outputs: inputs };
  }

  /** Finds what was written down under a name, with the inputs of the last time. */
  private recorded(type: string, name: string) {
    const file = this.recordFile;
    if (file === undefined || !existsSync(file)) return undefined;
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const found = lines.findLast((line) => line.type === type && line.name === name);
    return found && { id: name, inputs: found.inputs, state: found.inputs };
  }

  private opened(): Session {
    if (!this.session) throw new Error("The local provider is used before it is configured");
    return this.session;
  }

  private regionOf(properties: Properties): string {
    const region = properties.region ?? this.session?.region ?? unknown;
    return region as string;
  }

  private tagsOf(inputs: Properties): Tags {
    return { ...this.session?.defaultTags, ...(inputs.tags as Tags | undefined) };
  }
}

/** Runs work on one resource and puts its type and name before AWS's error. */
async function naming<T>(about: About, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`${about.type} ${about.name}: ${withCode(cause as Error)}`, { cause });
  }
}

/** Puts AWS's error code, which the SDK keeps in the name, before the message. */
const withCode = ({ name, message }: Error): string =>
  name && name !== "Error" ? `${name}: ${message}` : message;

/** Lists what a schema refuses, leaving out what a preview cannot know yet. */
function failuresOf(schema: z.ZodMiniType, inputs: Properties): Failure[] {
  const result = schema.safeParse(inputs);
  if (result.success) return [];
  return result.error.issues
    .filter((issue) => valueAt(inputs, issue.path) !== unknown)
    .flatMap((issue) => failureOf(issue, inputs));
}

function failureOf(issue: z.core.$ZodIssue, inputs: Properties): Failure[] {
  const at = issue.path.map(String);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      property: [...at, key].join("."),
      reason: "the local provider does not carry out this property",
    }));
  if (valueAt(inputs, issue.path) === undefined)
    return [{ property: at.join("."), reason: "the local provider needs this property" }];
  return [{ property: at.join("."), reason: issue.message }];
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
