/** Facts readers by kind of resource. */
import type { ResourceKind } from "../../model/resource";
import { addressFacts } from "./address";
import { instanceFacts } from "./instance";
import { postureFacts } from "./posture";
import type { FactsReader } from "./reader";
import { resourceFacts } from "./resource";
import { roleFacts } from "./role";
import { sequenceFacts } from "./sequence";
import { userFacts } from "./user";

export const facts = {
  instance: instanceFacts,
  user: userFacts,
  role: roleFacts,
  posture: postureFacts,
  sequence: sequenceFacts,
  address: addressFacts,
  resource: resourceFacts,
} as const satisfies { readonly [R in ResourceKind]: FactsReader<R, unknown> };
export type FactsOf<R extends ResourceKind> = Awaited<ReturnType<(typeof facts)[R]["read"]>>;

/** Finds the reader for a kind of resource. One cast, for the same reason as with playbooks. */
export function readerOf(kind: ResourceKind): FactsReader<ResourceKind, unknown> {
  return facts[kind] as unknown as FactsReader<ResourceKind, unknown>;
}
