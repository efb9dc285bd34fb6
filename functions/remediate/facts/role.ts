import { isDeepStrictEqual } from "node:util";
import { isProtectedRole } from "../../catalogue/protected-roles";
import type { Incident } from "../../model/incident";
import type { MemberAccount, Role } from "../../model/member-account";
import { instanceOfSession, type Place } from "../../model/resource";
import { denyDocument } from "../steps/deny-instance-credentials";
import { revokedBefore } from "../steps/revoke-sessions";
import type { FactsReader, TargetState } from "./reader";

/** Everything that ending a role's sessions must remember of the role. */
export interface RoleFacts {
  /** undefined when the account has no role of that name. */
  readonly role: Role | undefined;
  /** Services that the trust policy lets assume the role, such as "ec2.amazonaws.com"; EKS pods too. */
  readonly services: readonly string[];
  /** Cordon's own policies that stand on the role. */
  readonly denies: readonly object[];
}

export const roleFacts: FactsReader<"role", RoleFacts> = {
  async read(incident: Incident<"role">, { identity }: MemberAccount): Promise<RoleFacts> {
    const name = incident.resource.id;
    const [role, denies] = await Promise.all([
      identity.role(name),
      identity
        .inlinePolicies({ type: "role", name })
        .then((policies) => policies.filter((policy) => policy.startsWith("Cordon-")))
        .then((ours) => Promise.all(ours.map((policy) => identity.rolePolicy(name, policy)))),
    ]);
    return {
      role,
      services: servicesIn(role?.trust),
      denies: denies.filter((document) => document !== undefined),
    };
  },
  circumstances(facts, incident): TargetState {
    const { role } = facts;
    if (role === undefined) {
      return {
        state: "missing",
        quarantined: false,
        optedOut: false,
        limit: missing(incident.resource.id),
      };
    }
    return {
      state: "present",
      arn: role.arn,
      quarantined: isRevoked(facts, incident),
      drift: stillDenied(facts, incident)
        ? `its credentials were used after that, at ${incident.finding.lastSeen}: in vain, if it was an old session; if the role was assumed anew, close its trust policy to whoever did that`
        : `the deny on role ${role.name} is gone`,
      optedOut: role.tags.AutoRemediation === "disabled",
      ...limitOf(facts, role, incident.resource.session),
    };
  },
  permissions: () => [
    {
      actions: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"],
      resources: ["arn:aws:iam::*:role/*"],
    },
  ],
};

/**
 * Names the instance a session was issued to in every region: the finding tells where the
 * credentials were used, which is not where the instance stands.
 */
export function sourceInstanceArn(place: Place, role: { readonly session: string }): string {
  return `arn:aws:ec2:*:${place.account}:instance/${role.session}`;
}

/** Tells whether the session is one that EC2 issued: the role is for instances, and one is named. */
export function isInstanceSession(facts: RoleFacts, session: string): boolean {
  return instanceOfSession(session) !== undefined && facts.services.includes("ec2.amazonaws.com");
}

/** Reads which services may assume a role. */
function servicesIn(trust: object | undefined): readonly string[] {
  const { Statement } = (trust ?? {}) as { Statement?: unknown };
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
  // The pods of a Kubernetes cluster come as a federation, but nobody signs in there.
  const pods = named("Federated").filter((provider) =>
    /:oidc-provider\/oidc\.eks\./.test(provider),
  );
  return [...named("Service"), ...(pods.length > 0 ? ["pods of EKS"] : [])];
}

function isRevoked(facts: RoleFacts, { place, resource, finding }: Incident<"role">): boolean {
  if (isInstanceSession(facts, resource.session)) {
    const wanted = denyDocument({
      instanceArn: sourceInstanceArn(place, resource),
      endpoints: [],
      session: resource.session,
    });
    return facts.denies.some((document) => isDeepStrictEqual(document, wanted));
  }
  return facts.denies.some((document) => {
    const moment = revokedBefore(document);
    return moment !== undefined && Date.parse(finding.lastSeen) < Date.parse(moment);
  });
}

/** Tells whether any deny of the kind that answers this session stands, however old. */
function stillDenied(facts: RoleFacts, { resource }: Incident<"role">): boolean {
  return (
    !isInstanceSession(facts, resource.session) &&
    facts.denies.some((document) => revokedBefore(document) !== undefined)
  );
}

function missing(role: string): NonNullable<TargetState["limit"]> {
  return {
    tier: "notify",
    why: `Role ${role} was deleted`,
    instead: [
      "Its sessions have lost the role's permissions with it.",
      `Find out who deleted it, and what else was done: aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=${role}`,
    ],
  };
}

/** Says how far the response may go on this role, and what people do where it may not. */
function limitOf(facts: RoleFacts, role: Role, session: string): Pick<TargetState, "limit"> {
  if (role.arn.includes(":role/aws-service-role/")) {
    return {
      limit: {
        tier: "notify",
        why: `Role ${role.name} is linked to a service: IAM lets nobody add a policy to it`,
        instead: [
          "Look in the service for what acted in its name, and stop that there.",
          `If the service is not in use: aws iam delete-service-linked-role --role-name ${role.name}`,
        ],
      },
    };
  }
  if (role.arn.includes(":role/aws-reserved/sso.amazonaws.com/")) {
    return {
      limit: {
        tier: "notify",
        why: `Role ${role.name} belongs to IAM Identity Center, which puts back whatever is changed on it`,
        instead: [
          `In IAM Identity Center disable user ${session}, end the user's sessions, and take the assignment to this account away.`,
          "Sessions in this account live on for up to 12 hours: deny identitystore:userId of the user in a service control policy.",
        ],
      },
    };
  }
  if (isProtectedRole(role.arn)) {
    return {
      limit: {
        tier: "notify",
        why: `Role ${role.name} is protected: no response may touch it`,
        instead: [
          `Revoke its sessions by hand if that is right: IAM console, role ${role.name}, Revoke sessions.`,
        ],
      },
    };
  }
  const isWorkload = facts.services.length > 0 && !isInstanceSession(facts, session);
  if (!isWorkload) return {};
  return {
    limit: {
      tier: "approve",
      why: `Role ${role.name} is a workload's (${facts.services.join(", ")}): ending its sessions stops whatever runs with it until it gets new ones, hours later`,
      instead: [
        `Restart or stop the workload behind session ${session} first, then revoke: IAM console, role ${role.name}, Revoke sessions.`,
      ],
    },
  };
}
