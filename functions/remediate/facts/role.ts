import { isDeepStrictEqual } from "node:util";
import { denyPolicyArn, denyPolicyPath } from "../../catalogue/deny-policies";
import { homeRegion } from "../../catalogue/names";
import { isServiceManaged } from "../../catalogue/protected-roles";
import { isOptedOut } from "../../catalogue/tags";
import { command, lookUpEvents } from "../../model/command";
import { inParallel } from "../../model/in-parallel";
import type { Incident } from "../../model/incident";
import type { MemberAccount, Role } from "../../model/member-account";
import type { Place } from "../../model/resource";
import { denyDocument } from "../steps/deny-instance-credentials";
import { sessionDeny, userIdOf } from "../steps/deny-session";
import { revokedBefore } from "../steps/revoke-sessions";
import type { FactsReader, TargetState } from "./reader";
import { issuerOf, type Trust, trustIn } from "./session-issuer";

/** Everything that ending a role's sessions must remember of the role. */
export interface RoleFacts {
  /** The role whose session was used; undefined when there is none. */
  readonly role: Role | undefined;
  /** There is none, and yet another role has the name that the finding gives. */
  readonly namesake?: true;
  /** Who may assume the role. */
  readonly trust: Trust;
  /** Cordon's own policies on the role. */
  readonly denies: readonly object[];
}

/** As many of them are read at once: a storm, or a thief, may have left dozens, and IAM throttles. */
const policiesAtOnce = 5;

export const roleFacts: FactsReader<"role", RoleFacts> = {
  async read(incident: Incident<"role">, { identity }: MemberAccount): Promise<RoleFacts> {
    const { id: name, uniqueId } = incident.resource;
    const [found, inline, managed] = await Promise.all([
      identity.role(name),
      identity
        .inlinePolicies({ type: "role", name })
        .then((policies) => policies.filter((policy) => policy.startsWith("Cordon-")))
        .then((ours) =>
          inParallel(policiesAtOnce, ours, (policy) => identity.rolePolicy(name, policy)),
        ),
      identity
        .attachedRolePolicies(name, denyPolicyPath)
        .then((ours) => inParallel(policiesAtOnce, ours, (arn) => identity.managedPolicy(arn))),
    ]);
    // IAM never gives an id twice: the role of the finding was deleted, and another was made.
    const isNamesake = uniqueId !== undefined && found !== undefined && found.uniqueId !== uniqueId;
    const role = isNamesake ? undefined : found;
    return {
      role,
      ...(isNamesake && { namesake: true }),
      trust: trustIn(role?.trust),
      denies: [...inline, ...managed].filter((document) => document !== undefined),
    };
  },
  circumstances(facts, incident): TargetState {
    const { role } = facts;
    const { session } = incident.resource;
    if (role === undefined) {
      return {
        state: "missing",
        quarantined: false,
        optedOut: false,
        limit: missing(incident.resource.id, facts.namesake === true),
      };
    }
    return {
      state: "present",
      arn: role.arn,
      quarantined: isRevoked(facts, role, incident),
      drift: wasRevoked(facts, role, session)
        ? `its credentials were used after that, at ${incident.finding.lastSeen}: an older session was denied; if the role was assumed again, remove that principal from its trust policy`
        : `the deny on role ${role.name} is gone`,
      optedOut: isOptedOut(role.tags),
      tags: role.tags,
      ...limitOf(facts, role, session),
    };
  },
  permissions: () => [
    {
      actions: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
      ],
      resources: ["arn:aws:iam::*:role/*"],
    },
    {
      actions: ["iam:GetPolicy", "iam:GetPolicyVersion"],
      resources: [denyPolicyArn("*", "*")],
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

/** Checks whether a deny of the kind that this session takes is in effect. */
function isRevoked(
  { denies, trust }: RoleFacts,
  role: Role,
  { place, resource, finding }: Incident<"role">,
): boolean {
  const { session } = resource;
  const has = (wanted: object) => denies.some((deny) => isDeepStrictEqual(deny, wanted));
  switch (issuerOf(trust, session).by) {
    case "ec2":
      return has(
        denyDocument({ instanceArn: sourceInstanceArn(place, resource), endpoints: [], session }),
      );
    case "service":
      return has(sessionDeny({ role, session }));
    default:
      return revocations(denies, role, session).some(
        (moment) => Date.parse(finding.lastSeen) < Date.parse(moment),
      );
  }
}

/** Lists the moments before which this session is revoked, alone or with all others of the role. */
function revocations(denies: RoleFacts["denies"], role: Role, session: string): readonly string[] {
  const moments = denies.flatMap((deny) => [
    revokedBefore(deny),
    revokedBefore(deny, userIdOf(role, session)),
  ]);
  return moments.filter((moment) => moment !== undefined);
}

/** Checks whether a revocation of this session is in effect, however old. */
function wasRevoked({ denies, trust }: RoleFacts, role: Role, session: string): boolean {
  const { by } = issuerOf(trust, session);
  return by !== "ec2" && by !== "service" && revocations(denies, role, session).length > 0;
}

function missing(role: string, namesake: boolean): NonNullable<TargetState["limit"]> {
  return {
    tier: "notify",
    why: namesake
      ? `The role ${role} of the finding does not exist: another role has its name now`
      : `The role ${role} does not exist`,
    manualSteps: [
      "The deletion ended the permissions of its sessions.",
      `Find who deleted it, and what else that principal did: ${lookUpEvents("ResourceName", role, homeRegion)}`,
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
          `If the service is not in use: ${command`aws iam delete-service-linked-role --role-name=${role.name}`}`,
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
  if (issuerOf(facts.trust, session).by !== "unclear") return {};
  const { services } = facts.trust;
  return {
    limit: {
      tier: "approve",
      why:
        services.length === 0
          ? `The trust policy of role ${role.name} does not say who opened session ${session}: only all sessions of the role can be revoked`
          : `Workloads use role ${role.name} (${services.join(", ")}), and the name ${session} may be that of many sessions: revoking all of the role stops them until they get new ones, hours later`,
      manualSteps: [
        `Restart or stop the workload behind session ${session} first, then revoke: IAM console, role ${role.name}, Revoke sessions.`,
      ],
    },
  };
}
