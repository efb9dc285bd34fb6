import { createHash } from "node:crypto";
import { denyPolicyName } from "../../catalogue/deny-policies";
import type { Catalogue } from "../../catalogue/playbooks";
import type { Incident } from "../../model/incident";
import type { Role } from "../../model/member-account";
import { sourceInstanceArn } from "../facts/role";
import { type Issuer, issuerOf } from "../facts/session-issuer";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { type StepOf, step } from "../steps";
import { userIdOf } from "../steps/deny-session";
import { revokedFrom } from "../steps/revoke-sessions";
import { containmentTags } from "../steps/shared/marks";
import { markOf } from "./guardrails";
import { sessionNextSteps, sessionResidual } from "./session-notes";

/** Seconds that the mark may hold up the deny. */
const limitSeconds = 5;

/**
 * Denies the stolen sessions of a role: those of one instance or workload, those of one name that exist
 * until now, or all that exist until now. The mark of the whole role comes first: it puts the role under
 * the guardrails that keep others from deleting the deny.
 */
export const revokeRoleSessions: Playbook<"revoke-sessions"> = (
  incident,
  facts,
  incidentId,
  now,
  { guardrails },
  suffix,
) => {
  const { resource, finding } = incident;
  const { role, trust } = facts;
  if (role === undefined)
    throw new Error(`${resource.id} does not exist, so that no plan can be made for it`);
  const { name, arn, uniqueId } = role;
  const issuer = issuerOf(trust, resource.session);
  // A role whose other sessions go on is not contained, and may be part of more such incidents.
  const mark =
    issuer.by === "person" || issuer.by === "unclear"
      ? markOf(
          { type: "role", name, arn, uniqueId, tags: role.tags },
          containmentTags(incidentId, finding, now),
          guardrails,
        )
      : { steps: [], open: [], residual: [] };
  const stages: Stage<Steps>[] = [
    {
      name: "mark",
      onFailure: "continue",
      limitSeconds,
      steps: mark.steps,
    },
    {
      name: "deny",
      onFailure: "stop",
      steps: [denyOf(issuer, incident, role, denyPolicyName(incidentId, suffix), now)],
    },
  ];
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    ...(mark.open.length > 0 && { open: mark.open }),
    residual: [
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of other roles that the stolen session assumed earlier are not denied.",
      ...mark.residual,
      ...sessionResidual(issuer, trust, resource),
    ],
    nextSteps: sessionNextSteps(issuer, resource, incident.place),
  };
};

type Steps = Catalogue["revoke-sessions"]["steps"][number];

/** Plans the narrowest deny that the session's name allows. */
function denyOf(
  issuer: Issuer,
  { place, resource }: Incident<"role">,
  { name, arn, uniqueId }: Role,
  policy: string,
  now: Date,
): StepOf<Steps> {
  const { session } = resource;
  const role = { name, arn };
  const issuedBefore = revokedFrom(now);
  switch (issuer.by) {
    case "ec2":
      return step("deny-instance-credentials", {
        role,
        policy,
        instanceArn: sourceInstanceArn(place, resource),
        // No endpoint for forensics stays allowed: the credentials are elsewhere by now.
        endpoints: [],
        session,
      });
    case "service":
      return step("deny-session", { role: { ...role, uniqueId }, policy, session });
    case "caller":
      return step("revoke-sessions", {
        role,
        // All such sessions of a role are one incident: the next one has a deny of its own.
        policy: `${policy}-${createHash("sha256").update(session).digest("hex").slice(0, 32)}`,
        issuedBefore,
        only: { session, userId: userIdOf({ uniqueId }, session) },
      });
    default:
      return step("revoke-sessions", { role, policy, issuedBefore });
  }
}
