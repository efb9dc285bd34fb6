import type { Catalogue } from "../../catalogue/catalogue";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { step } from "../steps";
import { marking } from "../steps/shared/marks";
import { containedTags, principalTags } from "../steps/tag-principal";

/** Ends a user's keys, and denies the user everything: the keys' own sessions outlive them. */
export const containAccessKey: Playbook<"contain-access-key"> = (
  incident,
  facts,
  incidentId,
  now,
  { disableKeys },
) => {
  const { user, keys, denied } = facts;
  if (user === undefined) throw new Error(`${incident.resource.id} was not there to plan for`);
  const { name, arn } = user;
  const { accessKey } = incident.resource;
  const doomed = keys.filter(
    (key) => key.active && (disableKeys === "all" || key.id === accessKey),
  );
  const stages: Stage<Steps>[] = [
    {
      name: "cut",
      onFailure: "continue",
      steps: [
        ...doomed.map((key) =>
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
          ...marking(principalTags, user.tags, containedTags(incidentId, incident.finding, now)),
        }),
      ],
    },
  ];
  const spared = keys.filter((key) => key.active && !doomed.includes(key)).map((key) => key.id);
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    residual: [
      "IAM changes can take some minutes to hold everywhere; until then single calls may still succeed.",
      "Sessions of roles that the user has assumed live on: they are the roles', not the user's.",
      "Whoever can change IAM in the account can take the deny away again.",
      ...(spared.length === 0
        ? []
        : [
            `${spared.join(", ")} stays active by configuration (cordon:disableKeys is "named"), and useless while the user is denied.`,
          ]),
      ...(denied
        ? ["The user was denied everything already; that deny stays after a release."]
        : []),
    ],
    nextSteps: [
      `See what was done with the key: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey}`,
      "Look for what outlives the key: new users, keys, roles, trust policies, functions, instances in other regions.",
      `Find the owner of ${name}, and where the key was kept; give the workload a role instead of a new key.`,
      incident.finding.exposed
        ? "The key is public and stays disabled for good, also after a release: replace it, then delete it."
        : "If this was a false positive, release it. The key itself stays disabled unless you release with --reactivate-keys.",
    ],
  };
};

type Steps = Catalogue["contain-access-key"]["steps"][number];
