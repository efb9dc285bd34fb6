/** Facts readers by kind of resource. */
import type { ResourceKind } from "../../incident";
import { instanceFacts } from "./instance";

export const facts = { instance: instanceFacts } as const;
export type FactsOf<R extends ResourceKind> = Awaited<ReturnType<(typeof facts)[R]["read"]>>;
