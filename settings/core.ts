/** The settings of the organization, its responders and what they may touch. */

import * as pulumi from "@pulumi/pulumi";
import { homeRegion } from "../functions/catalogue/names";
import {
  account,
  arn,
  between,
  externalId,
  listOf,
  matching,
  oneOf,
  organization,
  type Read,
  refusal,
  region,
  roleName,
  rolePattern,
  userPattern,
} from "./values";

/** Settings of every deployment. */
export interface CoreSettings {
  readonly stage: "prod" | "staging" | "local";
  readonly mode: "dry-run" | "enforce";
  /** Like "o-exampleorgid". */
  readonly organizationId: string;
  /** Region of the hub, the journal and the functions. Not a choice: see Pulumi.yaml. */
  readonly homeRegion: "us-east-1";
  /** Regions of the aws partition; the home region is among them. */
  readonly governedRegions: readonly string[];
  readonly managementAccount: string;
  readonly securityAccount: string;
  /** Every governed account but the security account. */
  readonly memberAccounts: readonly string[];
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
  readonly externalId: string;
  readonly sampleFindings: "act" | "log";
  /** ARNs that are never changed automatically. */
  readonly protectedResources: readonly string[];
  /** Role names or paths within an account, possibly ending in "*". */
  readonly breakGlassRoles: readonly string[];
  /** User names or paths within an account, possibly ending in "*". */
  readonly breakGlassUsers: readonly string[];
  /** Which of a user's active access keys a response disables: all, or the one the finding names. */
  readonly disableKeys: "all" | "named";
  /** Hours of CloudTrail that are looked through for what an exposed key did. */
  readonly lookbackHours: number;
  /** Hours between two questions to Trusted Advisor for exposed keys whose events did not come. */
  readonly reconcileHours: number;
}

export const coreKeys = [
  "stage",
  "mode",
  "organizationId",
  "governedRegions",
  "managementAccount",
  "securityAccount",
  "memberAccounts",
  "deploymentRole",
  "externalId",
  "sampleFindings",
  "protectedResources",
  "breakGlassRoles",
  "breakGlassUsers",
  "disableKeys",
  "lookbackHours",
  "reconcileHours",
] as const satisfies readonly Exclude<keyof CoreSettings, "homeRegion">[];

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readCore(text: Read): CoreSettings {
  const settings: CoreSettings = {
    stage: oneOf("stage", ["prod", "staging", "local"], text("stage")),
    mode: oneOf("mode", ["dry-run", "enforce"], text("mode")),
    organizationId: matching("organizationId", organization, text("organizationId")),
    homeRegion,
    governedRegions: listOf("governedRegions", region, text("governedRegions")),
    managementAccount: matching("managementAccount", account, text("managementAccount")),
    securityAccount: matching("securityAccount", account, text("securityAccount")),
    memberAccounts: listOf("memberAccounts", account, text("memberAccounts")),
    deploymentRole: matching("deploymentRole", roleName, text("deploymentRole")),
    externalId: matching("externalId", externalId, text("externalId")),
    sampleFindings: oneOf("sampleFindings", ["act", "log"], text("sampleFindings")),
    protectedResources: listOf("protectedResources", arn, text("protectedResources")),
    breakGlassRoles: listOf("breakGlassRoles", rolePattern, text("breakGlassRoles")),
    breakGlassUsers: listOf("breakGlassUsers", userPattern, text("breakGlassUsers")),
    disableKeys: oneOf("disableKeys", ["all", "named"], text("disableKeys")),
    // CloudTrail keeps its event history for 90 days.
    lookbackHours: between("lookbackHours", 1, 2_160, text("lookbackHours")),
    reconcileHours: between("reconcileHours", 1, 24, text("reconcileHours")),
  };
  checkTogether(settings);
  return settings;
}

// Lambda measures the environment as one JSON text of 4,096 bytes: quotes in a value count twice, and the
// responders' other variables take some 1,300.
export const environmentLimit = 2600;

/** Counts the bytes that lists take in a function's environment as JSON, with what separates items. */
export function environmentLength(...items: readonly string[]): number {
  return items.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
}

/** Counts the characters that the responders' lists of the core settings take there. */
export function coreLength(settings: CoreSettings): number {
  const { protectedResources, breakGlassRoles, breakGlassUsers, governedRegions } = settings;
  return environmentLength(
    ...protectedResources,
    ...breakGlassRoles,
    ...breakGlassUsers,
    ...governedRegions,
    settings.externalId,
  );
}

function checkTogether(settings: CoreSettings): void {
  const { managementAccount, securityAccount, memberAccounts, governedRegions } = settings;
  if (settings.sampleFindings === "act" && settings.stage === "prod") {
    throw refusal("sampleFindings", "log where cordon:stage is prod", "act");
  }
  if (!governedRegions.includes(homeRegion)) {
    throw refusal("governedRegions", `a list that includes ${homeRegion}`, governedRegions);
  }
  if (securityAccount === managementAccount) {
    throw refusal(
      "securityAccount",
      "another account than cordon:managementAccount",
      securityAccount,
    );
  }
  for (const [index, member] of memberAccounts.entries()) {
    const other = (["managementAccount", "securityAccount"] as const).find(
      (key) => settings[key] === member,
    );
    if (other) {
      throw refusal(`memberAccounts[${index}]`, `another account than cordon:${other}`, member);
    }
  }
  const length = coreLength(settings);
  if (length > environmentLimit) {
    throw new pulumi.RunError(
      `cordon:protectedResources, cordon:breakGlassRoles, cordon:breakGlassUsers, cordon:governedRegions and cordon:externalId must together take at most ${environmentLimit} characters, three more for each item, but ${length} were provided`,
    );
  }
}
