/**
 * One stack of the stand-in for StackSets: the resources of a template in one account and region.
 * Creates in the order of dependencies, changes by difference, removes what the template no longer
 * has once the rest is done, and rolls back when a resource fails.
 */
import { resourcesAt, type StackResource } from "./stack-resources";
import { AlreadyExists, type StackSite } from "./stack-resources/stack-resource";
import type { TemplateResource } from "./stack-template";

/** Why a stack could not be brought to its template: StackSets' status reason. */
class StackFailure extends Error {
  constructor({ id, type }: Pick<StackResource, "id" | "type">, cause: Error) {
    const reason =
      cause.name === "Error" || cause instanceof AlreadyExists
        ? cause.message
        : `${cause.message} (${cause.name})`;
    super(`ResourceLogicalId:${id}, ResourceType:${type}, ResourceStatusReason:${reason}`, {
      cause,
    });
    this.name = "StackFailure";
  }
}

export class Stack {
  /** In the order in which they were made, by logical id. */
  #standing = new Map<string, StackResource>();
  /** What others have taken the place of, until it is removed or put back. */
  #replaced: StackResource[] = [];

  /**
   * Brings the stack to the template. When a resource fails, brings it back to what it was and
   * throws the reason; what cannot be brought back is named in it.
   */
  async deploy(template: readonly TemplateResource[], site: StackSite): Promise<void> {
    const wanted = await resourcesAt(template, site);
    const before = [...this.#standing.values()];
    try {
      await this.#towards(wanted, site);
    } catch (failure) {
      await this.#towards(before, site).catch((error: Error) => {
        (failure as Error).message += `; rolling back: ${error.message}`;
      });
      throw failure;
    }
  }

  /** Removes everything, the last made first; throws at the first that AWS does not remove. */
  async delete(site: StackSite): Promise<void> {
    for (const resource of [...this.#standing.values()].reverse()) {
      await this.#remove(resource, site);
    }
  }

  async #towards(wanted: readonly StackResource[], site: StackSite): Promise<void> {
    for (const resource of wanted) {
      const standing = this.#standing.get(resource.id);
      if (!standing) await this.#create(resource, site);
      else if (needsAnother(standing, resource)) await this.#replace(standing, resource, site);
      else await this.#update(standing, resource, site);
    }
    const ids = new Set(wanted.map(({ id }) => id));
    const dropped = [...this.#standing.values()].filter(({ id }) => !ids.has(id));
    for (const resource of [...this.#replaced, ...dropped.reverse()]) {
      await this.#remove(resource, site);
    }
    this.#replaced = [];
    this.#standing = new Map(
      wanted.flatMap(({ id }) => {
        const standing = this.#standing.get(id);
        return standing ? [[id, standing]] : [];
      }),
    );
  }

  async #create(resource: StackResource, site: StackSite): Promise<void> {
    try {
      await resource.carriedOutBy.create(resource.properties, site);
    } catch (error) {
      // A stack created in part is deleted. Resources that existed before are not its own.
      if (!(error instanceof AlreadyExists)) {
        await resource.carriedOutBy.delete(resource.properties, site).catch(() => undefined);
      }
      throw new StackFailure(resource, error as Error);
    }
    this.#standing.set(resource.id, resource);
  }

  async #replace(standing: StackResource, resource: StackResource, site: StackSite): Promise<void> {
    const kept = this.#replaced.find(
      ({ id, properties }) => id === resource.id && same(properties, resource.properties),
    );
    if (kept) this.#standing.set(kept.id, kept);
    else await this.#create(resource, site);
    this.#replaced = [...this.#replaced.filter((each) => each !== kept), standing];
  }

  async #update(standing: StackResource, resource: StackResource, site: StackSite): Promise<void> {
    if (same(standing.properties, resource.properties)) return;
    // Changed in part, should it fail: rolling back then changes all of it.
    this.#standing.set(resource.id, resource);
    await resource.carriedOutBy
      .update(standing.properties, resource.properties, site)
      .catch((error: Error) => {
        throw new StackFailure(resource, error);
      });
  }

  async #remove(resource: StackResource, site: StackSite): Promise<void> {
    await resource.carriedOutBy.delete(resource.properties, site).catch((error: Error) => {
      throw new StackFailure(resource, error);
    });
    if (this.#standing.get(resource.id) === resource) this.#standing.delete(resource.id);
  }
}

/** Says whether a change replaces the resource; throws where AWS allows no second one. */
function needsAnother(standing: StackResource, resource: StackResource): boolean {
  if (standing.type !== resource.type) {
    throw new StackFailure(
      resource,
      new Error(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${resource.id}]`,
      ),
    );
  }
  const { replacing, nameOf } = resource.carriedOutBy;
  const value = (properties: unknown, key: string) => (properties as Record<string, unknown>)[key];
  if (replacing.every((key) => value(standing.properties, key) === value(resource.properties, key)))
    return false;
  const name = nameOf(resource.properties);
  if (name === nameOf(standing.properties)) {
    throw new StackFailure(
      resource,
      new Error(
        `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`,
      ),
    );
  }
  return true;
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
