import type { Catalogue } from "../../catalogue/playbooks";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { step } from "../steps";
import { containmentTags } from "../steps/shared/marks";
import { principalMarking } from "../steps/tag-principal";
import { removalRisk } from "./guardrails";

/** Ends a user's keys, and denies the user everything: the keys' own sessions outlive them. */
export const containAccessKey: Playbook<"contain-access-key"> = (
  incident,
  facts,
  incidentId,
  now,
  { disableKeys, guardrails },
) => {
  const { user, keys, denied } = facts;
  if (user === undefined)
    throw new Error(`${incident.resource.id} does not exist, so that no plan can be made for it`);
  const { name, arn } = user;
  const { accessKey } = incident.resource;
  const disabled = keys.filter(
    (key) => key.active && (disableKeys === "all" || key.id === accessKey),
  );
  const stages: Stage<Steps>[] = [
    {
      name: "cut",
      onFailure: "continue",
      steps: [
        ...disabled.map((key) =>
          step("disable-access-key", { user: { name, arn }, accessKey: key.id }),
        ),
        ...(denied
          ? []
          : [
              step("deny-user", {
                user: { name, arn },
                policy: `Cordon-${incidentId}`,
                boundary: user.boundary ?? null,
              }),
            ]),
      ],
    },
    {
      name: "label",
      onFailure: "continue",
      steps: [
        step("tag-principal", {
          principal: { type: "user", name, arn },
          ...principalMarking(user.tags, containmentTags(incidentId, incident.finding, now)),
        }),
      ],
    },
  ];
  const active = keys.filter((key) => key.active && !disabled.includes(key)).map((key) => key.id);
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    residual: [
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of roles that the user assumed earlier are not denied.",
      removalRisk(guardrails),
      ...(active.length === 0
        ? []
        : [
            `${active.join(", ")} stays active by configuration (cordon:disableKeys is "named"), but has no permissions while the user is denied.`,
          ]),
      ...(denied
        ? ["The user was already denied all actions; that deny stays after a release."]
        : []),
    ],
    nextSteps: [
      `Find what was done with the key: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey}`,
      "Look for persistence: new users, keys, roles, trust policies, functions, and instances in other regions.",
      `Find the owner of ${name} and where the key was stored; give the workload a role instead of a new key.`,
      incident.finding.exposed
        ? "The key is public and stays disabled permanently, also after a release: replace it, then delete it."
        : "If this was a false positive, release it. The key itself stays disabled unless you release with --reactivate-keys.",
    ],
  };
};

type Steps = Catalogue["contain-access-key"]["steps"][number];
