/** A playbook reads facts and returns a plan; it changes nothing. Types only. */
import type { OwnRoles } from "../catalogue/own-roles";
import type { Catalogue, PlaybookId } from "../catalogue/playbooks";
import type { Blocking } from "../catalogue/unblockable";
import type { Incident } from "../model/incident";
import type { FactsOf } from "./facts";
import type { Plan } from "./plan";

type ResourceOf<P extends PlaybookId> = Catalogue[P]["resource"];

/** What a deployment chooses about the plans themselves. */
export interface PlaybookOptions {
  /** Which of a user's active keys to disable: all, or only the one the finding names. */
  readonly disableKeys: "all" | "named";
  /** Which accounts Cordon's service control policies bind. */
  readonly guardrails: "all" | "some" | "none";
  /** Names or paths of break-glass principals, after `role/` or `user/`, possibly ending in "*". */
  readonly breakGlass: { readonly roles: readonly string[]; readonly users: readonly string[] };
  /** How addresses are blocked. @default none is */
  readonly blocking?: Blocking | undefined;
  /** What names Cordon's own roles, which no plan changes. */
  readonly ownRoles: OwnRoles;
}

/**
 * Plans the answer to an incident. The compiler holds it to the steps its catalogue entry lists,
 * because the deployed role is made from that list and allows no more.
 *
 * @param incidentId names what the plan creates: tags, policies, groups.
 * @param suffix makes those names random: who knows the finding can compute the incident's id.
 */
export type Playbook<P extends PlaybookId> = (
  incident: Incident<ResourceOf<P>>,
  facts: FactsOf<ResourceOf<P>>,
  incidentId: string,
  now: Date,
  options: PlaybookOptions,
  suffix: string,
) => Plan<Catalogue[P]["steps"][number]>;
