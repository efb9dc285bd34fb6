import { isDeepStrictEqual } from "node:util";
import { isServiceManaged } from "../../catalogue/protected-roles";
import { isOptedOut } from "../../catalogue/tags";
import { inParallel } from "../../model/in-parallel";
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
  /** Cordon's own policies on the role. */
  readonly denies: readonly object[];
}

/** As many of them are read at once: a storm, or a thief, may have left dozens, and IAM throttles. */
const policiesAtOnce = 5;

export const roleFacts: FactsReader<"role", RoleFacts> = {
  async read(incident: Incident<"role">, { identity }: MemberAccount): Promise<RoleFacts> {
    const name = incident.resource.id;
    const [role, denies] = await Promise.all([
      identity.role(name),
      identity
        .inlinePolicies({ type: "role", name })
        .then((policies) => policies.filter((policy) => policy.startsWith("Cordon-")))
        .then((ours) =>
          inParallel(policiesAtOnce, ours, (policy) => identity.rolePolicy(name, policy)),
        ),
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
        ? `its credentials were used after that, at ${incident.finding.lastSeen}: an older session was denied; if the role was assumed again, remove that principal from its trust policy`
        : `the deny on role ${role.name} is gone`,
      optedOut: isOptedOut(role.tags),
      tags: role.tags,
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
 * Names the instance a session was issued to in every region: the finding gives the region where the
 * credentials were used, which may not be the instance's.
 */
export function sourceInstanceArn(place: Place, role: { readonly session: string }): string {
  return `arn:aws:ec2:*:${place.account}:instance/${role.session}`;
}

/** Checks whether EC2 issued the session: the role is for instances, and the session names one. */
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
  // Pods of a Kubernetes cluster assume roles by federation, without any user who signs in.
  const pods = named("Federated").filter((provider) =>
    /:oidc-provider\/oidc\.eks\./.test(provider),
  );
  return [...named("Service"), ...(pods.length > 0 ? ["EKS pods"] : [])];
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

/** Checks whether a deny of the kind for this session is in effect, however old. */
function stillDenied(facts: RoleFacts, { resource }: Incident<"role">): boolean {
  return (
    !isInstanceSession(facts, resource.session) &&
    facts.denies.some((document) => revokedBefore(document) !== undefined)
  );
}

function missing(role: string): NonNullable<TargetState["limit"]> {
  return {
    tier: "notify",
    why: `The role ${role} does not exist`,
    manualSteps: [
      "The deletion ended the permissions of its sessions.",
      `Find who deleted it, and what else that principal did: aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=${role}`,
    ],
  };
}

/** Limits the response on this role, and gives the manual steps in its place. */
function limitOf(facts: RoleFacts, role: Role, session: string): Pick<TargetState, "limit"> {
  if (role.arn.includes(":role/aws-service-role/")) {
    return {
      limit: {
        tier: "notify",
        why: `Role ${role.name} is a service-linked role: IAM refuses policies on it`,
        manualSteps: [
          "In the service, find the resource that acted with the role, and stop it there.",
          `If the service is not in use: aws iam delete-service-linked-role --role-name ${role.name}`,
        ],
      },
    };
  }
  if (role.arn.includes(":role/aws-reserved/sso.amazonaws.com/")) {
    return {
      limit: {
        tier: "notify",
        why: `Role ${role.name} belongs to IAM Identity Center, which reverts every change to it`,
        manualSteps: [
          `In IAM Identity Center disable user ${session}, end the user's sessions, and remove the assignment to this account.`,
          "Sessions in this account last up to 12 more hours: deny the user by identitystore:userId in a service control policy.",
        ],
      },
    };
  }
  if (isServiceManaged(role.arn)) {
    return {
      limit: {
        tier: "notify",
        why: `AWS manages role ${role.name}: Cordon never changes it`,
        manualSteps: [
          `Revoke its sessions manually if that is right: IAM console, role ${role.name}, Revoke sessions.`,
        ],
      },
    };
  }
  const isWorkload = facts.services.length > 0 && !isInstanceSession(facts, session);
  if (!isWorkload) return {};
  return {
    limit: {
      tier: "approve",
      why: `Workloads use role ${role.name} (${facts.services.join(", ")}): revoking its sessions stops them until they get new ones, hours later`,
      manualSteps: [
        `Restart or stop the workload behind session ${session} first, then revoke: IAM console, role ${role.name}, Revoke sessions.`,
      ],
    },
  };
}
