/** Identifies the principal of a finding's credentials, or gives the manual steps where Cordon cannot contain it. */
import { lookUpEvents } from "../model/command";
import type { Resource } from "../model/resource";
import type { Advice } from "./detected";

/** The principal of an access key as GuardDuty and Security Hub report it; every field may be absent. */
export interface Principal {
  readonly userType?: string | undefined;
  readonly userName?: string | undefined;
  readonly principalId?: string | undefined;
  readonly accessKeyId?: string | undefined;
}

export type Credential =
  | { readonly kind: "resource"; readonly resource: Extract<Resource, { kind: "user" | "role" }> }
  | CredentialAdvice;

/** What to do where Cordon cannot contain the principal. */
interface CredentialAdvice {
  readonly kind: "advice";
  readonly resource: string;
  readonly advice: Advice;
}

// What IAM takes as the name of a user or role, and as an access key id.
export const nameShape = /^[\w+=,.@-]{1,64}$/;
export const keyShape = /^A(KIA|SIA)[A-Z0-9]{12,124}$/;
/** IAM's unique ids of a user and of a role. */
const userIdShape = /^AIDA[A-Z0-9]{12,124}$/;
const roleIdShape = /^AROA[A-Z0-9]{12,124}$/;

/** The placeholder of ids in GuardDuty's samples. Not checked in names, which an attacker chooses. */
const placeholder = /^GeneratedFinding/;

/**
 * Classifies by the type of the user, never by the prefix of the key: temporary keys may belong to a
 * user (GetSessionToken) or to a role.
 *
 * @param region where the finding is from
 */
export function credentialOf(principal: Principal, region: string): Credential {
  const { userType, userName = "", principalId = "", accessKeyId = "" } = principal;
  if ([principalId, accessKeyId].some((value) => placeholder.test(value))) {
    return advise(
      "sample credentials",
      "The finding is a generated sample: it names no principal",
      [],
    );
  }
  switch (userType) {
    case "IAMUser":
      if (!nameShape.test(userName)) return unnamed("IAM user");
      return {
        kind: "resource",
        resource: {
          kind: "user",
          id: userName,
          ...(userIdShape.test(principalId) && { uniqueId: principalId }),
          // A sign-in to the console takes a password, and no access key.
          ...(keyShape.test(accessKeyId) && { accessKey: accessKeyId }),
        },
      };
    case "AssumedRole": {
      // AROA…:session
      const roleId = principalId.slice(0, Math.max(0, principalId.indexOf(":")));
      const session = principalId.slice(principalId.indexOf(":") + 1);
      if (!nameShape.test(userName)) return unnamed("role");
      if (!principalId.includes(":") || !nameShape.test(session) || !keyShape.test(accessKeyId)) {
        return advise(
          `role ${userName}`,
          `The finding does not say which session of role ${userName} it is about`,
          [
            `Find the session in CloudTrail, then revoke the role's sessions if that is right: IAM console, role ${userName}, Revoke sessions.`,
          ],
        );
      }
      return {
        kind: "resource",
        resource: {
          kind: "role",
          id: userName,
          ...(roleIdShape.test(roleId) && { uniqueId: roleId }),
          accessKey: accessKeyId,
          session,
        },
      };
    }
    case "Root":
      return rootUser(region);
    case "FederatedUser":
      return advise(
        "federated user",
        "The caller of GetFederationToken chooses a federated user's name: it does not identify the owner of the credentials",
        [
          `Find that user: ${lookUpEvents("EventName", "GetFederationToken", region)}, then userIdentity.arn where responseElements holds ${shown(accessKeyId, keyShape, "the key")}.`,
          "Then: aws iam attach-user-policy --user-name USER --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
        ],
      );
    default:
      return advise(
        "credentials",
        userType === undefined
          ? "The finding does not say what type of user the credentials belong to"
          : `No playbook covers credentials of type ${shown(userType, /^\w{1,32}$/, "unknown")}`,
        [
          `Find their owner: ${lookUpEvents("AccessKeyId", shown(accessKeyId, keyShape, "KEY"), region)}`,
        ],
      );
  }
}

/** Says what to do about the root user, which nothing contains. */
export function rootUser(region: string): CredentialAdvice {
  return {
    kind: "advice",
    resource: "root user",
    advice: {
      why: "The account's root user acted: no IAM policy restricts root, so that Cordon cannot contain it",
      manualSteps: [
        "Sign in as root now: change the password, delete every access key, renew MFA, and check the account's e-mail address and contacts.",
        "Where root access is centralized, the management account can delete root's keys and password: aws sts assume-root --target-principal ACCOUNT --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials",
        "If you are locked out, call AWS Support at once.",
        `Find what root did: ${lookUpEvents("Username", "root", region)}`,
      ],
      urgent: true,
    },
  };
}

function advise(resource: string, why: string, manualSteps: readonly string[]): Credential {
  return { kind: "advice", resource, advice: { why, manualSteps } };
}

function unnamed(what: string): Credential {
  return advise(what, `The finding does not name the ${what}`, [
    "Read the finding, then find the principal in CloudTrail.",
  ]);
}

/** Quotes a value of the event only if it has the expected form, since responders paste it. */
function shown(value: string, shape: RegExp, otherwise: string): string {
  return shape.test(value) ? value : otherwise;
}
