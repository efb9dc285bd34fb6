/**
 * Stands in for AWS Config's evaluation of its managed rule ACCESS_KEYS_ROTATED, when a drill says
 * that it is due: reads the users and the ages of their keys from the emulated IAM, reports changed
 * results on the default bus, and starts the deployed remediation for every user that does not
 * comply and is not excepted, at every evaluation, as AWS does. A remediation that fails is started
 * again, and its user excepted after as many failures as the remediation allows; all of them fall
 * into its window here. Any other rule is refused by name.
 */

import { stateOf } from "../gateway/emulator/moto";
import type { Gateway } from "../gateway/gateway";
import { items } from "../gateway/iam/policies";
import type { AutomationExecution } from "../gateway/stand-ins/automation";
import { type Compliance, discoveredUsers } from "../gateway/stand-ins/config";
import { ruleOf } from "../gateway/stand-ins/remediation";
import { member, text } from "../gateway/wire/protocol";
import type { Place } from "../gateway/world";
import { complianceChange } from "./compliance-change";
import { type Delivery, emit } from "./eventbridge/events";

/** What an evaluation found of one user. */
export interface Evaluation {
  readonly userName: string;
  /** AIDA… */
  readonly userId: string;
  readonly compliance: Compliance;
  /** What EventBridge did with the event of the change; undefined when nothing changed. */
  readonly deliveries?: readonly Delivery[];
  /** What the remediation did at its last attempt; undefined when none was due. */
  readonly execution?: AutomationExecution;
}

const dayMs = 86_400_000;

/**
 * Evaluates a rule of an account and region. Users without an active key are left out.
 *
 * @param at when, for the ages of keys and for exceptions that expire; now by default
 *
 * @throws NoSuchConfigRuleException, and an Error for a rule that is not known here
 */
export async function evaluateRule(
  gateway: Gateway,
  place: Place,
  ruleName: string,
  at = new Date(),
): Promise<Evaluation[]> {
  const world = { state: stateOf(gateway.moto) };
  const rule = await ruleOf(ruleName, place, world);
  const source = text(member(member(rule, "Source"), "SourceIdentifier"));
  if (source !== "ACCESS_KEYS_ROTATED") throw new Error(`The rule ${source} is not known here`);
  const parameters = JSON.parse(text(member(rule, "InputParameters")) ?? "{}") as object;
  const maxAgeDays = Number(member(parameters, "maxAccessKeyAge") ?? 90);
  const evaluations: Evaluation[] = [];
  for (const user of await discoveredUsers(place, world)) {
    const ages = await activeKeyAges(gateway, place, user.name, at);
    if (ages.length === 0) continue;
    const compliance = ages.some((days) => days > maxAgeDays) ? "NON_COMPLIANT" : "COMPLIANT";
    const before = gateway.config.keep(place, ruleName, user.id, compliance);
    const change = {
      ...place,
      rule: ruleName,
      ruleArn: text(member(rule, "ConfigRuleArn")),
      resourceType: "AWS::IAM::User",
      resource: user.id,
      before,
      now: compliance,
      at,
    } as const;
    const due =
      compliance === "NON_COMPLIANT" && !gateway.config.excepted(place, ruleName, user.id, at);
    const execution = due ? await remediate(gateway, place, ruleName, user.id) : undefined;
    evaluations.push({
      userName: user.name,
      userId: user.id,
      compliance,
      ...(before !== compliance && {
        deliveries: await emit(gateway, place, complianceChange(change)),
      }),
      ...(execution && { execution }),
    });
  }
  return evaluations;
}

/** Reads how many days old a user's active keys are. */
async function activeKeyAges(gateway: Gateway, place: Place, userName: string, at: Date) {
  const answer = await stateOf(gateway.moto).query(place, "iam", "ListAccessKeys", {
    UserName: userName,
  });
  return items(member(member(answer, "ListAccessKeysResult"), "AccessKeyMetadata"))
    .filter((key) => member(key, "Status") === "Active")
    .map((key) => (at.getTime() - Date.parse(String(member(key, "CreateDate")))) / dayMs);
}

/** Starts the automatic remediation of a rule, if it has one, with what its parameters name. */
async function remediate(
  gateway: Gateway,
  place: Place,
  rule: string,
  resource: string,
): Promise<AutomationExecution | undefined> {
  const remediation = gateway.config.remediation(place, rule);
  if (!remediation?.Automatic) return undefined;
  const parameters = Object.fromEntries(
    Object.entries(remediation.Parameters).map(([name, { StaticValue }]) => [
      name,
      StaticValue?.Values ?? [resource],
    ]),
  );
  // AWS Config's own number, too.
  for (let left = remediation.MaximumAutomaticAttempts ?? 5; ; left -= 1) {
    // As AWS Config's own service-linked role, which may start any automation and pass it any role.
    const document = remediation.TargetId;
    const execution = await gateway.automation.start({ place, document, parameters });
    if (execution.status === "Success") return execution;
    if (left > 1) continue;
    gateway.config.except(place, rule, resource, "Remediation failed too often");
    return execution;
  }
}
