import { homeRegion } from "../../catalogue/names";
import { isOptedOut } from "../../catalogue/tags";
import { command, lookUpEvents } from "../../model/command";
import {
  type AccessKey,
  type Identity,
  type MemberAccount,
  type OtherCredential,
  otherCredentials,
  type User,
} from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Resource } from "../../model/resource";
import { timeLimit } from "../../model/time-limit";
import { denyAllArn, isDenyAll } from "../steps/deny-user";
import type { FactsReader, Knowledge, TargetState } from "./reader";

type UserResource = Extract<Resource, { kind: "user" }>;

/** Everything that cutting a user's credentials must remember of the user. */
export interface UserFacts {
  /** The user whose credentials were used, under the present name; undefined when there is none. */
  readonly user: User | undefined;
  /** There is none, and yet another user has the name that the finding gives. */
  readonly namesake?: true;
  /** The long-term keys. */
  readonly keys: readonly AccessKey[];
  /** Active keys that another finding reported as public. */
  readonly exposed: readonly string[];
  /** AWSDenyAll is attached, or our own deny is an inline policy, or it is the boundary. */
  readonly denied: boolean;
  /** Ids of the credentials beside access keys, as far as they could be read. */
  readonly others: Readonly<Partial<Record<OtherCredential, readonly string[]>>>;
  /** Why the rest of them could not be read. */
  readonly unread: Readonly<Partial<Record<OtherCredential, string>>>;
}

/** Keys of AWS Security Token Service begin so: they are in no list, and belong to a session. */
const temporaryPrefix = "ASIA";
/** What IAM takes as the name of a user: it gives root's as <root_account>. */
const userName = /^[\w+=,.@-]{1,64}$/;
/** Seconds after which containment goes on without what only the notice needs. */
const wantedSeconds = 5;

/**
 * Adds the unique id of a user that somebody named: the incident is then the one of the findings about
 * the user. Any other resource, and a user that does not exist, stay as they are.
 */
export async function identified(resource: Resource, identity: Identity): Promise<Resource> {
  if (resource.kind !== "user") return resource;
  const user = await identity.user(resource.id);
  return user === undefined ? resource : { ...resource, uniqueId: user.uniqueId };
}

export const userFacts: FactsReader<"user", UserFacts> = {
  async read({ resource }, { identity }: MemberAccount, knowledge): Promise<UserFacts> {
    const found = await find(resource, (name) => readUser(name, identity, knowledge), identity);
    const asked = found.keys.filter((key) => key.active && key.id !== resource.accessKey);
    // The default disables every key at once: then the journal is not asked in between.
    const matters = found.denied || knowledge.policy.disableKeys === "named";
    const known = await Promise.all(
      matters ? asked.map((key) => knowledge.journal.isExposed(key.id)) : [],
    );
    return { ...found, exposed: asked.filter((_, index) => known[index]).map(({ id }) => id) };
  },
  circumstances(facts, { resource }): TargetState {
    const { user, keys, exposed, denied } = facts;
    if (user === undefined) {
      return {
        state: "missing",
        quarantined: false,
        optedOut: false,
        limit: missing(resource, facts.namesake === true),
      };
    }
    const open = [
      ...keys
        .filter((key) => key.active && key.id === resource.accessKey)
        .map((key) => `access key ${key.id} is active again`),
      ...exposed.map((key) => `access key ${key} is active and known to be public`),
    ];
    return {
      state: "present",
      arn: user.arn,
      quarantined: denied && open.length === 0,
      drift: denied
        ? `${open.join(", ")}; user ${user.name} is still denied all actions`
        : `user ${user.name} is no longer denied all actions`,
      optedOut: isOptedOut(user.tags),
      tags: user.tags,
    };
  },
  permissions: () => [
    {
      actions: [
        "iam:GetAccessKeyLastUsed",
        "iam:GetLoginProfile",
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListMFADevices",
        "iam:ListServiceSpecificCredentials",
        "iam:ListSigningCertificates",
        "iam:ListSSHPublicKeys",
        "iam:ListUserPolicies",
      ],
      resources: ["arn:aws:iam::*:user/*"],
    },
    // AWS grants it on every resource only.
    { actions: ["iam:ListUsers"], resources: ["*"] },
  ],
};

type Found = Omit<UserFacts, "exposed">;

/**
 * Finds the user by what nobody can choose: IAM's unique id, or the key. The name in a finding is a
 * hint, since a thief may rename the user, and another user may take the name.
 */
async function find(
  { id, uniqueId, accessKey }: UserResource,
  read: (name: string) => Promise<Found>,
  identity: Identity,
): Promise<Found> {
  const key = accessKey?.startsWith(temporaryPrefix) ? undefined : accessKey;
  const named = await read(id);
  const certain =
    uniqueId === undefined
      ? key === undefined || named.keys.some((each) => each.id === key)
      : named.user?.uniqueId === uniqueId;
  if (named.user !== undefined && certain) return named;

  const owner = key === undefined ? undefined : await identity.ownerOfKey(key);
  if (owner !== undefined && owner !== id && userName.test(owner)) {
    const found = await read(owner);
    if (found.user !== undefined && (uniqueId ?? found.user.uniqueId) === found.user.uniqueId) {
      return found;
    }
  }
  // The key is gone, and the finding has nothing else than the name.
  if (uniqueId === undefined) return named;
  const name = await identity.nameOfUser(uniqueId);
  const found = name === undefined ? undefined : await read(name);
  return found?.user?.uniqueId === uniqueId
    ? found
    : { ...nobody, ...(named.user !== undefined && { namesake: true as const }) };
}

const nobody: Found = { user: undefined, keys: [], denied: false, others: {}, unread: {} };

async function readUser(name: string, identity: Identity, knowledge: Knowledge): Promise<Found> {
  const limit = timeLimit(knowledge, wantedSeconds);
  const wanted = otherCredentials.map(async (kind) => {
    const outcome = await limit.within(identity.otherCredentials(name, kind));
    return "value" in outcome
      ? { others: { [kind]: outcome.value } }
      : { unread: { [kind]: errorText(outcome.error) } };
  });
  const reading = Promise.all([
    identity.user(name),
    identity.accessKeys(name),
    identity.attachedPolicies(name),
    identity
      .inlinePolicies({ type: "user", name })
      .then((policies) => policies.filter((policy) => policy.startsWith("Cordon-")))
      // The name proves nothing: any principal that writes the user's policies chooses names.
      .then((ours) => Promise.all(ours.map((policy) => identity.userPolicy(name, policy)))),
    Promise.all(wanted),
  ]);
  const [user, keys, attached, inline, listed] = await reading.finally(limit.end);
  return {
    user,
    keys: keys ?? [],
    denied:
      attached.includes(denyAllArn) || user?.boundary === denyAllArn || inline.some(isDenyAll),
    others: Object.assign({}, ...listed.map(({ others }) => others)),
    unread: Object.assign({}, ...listed.map(({ unread }) => unread)),
  };
}

function missing(
  { id, uniqueId, accessKey }: UserResource,
  namesake: boolean,
): NonNullable<TargetState["limit"]> {
  return {
    tier: "notify",
    why: namesake
      ? `User ${id} is another user than the finding's, whose unique id is ${uniqueId}: Cordon leaves user ${id} alone`
      : `The user ${id} does not exist`,
    manualSteps: [
      `Find who did that, and whether the user has a new name: ${lookUpEvents("ResourceName", id, homeRegion)}`,
      ...(accessKey === undefined
        ? []
        : [
            `If the key still works, disable it: ${command`aws iam get-access-key-last-used --access-key-id=${accessKey}`} names its user.`,
          ]),
    ],
  };
}
