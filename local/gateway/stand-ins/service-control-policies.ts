/**
 * Stands in for the service control policies of AWS Organizations: holds them and where they are
 * attached, and says which apply to an account. Strict: only the management account may call, only
 * this type of policy is known, AWS's limits hold, and other operations are left to others.
 */
import { randomBytes } from "node:crypto";
import { management, organizationalUnits, organizationId, rootId } from "../accounts";
import type { Membership } from "../iam/membership";
import type { ControlLevel } from "../iam/policies";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  list,
  text,
  UnknownOperationError,
} from "../wire/protocol";

interface Held {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly content: string;
  readonly document: object;
}

// Characters of one policy, policies of one place: FullAWSAccess is among the latter.
const contentLimit = 5_120;
const attachmentLimit = 5;

const operations = new Set([
  "AttachPolicy",
  "CreatePolicy",
  "DeletePolicy",
  "DescribePolicy",
  "DetachPolicy",
  "ListPoliciesForTarget",
  "ListTargetsForPolicy",
  "UpdatePolicy",
]);

const type = "SERVICE_CONTROL_POLICY";
const fullAccess: Held = held("p-FullAWSAccess", {
  name: "FullAWSAccess",
  description: "Allows access to every operation",
  content: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  }),
});

export class ServiceControlPolicies {
  readonly #policies = new Map([[fullAccess.id, fullAccess]]);
  /** Target to the ids of its policies; one that is not here has what AWS attaches at first. */
  readonly #attached = new Map<string, readonly string[]>();

  constructor(private readonly membership: Membership) {}

  /** Lists what binds an account, root first; nothing binds the management account or a stranger. */
  of(account: string): readonly ControlLevel[] {
    if (account === management.id || !this.membership.has(account)) return [];
    return [...this.membership.pathOf(account)]
      .reverse()
      .concat(account)
      .map((target) => ({
        orgIdentifier: target,
        policies: this.#at(target).map((id) => {
          const { name, document } = this.#find(id);
          return { name, policy: document };
        }),
      }));
  }

  /** Answers a call about these policies; undefined for any other call. */
  answer(call: ApiCall, account: string): Answer | undefined {
    if (call.service !== "organizations" || !operations.has(call.operation)) return undefined;
    if (account !== management.id) {
      throw new ApiError(
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
        403,
      );
    }
    const { parameters } = call;
    const id = text(parameters.PolicyId) ?? "";
    const target = text(parameters.TargetId) ?? "";
    switch (call.operation) {
      case "CreatePolicy":
        if (list(parameters.Tags).length > 0) {
          throw new UnknownOperationError("organizations:CreatePolicy with tags");
        }
        requireType(text(parameters.Type));
        return this.#put(`p-${randomBytes(5).toString("hex")}`, {
          name: text(parameters.Name) ?? "",
          description: text(parameters.Description) ?? "",
          content: text(parameters.Content) ?? "",
        });
      case "UpdatePolicy": {
        const { name, description, content } = this.#own(id);
        return this.#put(id, {
          name: text(parameters.Name) ?? name,
          description: text(parameters.Description) ?? description,
          content: text(parameters.Content) ?? content,
        });
      }
      case "DescribePolicy":
        return json({ Policy: describe(this.#find(id)) });
      case "DeletePolicy":
        this.#own(id);
        if (this.#targetsOf(id).length > 0) {
          throw new ApiError(
            "PolicyInUseException",
            "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
          );
        }
        this.#policies.delete(id);
        return json({});
      case "AttachPolicy":
        this.#attach(id, target);
        return json({});
      case "DetachPolicy":
        this.#detach(id, target);
        return json({});
      case "ListPoliciesForTarget":
        requireType(text(parameters.Filter));
        requireTarget(target, this.membership);
        return json({ Policies: this.#at(target).map((one) => summary(this.#find(one))) });
      case "ListTargetsForPolicy":
        this.#find(id);
        return json({ Targets: this.#targetsOf(id).map((one) => ({ TargetId: one })) });
      default:
        return undefined;
    }
  }

  #put(id: string, given: Pick<Held, "name" | "description" | "content">): Answer {
    if (given.name === "" || given.name.length > 128 || given.description.length > 512) {
      throw new ApiError("InvalidInputException", "You provided a value of the wrong length.");
    }
    if ([...this.#policies.values()].some((one) => one.name === given.name && one.id !== id)) {
      throw new ApiError("DuplicatePolicyException", "A policy with the same name already exists.");
    }
    if (given.content.length > contentLimit) {
      throw new ApiError(
        "ConstraintViolationException",
        "You have exceeded the maximum policy size. (POLICY_CONTENT_LIMIT_EXCEEDED)",
      );
    }
    const policy = held(id, given);
    this.#policies.set(id, policy);
    return json({ Policy: describe(policy) });
  }

  #attach(id: string, target: string): void {
    this.#find(id);
    requireTarget(target, this.membership);
    const standing = this.#at(target);
    if (standing.includes(id)) {
      throw new ApiError(
        "DuplicatePolicyAttachmentException",
        "The selected policy is already attached to the specified target.",
      );
    }
    if (standing.length >= attachmentLimit) {
      throw new ApiError(
        "ConstraintViolationException",
        "You have attached the maximum number of policies of this type. (MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED)",
      );
    }
    this.#attached.set(target, [...standing, id]);
  }

  #detach(id: string, target: string): void {
    this.#find(id);
    requireTarget(target, this.membership);
    const standing = this.#at(target);
    if (!standing.includes(id)) {
      throw new ApiError(
        "PolicyNotAttachedException",
        "The policy isn't attached to the specified target in the specified root.",
      );
    }
    if (standing.length === 1) {
      throw new ApiError(
        "ConstraintViolationException",
        "You cannot remove the last policy of this type. (MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED)",
      );
    }
    this.#attached.set(
      target,
      standing.filter((one) => one !== id),
    );
  }

  #at(target: string): readonly string[] {
    return this.#attached.get(target) ?? [fullAccess.id];
  }

  #targetsOf(id: string): readonly string[] {
    return [...this.#attached].filter(([, ids]) => ids.includes(id)).map(([target]) => target);
  }

  #find(id: string): Held {
    const policy = this.#policies.get(id);
    if (policy) return policy;
    throw new ApiError(
      "PolicyNotFoundException",
      "We can't find a policy with the PolicyId that you specified.",
    );
  }

  /** Finds a policy that is not AWS's. */
  #own(id: string): Held {
    if (id !== fullAccess.id) return this.#find(id);
    throw new ApiError("InvalidInputException", "You can't change a policy that AWS manages.");
  }
}

function held(id: string, given: Pick<Held, "name" | "description" | "content">): Held {
  return { id, ...given, document: parse(given.content) };
}

/** Checks what the grammar of these policies forbids: a policy names no principal, and it must be one. */
function parse(content: string): object {
  const malformed = (why: string) =>
    new ApiError(
      "MalformedPolicyDocumentException",
      `The provided policy document does not meet the requirements of the specified policy type: ${why}`,
    );
  let document: { readonly Statement?: unknown };
  try {
    document = JSON.parse(content);
  } catch {
    throw malformed("it is not JSON.");
  }
  const statements = list<Readonly<Record<string, unknown>>>(document.Statement);
  if (statements.length === 0) throw malformed("it has no statement.");
  const sids = statements.flatMap(({ Sid }) => (Sid === undefined ? [] : [Sid]));
  if (new Set(sids).size < sids.length) throw malformed("a Sid is there twice.");
  for (const statement of statements) {
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw malformed("an Effect.");
    if ("Principal" in statement || "NotPrincipal" in statement) throw malformed("a principal.");
    if (!("Action" in statement) && !("NotAction" in statement)) throw malformed("no Action.");
  }
  return document;
}

function requireType(given: string | undefined): void {
  if (given !== type) throw new UnknownOperationError(`an organization's policy of type ${given}`);
}

function requireTarget(id: string, membership: Membership): void {
  const known = [rootId, ...organizationalUnits.map((unit) => unit.id)];
  if (known.includes(id) || membership.has(id)) return;
  throw new ApiError(
    "TargetNotFoundException",
    "We can't find a root, OU, or account with the TargetId that you specified.",
  );
}

function summary({ id, name, description }: Held) {
  return {
    Id: id,
    Arn:
      id === fullAccess.id
        ? `arn:aws:organizations::aws:policy/service_control_policy/${id}`
        : `arn:aws:organizations::${management.id}:policy/${organizationId}/service_control_policy/${id}`,
    Name: name,
    Description: description,
    Type: type,
    AwsManaged: id === fullAccess.id,
  };
}

function describe(policy: Held) {
  return { PolicySummary: summary(policy), Content: policy.content };
}
