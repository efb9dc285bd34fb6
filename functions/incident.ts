/** What a detector reports, in Cordon's own words. Types only, and the ARNs they imply. */
import type { PlaybookId } from "./catalogue";

/** Where a target lives. IAM is global: its resources bear the region of the finding. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** What a playbook can be about. A new kind gets its facts reader in remediate/facts. */
export type Resource =
  | { readonly kind: "instance"; readonly id: string }
  /** An IAM user, by name, whose credentials were used. */
  | { readonly kind: "user"; readonly id: string; readonly accessKey: string }
  /** An IAM role, by name, of which a session was used. */
  | {
      readonly kind: "role";
      readonly id: string;
      readonly accessKey: string;
      /** Name of the session; EC2 names those it issues after the instance. */
      readonly session: string;
    };
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
  /** Where people read it. @default its page in GuardDuty's console */
  readonly link?: string;
  /** The credential is public: it must never be put to use again. */
  readonly exposed?: true;
  /**
   * When a person asked for this response by a custom action, ISO 8601: neither severity nor an
   * earlier release holds it back.
   */
  readonly requestedAt?: string;
  /** That person asked what would be done, and for nothing to be done. */
  readonly dryRun?: true;
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

/** Names a resource in one word of an ARN. Of IAM resources it lacks the path, which only IAM knows. */
export function resourceArn(place: Place, resource: Resource): string {
  switch (resource.kind) {
    case "instance":
      return `arn:aws:ec2:${place.region}:${place.account}:instance/${resource.id}`;
    case "user":
    case "role":
      return `arn:aws:iam::${place.account}:${resource.kind}/${resource.id}`;
  }
}

/** Tells whether a resource lives in one region; the others are the same wherever they are seen. */
export function isRegional(resource: Resource): boolean {
  return resource.kind === "instance";
}

/** The instance a role's session was issued to, by its name; undefined for every other session. */
export function instanceOfSession(session: string): string | undefined {
  return /^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(session) ? session : undefined;
}
