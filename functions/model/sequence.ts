/** The parts of an attack sequence: each is contained as the target of an incident of its own would be. */
import type { BegunBy } from "./finding";
import type { Incident } from "./incident";
import type { Resource } from "./resource";

/** A resource that is not several. */
type Single = Exclude<Resource, { readonly kind: "sequence" }>;

export interface Part extends Pick<Incident, "key" | "playbook" | "place"> {
  readonly resource: Single;
  /** Names the part in the plan: "instance i-0123456789abcdef0", "user deploy", "role analyst, session ana". */
  readonly name: string;
  /** Of an instance. */
  readonly begunBy?: BegunBy;
}

/** What a sequence names and Cordon does not contain. */
export interface Aside {
  readonly what: string;
  /** One sentence without its stop. */
  readonly why: string;
  readonly manualSteps: readonly string[];
  /** The attacker may go on by it: of what was only acted on, this is not so. */
  readonly isOpen?: true;
}

/**
 * Makes the incident that a finding about the part alone would have. What a responder requested was the
 * plan of the sequence: no guard of a part is overruled by that.
 */
export function incidentOfPart({ finding }: Pick<Incident, "finding">, part: Part): Incident {
  const { requestedAt: _, requestedBy: __, dryRun: ___, ...found } = finding;
  const { key, playbook, place, resource, begunBy } = part;
  return {
    key,
    playbook,
    place,
    resource,
    finding: { ...found, ...(begunBy !== undefined && { begunBy }) },
  };
}
