/** Finds the exception that covers an incident. Pure. */
import type { Incident } from "../model/incident";
import { resourceArn } from "../model/resource";
import type { Covered, Exception } from "../record/exceptions";
import type { TargetState } from "../remediate/facts/reader";

/** The exceptions in effect, as they were read right before acting. */
export interface Exceptions {
  readonly entries: readonly Exception[];
  /** Units above the account, at whatever depth; empty where no entry names a unit. */
  readonly units: readonly string[];
}

interface Subject {
  readonly incident: Incident;
  readonly target: TargetState;
  readonly units: readonly string[];
}

/** How each field of an entry matches. */
const matches: {
  readonly [C in keyof Covered]-?: (value: string, subject: Subject) => boolean;
} = {
  // Of users and roles a finding knows no path; a name is unique in its account whatever the path.
  resource: (arn, { incident, target }) =>
    arn === target.arn || arn === resourceArn(incident.place, incident.resource),
  account: (id, { incident }) => id === incident.place.account,
  unit: (id, { units }) => units.includes(id),
  // Tags that are not known may be these.
  tag: (tag, { target: { tags } }) =>
    tags === undefined || Object.entries(tags).some(([key, value]) => `${key}=${value}` === tag),
  playbook: (id, { incident }) => id === incident.playbook,
  type: (type, { incident: { finding } }) =>
    type.endsWith("*") ? finding.type.startsWith(type.slice(0, -1)) : finding.type === type,
  incident: (key, { incident }) => key === incident.key,
};

/** Finds the first exception of which everything that it names matches; undefined if there is none. */
export function exceptionFor(
  { entries, units }: Exceptions,
  incident: Incident,
  target: TargetState,
): Exception | undefined {
  const subject = { incident, target, units };
  return entries.find(({ covers }) =>
    (Object.entries(covers) as [keyof Covered, string][]).every(([field, value]) =>
      matches[field](value, subject),
    ),
  );
}

/** Names an entry, its owner, its end and its reason in one phrase. */
export function describeException({ id, kind, owner, expires, reason }: Exception): string {
  const what = kind === "exception" ? "Exception" : "False positive";
  return `${what} ${id} of ${owner} until ${expires}: ${reason}`;
}
