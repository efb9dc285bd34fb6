/** Reads the stack's configuration into typed settings; a bad value stops here, in one sentence. */
import * as pulumi from "@pulumi/pulumi";
import { homeRegion } from "../functions/catalogue/names";
import { type ApprovalSettings, approvalKeys, readApproval } from "./approval";
import { type BlockingSettings, blockingKeys, readBlocking } from "./blocking";
import { type BrakeSettings, brakeKeys, readBrakes } from "./brakes";
import { type ConsumerSettings, consumerKeys, readConsumers } from "./consumers";
import { type CoreSettings, coreKeys, readCore } from "./core";
import { type DetectionSettings, detectionKeys, readDetection } from "./detection";
import { type GuardrailSettings, guardrailKeys, readGuardrails } from "./guardrails";
import { type KeyRotationSettings, keyRotationKeys, readKeyRotation } from "./key-rotation";
import { type MemberSettings, memberKeys, ownRolesAt, readMembers } from "./members";
import { nearest } from "./nearest";
import { type NotifySettings, notifyKeys, readNotify } from "./notify";
import { type PolicySettings, policyKeys, readPolicy } from "./policy";
import { type QuarantineSettings, quarantineKeys, readQuarantine } from "./quarantine";
import { type RangeSettings, rangeKeys, readRange } from "./range";
import { namespace, quoted } from "./values";

/** All settings of a deployment. Their defaults and descriptions are in Pulumi.yaml alone. */
export type Settings = CoreSettings &
  RangeSettings &
  MemberSettings &
  ConsumerSettings &
  GuardrailSettings &
  QuarantineSettings &
  DetectionSettings &
  KeyRotationSettings &
  NotifySettings &
  BrakeSettings &
  PolicySettings &
  BlockingSettings &
  ApprovalSettings;

const keys: readonly string[] = [
  ...coreKeys,
  ...rangeKeys,
  ...memberKeys,
  ...consumerKeys,
  ...guardrailKeys,
  ...quarantineKeys,
  ...detectionKeys,
  ...keyRotationKeys,
  ...notifyKeys,
  ...brakeKeys,
  ...policyKeys,
  ...blockingKeys,
  ...approvalKeys,
];

/** Reads the settings of the stack that is being deployed. */
export function readSettings(): Settings {
  return parseSettings(pulumi.runtime.allConfig());
}

/**
 * Checks a stack's configuration as the engine hands it over: full keys, compound values as JSON.
 *
 * @throws pulumi.RunError naming the first key that is wrong, its limit and its value
 */
export function parseSettings(config: Readonly<Record<string, string>>): Settings {
  refuseUnknownKeys(config);
  const read = (key: string) => config[namespace + key];
  const core = readCore(read);
  const members = readMembers(read);
  const brakes = readBrakes(read, core);
  const policy = readPolicy(read, core, brakes);
  const breakGlassRoles = [...core.breakGlassRoles, ...ownRolesAt(members.rolePath)];
  const settings: Settings = {
    ...core,
    ...readRange(read, core),
    ...members,
    ...readConsumers(read),
    ...readGuardrails(read),
    ...readQuarantine(read),
    ...readDetection(read),
    ...readKeyRotation(read),
    ...readNotify(read, core),
    ...brakes,
    ...policy,
    ...readBlocking(read, core, brakes, policy),
    ...readApproval(read),
    breakGlassRoles,
  };
  checkRegion(config["aws:region"]);
  return settings;
}

function checkRegion(provided: string | undefined): void {
  if (provided !== homeRegion) {
    throw new pulumi.RunError(
      `aws:region must be ${homeRegion}, the region that Cordon is deployed to, but ${quoted(provided)} was provided`,
    );
  }
}

/** Settings of an earlier Cordon, and the type of the entry of cordon:notify that replaces each. */
const removed: Readonly<Record<string, string>> = {
  accessKeyWebhookParameter: "slack, teams or webhook, with about: [key-rotation]",
  accessKeyQueues: "sqs for each queue, with about: [key-rotation]",
  accessKeyJira: "jira, with about: [key-rotation]",
  accessKeyMail: "owner",
};

/** Refuses unknown keys: the engine accepts a misspelt key and would deploy the default. */
function refuseUnknownKeys(config: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(config).sort()) {
    const name = key.slice(namespace.length);
    if (key.startsWith(namespace) && Object.hasOwn(removed, name)) {
      throw new pulumi.RunError(
        `${key} is no setting of Cordon any more: remove it, and write an entry of ${namespace}notify of type ${removed[name]}; docs/stages.md describes them`,
      );
    }
    if (key.startsWith(namespace) && !keys.includes(name)) {
      throw new pulumi.RunError(
        `${key} is not a setting of Cordon; did you mean ${namespace}${nearest(name, keys)}?`,
      );
    }
  }
}
