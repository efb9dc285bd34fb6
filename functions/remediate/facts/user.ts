import { isOptedOut } from "../../catalogue/tags";
import type { Incident } from "../../model/incident";
import type { AccessKey, MemberAccount, User } from "../../model/member-account";
import { denyAllArn, isDenyAll } from "../steps/deny-user";
import type { FactsReader, TargetState } from "./reader";

/** Everything that cutting a user's credentials must remember of the user. */
export interface UserFacts {
  /** undefined when the account has no user of that name. */
  readonly user: User | undefined;
  /** The long-term keys. */
  readonly keys: readonly AccessKey[];
  /** AWSDenyAll is attached, or our own deny is an inline policy, or it is the boundary. */
  readonly denied: boolean;
}

/** Keys of AWS Security Token Service begin so: they are in no list, and belong to a session. */
const temporaryPrefix = "ASIA";

export const userFacts: FactsReader<"user", UserFacts> = {
  async read(incident: Incident<"user">, { identity }: MemberAccount): Promise<UserFacts> {
    const name = incident.resource.id;
    const [user, keys, attached, inline] = await Promise.all([
      identity.user(name),
      identity.accessKeys(name),
      identity.attachedPolicies(name),
      identity
        .inlinePolicies({ type: "user", name })
        .then((policies) => policies.filter((policy) => policy.startsWith("Cordon-")))
        // The name proves nothing: any principal that writes the user's policies chooses names.
        .then((ours) => Promise.all(ours.map((policy) => identity.userPolicy(name, policy)))),
    ]);
    return {
      user,
      keys: keys ?? [],
      denied:
        attached.includes(denyAllArn) || user?.boundary === denyAllArn || inline.some(isDenyAll),
    };
  },
  circumstances(facts, incident): TargetState {
    const { user, keys, denied } = facts;
    const { accessKey, id } = incident.resource;
    if (user === undefined) {
      return {
        state: "missing",
        quarantined: false,
        optedOut: false,
        limit: missing(id, accessKey),
      };
    }
    const named = keys.find(({ id }) => id === accessKey);
    return {
      state: "present",
      arn: user.arn,
      quarantined: denied && named?.active !== true,
      drift: denied
        ? `access key ${accessKey} is active again; user ${user.name} is still denied all actions`
        : `user ${user.name} is no longer denied all actions`,
      optedOut: isOptedOut(user.tags),
      ...limitOf(accessKey, user.name, named),
    };
  },
  permissions: () => [
    {
      actions: [
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListUserPolicies",
      ],
      resources: ["arn:aws:iam::*:user/*"],
    },
  ],
};

function missing(user: string, accessKey: string): NonNullable<TargetState["limit"]> {
  return {
    tier: "notify",
    why: `User ${user} was deleted or renamed`,
    manualSteps: [
      `Find who did that, and whether the user has a new name: aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=${user}`,
      `If the key still works, disable it: aws iam get-access-key-last-used --access-key-id ${accessKey} names its user.`,
    ],
  };
}

/** Limits the response if the finding's long-term key is inactive or gone: nothing is left to disable. */
function limitOf(
  accessKey: string,
  user: string,
  named: AccessKey | undefined,
): Pick<TargetState, "limit"> {
  if (accessKey.startsWith(temporaryPrefix) || named?.active) return {};
  return {
    limit: {
      tier: "notify",
      why:
        named === undefined
          ? `User ${user} has no access key ${accessKey}: it was deleted, or belongs to another user`
          : `Access key ${accessKey} of user ${user} is already inactive`,
      manualSteps: [
        `Find what the key did, and who disabled or deleted it: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey}`,
        `Sessions created with the key outlive it. If there may be any: aws iam attach-user-policy --user-name ${user} --policy-arn ${denyAllArn}`,
      ],
    },
  };
}
