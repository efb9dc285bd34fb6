/** What a detector reports, in Cordon's own words. Types only, and the ARNs they imply. */
import type { PlaybookId } from "./catalogue";

/** Where a target lives. */
export interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** What a playbook can be about. A new kind gets its facts reader in remediate/facts. */
export type Resource = { readonly kind: "instance"; readonly id: string };
export type ResourceKind = Resource["kind"];

/** The parts of a detector's finding that a decision, a tag or a notice needs. */
export interface Finding {
  readonly id: string;
  readonly type: string;
  /** 0 to 10 as the detector scores it; 7 and above is high. */
  readonly severity: number;
  readonly title: string;
  /** Whether the resource did the deed or suffered it; not every finding says. */
  readonly role: "ACTOR" | "TARGET" | "unknown";
  readonly sample: boolean;
  /** ISO 8601: the newest activity the finding covers. */
  readonly lastSeen: string;
}

/** One finding on one resource, answered by one playbook. */
export interface Incident<R extends ResourceKind = ResourceKind> {
  /** Hash of account, region, resource and playbook; the same for every re-emission. */
  readonly key: string;
  readonly playbook: PlaybookId;
  readonly place: Place;
  readonly resource: Extract<Resource, { kind: R }>;
  readonly finding: Finding;
}

export function resourceArn(place: Place, resource: Resource): string {
  switch (resource.kind) {
    case "instance":
      return `arn:${place.partition}:ec2:${place.region}:${place.account}:instance/${resource.id}`;
  }
}
