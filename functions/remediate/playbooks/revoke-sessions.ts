import type { Catalogue } from "../../catalogue/playbooks";
import type { Incident } from "../../model/incident";
import { instanceOfSession } from "../../model/resource";
import { isInstanceSession, type RoleFacts, sourceInstanceArn } from "../facts/role";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { step } from "../steps";
import { revokedFrom } from "../steps/revoke-sessions";
import { containmentTags } from "../steps/shared/marks";
import { markOf } from "./guardrails";

const sessionHours = 12;
/** Seconds that the mark may hold up the deny. */
const limitSeconds = 5;

/**
 * Denies the stolen sessions of a role: those of one instance, or all that exist until now. The mark
 * comes first: it puts the role under the guardrails that keep others from deleting the deny.
 */
export const revokeRoleSessions: Playbook<"revoke-sessions"> = (
  incident,
  facts,
  incidentId,
  now,
  { guardrails },
) => {
  const { role } = facts;
  if (role === undefined)
    throw new Error(`${incident.resource.id} does not exist, so that no plan can be made for it`);
  const { name, arn, uniqueId } = role;
  const policy = `Cordon-${incidentId}`;
  const ofInstance = isInstanceSession(facts, incident.resource.session);
  // A role whose other instances go on is not contained, and may be part of more such incidents.
  const mark = ofInstance
    ? { steps: [], open: [], residual: [] }
    : markOf(
        { type: "role", name, arn, uniqueId, tags: role.tags },
        containmentTags(incidentId, incident.finding, now),
        guardrails,
      );
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
      steps: [
        ofInstance
          ? step("deny-instance-credentials", {
              role: { name, arn },
              policy,
              instanceArn: sourceInstanceArn(incident.place, incident.resource),
              // No endpoint for forensics stays allowed: the credentials are elsewhere by now.
              endpoints: [],
              session: incident.resource.session,
            })
          : step("revoke-sessions", {
              role: { name, arn },
              policy,
              issuedBefore: revokedFrom(now),
            }),
      ],
    },
  ];
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    ...(mark.open.length > 0 && { open: mark.open }),
    residual: [
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of other roles that the stolen session assumed earlier are not denied.",
      ...(ofInstance ? instanceResidual : [...mark.residual, ...humanResidual(facts)]),
    ],
    nextSteps: nextSteps(incident, ofInstance),
  };
};

type Steps = Catalogue["revoke-sessions"]["steps"][number];

const instanceResidual = [
  // The role is not tagged, and so no service control policy guards the deny.
  "Any principal that can change IAM in the account can remove the deny.",
  "The instance keeps running without working credentials: applications that need them fail.",
];

function humanResidual({ role }: RoleFacts): readonly string[] {
  return [
    `Any principal that the trust policy allows can assume role ${role?.name} again: fix the trust policy or the identity provider.`,
    "All current users of the role must assume it again.",
    `The longest session lasts ${sessionHours} hours; after that the policy has no effect, and the incident can be released.`,
  ];
}

function nextSteps(incident: Incident<"role">, ofInstance: boolean): readonly string[] {
  const { accessKey, id, session } = incident.resource;
  return [
    `Find what was done with the session: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey}`,
    ...(ofInstance
      ? [
          `Find out how the credentials left ${instanceOfSession(session)}: contain the instance if it is compromised, and require IMDSv2.`,
        ]
      : [
          `Find who assumed ${id} as ${session}, and stop that: the user's own keys, the identity provider or the trust policy.`,
        ]),
    `If IAM refuses the policy because role ${id} has reached its policy quota: aws iam attach-role-policy --role-name ${id} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll, which stops everything that uses the role.`,
    "If this was a false positive, release it.",
  ];
}
