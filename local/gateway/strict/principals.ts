/** Checks what services check of a policy when it is set: its size, and that its principals exist. */
import { fromArn } from "../wire/arn";
import { type ApiCall, ApiError, list, member, text } from "../wire/protocol";
import type { World } from "../world";
import type { StrictCheck } from "./check";

// What the services that resolve principals answer to one that does not exist.
const invalidPrincipals = {
  iam: (arn: string) =>
    new ApiError("MalformedPolicyDocument", `Invalid principal in policy: "AWS":"${arn}"`),
  kms: () =>
    new ApiError(
      "MalformedPolicyDocumentException",
      "Policy contains a statement with one or more invalid principals.",
    ),
  sns: () => new ApiError("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
  sqs: () => new ApiError("InvalidAttributeValue", "Invalid value for the parameter Policy."),
} as const;

/** Characters, white space left out, of a role's trust policy. */
const trustLimit = 2_048;
/** Bytes of an event bus's policy. */
const busLimit = 10_240;

// The emulator takes any size, and principals that do not exist.
export const policyChecks: Readonly<Record<string, StrictCheck>> = {
  "iam:UpdateAssumeRolePolicy": (call, _place, world) =>
    requireTrust(text(call.parameters.PolicyDocument) ?? "", world),
  "kms:CreateKey": (call, _place, world) => requirePrincipals("kms", call.parameters.Policy, world),
  "kms:PutKeyPolicy": (call, _place, world) =>
    requirePrincipals("kms", call.parameters.Policy, world),
  "sqs:CreateQueue": (call, _place, world) =>
    requirePrincipals("sqs", member(call.parameters.Attributes, "Policy"), world),
  "sqs:SetQueueAttributes": (call, _place, world) =>
    requirePrincipals("sqs", member(call.parameters.Attributes, "Policy"), world),
  "sns:CreateTopic": (call, _place, world) =>
    requirePrincipals("sns", attributeOf(call, "Policy"), world),
  "sns:SetTopicAttributes": async (call, _place, world) => {
    if (call.parameters.AttributeName !== "Policy") return;
    await requirePrincipals("sns", call.parameters.AttributeValue, world);
  },
  "events:PutPermission": async ({ parameters }) => {
    if (Buffer.byteLength(text(parameters.Policy) ?? "") > busLimit) {
      throw new ApiError(
        "PolicyLengthExceededException",
        "The event bus policy is too long. For more information, see the limits.",
      );
    }
  },
};

/** Throws what IAM answers to a trust policy that is too long or names a principal that is none. */
export async function requireTrust(document: string, world: World): Promise<void> {
  requireSize(document, trustLimit, "ACLSizePerRole");
  await requirePrincipals("iam", document, world);
}

/** Throws what IAM answers to a document of more characters than a quota allows. */
export function requireSize(document: string, limit: number, quota: string): void {
  if (document.replace(/\s/g, "").length > limit) {
    throw new ApiError("LimitExceeded", `Cannot exceed quota for ${quota}: ${limit}`, 409);
  }
}

// Made with trusted access; the stand-in for StackSets acts without it.
const stackSetsRole = /:role\/aws-service-role\/stacksets\.cloudformation\.amazonaws\.com\//;

/** Checks roles and users. That an account exists is not known of any but the organization's. */
async function requirePrincipals(
  service: keyof typeof invalidPrincipals,
  document: unknown,
  { policies }: World,
): Promise<void> {
  for (const arn of principalsOf(text(document))) {
    const { account, resource } = fromArn(arn);
    const [, kind, name = ""] = /^(role|user)\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
    const found =
      kind === "role"
        ? await policies.roleArn(account, name)
        : kind === "user"
          ? (await policies.user(account, name))?.arn
          : arn;
    if (found !== arn) throw invalidPrincipals[service](arn);
  }
}

function principalsOf(document: string | undefined): readonly string[] {
  if (!document) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    // The emulator refuses it as malformed.
    return [];
  }
  return list(member(parsed, "Statement"))
    .flatMap((statement) => list<string>(member(member(statement, "Principal"), "AWS")))
    .filter((each) => each.startsWith("arn:aws:iam:") && !stackSetsRole.test(each));
}

function attributeOf({ parameters }: ApiCall, name: string): unknown {
  const entry = list(parameters.Attributes).find((each) => member(each, "key") === name);
  return member(entry, "value");
}
