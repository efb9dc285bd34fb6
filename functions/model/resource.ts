/** What a playbook can be about, where it lives, and the ARN that names it. */

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
