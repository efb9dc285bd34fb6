/** Reads from a role's trust policy, and from a session's name, who opened the session. */
import { type SessionName, sessionNames } from "../../catalogue/session-names";
import { instanceOfSession } from "../../model/resource";

/** Who may assume a role. */
export interface Trust {
  /** Services, such as "ec2.amazonaws.com". */
  readonly services: readonly string[];
  /**
   * Who may besides: "people" if all of them sign in by SAML; "anyone" if there are principals of an
   * account or web identities, which may be people or programs.
   */
  readonly others: "nobody" | "people" | "anyone";
}

/**
 * Who opened a session, and so chose its name: EC2 for an instance, another service for one workload, a
 * principal that chooses names itself, a person. "unclear": the name may be that of many sessions.
 */
export type Issuer =
  | { readonly by: "ec2" }
  | { readonly by: "service"; readonly name: SessionName }
  | { readonly by: "caller" }
  | { readonly by: "person" }
  | { readonly by: "unclear" };

/** Reads who may assume a role. What it does not understand adds nobody. */
export function trustIn(policy: object | undefined): Trust {
  const { Statement } = (policy ?? {}) as { Statement?: unknown };
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as {
    Effect?: unknown;
    Principal?: unknown;
  }[];
  const principals = statements
    .filter((statement) => statement?.Effect !== "Deny")
    .map((statement) => (statement?.Principal ?? {}) as Record<string, unknown> | string);
  const named = (kind: string) =>
    principals.flatMap((principal) =>
      typeof principal === "string" ? [] : [principal[kind] ?? []].flat().map(String),
    );
  const federated = named("Federated");
  // An app's users: Cognito opens the sessions, and gives all of them one name.
  const apps = federated.filter((provider) => /^cognito-identity\.amazonaws\./.test(provider));
  const people = federated.filter((provider) => provider.includes(":saml-provider/"));
  const isOpen =
    principals.some((principal) => typeof principal === "string") ||
    named("AWS").length > 0 ||
    federated.length > apps.length + people.length;
  return {
    services: [...named("Service"), ...apps],
    others: isOpen ? "anyone" : people.length > 0 ? "people" : "nobody",
  };
}

const ec2 = "ec2.amazonaws.com";
/** Services of which a session has a name of a known shape. */
const telling = [ec2, ...sessionNames.map(({ service }) => service)];

/** Tells who opened a session of a role. */
export function issuerOf({ services, others }: Trust, session: string): Issuer {
  if (instanceOfSession(session) !== undefined && services.includes(ec2)) return { by: "ec2" };
  const name = sessionNames.find(
    ({ service, shape }) => services.includes(service) && shape.test(session),
  );
  if (name !== undefined) return { by: "service", name };
  // Where each service would have given another name, it was one of the others.
  if (others === "nobody" || services.some((service) => !telling.includes(service))) {
    return { by: "unclear" };
  }
  return { by: others === "people" && services.length === 0 ? "person" : "caller" };
}
