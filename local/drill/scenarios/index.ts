/** Lists the scenarios: each one an incident from injection to release, with its checks. */
import { accountEvents } from "./account-events";
import { analyst } from "./analyst";
import { approval } from "./approval";
import { blockAddress } from "./block-address";
import { branchInterfaces } from "./branch-interfaces";
import { breakGlass } from "./break-glass";
import { channels } from "./channels";
import { consumer } from "./consumer";
import { credentialScenarios } from "./credentials";
import { customPlaybook } from "./custom-playbook";
import { driftScenarios } from "./drift";
import { escapeScenarios } from "./escapes";
import { exception } from "./exception";
import { exposedKeyScenarios } from "./exposed-key";
import { falsePositives } from "./false-positives";
import { findingUpdates } from "./finding-updates";
import { fullRole } from "./full-role";
import { imported } from "./imported";
import { instanceScenarios } from "./instances";
import { keyRotationScenarios } from "./key-rotation";
import { lasting } from "./lasting";
import { lateVpcScenarios } from "./late-vpcs";
import { narrowed } from "./narrowed";
import { newAccount } from "./new-account";
import { posture } from "./posture";
import { quarantinePolicy } from "./quarantine-policy";
import { releasedInPart } from "./released-in-part";
import { resources } from "./resources";
import type { Scenario } from "./scenario";
import { sequence } from "./sequence";
import { sharedVpc } from "./shared-vpc";
import { spot } from "./spot";
import { storm } from "./storm";
import { workloadSession } from "./workload-session";

export type { Scenario } from "./scenario";
export { release } from "./scenario";

/** Every scenario of the drill. */
export const scenarios: readonly Scenario[] = [
  ...instanceScenarios,
  ...lateVpcScenarios,
  branchInterfaces,
  sharedVpc,
  spot,
  fullRole,
  ...credentialScenarios,
  workloadSession,
  ...escapeScenarios,
  ...driftScenarios,
  ...exposedKeyScenarios,
  quarantinePolicy,
  accountEvents,
  analyst,
  imported,
  approval,
  narrowed,
  breakGlass,
  exception,
  falsePositives,
  findingUpdates,
  storm,
  sequence,
  releasedInPart,
  ...keyRotationScenarios,
  newAccount,
  consumer,
  lasting,
];

/** Those that are played alone, in an organization with settings of their own. */
export const scenariosAlone: readonly Scenario[] = [channels, posture, blockAddress, resources];

/** Those of a team's program: the process must have loaded its playbooks first. */
export const scenariosOfTeams: readonly Scenario[] = [customPlaybook];
