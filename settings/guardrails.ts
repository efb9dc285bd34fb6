/** The settings of what keeps the organization's own accounts from undoing Cordon. */
import { account, listOf, oneOf, type Read, refusal, type Shape } from "./values";

/** Service control policies and the conformance pack, both off until they are asked for. */
export interface GuardrailSettings {
  readonly serviceControlPolicy: "attach" | "none";
  /** Ids of the root or of organizational units. */
  readonly serviceControlPolicyTargets: readonly string[];
  /** IAM users may make and change other principals. */
  readonly usersManageIam: boolean;
  /** `role/NAME` or `user/NAME`, with a path or a final "*": the security account's own. */
  readonly deployers: readonly string[];
  readonly conformancePack: "deploy" | "none";
  /** Ids of accounts in which AWS Config records nothing. */
  readonly conformancePackExcludedAccounts: readonly string[];
}

// Organizations' own patterns for roots and organizational units.
const target: Shape = {
  pattern: /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/,
  words: "the id of a root, like r-ab12, or of an organizational unit, like ou-ab12-cdef3456",
};
// No leading wildcard: "role/*" would exempt, and so guard, every role of the account.
const deployer: Shape = {
  pattern: /^(role|user)\/[\w+=,.@-][\w+=,.@/-]{0,510}\*?$/,
  words: "role/ or user/ and a name or path of the security account, with * only at the end",
};

export const guardrailKeys = [
  "serviceControlPolicy",
  "serviceControlPolicyTargets",
  "usersManageIam",
  "deployers",
  "conformancePack",
  "conformancePackExcludedAccounts",
] as const satisfies readonly (keyof GuardrailSettings)[];

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readGuardrails(text: Read): GuardrailSettings {
  const settings: GuardrailSettings = {
    serviceControlPolicy: oneOf(
      "serviceControlPolicy",
      ["attach", "none"],
      text("serviceControlPolicy"),
    ),
    serviceControlPolicyTargets: listOf(
      "serviceControlPolicyTargets",
      target,
      text("serviceControlPolicyTargets"),
    ),
    usersManageIam: oneOf("usersManageIam", ["true", "false"], text("usersManageIam")) === "true",
    deployers: listOf("deployers", deployer, text("deployers")),
    conformancePack: oneOf("conformancePack", ["deploy", "none"], text("conformancePack")),
    conformancePackExcludedAccounts: listOf(
      "conformancePackExcludedAccounts",
      account,
      text("conformancePackExcludedAccounts"),
    ),
  };
  const { serviceControlPolicy, serviceControlPolicyTargets, deployers } = settings;
  if (serviceControlPolicy === "attach") {
    for (const [key, list, words] of [
      ["serviceControlPolicyTargets", serviceControlPolicyTargets, "root or organizational unit"],
      ["deployers", deployers, "principal that runs the deployment"],
    ] as const) {
      if (list.length === 0) {
        throw refusal(
          key,
          `a list with at least one ${words} where cordon:serviceControlPolicy is attach`,
          list,
        );
      }
    }
  }
  return settings;
}

interface BoundBy
  extends Pick<GuardrailSettings, "serviceControlPolicy" | "serviceControlPolicyTargets"> {
  readonly governManagementAccount: boolean;
}

/** Says which of the governed accounts the service control policies bind: never the management one. */
export function boundAccounts(settings: BoundBy): "all" | "some" | "none" {
  const { serviceControlPolicy, serviceControlPolicyTargets, governManagementAccount } = settings;
  if (serviceControlPolicy === "none") return "none";
  const isRoot = serviceControlPolicyTargets.some((target) => target.startsWith("r-"));
  return isRoot && !governManagementAccount ? "all" : "some";
}
