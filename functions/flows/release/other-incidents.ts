/** Open incidents that go on cutting off what a release gives back. */
import { isDeepStrictEqual } from "node:util";
import { catalogue } from "../../catalogue/playbooks";
import { errorText } from "../../model/plain-text";
import { resourceArn } from "../../model/resource";
import { subjectOf } from "../../notify/incident-news";
import type { IncidentRecord, Journal } from "../../record/journal";
import { allSteps, asOwn, stepsOfKind } from "../../remediate/plan";
import type { Step } from "../../remediate/steps";

/**
 * Names the other open incidents of the same instance, role or user, or of the role or user that the
 * incident denies. Where they cannot be listed, it says so: a release does not wait for them.
 */
export async function otherIncidents(
  record: IncidentRecord,
  journal: Journal,
): Promise<readonly string[]> {
  try {
    const own = new Set([...subjectsOf(record), ...principalsOf(record)]);
    const open = await journal.openIncidents();
    return open
      .filter(({ id }) => id !== record.id)
      .filter((other) => subjectsOf(other).some((subject) => own.has(subject)))
      .map(nameOf)
      .sort();
  } catch (error) {
    return [`Cordon could not list the open incidents: ${errorText(error)}`];
  }
}

/**
 * Lists the blocks of an incident's addresses that other incidents of the account and region want, too: the
 * last one that is released takes an address out. One that is being released wants nothing any more.
 */
export async function blocksOfOthers(
  { id, incident: { place }, plan }: IncidentRecord,
  journal: Pick<Journal, "openIncidents">,
): Promise<readonly Step[]> {
  const own = stepsOfKind(plan, "block-address");
  if (own.length === 0) return [];
  const others = (await journal.openIncidents()).filter(
    (other) =>
      other.id !== id &&
      other.status !== "releasing" &&
      isDeepStrictEqual(other.incident.place, place),
  );
  const wanted = others.flatMap((other) => stepsOfKind(other.plan, "block-address"));
  return own.filter(({ address }) => wanted.some((other) => other.address === address));
}

function nameOf({ id, incident, accountName, status }: IncidentRecord): string {
  const { resource } = subjectOf(incident, accountName);
  return `${id} (${catalogue[incident.playbook].title}, ${resource}) is ${status}`;
}

/** Names what an incident cuts off: of a role only what is not limited to the sessions of an instance. */
function subjectsOf(record: IncidentRecord): readonly string[] {
  const { plan } = record;
  return [
    ...asOwn(record).map(({ incident }) => named(resourceArn(incident.place, incident.resource))),
    ...allSteps(plan).flatMap((step) =>
      "instanceArn" in step ? [named(step.instanceArn)] : principalOf(step),
    ),
  ];
}

function principalsOf({ plan }: IncidentRecord): readonly string[] {
  return allSteps(plan).flatMap(principalOf);
}

function principalOf(step: Step): readonly string[] {
  if ("role" in step) return [named(step.role.arn)];
  if ("user" in step) return [named(step.user.arn)];
  return step.kind === "tag-principal" ? [named(step.principal.arn)] : [];
}

/** Leaves out Region and path: a finding may lack them, and the rest is unique. */
function named(arn: string): string {
  const [, , service, , account, resource = ""] = arn.split(":");
  return [service, account, resource.split("/")[0], resource.split("/").pop()].join(" ");
}
