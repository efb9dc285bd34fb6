import type { PlaybookId } from "../catalogue/playbooks";
import type { Finding } from "./finding";
import type { Place, Resource, ResourceKind } from "./resource";

/** One finding about one resource, handled by one playbook. */
export interface Incident<R extends ResourceKind = ResourceKind> {
  /** Hash of account, region, resource and playbook; the same for every re-emission. */
  readonly key: string;
  readonly playbook: PlaybookId;
  readonly place: Place;
  readonly resource: Extract<Resource, { kind: R }>;
  readonly finding: Finding;
}
