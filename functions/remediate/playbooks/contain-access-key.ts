import { denyPolicyName } from "../../catalogue/deny-policies";
import type { Catalogue } from "../../catalogue/playbooks";
import { command, lookUpEvents } from "../../model/command";
import type { Incident } from "../../model/incident";
import type { OtherCredential } from "../../model/member-account";
import type { UserFacts } from "../facts/user";
import type { Stage } from "../plan";
import type { Playbook } from "../playbook";
import { step } from "../steps";
import { containmentTags } from "../steps/shared/marks";
import { markOf } from "./guardrails";

/** Seconds that a stage may hold up the next one. */
const limitSeconds = 5;

/**
 * Denies a user everything, since the sessions that keys have made outlive the keys, and then ends
 * the keys. The mark comes first: it puts the user under the guardrails that keep others from taking
 * the deny away.
 */
export const containAccessKey: Playbook<"contain-access-key"> = (
  incident,
  facts,
  incidentId,
  now,
  { disableKeys, guardrails },
  suffix,
) => {
  const { user, keys, denied, exposed } = facts;
  if (user === undefined)
    throw new Error(`${incident.resource.id} does not exist, so that no plan can be made for it`);
  const { name, arn, uniqueId } = user;
  const { accessKey } = incident.resource;
  // A key that is known to be public is disabled whatever the configuration says.
  const disabled = keys.filter(
    (key) =>
      key.active && (disableKeys === "all" || key.id === accessKey || exposed.includes(key.id)),
  );
  const mark = markOf(
    { type: "user", name, arn, uniqueId, tags: user.tags },
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
      onFailure: "continue",
      limitSeconds,
      steps: denied
        ? []
        : [
            step("deny-user", {
              user: { name, arn, uniqueId },
              policy: denyPolicyName(incidentId, suffix),
              boundary: user.boundary ?? null,
            }),
          ],
    },
    {
      name: "keys",
      onFailure: "continue",
      steps: disabled.map((key) =>
        step("disable-access-key", { user: { name, arn, uniqueId }, accessKey: key.id }),
      ),
    },
  ];
  const active = keys.filter((key) => key.active && !disabled.includes(key)).map((key) => key.id);
  return {
    stages: stages.filter((stage) => stage.steps.length > 0),
    ...(mark.open.length > 0 && { open: mark.open }),
    residual: [
      "IAM changes can take minutes to reach every region; until then some calls may still succeed.",
      "Sessions of roles that the user assumed earlier are not denied.",
      ...mark.residual,
      ...(active.length === 0
        ? []
        : [
            `${active.join(", ")} stays active by configuration (cordon:disableKeys is "named"), but has no permissions while the user is denied.`,
          ]),
      ...(denied
        ? ["The user was already denied all actions; that deny stays after a release."]
        : []),
      ...entries(facts.unread).map(
        ([kind, why]) => `Cordon could not list all credentials of user ${name} (${kind}): ${why}`,
      ),
    ],
    nextSteps: [
      ...renamed(incident, name, uniqueId),
      ...whatItDid(incident, facts),
      "Look for persistence: new users, keys, roles, trust policies, functions, and instances in other regions.",
      `Find the owner of ${name} and where the key was stored; give the workload a role instead of a new key.`,
      ...otherWays(name, facts),
      incident.finding.exposed
        ? "The key is public and stays disabled permanently, also after a release: replace it, then delete it."
        : "If this was a false positive, release it. Keys stay disabled unless you release with --reactivate-keys.",
    ],
  };
};

/** Names the user whom the steps are about, where the finding calls that user otherwise. */
function renamed(
  { resource }: Incident<"user">,
  name: string,
  uniqueId: string,
): readonly string[] {
  if (resource.id === name) return [];
  return [
    `The finding names user ${resource.id}; the credentials belong to user ${name} (${uniqueId}). Find who renamed the user: ${lookUpEvents("EventName", "UpdateUser", "us-east-1")}`,
  ];
}

function whatItDid(
  { resource, finding, place: { region } }: Incident<"user">,
  { keys }: UserFacts,
): readonly string[] {
  const { accessKey } = resource;
  if (accessKey === undefined) {
    return [
      `${finding.requestedBy === undefined ? "The user signed in to the console. " : ""}Find what was done: ${lookUpEvents("Username", resource.id, region)}`,
      "Have the user's password changed and MFA renewed before a release. The console password is kept: deleting it cannot be undone.",
    ];
  }
  const key = keys.find(({ id }) => id === accessKey);
  const state = key === undefined ? "is not among the user's keys" : "was inactive already";
  return [
    `Find what was done with the key: ${lookUpEvents("AccessKeyId", accessKey, region)}`,
    ...(accessKey.startsWith("ASIA") || key?.active
      ? []
      : [
          `Access key ${accessKey} ${state}: find who deleted or disabled it, and which keys and sessions were created before.`,
        ]),
  ];
}

const commands: Readonly<Record<OtherCredential, string>> = {
  "console password": "get-login-profile",
  "MFA device": "list-mfa-devices",
  "SSH public key": "list-ssh-public-keys",
  "signing certificate": "list-signing-certificates",
  "service-specific credential": "list-service-specific-credentials",
};

/** Lists the credentials that the deny covers, and that work again after a release. */
function otherWays(name: string, { others, unread }: UserFacts): readonly string[] {
  const listed = entries(others).flatMap(([kind, ids]) =>
    ids.map((id) => (id === name ? kind : `${kind} ${id}`)),
  );
  return [
    ...(listed.length === 0
      ? []
      : [
          `Before a release, delete what the user's owner did not set up; it works again afterwards: ${listed.join(", ")}.`,
        ]),
    ...entries(unread).map(
      ([kind]) => `Check: ${command`aws iam ${commands[kind]} --user-name=${name}`}`,
    ),
  ];
}

function entries<T>(of: Readonly<Partial<Record<OtherCredential, T>>>) {
  return Object.entries(of) as [OtherCredential, T][];
}

type Steps = Catalogue["contain-access-key"]["steps"][number];
